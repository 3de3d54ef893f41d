//! One flat schema out of `$ref` and `allOf`: what has to hold all at once, in one object.

use serde_json::{Map, Value};

/// Deepest chain of `$ref` and `allOf` within one value.
const MAX_CHAIN: usize = 64;

/// Keywords that could rule out what the sandbox makes up without looking at them.
const UNSUPPORTED: [&str; 12] = [
    "not",
    "if",
    "then",
    "else",
    "contains",
    "prefixItems",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "dependentRequired",
    "dependentSchemas",
    "$dynamicRef",
];

/// Keywords of which the larger value is the stricter, and of which the smaller is.
const LARGER_IS_STRICTER: [&str; 4] = ["minimum", "exclusiveMinimum", "minLength", "minItems"];
const SMALLER_IS_STRICTER: [&str; 4] = ["maximum", "exclusiveMaximum", "maxLength", "maxItems"];

/// Everything `schema` demands at its top level; `root` is where local references point into.
pub(super) fn flatten(root: &Value, schema: &Value) -> Result<Map<String, Value>, String> {
    flatten_chain(root, schema, 0)
}

fn flatten_chain(root: &Value, schema: &Value, chain: usize) -> Result<Map<String, Value>, String> {
    if chain > MAX_CHAIN {
        return Err(format!("more than {MAX_CHAIN} references in a row"));
    }
    let fields = match schema {
        Value::Object(fields) => fields,
        Value::Bool(true) => return Ok(Map::new()),
        _ => return Err("a schema must be an object or true for a value to exist".to_owned()),
    };
    if let Some(keyword) = UNSUPPORTED.iter().find(|keyword| fields.contains_key(**keyword)) {
        return Err(format!("the sandbox does not support '{keyword}'"));
    }
    let own = fields.iter().filter(|(key, _)| !matches!(key.as_str(), "$ref" | "allOf" | "$defs" | "definitions"));
    let mut flat: Map<String, Value> = own.map(|(key, value)| (key.clone(), value.clone())).collect();
    if let Some(reference) = fields.get("$ref") {
        merge(&mut flat, flatten_chain(root, resolve(root, reference)?, chain + 1)?)?;
    }
    for part in fields.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        merge(&mut flat, flatten_chain(root, part, chain + 1)?)?;
    }
    Ok(flat)
}

/// The schema a local reference such as `#/$defs/slide` names.
fn resolve<'a>(root: &'a Value, reference: &Value) -> Result<&'a Value, String> {
    let text = reference.as_str().unwrap_or_default();
    let pointer = text.strip_prefix('#').filter(|pointer| pointer.is_empty() || pointer.starts_with('/'));
    let found = pointer.and_then(|pointer| root.pointer(pointer));
    found.ok_or_else(|| format!("the reference {reference} does not lead to a schema inside this one"))
}

/// Adds the demands of `more`.
pub(super) fn merge(flat: &mut Map<String, Value>, more: Map<String, Value>) -> Result<(), String> {
    for (key, value) in more {
        let merged = match flat.get(&key) {
            None => value,
            Some(old) if *old == value => value,
            Some(old) => both(&key, old, value)?,
        };
        flat.insert(key, merged);
    }
    Ok(())
}

/// Two demands with the same keyword as one.
fn both(key: &str, old: &Value, new: Value) -> Result<Value, String> {
    let new_is_larger = new.as_f64() > old.as_f64();
    match key {
        "title" | "description" | "default" | "examples" | "$comment" | "$schema" | "$id" => Ok(old.clone()),
        "properties" => both_properties(old, &new),
        "required" => Ok(Value::Array([as_list(old), as_list(&new)].concat())),
        "enum" => Ok(as_list(old).iter().filter(|value| as_list(&new).contains(value)).cloned().collect()),
        "type" => both_types(old, &new),
        "additionalProperties" if *old == Value::Bool(false) || new == Value::Bool(false) => Ok(Value::Bool(false)),
        key if LARGER_IS_STRICTER.contains(&key) => Ok(if new_is_larger { new } else { old.clone() }),
        key if SMALLER_IS_STRICTER.contains(&key) => Ok(if new_is_larger { old.clone() } else { new }),
        _ => Err(format!("the sandbox cannot combine two different values of '{key}'")),
    }
}

/// The properties of both; one that both describe has to satisfy both.
fn both_properties(old: &Value, new: &Value) -> Result<Value, String> {
    let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else {
        return Err("'properties' must be an object".to_owned());
    };
    let mut merged = old.clone();
    for (name, schema) in new {
        let together = match old.get(name) {
            Some(other) if other != schema => serde_json::json!({"allOf": [other, schema]}),
            _ => schema.clone(),
        };
        merged.insert(name.clone(), together);
    }
    Ok(Value::Object(merged))
}

/// The types both allow; an integer is a number.
fn both_types(old: &Value, new: &Value) -> Result<Value, String> {
    let (old, new) = (as_list(old), as_list(new));
    let number_takes = |list: &[Value], kind: &Value| kind == "integer" && list.contains(&Value::from("number"));
    let mut shared: Vec<Value> = old.iter().filter(|kind| new.contains(kind) || number_takes(&new, kind)).cloned().collect();
    shared.extend(new.iter().filter(|kind| !old.contains(kind) && number_takes(&old, kind)).cloned());
    if shared.is_empty() { Err("no value has both of two types".to_owned()) } else { Ok(Value::Array(shared)) }
}

/// An array as it is, anything else as an array of one.
fn as_list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}
