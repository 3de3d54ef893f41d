//! Values inside a jsonb, read where they lie: no text is made of the document, as `JsonB` would for every row.

use std::ffi::CStr;
use std::sync::LazyLock;

use pgrx::fcinfo::{direct_function_call, pg_arg_is_null, pg_getarg_datum_raw};
use pgrx::pg_sys;
use steward_core::error::Problem;
use steward_core::leads::value::Value;

use super::jsonb_container::{Child, Container, Content};
use crate::error::OrRaise;

/// Lists inside lists that are looked into; deeper ones are there, and that is all.
const MOST_DEPTH: u32 = 8;

/// Whether texts are UTF-8: a database keeps its encoding.
// SAFETY: it is asked by a backend that is connected to its database.
static IS_UTF8: LazyLock<bool> = LazyLock::new(|| unsafe { pg_sys::GetDatabaseEncoding().cast_unsigned() == pg_sys::pg_enc::PG_UTF8 });

/// An argument that is a jsonb, as its text; None for null. For definitions, which are read once: `JsonB` panics on what jsonb holds and `serde_json` does not.
///
/// # Safety
/// The argument of the call is a jsonb.
pub unsafe fn text_of<'c>(call: pg_sys::FunctionCallInfo, index: usize) -> Option<&'c str> {
    // SAFETY: the caller's; the text lives as long as the memory that the function is called in.
    unsafe {
        if pg_arg_is_null(call, index) {
            return None;
        }
        let text: Option<&CStr> = direct_function_call(pg_sys::jsonb_out, &[Some(pg_getarg_datum_raw(call, index))]);
        text.and_then(|text| text.to_str().ok())
    }
}

/// What a text says, or a refusal with that code: of a number that no f64 holds, of lists in lists beyond a hundred.
pub fn read(text: &str, code: &'static str) -> serde_json::Value {
    serde_json::from_str(text).map_err(|error| Problem::bad(code, format!("it cannot be read: {error}"))).or_raise()
}

/// The value of a whole document: an array or an object is a list.
///
/// # Safety
/// The container lives as long as the value.
pub unsafe fn document<'a>(root: Container) -> Value<'a> {
    // SAFETY: the caller's.
    Value::List(unsafe { items(root, 0) })
}

/// The value of a child of a document.
///
/// # Safety
/// Its container lives as long as the value.
pub unsafe fn attribute<'a>(child: Child) -> Value<'a> {
    // SAFETY: the caller's.
    unsafe { value(child, 0) }
}

unsafe fn value<'a>(child: Child, depth: u32) -> Value<'a> {
    // SAFETY: the caller's; texts are those of the database.
    unsafe {
        match child.content() {
            Content::Null => Value::Missing,
            Content::Flag(flag) => Value::Flag(flag),
            Content::Text(bytes) => stored_text(bytes),
            Content::Number(numeric) => number(numeric),
            Content::Container(container) if depth < MOST_DEPTH => Value::List(items(container, depth + 1)),
            Content::Container(_) => Value::Flag(true),
        }
    }
}

unsafe fn items<'a>(container: Container, depth: u32) -> Vec<Value<'a>> {
    // SAFETY: the caller's.
    container.values().map(|child| unsafe { value(child, depth) }).collect()
}

/// A stored text. One of a UTF-8 database was checked when it came in, by Postgres: a second look took a fifteenth of the time of all scores. Of another database what is not ASCII is missing
/// unless it happens to be UTF-8.
///
/// # Safety
/// The bytes are those of a text in this database.
pub unsafe fn stored_text<'a>(bytes: &'a [u8]) -> Value<'a> {
    if *IS_UTF8 {
        // SAFETY: the caller's.
        return Value::of_text(unsafe { std::str::from_utf8_unchecked(bytes) });
    }
    std::str::from_utf8(bytes).map_or(Value::Missing, Value::of_text)
}

/// The nearest number; one that no f64 can hold is none.
///
/// # Safety
/// It is a plain numeric.
pub unsafe fn number<'a>(numeric: pg_sys::Numeric) -> Value<'a> {
    // SAFETY: the caller's numeric; the function raises no error, whatever its size.
    let number: Option<f64> = unsafe { direct_function_call(pg_sys::numeric_float8_no_overflow, &[Some(pg_sys::Datum::from(numeric))]) };
    number.map_or(Value::Missing, Value::of_number)
}
