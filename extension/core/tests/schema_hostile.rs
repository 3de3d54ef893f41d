//! Schemas and instances that try to load something, to run for ever or to use up the memory or the stack.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use steward_core::engine::schema::Schema;

fn refused(schema: &Value) -> String {
    let problem = Schema::compile(schema, "/payload_schema").unwrap_err();
    assert_eq!(problem.code, "schema_invalid");
    assert!(problem.message.starts_with("schema at /payload_schema"), "{problem}");
    problem.message
}

fn nested_lists(levels: usize) -> Value {
    (0..levels).fold(json!([]), |inner, _| Value::Array(vec![inner]))
}

#[test]
fn a_remote_reference_is_refused_by_name_wherever_it_stands() {
    for remote in ["https://example.org/a.json", "file:///etc/passwd", "other.json", "//example.org/x", "#anchor"] {
        let at_root = refused(&json!({ "$ref": remote }));
        let inside = refused(&json!({"properties": {"a": {"items": {"$ref": remote}}}}));
        assert!(at_root.contains(remote) && inside.contains(remote), "{at_root} / {inside}");
        assert!(inside.contains("/payload_schema/properties/a/items"), "{inside}");
    }
}

#[test]
fn an_unknown_meta_schema_is_not_loaded() {
    assert!(refused(&json!({"$schema": "https://example.org/meta"})).contains("https://example.org/meta"));
}

#[test]
fn an_embedded_id_cannot_redirect_local_references() {
    refused(&json!({"properties": {"a": {"$id": "https://example.org/", "$ref": "#/$defs/x"}}}));
    refused(&json!({"items": {"$dynamicRef": "#node"}}));
}

#[test]
fn a_reference_to_nothing_is_refused() {
    assert!(refused(&json!({"$ref": "#/$defs/nothing"})).contains("points to nothing"));
}

#[test]
fn references_that_lead_back_to_themselves_are_refused() {
    refused(&json!({"$ref": "#"}));
    refused(&json!({"allOf": [{"anyOf": [{"$ref": "#"}]}]}));
    refused(&json!({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"not": {"$ref": "#/$defs/a"}}}}));
    refused(&json!({"$defs": {"a": {"$ref": "#/%24defs/a"}}, "items": {"$ref": "#/$defs/a"}}));
}

#[test]
fn references_that_double_at_every_step_are_refused() {
    let mut defs = serde_json::Map::new();
    for step in 0..11 {
        let next = json!({"$ref": format!("#/$defs/d{}", step + 1)});
        defs.insert(format!("d{step}"), json!({"allOf": [next, next]}));
    }
    defs.insert("d11".into(), json!({"type": "string"}));
    refused(&json!({"$defs": defs, "$ref": "#/$defs/d0"}));
}

#[test]
fn a_catastrophic_pattern_runs_in_linear_time() {
    let schema = Schema::compile(&json!({"pattern": "^(a+)+$"}), "/payload_schema").unwrap();
    let text = format!("{}!", "a".repeat(100_000));
    assert!(schema.check(&json!(text)).is_err());
}

#[test]
fn a_pattern_only_a_backtracking_engine_can_run_is_refused() {
    refused(&json!({"pattern": "(?=a)b"}));
    refused(&json!({"pattern": r"(a)\1"}));
}

#[test]
fn a_pattern_that_compiles_to_megabytes_is_refused() {
    refused(&json!({"pattern": "((a{100}){100}){100}"}));
    refused(&json!({"patternProperties": {"((a{100}){100}){100}": true}}));
}

#[test]
fn a_deep_schema_is_refused_before_it_is_compiled() {
    let deep = (0..1_000).fold(json!({}), |inner, _| Value::from_iter([("items", inner)]));
    assert!(refused(&deep).contains("deeper than 64"));
    let allowed = (0..60).fold(json!({}), |inner, _| json!({ "items": inner }));
    assert!(Schema::compile(&allowed, "/payload_schema").is_ok());
}

#[test]
fn a_huge_schema_is_refused() {
    assert!(refused(&json!({"description": "x".repeat(70_000)})).contains("at most 65536"));
}

#[test]
fn a_long_chain_of_definitions_compiles_without_deep_recursion() {
    let mut defs = serde_json::Map::new();
    for step in 0..1_000 {
        let next = json!({"$ref": format!("#/$defs/d{}", step + 1)});
        defs.insert(format!("d{step}"), json!({ "items": next }));
    }
    defs.insert("d1000".into(), json!({}));
    let schema = Schema::compile(&json!({"$defs": defs, "$ref": "#/$defs/d0"}), "/payload_schema").unwrap();
    assert_eq!(schema.check(&nested_lists(120)), Ok(()));
}

#[test]
fn a_recursive_schema_checks_the_deepest_instance_json_can_have() {
    let text = format!("{}{}", "[".repeat(127), "]".repeat(127));
    let deepest: Value = serde_json::from_str(&text).unwrap();
    for keyword in ["allOf", "anyOf", "oneOf"] {
        // The longest chain for one value, repeated on every level of the instance.
        let leaf = json!({"items": {"$ref": "#"}, "unevaluatedItems": false});
        let chain = (0..10).fold(leaf, |inner, _| json!({ keyword: [inner] }));
        let schema = Schema::compile(&chain, "/payload_schema").unwrap();
        assert_eq!(schema.check(&deepest), Ok(()));
        refused(&json!({ keyword: [{ keyword: [chain] }] }));
    }
    let leaf = json!({"items": {"$ref": "#"}});
    let chain = (0..10).fold(leaf, |inner, _| json!({"if": inner, "else": false}));
    assert_eq!(Schema::compile(&chain, "/payload_schema").unwrap().check(&deepest), Ok(()));
    let beyond = format!("{}{}", "[".repeat(200), "]".repeat(200));
    assert!(serde_json::from_str::<Value>(&beyond).is_err(), "serde_json limits the depth itself");
    let anything = Schema::compile(&json!({}), "/payload_schema").unwrap();
    assert!(anything.check(&nested_lists(1_000)).unwrap_err().message.contains("deeper than 128"));
}

#[test]
fn no_value_of_the_instance_reaches_a_message() {
    let rules = [
        json!({"type": "integer"}),
        json!({"enum": ["a"]}),
        json!({"const": 1}),
        json!({"minLength": 99}),
        json!({"pattern": "^x$"}),
        json!({"format": "uuid"}),
        json!({"not": {}}),
        json!({"anyOf": [{"type": "null"}]}),
        json!({"oneOf": [{}, {}]}),
        json!(false),
        json!({"contentEncoding": "base64", "type": "object"}),
    ];
    for rule in rules {
        let schema = Schema::compile(&json!({ "items": rule }), "/payload_schema").unwrap();
        let violation = schema.check(&json!(["Ann Example"])).unwrap_err();
        assert_eq!(violation.path, "/0");
        assert!(!violation.message.contains("Ann"), "{rule}: {violation:?}");
    }
}

#[test]
fn a_long_list_of_options_makes_a_short_message() {
    let options: Vec<_> = (0..5_000).map(|n| n.to_string()).collect();
    let schema = Schema::compile(&json!({ "enum": options }), "/payload_schema").unwrap();
    assert!(schema.check(&json!("other")).unwrap_err().message.len() < 1_000);
}
