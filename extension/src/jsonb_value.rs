//! Values inside a jsonb, read where they lie: no text is made of the document, as `JsonB` would for every row.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use pgrx::fcinfo::{direct_function_call, pg_arg_is_null, pg_getarg_datum_raw};
use pgrx::pg_sys;
use steward_core::error::Problem;
use steward_core::leads::value::Value;

use crate::error::OrRaise;

/// Lists inside lists that are looked into; deeper ones are there, and that is all.
const MOST_DEPTH: u32 = 8;

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

/// A document, detoasted, which lives as long as the memory it was read into.
#[derive(Clone, Copy)]
pub struct Document(NonNull<pg_sys::JsonbContainer>);

impl Document {
    /// The document of a jsonb.
    ///
    /// # Safety
    /// The datum is a jsonb, and outlives every value that is read from it.
    pub unsafe fn of(datum: pg_sys::Datum) -> Option<Self> {
        // SAFETY: the caller's; behind the header of a detoasted jsonb stands its root.
        unsafe {
            let jsonb = pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast::<pg_sys::Jsonb>();
            NonNull::new(&raw mut (*jsonb).root).map(Self)
        }
    }

    /// The value of a key of an object.
    pub fn get<'a>(self, key: &str) -> Value<'a> {
        let Ok(length) = i32::try_from(key.len()) else { return Value::Missing };
        // SAFETY: the container lives; only an object has keys; Postgres fills the value where it finds the key.
        unsafe {
            if (*self.0.as_ptr()).header & pg_sys::JB_FOBJECT == 0 {
                return Value::Missing;
            }
            let mut found = MaybeUninit::<pg_sys::JsonbValue>::zeroed();
            let found = pg_sys::getKeyJsonValueFromContainer(self.0.as_ptr(), key.as_ptr().cast(), length, found.as_mut_ptr());
            if found.is_null() { Value::Missing } else { value(&*found, 0) }
        }
    }

    /// It, as a value: an array or an object is a list.
    pub fn value<'a>(self) -> Value<'a> {
        // SAFETY: the container lives.
        unsafe { Value::List(items(self.0.as_ptr(), 0)) }
    }
}

unsafe fn value<'a>(found: &pg_sys::JsonbValue, depth: u32) -> Value<'a> {
    // SAFETY: the type says which of the variants is filled; strings lie in the container, which the caller keeps.
    unsafe {
        match found.type_ {
            pg_sys::jbvType::jbvString => text(found.val.string.val.cast(), found.val.string.len),
            pg_sys::jbvType::jbvNumeric => number(found.val.numeric),
            pg_sys::jbvType::jbvBool => Value::Flag(found.val.boolean),
            pg_sys::jbvType::jbvBinary if depth < MOST_DEPTH => Value::List(items(found.val.binary.data, depth + 1)),
            pg_sys::jbvType::jbvBinary => Value::Flag(true),
            _ => Value::Missing,
        }
    }
}

unsafe fn text<'a>(bytes: *const u8, length: i32) -> Value<'a> {
    // SAFETY: the caller's bytes are that many, and a text of the database.
    unsafe { stored_text(std::slice::from_raw_parts(bytes, usize::try_from(length).unwrap_or(0))) }
}

/// A stored text. One of a UTF-8 database was checked when it came in, by Postgres: a second look took a fifteenth of the time of all scores. Of another database what is not ASCII is missing
/// unless it happens to be UTF-8.
///
/// # Safety
/// The bytes are those of a text in this database.
pub unsafe fn stored_text<'a>(bytes: &'a [u8]) -> Value<'a> {
    // SAFETY: the caller's.
    unsafe {
        if pg_sys::GetDatabaseEncoding().cast_unsigned() == pg_sys::pg_enc::PG_UTF8 {
            return Value::of_text(std::str::from_utf8_unchecked(bytes));
        }
    }
    std::str::from_utf8(bytes).map_or(Value::Missing, Value::of_text)
}

/// The nearest number; one that no f64 can hold is none.
pub unsafe fn number<'a>(numeric: pg_sys::Numeric) -> Value<'a> {
    // SAFETY: the caller's numeric; the function raises no error, whatever its size.
    let number: Option<f64> = unsafe { direct_function_call(pg_sys::numeric_float8_no_overflow, &[Some(pg_sys::Datum::from(numeric))]) };
    number.map_or(Value::Missing, Value::of_number)
}

/// The values of an array or an object, in its order.
unsafe fn items<'a>(container: *mut pg_sys::JsonbContainer, depth: u32) -> Vec<Value<'a>> {
    let mut values = Vec::new();
    // SAFETY: the container lives; nested ones are skipped by the iterator and come as one value each.
    unsafe {
        let mut iterator = pg_sys::JsonbIteratorInit(container);
        let mut item = MaybeUninit::<pg_sys::JsonbValue>::zeroed();
        loop {
            match pg_sys::JsonbIteratorNext(&raw mut iterator, item.as_mut_ptr(), true) {
                pg_sys::JsonbIteratorToken::WJB_DONE => return values,
                pg_sys::JsonbIteratorToken::WJB_ELEM | pg_sys::JsonbIteratorToken::WJB_VALUE => {
                    values.push(value(item.assume_init_ref(), depth));
                }
                _ => {}
            }
        }
    }
}
