//! JSON Schemas of payloads and results: compiled once, checked without I/O, in linear time per pattern, and reported
//! without a single value of the instance.
//!
//! The default draft is 2020-12. Formats are validated. References may only point inside the schema; see `shape` for
//! what is refused before the library sees it.

mod shape;

use std::collections::HashSet;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, Retrieve, Uri, ValidationError, Validator};
use serde_json::Value;

use crate::error::Problem;

/// Levels of an instance. It is what `serde_json` parses, and bounds the recursion of a recursive schema.
const MAX_INSTANCE_DEPTH: usize = 128;
/// Bytes of one compiled pattern and of its lazy DFA: a schema of 64 KiB can hold a thousand of them.
const MAX_PATTERN_BYTES: usize = 256 * 1024;
/// Characters of a message: an `enum` may list thousands of options.
const MAX_MESSAGE_CHARS: usize = 300;

/// A compiled schema.
#[derive(Debug)]
pub struct Schema {
    validator: Validator,
    /// Every key in the schema: the names that may be repeated in a path.
    names: HashSet<String>,
}

/// The first rule an instance breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer to the place in the instance, such as `/slides/3`; a key the schema does not name is `*`.
    pub path: String,
    /// The rule, without any value of the instance.
    pub message: String,
}

/// Refuses to load anything.
struct NoRetriever;

impl Retrieve for NoRetriever {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("{uri} is not part of the schema and nothing is loaded").into())
    }
}

impl Schema {
    /// Compiles a schema that stands at `path` inside a definition.
    pub fn compile(schema: &Value, path: &str) -> Result<Self, Problem> {
        shape::check(schema, path)?;
        let patterns = PatternOptions::regex().size_limit(MAX_PATTERN_BYTES).dfa_size_limit(MAX_PATTERN_BYTES);
        let validator = jsonschema::options()
            .with_retriever(NoRetriever)
            .with_pattern_options(patterns)
            .should_validate_formats(true)
            .build(schema)
            .map_err(|error| {
                let place = format!("{path}{}", error.instance_path());
                invalid(&place, &rule(&error))
            })?;
        let mut names = HashSet::new();
        collect_names(schema, &mut names);
        Ok(Self { validator, names })
    }

    /// Checks an instance and reports the first violation.
    pub fn check(&self, instance: &Value) -> Result<(), Violation> {
        if shape::is_deeper_than(instance, MAX_INSTANCE_DEPTH) {
            let message = format!("nested deeper than {MAX_INSTANCE_DEPTH} levels");
            return Err(Violation { path: String::new(), message });
        }
        self.validator
            .validate(instance)
            .map_err(|error| Violation { path: self.known_path(instance, &error.instance_path().to_string()), message: rule(&error) })
    }

    /// Whether the schema itself holds this key, so that a message may repeat it.
    pub(crate) fn names_key(&self, key: &str) -> bool {
        self.names.contains(key)
    }

    /// The path with every key that only the instance knows replaced, because it may be a person's address.
    fn known_path(&self, instance: &Value, pointer: &str) -> String {
        let mut known = String::new();
        let mut place = Some(instance);
        for segment in pointer.split('/').skip(1) {
            let key = segment.replace("~1", "/").replace("~0", "~");
            let is_index = place.is_some_and(Value::is_array);
            known.push('/');
            known.push_str(if is_index || self.names_key(&key) { segment } else { "*" });
            place = place.and_then(|value| match value {
                Value::Array(items) => items.get(key.parse::<usize>().ok()?),
                value => value.get(&key),
            });
        }
        known
    }
}

fn collect_names(schema: &Value, names: &mut HashSet<String>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
        Value::Object(fields) => fields.iter().for_each(|(key, field)| {
            names.insert(key.clone());
            collect_names(field, names);
        }),
        _ => {}
    }
}

fn invalid(path: &str, reason: &str) -> Problem {
    Problem::bad("schema_invalid", format!("schema at {path}: {reason}"))
}

fn counted(unexpected: usize, one: &str, many: &str) -> String {
    format!("{unexpected} unexpected {}", if unexpected == 1 { one } else { many })
}

/// The rule that was broken. Keys of the instance are values too: the library's masking leaves them in.
fn rule(error: &ValidationError<'_>) -> String {
    let message = match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            counted(unexpected.len(), "property", "properties")
        }
        ValidationErrorKind::UnevaluatedItems { unexpected } => counted(unexpected.len(), "item", "items"),
        ValidationErrorKind::PropertyNames { .. } => "a property name is not allowed".to_owned(),
        ValidationErrorKind::FromUtf8 { .. } => "the decoded content is not UTF-8".to_owned(),
        _ => error.masked_with("the value").to_string(),
    };
    if message.chars().nth(MAX_MESSAGE_CHARS).is_none() {
        return message;
    }
    message.chars().take(MAX_MESSAGE_CHARS).chain(['…']).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_violation_names_its_place_and_rule_but_no_value() {
        let schema = json!({"type": "object", "required": ["slides"], "properties": {
            "slides": {"type": "array", "items": {"type": "string", "maxLength": 5}}}});
        let schema = Schema::compile(&schema, "/payload_schema").unwrap();
        assert_eq!(schema.check(&json!({"slides": ["a"]})), Ok(()));
        let violation = schema.check(&json!({"slides": ["a", "Ann Example"]})).unwrap_err();
        assert_eq!(violation.path, "/slides/1");
        assert_eq!(violation.message, "the value is longer than 5 characters");
        assert!(schema.check(&json!({})).unwrap_err().message.contains("slides"));
    }

    #[test]
    fn a_key_of_the_instance_is_not_repeated() {
        let schema = json!({"properties": {"a": {}}, "additionalProperties": {"type": "null"},
            "propertyNames": {"maxLength": 40}});
        let schema = Schema::compile(&schema, "/payload_schema").unwrap();
        let violation = schema.check(&json!({"ann@example.org": 1})).unwrap_err();
        assert_eq!(violation.path, "/*");
        assert!(violation.message.contains("null"), "{violation:?}");
        let long = "ann@example.org".repeat(4);
        let violation = schema.check(&json!({ long: 1 })).unwrap_err();
        assert!(!violation.message.contains("ann"), "{violation:?}");
    }

    #[test]
    fn unexpected_properties_are_counted_and_not_named() {
        for keyword in ["additionalProperties", "unevaluatedProperties"] {
            let schema = json!({"properties": {"a": {}, "b": {}}, keyword: false});
            let schema = Schema::compile(&schema, "/payload_schema").unwrap();
            let violation = schema.check(&json!({"a": 1, "ann@example.org": 1})).unwrap_err();
            assert_eq!(violation.message, "1 unexpected property");
        }
    }

    #[test]
    fn formats_and_local_references_work_in_the_default_draft() {
        let schema = json!({"$defs": {"mail": {"type": "string", "format": "email"}},
            "prefixItems": [{"$ref": "#/$defs/mail"}]});
        let schema = Schema::compile(&schema, "/payload_schema").unwrap();
        assert_eq!(schema.check(&json!(["ann@example.org"])), Ok(()));
        let violation = schema.check(&json!(["not a mail"])).unwrap_err();
        assert_eq!(violation, Violation { path: "/0".into(), message: "the value is not a \"email\"".into() });
    }

    #[test]
    fn a_bad_schema_names_its_place_in_the_definition() {
        let schema = json!({"properties": {"n": {"type": "numbr"}}});
        let problem = Schema::compile(&schema, "/payload_schema").unwrap_err();
        assert_eq!(problem.code, "schema_invalid");
        assert!(problem.message.starts_with("schema at /payload_schema/properties/n/type:"), "{problem}");
    }
}
