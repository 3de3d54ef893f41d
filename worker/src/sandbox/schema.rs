//! A JSON document that is valid for a schema, with words about the topic of the prompt.
//!
//! Recursive schemas end because a document that is deep or large becomes lean: optional properties are left out,
//! arrays get their least number of items, and `null` is taken where it is allowed. What the sandbox cannot satisfy is an
//! error with the reason. One thing it does not notice: a listed value (`const`, `enum`) that other keywords of the same
//! schema rule out, which no schema written by a person has.

use serde_json::{Map, Value};

use super::flatten::{flatten, merge};
use super::numbers;
use super::seed::Seeded;
use super::strings::{self, whole};
use super::types;
use super::words::Topic;

/// Depth and number of values from which a document is lean. A real answer has neither.
const LEAN_DEPTH: usize = 8;
const LEAN_VALUES: usize = 1000;

/// Depth and number of values at which it is given up.
const MAX_DEPTH: usize = 64;
const MAX_VALUES: usize = 20_000;

/// Items of an array that does not say how many.
const USUAL_ITEMS: u64 = 3;

/// Tries for each item of an array whose items must, or in a short list of texts should, differ.
const UNIQUE_TRIES: u64 = 8;

/// Longest list of texts that is worth keeping free of repeats.
const SHORT_LIST: u64 = 20;

/// A document for `schema`.
pub(super) fn document(schema: &Value, topic: &Topic, seed: u64) -> Result<Value, String> {
    let mut writer = Writer { root: schema, topic, random: Seeded::new(seed), values: 0 };
    writer.value(schema, "", 0)
}

struct Writer<'a> {
    root: &'a Value,
    topic: &'a Topic,
    random: Seeded,
    /// Values made so far, those of discarded alternatives included.
    values: usize,
}

impl Writer<'_> {
    /// A value for the property `name`.
    fn value(&mut self, schema: &Value, name: &str, depth: usize) -> Result<Value, String> {
        self.values += 1;
        if depth > MAX_DEPTH || self.values > MAX_VALUES {
            return Err(format!("no document of up to {MAX_DEPTH} levels and {MAX_VALUES} values fits it"));
        }
        let mut flat = flatten(self.root, schema)?;
        for keyword in ["anyOf", "oneOf"] {
            if let Some(Value::Array(choices)) = flat.remove(keyword) {
                return self.any_of(&flat, &choices, name, depth);
            }
        }
        if let Some(value) = flat.get("const") {
            return self.one_of_enum(std::slice::from_ref(value), &flat);
        }
        if let Some(values) = flat.get("enum").and_then(Value::as_array) {
            return self.one_of_enum(values, &flat);
        }
        match types::to_make(&flat) {
            "object" => self.object(&flat, depth),
            "array" => self.array(&flat, name, depth),
            "string" => strings::string(&flat, name, self.topic, &mut self.random).map(Value::from),
            "integer" => numbers::integer(&flat, &mut self.random),
            "number" => numbers::number(&flat, &mut self.random),
            "boolean" => Ok(Value::Bool(self.random.below(2) == 1)),
            "null" => Ok(Value::Null),
            other => Err(format!("'{other}' is no type of JSON Schema")),
        }
    }

    fn is_lean(&self, depth: usize) -> bool {
        depth > LEAN_DEPTH || self.values > LEAN_VALUES
    }

    /// The first alternative that works out; in a lean document `null` before all others.
    fn any_of(&mut self, base: &Map<String, Value>, choices: &[Value], name: &str, depth: usize) -> Result<Value, String> {
        let mut order: Vec<&Value> = choices.iter().collect();
        if self.is_lean(depth) {
            order.sort_by_key(|choice| choice["type"] != "null");
        }
        let mut failure = "an empty list of alternatives".to_owned();
        for choice in order {
            let mut flat = base.clone();
            let merged = flatten(self.root, choice).and_then(|choice| merge(&mut flat, choice));
            match merged.and_then(|()| self.value(&Value::Object(flat), name, depth + 1)) {
                Ok(value) => return Ok(value),
                Err(why) => failure = why,
            }
        }
        Err(failure)
    }

    /// One of the listed values that has one of the listed types.
    fn one_of_enum(&mut self, values: &[Value], flat: &Map<String, Value>) -> Result<Value, String> {
        let fitting: Vec<&Value> = values.iter().filter(|value| types::allowed(value, flat.get("type"))).collect();
        if fitting.is_empty() {
            return Err("a 'const' or 'enum' without a value of the type it must have".to_owned());
        }
        Ok((*self.random.pick(&fitting)).clone())
    }

    fn object(&mut self, flat: &Map<String, Value>, depth: usize) -> Result<Value, String> {
        let none = Map::new();
        let properties = flat.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let required: Vec<&str> = flat.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let most = flat.get("maxProperties").and_then(whole).unwrap_or(u64::MAX) as usize;
        let mut made = Map::new();
        for name in &required {
            let anything = flat.get("additionalProperties").unwrap_or(&Value::Bool(true));
            let schema = properties.get(*name).unwrap_or(anything);
            let value = self.value(schema, name, depth + 1).map_err(|why| format!("in '{name}': {why}"))?;
            made.insert((*name).to_owned(), value);
        }
        for (name, schema) in properties {
            if made.len() >= most || self.is_lean(depth) || made.contains_key(name) {
                continue;
            }
            // What is optional and cannot be made is left out.
            if let Ok(value) = self.value(schema, name, depth + 1) {
                made.insert(name.clone(), value);
            }
        }
        if made.len() > most { Err("more required properties than 'maxProperties'".to_owned()) } else { Ok(Value::Object(made)) }
    }

    fn array(&mut self, flat: &Map<String, Value>, name: &str, depth: usize) -> Result<Value, String> {
        let least = flat.get("minItems").and_then(whole).unwrap_or(0);
        let most = flat.get("maxItems").and_then(whole).unwrap_or(u64::MAX);
        if least > most {
            return Err("'minItems' is above 'maxItems'".to_owned());
        }
        let wanted = if self.is_lean(depth) { least } else { USUAL_ITEMS.clamp(least, most) };
        let unique = flat.get("uniqueItems") == Some(&Value::Bool(true));
        let schema = flat.get("items").unwrap_or(&Value::Bool(true));
        // "slides" hold a "slide".
        let item_name = name.strip_suffix('s').unwrap_or(name);
        let mut made: Vec<Value> = Vec::new();
        let tries = wanted.saturating_mul(if unique || wanted <= SHORT_LIST { UNIQUE_TRIES } else { 1 });
        for left in (0..tries).rev() {
            if made.len() as u64 >= wanted {
                break;
            }
            match self.value(schema, item_name, depth + 1) {
                Ok(item) if unique && made.contains(&item) => {}
                // The last tries take a repeat rather than leave the list short of its minimum.
                Ok(item) if item.is_string() && left >= least && made.contains(&item) => {}
                Ok(item) => made.push(item),
                Err(_) if made.len() as u64 >= least => break,
                Err(why) => return Err(why),
            }
        }
        if (made.len() as u64) < least { Err(format!("no {least} different items")) } else { Ok(Value::Array(made)) }
    }
}
