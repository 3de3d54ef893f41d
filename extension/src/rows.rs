//! Writes rows of our own tables the way COPY does: without a plan, and without what a statement starts and ends.
//!
//! For the one path that thousands of transactions a second take with one row each. Measured there (`make bench`, row enqueue): PL/pgSQL with its INSERTs made
//! 0.38 of a bare INSERT of the payload, this makes 0.60. A table that has more than this library knows of is left to SQL (`shape`).

mod shape;

use std::num::NonZeroUsize;
use std::ptr;

use pgrx::htup::heap_getattr_raw;
use pgrx::{FromDatum, PgTupleDesc, pg_sys};

pub use shape::Shape;

/// A table, open and locked for rows.
pub struct Table(pg_sys::Relation);

/// Opens tables; None where one of them has more than its shape says, and is to be written by statements.
pub fn open<const N: usize>(shapes: [&Shape; N]) -> Option<[Table; N]> {
    // SAFETY: the names end with NUL; whoever calls a function of the extension can be sure that its tables are there.
    let schema = unsafe { pg_sys::get_namespace_oid(c"steward".as_ptr(), false) };
    let tables = shapes.map(|shape| {
        // SAFETY: as above; the lock is kept to the end of the transaction.
        let table =
            unsafe { pg_sys::table_open(pg_sys::get_relname_relid(shape.name.as_ptr(), schema), pg_sys::RowExclusiveLock.cast_signed()) };
        Table(table)
    });
    // SAFETY: they are open.
    let are_plain = tables.iter().zip(shapes).all(|(table, shape)| unsafe { shape::is_plain(table.0, shape) });
    are_plain.then_some(tables)
}

/// A value that a column of an index equals.
pub struct Key {
    /// The function that says so.
    pub equals: u32,
    /// The value.
    pub value: Option<pg_sys::Datum>,
}

impl Drop for Table {
    fn drop(&mut self) {
        // SAFETY: the relation is open, and nobody uses it after this.
        unsafe { pg_sys::table_close(self.0, pg_sys::NoLock.cast_signed()) };
    }
}

impl Table {
    /// Writes a row.
    pub fn insert(&self, value: impl Fn(&str) -> Option<pg_sys::Datum>) {
        // SAFETY: each function gets what the one before made of an open relation. What an error leaves open is closed by the end of the transaction.
        unsafe {
            let slot = self.slot(value);
            let state = pg_sys::CreateExecutorState();
            let mut target = pg_sys::ResultRelInfo { type_: pg_sys::NodeTag::T_ResultRelInfo, ..pg_sys::ResultRelInfo::default() };
            pg_sys::InitResultRelInfo(&raw mut target, self.0, 0, ptr::null_mut(), 0);
            pg_sys::ExecOpenIndices(&raw mut target, false);
            pg_sys::simple_table_tuple_insert(self.0, slot);
            insert_into_indexes(&raw mut target, slot, state);
            pg_sys::ExecDropSingleTupleTableSlot(slot);
            pg_sys::ExecCloseIndices(&raw mut target);
            pg_sys::FreeExecutorState(state);
        }
    }

    unsafe fn slot(&self, value: impl Fn(&str) -> Option<pg_sys::Datum>) -> *mut pg_sys::TupleTableSlot {
        // SAFETY: a slot is as wide as the descriptor of its relation, which lives as long as it does.
        unsafe {
            let slot = pg_sys::table_slot_create(self.0, ptr::null_mut());
            let columns = PgTupleDesc::from_pg_unchecked((*slot).tts_tupleDescriptor);
            for (index, column) in columns.iter().enumerate() {
                let value = if column.attisdropped { None } else { value(column.name()) };
                *(*slot).tts_isnull.add(index) = value.is_none();
                *(*slot).tts_values.add(index) = value.unwrap_or(pg_sys::Datum::from(0));
            }
            pg_sys::ExecStoreVirtualTuple(slot)
        }
    }

    /// A column of the last row that anybody has committed, or this transaction has written, by a primary key over the table's first columns, of which
    /// some are given.
    pub fn last<T: FromDatum>(&self, keys: &[Key], column: &str) -> Option<T> {
        // SAFETY: the index is one of this table, and lives as long as it is locked; the row is read before the scan ends.
        unsafe {
            // Of the relation it is known once its list of indexes is.
            pg_sys::list_free(pg_sys::RelationGetIndexList(self.0));
            let index = pg_sys::index_open((*self.0).rd_pkindex, pg_sys::AccessShareLock.cast_signed());
            let mut keys = scan_keys(index, keys);
            let snapshot = pg_sys::RegisterSnapshot(pg_sys::GetLatestSnapshot());
            let scan = pg_sys::systable_beginscan_ordered(self.0, index, snapshot, keys.len() as i32, keys.as_mut_ptr());
            let row = pg_sys::systable_getnext_ordered(scan, pg_sys::ScanDirection::BackwardScanDirection);
            let value = if row.is_null() { None } else { read(row, &PgTupleDesc::from_pg_unchecked((*self.0).rd_att), column) };
            pg_sys::systable_endscan_ordered(scan);
            pg_sys::UnregisterSnapshot(snapshot);
            pg_sys::index_close(index, pg_sys::AccessShareLock.cast_signed());
            value
        }
    }
}

unsafe fn scan_keys(index: pg_sys::Relation, keys: &[Key]) -> Vec<pg_sys::ScanKeyData> {
    let scan_key = |(number, key): (usize, &Key)| {
        let mut entry = pg_sys::ScanKeyData::default();
        // SAFETY: the caller's index has at least as many columns; a procedure that says what is equal takes two values.
        unsafe {
            let collation = *(*index).rd_indcollation.add(number);
            let (column, equal, value) =
                (number as i16 + 1, pg_sys::BTEqualStrategyNumber as u16, key.value.unwrap_or(pg_sys::Datum::from(0)));
            pg_sys::ScanKeyEntryInitialize(&raw mut entry, 0, column, equal, pg_sys::InvalidOid, collation, key.equals.into(), value);
        }
        entry
    };
    keys.iter().enumerate().map(scan_key).collect()
}

unsafe fn read<T: FromDatum>(row: pg_sys::HeapTuple, columns: &PgTupleDesc, column: &str) -> Option<T> {
    let number = columns.iter().position(|attribute| attribute.name() == column)?;
    // SAFETY: the caller's row is one of these columns.
    unsafe { heap_getattr_raw(row, NonZeroUsize::new(number + 1)?, columns.as_ptr()).and_then(|value| T::from_datum(value, false)) }
}

unsafe fn insert_into_indexes(target: *mut pg_sys::ResultRelInfo, slot: *mut pg_sys::TupleTableSlot, state: *mut pg_sys::EState) {
    // SAFETY: the caller's; no index of ours is deferred, so nothing is left to be checked later.
    unsafe {
        #[cfg(feature = "pg15")]
        pg_sys::ExecInsertIndexTuples(target, slot, state, false, false, ptr::null_mut(), ptr::null_mut());
        #[cfg(feature = "pg18")]
        pg_sys::ExecInsertIndexTuples(target, slot, state, false, false, ptr::null_mut(), ptr::null_mut(), false);
    }
}
