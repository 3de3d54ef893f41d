//! Fields of a lead, read from the row itself: a million of them are scored in one statement.
//!
//! A field is a column, or `attributes.<key>`. Where each is found is looked up once for a statement ([`Layout`]); after that a row is taken apart by
//! Postgres, and a value is made only when a rule asks for it.

use pgrx::fcinfo::pg_getarg_datum_raw;
use pgrx::{PgTupleDesc, pg_sys};
use steward_core::error::Problem;
use steward_core::leads::rubric::Fields;
use steward_core::leads::value::Value;

use crate::error::raise;
use crate::jsonb_value::{Document, number, stored_text};

/// What names of attributes begin with.
const ATTRIBUTES: &str = "attributes";
/// From 1970 to 2000, where Postgres begins to count.
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;
/// A date is its first moment.
const DAY_MICROS: i64 = 86_400_000_000;

/// Where a field is found.
enum Place {
    Column(usize, pg_sys::Oid),
    Attribute(String),
    Nowhere,
}

/// The type of rows: its id, its version where it has no name, and the number of its shape. A table may be altered while a call site lives, and its rows are
/// laid out otherwise then: read by the old columns, a number is taken for a pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    id: pg_sys::Oid,
    version: i32,
    shape: u64,
}

/// Where the fields of a statement's rows are found.
pub struct Layout {
    kind: Kind,
    columns: pg_sys::TupleDesc,
    width: usize,
    attributes: Option<usize>,
    places: Vec<Place>,
}

/// A row taken apart.
pub struct LeadRow<'l> {
    layout: &'l Layout,
    values: Vec<pg_sys::Datum>,
    nulls: Vec<bool>,
    attributes: Option<Document>,
}

/// A row as one value, which lives as long as the memory it was read into.
#[derive(Clone, Copy)]
pub struct Row(pg_sys::HeapTupleHeader);

impl Row {
    /// The row that an argument of a call is. What kind of value it is is asked once for a call site, whose layout is known after that.
    ///
    /// # Safety
    /// The argument is not null, and of the type `anyelement`.
    pub unsafe fn of(call: pg_sys::FunctionCallInfo, index: usize, known: Option<&Layout>) -> Self {
        // SAFETY: the caller's; a value of a row type begins as one. A call without a description of its arguments has none that is a row.
        unsafe {
            let place = i32::try_from(index).unwrap_or(i32::MAX);
            if known.is_none() && !pg_sys::type_is_rowtype(pg_sys::get_fn_expr_argtype((*call).flinfo, place)) {
                raise(
                    Problem::bad("lead_invalid", "a lead is a row")
                        .hint("Pass a row of steward.leads, such as l of «from steward.leads l»."),
                );
            }
            Self(pg_sys::pg_detoast_datum(pg_getarg_datum_raw(call, index).cast_mut_ptr()).cast())
        }
    }

    /// Its type.
    pub fn kind(self) -> Kind {
        // SAFETY: a composite value begins with its header, which names a type that there is.
        unsafe {
            let (id, modifier) = ((*self.0).t_choice.t_datum.datum_typeid, (*self.0).t_choice.t_datum.datum_typmod);
            // Rows of a type that has a name come with any modifier.
            let version = if id == pg_sys::RECORDOID { modifier } else { -1 };
            Kind { id, version, shape: pg_sys::assign_record_type_identifier(id, version) }
        }
    }
}

impl Layout {
    /// Where the fields are found in rows of a type. Its descriptor lives as long as the current memory context.
    ///
    /// # Safety
    /// The kind is that of a composite value.
    pub unsafe fn of(kind: Kind, fields: &[String]) -> Self {
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
        let place = |field: &String| match field.strip_prefix(ATTRIBUTES).and_then(|rest| rest.strip_prefix('.')) {
            Some(key) => Place::Attribute(key.to_owned()),
            None => match column(field) {
                Some(index) => names[index].as_ref().map_or(Place::Nowhere, |(_, kind)| Place::Column(index, *kind)),
                None => Place::Nowhere,
            },
        };
        Self { kind, columns, width: names.len(), attributes, places: fields.iter().map(place).collect() }
    }

    /// The type of the rows.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Takes a row apart.
    ///
    /// # Safety
    /// The row is of this layout's type, and outlives what is read from it.
    pub unsafe fn take_apart(&self, Row(header): Row) -> LeadRow<'_> {
        let mut values = vec![pg_sys::Datum::from(0); self.width];
        let mut nulls = vec![true; self.width];
        // SAFETY: the arrays are as wide as the columns; the tuple is the one behind the header.
        let attributes = unsafe {
            let mut tuple = pg_sys::HeapTupleData {
                t_len: (*header).t_choice.t_datum.datum_len_.cast_unsigned() >> 2,
                t_self: pg_sys::ItemPointerData::default(),
                t_tableOid: pg_sys::InvalidOid,
                t_data: header,
            };
            pg_sys::heap_deform_tuple(&raw mut tuple, self.columns, values.as_mut_ptr(), nulls.as_mut_ptr());
            self.attributes.filter(|index| !nulls[*index]).and_then(|index| Document::of(values[index]))
        };
        LeadRow { layout: self, values, nulls, attributes }
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
        match self.layout.places.get(field) {
            Some(Place::Attribute(key)) => self.attributes.map_or(Value::Missing, |attributes| attributes.get(key)),
            Some(Place::Column(index, kind)) if !self.nulls[*index] => {
                // SAFETY: the value is of that type, says the descriptor that it was taken apart by.
                unsafe { column(self.values[*index], *kind) }
            }
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
            pg_sys::TEXTOID | pg_sys::VARCHAROID => {
                let text = pg_sys::pg_detoast_datum_packed(value.cast_mut_ptr());
                stored_text(pgrx::varlena::varlena_to_byte_slice(text))
            }
            pg_sys::INT4OID => Value::Number(f64::from(value.value().cast_signed() as i32)),
            #[expect(clippy::cast_precision_loss, reason = "the nearest number is good enough for a score")]
            pg_sys::INT8OID => Value::Number(value.value().cast_signed() as f64),
            pg_sys::FLOAT8OID => Value::of_number(f64::from_bits(value.value() as u64)),
            pg_sys::NUMERICOID => number(pg_sys::pg_detoast_datum(value.cast_mut_ptr()).cast()),
            pg_sys::BOOLOID => Value::Flag(value.value() & 1 == 1),
            pg_sys::TIMESTAMPTZOID | pg_sys::TIMESTAMPOID => moment(value.value().cast_signed() as i64),
            pg_sys::DATEOID => moment(i64::from(value.value().cast_signed() as i32).saturating_mul(DAY_MICROS)),
            pg_sys::JSONBOID => Document::of(value).map_or(Value::Missing, Document::value),
            _ => Value::Missing,
        }
    }
}
