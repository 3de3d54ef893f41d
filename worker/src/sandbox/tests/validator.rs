//! A small JSON Schema validator, written apart from the generator so that both have to be wrong the same way to agree.

use serde_json::Value;

/// Panics with the place of the first violation.
pub fn assert_valid(root: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        return assert_valid(root, root.pointer(reference.trim_start_matches('#')).unwrap(), value, at);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let fits = |choice: &Value| std::panic::catch_unwind(|| assert_valid(root, choice, value, at)).is_ok();
        assert!(choices.iter().any(fits), "{at}: {value} fits no alternative");
    }
    if let Some(expected) = schema.get("const") {
        assert_eq!(value, expected, "{at}");
    }
    if let Some(allowed) = schema["enum"].as_array() {
        assert!(allowed.contains(value), "{at}: {value} is not in the enum");
    }
    let known_types = ["object", "array", "string", "integer", "number", "boolean", "null"];
    match schema["type"].as_str() {
        Some("object") => assert_object(root, schema, value, at),
        Some("array") => assert_array(root, schema, value, at),
        Some("string") => assert_string(schema, value, at),
        Some("integer") => assert_number(schema, value, value.is_i64() || value.is_u64(), at),
        Some("number") => assert_number(schema, value, value.is_number(), at),
        Some("boolean") => assert!(value.is_boolean(), "{at}: {value} is no boolean"),
        Some("null") => assert!(value.is_null(), "{at}: {value} is not null"),
        other => assert!(other.is_none_or(|kind| known_types.contains(&kind)), "{at}: unknown type {other:?}"),
    }
}

fn assert_object(root: &Value, schema: &Value, value: &Value, at: &str) {
    let fields = value.as_object().unwrap_or_else(|| panic!("{at}: {value} is no object"));
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(fields.contains_key(name.as_str().unwrap()), "{at}: {name} is missing");
    }
    for (name, field) in fields {
        match schema["properties"].get(name) {
            Some(property) => assert_valid(root, property, field, &format!("{at}/{name}")),
            None => assert_ne!(schema["additionalProperties"], false, "{at}: {name} is not allowed"),
        }
    }
}

fn assert_array(root: &Value, schema: &Value, value: &Value, at: &str) {
    let items = value.as_array().unwrap_or_else(|| panic!("{at}: {value} is no array"));
    assert_between(schema, "minItems", "maxItems", items.len() as f64, at);
    for (index, item) in items.iter().enumerate() {
        assert_valid(root, &schema["items"], item, &format!("{at}/{index}"));
        let again = items[..index].contains(item);
        assert!(schema["uniqueItems"] != true || !again, "{at}: {item} is there twice");
    }
}

fn assert_string(schema: &Value, value: &Value, at: &str) {
    let text = value.as_str().unwrap_or_else(|| panic!("{at}: {value} is no string"));
    assert_between(schema, "minLength", "maxLength", text.chars().count() as f64, at);
}

fn assert_number(schema: &Value, value: &Value, right_kind: bool, at: &str) {
    assert!(right_kind, "{at}: {value} is not of type {}", schema["type"]);
    let number = value.as_f64().unwrap();
    assert_between(schema, "minimum", "maximum", number, at);
    assert!(schema["exclusiveMinimum"].as_f64().is_none_or(|bound| number > bound), "{at}: {number} is too small");
    assert!(schema["exclusiveMaximum"].as_f64().is_none_or(|bound| number < bound), "{at}: {number} is too large");
    assert!(schema["multipleOf"].as_f64().is_none_or(|step| (number / step).fract() == 0.0), "{at}: {number} is off the grid");
}

fn assert_between(schema: &Value, least: &str, most: &str, actual: f64, at: &str) {
    assert!(schema[least].as_f64().is_none_or(|bound| actual >= bound), "{at}: {actual} is below {least}");
    assert!(schema[most].as_f64().is_none_or(|bound| actual <= bound), "{at}: {actual} is above {most}");
}
