//! The filters, and how a value is written. Whatever makes text pays its bytes to the [`Meter`] before it makes them.
//!
//! Differences to Jinja: a list, an object and null have no text (use `tojson`, `join`, `default` or `$ref`), and
//! `default` stands in for null as well as for what is missing, because a JSON null is a missing value too; truth values
//! are written `true` and `false`.

use std::borrow::Cow;
use std::fmt;
use std::io;

use minijinja::value::{Kwargs, Rest, Value, ValueKind};
use minijinja::{Error, ErrorKind, Output, State, filters};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::context::{Meter, Mode};

/// Everything but RFC 3986's unreserved characters, so that a value adds no separator to a URL.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Why one of our filters refused, carried as the source of a minijinja error.
#[derive(Debug)]
pub(super) enum Refused {
    /// The byte budget is used up.
    TooLarge,
    /// Anything else, in words that contain no value.
    Because(&'static str),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "too large",
            Self::Because(reason) => reason,
        })
    }
}

impl std::error::Error for Refused {}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::from(ErrorKind::InvalidOperation).with_source(refused)
    }
}

/// Writes the value of `{{ … }}`.
pub(super) fn write_value(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let text = text_of(value)?;
    let mode = Meter::of(state).map_or(Mode::Plain, |meter| meter.mode);
    if mode == Mode::Plain {
        return out.write_str(&text).map_err(Error::from);
    }
    if text.is_empty() && mode == Mode::PercentNotEmpty {
        return Err(Refused::Because("an empty value in a URL path").into());
    }
    utf8_percent_encode(&text, RESERVED).try_for_each(|piece| out.write_str(piece).map_err(Error::from))
}

/// The text of a text, a number or a truth value.
fn text_of(value: &Value) -> Result<Cow<'_, str>, Error> {
    if let Some(text) = value.as_str() {
        return Ok(Cow::Borrowed(text));
    }
    match value.kind() {
        ValueKind::Undefined => Err(ErrorKind::UndefinedError.into()),
        ValueKind::None => Err(Refused::Because("the value is null, which has no text: use |default(…)").into()),
        // minijinja says True and False, as Python does; URLs and JSON do not.
        ValueKind::Bool => Ok(Cow::Borrowed(if value.is_true() { "true" } else { "false" })),
        ValueKind::Number => Ok(Cow::Owned(value.to_string())),
        _ => Err(Refused::Because("a list or an object has no text: use |tojson, |join(…) or $ref").into()),
    }
}

fn pay(state: &State<'_, '_>, bytes: usize) -> Result<(), Error> {
    match Meter::of(state) {
        Some(meter) if meter.pay(bytes) => Ok(()),
        _ => Err(Refused::TooLarge.into()),
    }
}

/// Applies a function whose result is about as long as its input: Unicode case mappings at most triple it, and the
/// growth is paid afterwards.
pub(super) fn mapped(state: &State<'_, '_>, value: &Value, map: impl Fn(&str) -> String) -> Result<String, Error> {
    let text = text_of(value)?;
    pay(state, text.len())?;
    let result = map(&text);
    pay(state, result.len().saturating_sub(text.len()))?;
    Ok(result)
}

/// The first character in upper case, the rest in lower case.
pub(super) fn capitalized(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(rest.as_str().to_lowercase().chars()).collect()
}

/// `text` with every `from` replaced.
pub(super) fn replace(state: &State<'_, '_>, value: &Value, from: &Value, to: &Value) -> Result<String, Error> {
    let (text, from, to) = (text_of(value)?, text_of(from)?, text_of(to)?);
    if from.is_empty() {
        return Err(Refused::Because("replace needs a text to look for").into());
    }
    let mut result = String::new();
    for (index, piece) in text.split(&*from).enumerate() {
        let glue = if index == 0 { "" } else { &*to };
        append(state, &mut result, glue)?;
        append(state, &mut result, piece)?;
    }
    Ok(result)
}

/// The items of a list with a separator between them.
pub(super) fn join(state: &State<'_, '_>, value: &Value, separator: Option<&Value>) -> Result<String, Error> {
    if !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
        return Err(Refused::Because("join needs a list").into());
    }
    let separator = separator.map_or(Ok(Cow::Borrowed("")), text_of)?;
    let mut result = String::new();
    for (index, item) in value.try_iter()?.enumerate() {
        if index > 0 {
            append(state, &mut result, &separator)?;
        }
        append(state, &mut result, &text_of(&item)?)?;
    }
    Ok(result)
}

/// What `a ~ b ~ c` is.
pub(super) fn concat(state: &State<'_, '_>, operands: &Value) -> Result<String, Error> {
    join(state, operands, None)
}

/// Pays for a piece and adds it. The extra byte makes a million empty items cost something too.
fn append(state: &State<'_, '_>, result: &mut String, piece: &str) -> Result<(), Error> {
    pay(state, piece.len() + 1)?;
    result.push_str(piece);
    Ok(())
}

/// Compact JSON, without the HTML escapes of Jinja's filter of this name.
pub(super) fn to_json(state: &State<'_, '_>, value: &Value) -> Result<String, Error> {
    if has_undefined(value) {
        return Err(ErrorKind::UndefinedError.into());
    }
    let mut paid = Paid { state, json: Vec::new() };
    // The only error serialising these values can meet is our own refusal to grow.
    serde_json::to_writer(&mut paid, value).map_err(|_| Refused::TooLarge)?;
    String::from_utf8(paid.json).map_err(|_| Refused::Because("the value has no JSON").into())
}

/// Whether a list or object written in the template holds something missing, which would silently become null.
fn has_undefined(value: &Value) -> bool {
    let is_map = value.kind() == ValueKind::Map;
    match value.kind() {
        ValueKind::Undefined => true,
        ValueKind::Map | ValueKind::Seq => value.try_iter().is_ok_and(|mut items| {
            items.any(|item| if is_map { value.get_item(&item).is_ok_and(|field| has_undefined(&field)) } else { has_undefined(&item) })
        }),
        _ => false,
    }
}

struct Paid<'s, 't, 'env> {
    state: &'s State<'t, 'env>,
    json: Vec<u8>,
}

impl io::Write for Paid<'_, '_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        pay(self.state, bytes.len()).map_err(io::Error::other)?;
        self.json.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `value`, or `other` (else the empty text) for what is missing or null.
pub(super) fn default(value: &Value, other: Rest<Value>) -> Result<Value, Error> {
    if other.len() > 1 {
        return Err(ErrorKind::TooManyArguments.into());
    }
    if value.is_undefined() || value.is_none() {
        return Ok(other.first().cloned().unwrap_or_else(|| Value::from("")));
    }
    Ok(value.clone())
}

/// The last character or item, without copying the list.
pub(super) fn last(value: &Value) -> Result<Value, Error> {
    if let Some(text) = value.as_str() {
        return Ok(text.chars().next_back().map_or(Value::UNDEFINED, Value::from));
    }
    match value.len() {
        Some(0) => Ok(Value::UNDEFINED),
        Some(len) if value.kind() == ValueKind::Seq => value.get_item_by_index(len - 1),
        _ => Err(Refused::Because("last needs a list or a text").into()),
    }
}

/// The number of characters or items. Counting characters reads the text, so it is paid for.
pub(super) fn length(state: &State<'_, '_>, value: &Value) -> Result<usize, Error> {
    pay_to_read(state, value)?;
    filters::length(value)
}

/// A whole number, or `other` when the text is none.
pub(super) fn int(state: &State<'_, '_>, value: &Value, other: Option<Value>) -> Result<Value, Error> {
    pay_to_read(state, value)?;
    filters::int(state, value, other, None, no_names())
}

/// A number, or `other` when the text is none.
pub(super) fn float(state: &State<'_, '_>, value: &Value, other: Option<Value>) -> Result<Value, Error> {
    pay_to_read(state, value)?;
    filters::float(state, value, other, no_names())
}

fn pay_to_read(state: &State<'_, '_>, value: &Value) -> Result<(), Error> {
    pay(state, value.as_str().map_or(0, str::len))
}

fn no_names() -> Kwargs {
    std::iter::empty::<(&str, Value)>().collect()
}
