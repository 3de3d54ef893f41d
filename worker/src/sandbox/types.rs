//! The types of JSON Schema: which one to make, and which values have one.

use serde_json::{Map, Value};

/// The type to make: the first that is not `null`, or what the other keywords speak of.
pub(super) fn to_make(flat: &Map<String, Value>) -> &str {
    let about = |names: &[&str]| names.iter().any(|name| flat.contains_key(*name));
    match flat.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("null"),
        _ if about(&["properties", "required", "additionalProperties"]) => "object",
        _ if about(&["items", "minItems", "maxItems", "uniqueItems"]) => "array",
        _ if about(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) => "number",
        _ => "string",
    }
}

/// Whether a value has a type that `kinds` (a name, a list of names or nothing) allows.
pub(super) fn allowed(value: &Value, kinds: Option<&Value>) -> bool {
    let is = |kind: &Value| match kind.as_str() {
        Some("integer") => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => false,
    };
    match kinds {
        None => true,
        Some(Value::Array(kinds)) => kinds.iter().any(is),
        Some(kind) => is(kind),
    }
}
