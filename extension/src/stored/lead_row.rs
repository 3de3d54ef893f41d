//! Fields of a lead, read from the row itself: a million of them are scored in one statement.
//!
//! A field is a column, or `attributes.<key>`. Where each is found is looked up once for a statement ([`Layout`]); after that a row is taken apart by
//! Postgres, and a value is made only when a rule asks for it.

use pgrx::fcinfo::pg_getarg_datum_raw;
use pgrx::{PgMemoryContexts, PgTupleDesc, pg_sys};
use steward_core::error::Problem;
use steward_core::leads::rubric::Fields;
use steward_core::leads::value::Value;

use super::jsonb_container::{Child, Container, Search};
use super::jsonb_value::{attribute, document, number, stored_text};
use super::varlena;
use crate::convert::POSTGRES_EPOCH_MICROS;
use crate::error::raise;
use crate::table_changes;

/// What names of attributes begin with.
const ATTRIBUTES: &str = "attributes";
/// A date is its first moment.
const DAY_MICROS: i64 = 86_400_000_000;

/// Where a field is found.
enum Place {
    Column(usize, pg_sys::Oid),
    Attribute,
    Nowhere,
}

/// The type of rows: its id, and its version where it has no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kind {
    id: pg_sys::Oid,
    version: i32,
}

/// Where the fields of a statement's rows are found, and the row that is looked at.
pub struct Layout {
    kind: Kind,
    /// The number of the type's shape. A table may be altered while a call site lives, and its rows are laid out otherwise then: read by the old columns, a number is
    /// taken for a pointer.
    shape: u64,
    /// How many changes of tables were known of when the shape was asked for.
    changes: u64,
    columns: pg_sys::TupleDesc,
    attributes: Option<usize>,
    search: Search,
    places: Vec<Place>,
    values: Vec<pg_sys::Datum>,
    nulls: Vec<bool>,
    /// By the places of fields.
    found: Vec<Option<Child>>,
}

/// A row taken apart.
pub struct LeadRow<'l>(&'l Layout);

/// A row as one value, which lives as long as the memory it was read into.
#[derive(Clone, Copy)]
struct Row(pg_sys::HeapTupleHeader);

impl Row {
    /// The row that an argument of a call is.
    unsafe fn of(call: pg_sys::FunctionCallInfo, index: usize) -> Self {
        // SAFETY: the caller's argument is a row, which begins as a value of variable length.
        unsafe { Self(varlena::plain(pg_getarg_datum_raw(call, index)).cast()) }
    }

    fn kind(self) -> Kind {
        // SAFETY: a composite value begins with its header, which names a type that there is.
        let (id, modifier) = unsafe { ((*self.0).t_choice.t_datum.datum_typeid, (*self.0).t_choice.t_datum.datum_typmod) };
        // Rows of a type that has a name come with any modifier.
        Kind { id, version: if id == pg_sys::RECORDOID { modifier } else { -1 } }
    }
}

impl Kind {
    fn shape(self) -> u64 {
        // SAFETY: there is such a type.
        unsafe { pg_sys::assign_record_type_identifier(self.id, self.version) }
    }
}

/// The row that an argument of a call is, taken apart. The layout, which lives in that memory, is made for the first row and whenever rows are laid out otherwise.
///
/// # Safety
/// The argument is not null, of the type `anyelement`, and outlives what is read from it.
pub unsafe fn take_apart<'l>(
    call: pg_sys::FunctionCallInfo,
    index: usize,
    layout: &'l mut Option<Layout>,
    fields: &[String],
    memory: pg_sys::MemoryContext,
) -> LeadRow<'l> {
    // SAFETY: the caller's.
    unsafe {
        if layout.is_none() {
            require_row(call, index);
        }
        let row = Row::of(call, index);
        if !layout.as_mut().is_some_and(|layout| layout.fits(row)) {
            *layout = None;
        }
        let layout = layout.get_or_insert_with(|| PgMemoryContexts::For(memory).switch_to(|_| Layout::of(row.kind(), fields)));
        layout.read(row);
        LeadRow(layout)
    }
}

/// A call without a description of its arguments has none that is a row.
unsafe fn require_row(call: pg_sys::FunctionCallInfo, index: usize) {
    // SAFETY: the caller's.
    unsafe {
        let place = i32::try_from(index).unwrap_or(i32::MAX);
        if !pg_sys::type_is_rowtype(pg_sys::get_fn_expr_argtype((*call).flinfo, place)) {
            raise(
                Problem::bad("lead_invalid", "a lead is a row").hint("Pass a row of steward.leads, such as l of «from steward.leads l»."),
            );
        }
    }
}

impl Layout {
    /// Where the fields are found in rows of a type. Its descriptor lives as long as the current memory context.
    unsafe fn of(kind: Kind, fields: &[String]) -> Self {
        let changes = table_changes::known();
        // SAFETY: a copy, so that no reference is held that somebody would have to give back.
        let (columns, names) = unsafe {
            let columns = pg_sys::lookup_rowtype_tupdesc_copy(kind.id, kind.version);
            let names: Vec<Option<(String, pg_sys::Oid)>> = PgTupleDesc::from_pg_unchecked(columns)
                .iter()
                .map(|column| (!column.attisdropped).then(|| (column.name().to_owned(), column.atttypid)))
                .collect();
            (columns, names)
        };
        let column = |name: &str| names.iter().position(|column| column.as_ref().is_some_and(|(known, _)| known == name));
        let attributes = column(ATTRIBUTES).filter(|index| names[*index].as_ref().is_some_and(|(_, kind)| *kind == pg_sys::JSONBOID));
        let key = |field: &String| field.strip_prefix(ATTRIBUTES).and_then(|rest| rest.strip_prefix('.')).map(str::to_owned);
        let place = |field: &String| match (key(field), column(field)) {
            (Some(_), _) => Place::Attribute,
            (None, Some(index)) => names[index].as_ref().map_or(Place::Nowhere, |(_, kind)| Place::Column(index, *kind)),
            (None, None) => Place::Nowhere,
        };
        Self {
            kind,
            shape: kind.shape(),
            changes,
            columns,
            attributes,
            search: Search::of(fields.iter().enumerate().filter_map(|(place, field)| Some((key(field)?, place))).collect()),
            places: fields.iter().map(place).collect(),
            values: vec![pg_sys::Datum::from(0); names.len()],
            nulls: vec![true; names.len()],
            found: vec![None; fields.len()],
        }
    }

    /// Whether a row is one of this layout. Postgres is asked only when some table has changed.
    fn fits(&mut self, row: Row) -> bool {
        let changes = table_changes::known();
        if row.kind() != self.kind || changes != self.changes && self.kind.shape() != self.shape {
            return false;
        }
        self.changes = changes;
        true
    }

    unsafe fn read(&mut self, Row(header): Row) {
        self.found.fill(None);
        // SAFETY: the row is of this layout's type; the arrays are as wide as the columns; the tuple is the one behind the header.
        unsafe {
            let mut tuple = pg_sys::HeapTupleData {
                t_len: (*header).t_choice.t_datum.datum_len_.cast_unsigned() >> 2,
                t_self: pg_sys::ItemPointerData::default(),
                t_tableOid: pg_sys::InvalidOid,
                t_data: header,
            };
            pg_sys::heap_deform_tuple(&raw mut tuple, self.columns, self.values.as_mut_ptr(), self.nulls.as_mut_ptr());
            let attributes = self.attributes.filter(|index| !self.nulls[*index]).and_then(|index| Container::root(self.values[index]));
            if let Some(attributes) = attributes {
                self.search.find(attributes, &mut self.found);
            }
        }
    }
}

impl Drop for Layout {
    fn drop(&mut self) {
        // SAFETY: a copy of its own, in memory that is there as long as the layout.
        unsafe { pg_sys::FreeTupleDesc(self.columns) }
    }
}

impl Fields for LeadRow<'_> {
    fn value(&self, field: usize) -> Value<'_> {
        let Self(layout) = self;
        match layout.places.get(field) {
            // SAFETY: it lies in the row.
            Some(Place::Attribute) => layout.found[field].map_or(Value::Missing, |child| unsafe { attribute(child) }),
            // SAFETY: the value is of that type, says the descriptor that it was taken apart by.
            Some(Place::Column(index, kind)) if !layout.nulls[*index] => unsafe { column(layout.values[*index], *kind) },
            _ => Value::Missing,
        }
    }
}

/// A moment as Postgres counts it, in microseconds since 2000 in UTC; its infinities, and those of dates, stay beyond all calendars.
fn moment<'a>(micros: i64) -> Value<'a> {
    Value::of_moment(micros.saturating_add(POSTGRES_EPOCH_MICROS))
}

/// The value of a column of a type that a rule can look at; any other is nothing.
unsafe fn column<'a>(value: pg_sys::Datum, kind: pg_sys::Oid) -> Value<'a> {
    // SAFETY: the caller's value is of that type.
    unsafe {
        match kind {
            pg_sys::TEXTOID | pg_sys::VARCHAROID => stored_text(varlena::bytes(value)),
            pg_sys::INT4OID => Value::Number(f64::from(value.value().cast_signed() as i32)),
            #[expect(clippy::cast_precision_loss, reason = "the nearest number is good enough for a score")]
            pg_sys::INT8OID => Value::Number(value.value().cast_signed() as f64),
            pg_sys::FLOAT8OID => Value::of_number(f64::from_bits(value.value() as u64)),
            pg_sys::NUMERICOID => number(varlena::plain(value).cast()),
            pg_sys::BOOLOID => Value::Flag(value.value() & 1 == 1),
            pg_sys::TIMESTAMPTZOID | pg_sys::TIMESTAMPOID => moment(value.value().cast_signed() as i64),
            pg_sys::DATEOID => moment(i64::from(value.value().cast_signed() as i32).saturating_mul(DAY_MICROS)),
            pg_sys::JSONBOID => Container::root(value).map_or(Value::Missing, |root| document(root)),
            _ => Value::Missing,
        }
    }
}
