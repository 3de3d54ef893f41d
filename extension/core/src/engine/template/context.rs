//! What a template can see: the context of one job, converted once and read by all its templates.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use minijinja::value::{Object, Value};

use super::Limits;

/// Name under which filters find the [`Meter`]. No template can say it: it is not an identifier.
const METER: &str = "$meter";

/// The values templates read, in the form of `$ref` pointers (JSON) and in that of expressions (minijinja).
#[derive(Debug)]
pub struct Context {
    json: serde_json::Value,
    values: Value,
    bytes: u64,
}

impl Context {
    /// Takes the context object, usually `{"payload": …, "job": {…}}`.
    pub fn new(json: serde_json::Value) -> Self {
        let values = to_values(&json);
        let bytes = bytes_of(&json);
        Self { json, values, bytes }
    }

    /// The JSON that `$ref` pointers point into.
    pub fn json(&self) -> &serde_json::Value {
        &self.json
    }

    /// About how many bytes reading all of it reads.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The root that one rendering sees: the values and the meter its filters pay.
    pub(super) fn metered(&self, limits: &Limits, mode: Mode) -> Value {
        let work = limits.max_output_bytes.saturating_mul(super::WORK_FACTOR);
        let meter = Meter { work_left: AtomicUsize::new(work), mode };
        Value::from_object(Root { values: self.values.clone(), meter: Value::from_object(meter) })
    }
}

/// How the value of an expression is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// As it is.
    Plain,
    /// Percent-encoded.
    Percent,
    /// Percent-encoded, and never empty: `DELETE /items/{{ id }}` with an empty id would be another request.
    PercentNotEmpty,
}

/// The byte budget and the mode of one rendering.
#[derive(Debug)]
pub(super) struct Meter {
    work_left: AtomicUsize,
    pub(super) mode: Mode,
}

impl Meter {
    /// The meter of the rendering that `state` belongs to.
    pub(super) fn of(state: &minijinja::State<'_, '_>) -> Option<Arc<Self>> {
        state.lookup(METER)?.downcast_object::<Self>()
    }

    /// Pays for `bytes`; false when the budget does not hold them.
    pub(super) fn pay(&self, bytes: usize) -> bool {
        let left = self.work_left.load(Ordering::Relaxed);
        self.work_left.store(left.saturating_sub(bytes), Ordering::Relaxed);
        bytes <= left
    }
}

impl Object for Meter {}

#[derive(Debug)]
struct Root {
    values: Value,
    meter: Value,
}

impl Object for Root {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        if name == METER {
            return Some(self.meter.clone());
        }
        self.values.get_attr(name).ok().filter(|value| !value.is_undefined())
    }
}

/// Comparing a number or an empty text takes as long as comparing about 8 bytes of text.
fn bytes_of(json: &serde_json::Value) -> u64 {
    8 + match json {
        serde_json::Value::String(text) => text.len() as u64,
        serde_json::Value::Array(items) => items.iter().map(bytes_of).sum(),
        serde_json::Value::Object(fields) => fields.iter().map(|(key, value)| key.len() as u64 + bytes_of(value)).sum(),
        _ => 0,
    }
}

/// Converted by hand: minijinja's serde bridge treats some keys and types specially. The recursion is as deep as the
/// JSON, and `serde_json` parses at most 128 levels.
fn to_values(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(flag) => Value::from(*flag),
        serde_json::Value::Number(number) => to_number(number),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => Value::from(items.iter().map(to_values).collect::<Vec<_>>()),
        serde_json::Value::Object(fields) => {
            Value::from_pairs(fields.iter().map(|(key, value)| (Value::from(key.as_str()), to_values(value))))
        }
    }
}

fn to_number(number: &serde_json::Number) -> Value {
    if let Some(whole) = number.as_i64() {
        return Value::from(whole);
    }
    match number.as_u64() {
        Some(whole) => Value::from(whole),
        None => Value::from(number.as_f64().unwrap_or(f64::NAN)),
    }
}
