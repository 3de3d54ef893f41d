//! What is refused before the schema library sees a schema: too large, too deep, references that leave it, and
//! references that lead back to themselves or multiply without consuming any of the instance.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::invalid;
use crate::engine::pointer;
use crate::error::Problem;

/// Bytes of a schema as compact JSON.
const MAX_BYTES: usize = 64 * 1024;
/// Levels of a schema.
const MAX_DEPTH: usize = 64;
/// Subschemas that apply to one place of an instance, counted along `allOf`, `$ref` and the like. A chain of thirty
/// definitions, each naming the next one twice, would otherwise run a billion checks.
const MAX_WEIGHT: u64 = 1_000;
/// The longest chain of such subschemas. Times the 128 levels of an instance it bounds the validator's stack.
const MAX_CHAIN: usize = 12;
/// Drafts whose references work as [`Shape`] assumes; without `$schema` it is the first.
const DRAFTS: [&str; 4] = [
    "https://json-schema.org/draft/2020-12/schema",
    "https://json-schema.org/draft/2019-09/schema",
    "http://json-schema.org/draft-07/schema",
    "http://json-schema.org/draft-06/schema",
];

/// Refuses what the limits do not allow.
pub(super) fn check(schema: &Value, path: &str) -> Result<(), Problem> {
    // Depth first: everything after it recurses.
    if is_deeper_than(schema, MAX_DEPTH) {
        return Err(invalid(path, &format!("it is nested deeper than {MAX_DEPTH} levels")));
    }
    let bytes = serde_json::to_string(schema).map_or(0, |text| text.len());
    if bytes > MAX_BYTES {
        return Err(invalid(path, &format!("it has {bytes} bytes, at most {MAX_BYTES} are allowed")));
    }
    let draft = schema.get("$schema").and_then(Value::as_str).unwrap_or(DRAFTS[0]);
    if !DRAFTS.contains(&draft.trim_end_matches('#')) {
        return Err(invalid(path, &format!("$schema {draft} is not a known draft"))
            .hint(format!("Leave it out or use one of {}.", DRAFTS.join(", "))));
    }
    let mut shape = Shape { root: schema, loads: HashMap::new() };
    shape.walk(schema, path)
}

/// Whether a value has more than `levels` levels of lists and objects. Works without recursion.
pub(super) fn is_deeper_than(value: &Value, levels: usize) -> bool {
    let mut level = vec![value];
    for _ in 0..=levels {
        level = level.into_iter().flat_map(children).collect();
        if level.is_empty() {
            return false;
        }
    }
    true
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => Vec::new(),
    }
}

/// What applying a subschema to one place costs.
#[derive(Debug, Clone, Copy)]
struct Load {
    weight: u64,
    chain: usize,
}

struct Shape<'s> {
    root: &'s Value,
    /// Loads by the address of the subschema; none while it is being computed.
    loads: HashMap<usize, Option<Load>>,
}

impl<'s> Shape<'s> {
    fn walk(&mut self, value: &'s Value, path: &str) -> Result<(), Problem> {
        if let Value::Object(fields) = value {
            self.keywords(fields, std::ptr::eq(value, self.root), path)?;
            self.load(value, path, 0)?;
            return fields.iter().try_for_each(|(key, field)| self.walk(field, &pointer::child(path, key)));
        }
        let mut items = children(value).into_iter().enumerate();
        items.try_for_each(|(index, item)| self.walk(item, &format!("{path}/{index}")))
    }

    fn keywords(&self, fields: &Map<String, Value>, is_root: bool, path: &str) -> Result<(), Problem> {
        for keyword in ["$dynamicRef", "$recursiveRef", "$id"] {
            let is_keyword = fields.get(keyword).is_some_and(Value::is_string);
            if is_keyword && !(is_root && keyword == "$id") {
                return Err(invalid(path, &format!("{keyword} is not supported here")).hint("Use $defs and {\"$ref\": \"#/$defs/name\"}."));
            }
        }
        match fields.get("$ref") {
            Some(Value::String(reference)) => self.target(reference, path).map(drop),
            _ => Ok(()),
        }
    }

    fn target(&self, reference: &str, path: &str) -> Result<&'s Value, Problem> {
        let inside = reference.strip_prefix('#').filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let Some(pointer) = inside else {
            return Err(invalid(path, &format!("the reference {reference} leaves the schema, and nothing is loaded"))
                .hint("Copy it under $defs and write {\"$ref\": \"#/$defs/name\"}."));
        };
        let pointer = percent_decode_str(pointer).decode_utf8_lossy();
        let found = self.root.pointer(&pointer);
        found.ok_or_else(|| invalid(path, &format!("the reference {reference} points to nothing")))
    }

    /// What applying `schema` costs, with everything that applies to the same place of the instance.
    fn load(&mut self, schema: &'s Value, path: &str, level: usize) -> Result<Load, Problem> {
        let address = std::ptr::from_ref(schema) as usize;
        match self.loads.get(&address) {
            Some(Some(load)) => return Ok(*load),
            Some(None) => return Err(invalid(path, "a reference leads back to itself without going into the value")),
            None => {}
        }
        let too_much = || {
            let reason = format!("more than {MAX_WEIGHT} subschemas, or a chain of more than {MAX_CHAIN}, for one value");
            invalid(path, &reason).hint("Nest allOf, anyOf, oneOf, if and $ref less.")
        };
        if level > MAX_CHAIN {
            return Err(too_much());
        }
        self.loads.insert(address, None);
        let mut load = Load { weight: 1, chain: 1 };
        for part in self.in_place(schema, path)? {
            let inner = self.load(part, path, level + 1)?;
            load.weight = load.weight.saturating_add(inner.weight);
            load.chain = load.chain.max(inner.chain + 1);
        }
        if load.weight > MAX_WEIGHT || load.chain > MAX_CHAIN {
            return Err(too_much());
        }
        self.loads.insert(address, Some(load));
        Ok(load)
    }

    /// The subschemas that apply to the same place of the instance as `schema` does.
    fn in_place(&self, schema: &'s Value, path: &str) -> Result<Vec<&'s Value>, Problem> {
        let Value::Object(fields) = schema else {
            return Ok(Vec::new());
        };
        let mut parts = Vec::new();
        for (key, field) in fields {
            match (key.as_str(), field) {
                ("$ref", Value::String(reference)) => parts.push(self.target(reference, path)?),
                ("allOf" | "anyOf" | "oneOf", Value::Array(list)) => parts.extend(list),
                ("not" | "if" | "then" | "else", Value::Object(_)) => parts.push(field),
                ("dependentSchemas" | "dependencies", Value::Object(map)) => parts.extend(map.values()),
                _ => {}
            }
        }
        Ok(parts)
    }
}
