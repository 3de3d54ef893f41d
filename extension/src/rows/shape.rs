//! What this library knows of a table that it writes rows to, and whether the table is no more than that.
//!
//! Somebody may have added a trigger, a constraint, a column, an index, a policy; what they mean is the business of a statement. It is found out once for each
//! table, and again when some table has changed.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::CStr;

use pgrx::list::List;
use pgrx::{PgTupleDesc, memcx, pg_sys};

use crate::table_changes;

/// A table of the schema steward as far as this library knows it.
pub struct Shape {
    /// Its name.
    pub name: &'static CStr,
    /// The columns that a row always gets a value for.
    pub columns: &'static [&'static str],
    /// CHECK constraints that hold whatever they are given.
    pub checks: &'static [&'static CStr],
    /// Indexes of a part of it.
    pub partial: &'static [&'static CStr],
}

thread_local! {
    /// Whether rows can be written to a table without a statement.
    static PLAIN: RefCell<HashMap<pg_sys::Oid, bool>> = RefCell::default();
    /// How many changes of tables were known of when that was found out.
    static CHANGES: Cell<u64> = const { Cell::new(0) };
}

/// Whether a relation, which is open and locked, is what its shape says and no more.
///
/// # Safety
/// The pointer has to be that of an open relation.
pub unsafe fn is_plain(relation: pg_sys::Relation, shape: &Shape) -> bool {
    // It was locked, so all changes that were committed before have been heard of.
    let changes = table_changes::known();
    if CHANGES.replace(changes) != changes {
        PLAIN.with_borrow_mut(HashMap::clear);
    }
    // SAFETY: the caller's.
    let id = unsafe { (*relation).rd_id };
    if let Some(known) = PLAIN.with_borrow(|plain| plain.get(&id).copied()) {
        return known;
    }
    // SAFETY: the caller's.
    let is_plain = unsafe { fires_nothing(relation) && has_columns_of(relation, shape) && has_indexes_of(relation, shape) };
    PLAIN.with_borrow_mut(|plain| plain.insert(id, is_plain));
    is_plain
}

/// An ordinary table without triggers or rules at an INSERT, and without policies for its owner.
unsafe fn fires_nothing(relation: pg_sys::Relation) -> bool {
    // SAFETY: the relation is open.
    let (relation, class) = unsafe { (&*relation, &*(*relation).rd_rel) };
    // SAFETY: triggers are null or those of the relation.
    let fires = unsafe { relation.trigdesc.as_ref() }.is_some_and(|fires| {
        fires.trig_insert_before_row
            || fires.trig_insert_after_row
            || fires.trig_insert_instead_row
            || fires.trig_insert_before_statement
            || fires.trig_insert_after_statement
    });
    class.relkind.cast_unsigned() == pg_sys::RELKIND_RELATION
        && !class.relispartition
        && !class.relforcerowsecurity
        && relation.rd_rules.is_null()
        && !fires
}

/// Every column that has to have a value gets one, none has a default, and nothing is checked but what always holds.
unsafe fn has_columns_of(relation: pg_sys::Relation, shape: &Shape) -> bool {
    // SAFETY: the descriptor lives as long as the relation is open, and has as many constraints as it says.
    unsafe {
        let columns = PgTupleDesc::from_pg_unchecked((*relation).rd_att);
        let are_filled = columns.iter().all(|column| {
            let needs_value = column.attnotnull || column.attidentity != 0 || column.attgenerated != 0;
            column.attisdropped
                || !needs_value
                || shape.columns.contains(&column.name()) && column.attidentity == 0 && column.attgenerated == 0
        });
        let constraints = (*(*relation).rd_att).constr.as_ref();
        let is_known = |check: &pg_sys::ConstrCheck| shape.checks.contains(&CStr::from_ptr(check.ccname));
        are_filled && constraints.is_none_or(|constraints| constraints.num_defval == 0 && checks(constraints).iter().all(is_known))
    }
}

/// No index calls a function; one of a part of the table is known.
unsafe fn has_indexes_of(relation: pg_sys::Relation, shape: &Shape) -> bool {
    // SAFETY: the list is one of oids; it is asked in the catalog, because the expressions themselves would be read under the search path of the caller.
    unsafe {
        let list = pg_sys::RelationGetIndexList(relation);
        let indexes: Vec<pg_sys::Oid> = memcx::current_context(|context| {
            List::<pg_sys::Oid>::downcast_ptr_in_memcx(list, context).map(|list| list.iter().copied().collect())
        })
        .unwrap_or_default();
        indexes.into_iter().all(|index| is_plain_index(index, shape))
    }
}

unsafe fn is_plain_index(index: pg_sys::Oid, shape: &Shape) -> bool {
    let cache = pg_sys::SysCacheIdentifier::INDEXRELID.cast_signed();
    // SAFETY: the row of the catalog is released after its last use; a name is a copy that ends with NUL.
    unsafe {
        let row = pg_sys::SearchSysCache1(cache, pg_sys::Datum::from(index));
        if row.is_null() {
            return false;
        }
        let has = |column: u32| !pg_sys::heap_attisnull(row, column.cast_signed(), std::ptr::null_mut());
        let (has_expressions, is_partial) = (has(pg_sys::Anum_pg_index_indexprs), has(pg_sys::Anum_pg_index_indpred));
        pg_sys::ReleaseSysCache(row);
        let name = pg_sys::get_rel_name(index);
        !has_expressions && (!is_partial || !name.is_null() && shape.partial.contains(&CStr::from_ptr(name)))
    }
}

/// The CHECK constraints of a table.
unsafe fn checks(constr: &pg_sys::TupleConstr) -> &[pg_sys::ConstrCheck] {
    match usize::from(constr.num_check) {
        0 => &[],
        // SAFETY: the caller's descriptor has as many as it says.
        many => unsafe { std::slice::from_raw_parts(constr.check, many) },
    }
}
