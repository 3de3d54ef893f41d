//! Answers that have to fit a schema.

use serde_json::{Value, json};

use super::client::{args, chat, chat_body, start};
use super::validator::assert_valid;
use crate::sandbox::schema::document;
use crate::sandbox::words::Topic;

/// What a product that writes carousels asks for.
fn carousel() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["title", "slides", "hashtags", "tone", "cta", "published", "score", "kind", "author"],
        "properties": {
            "title": {"type": "string", "minLength": 10, "maxLength": 60},
            "kind": {"const": "carousel"},
            "tone": {"type": "string", "enum": ["warm", "plain", "bold"]},
            "slides": {"type": "array", "minItems": 5, "maxItems": 8, "items": {"$ref": "#/$defs/slide"}},
            "hashtags": {"type": "array", "minItems": 1, "maxItems": 5, "items": {"type": "string", "maxLength": 20}},
            "cta": {"type": "string", "maxLength": 40},
            "published": {"type": "boolean"},
            "score": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
            "author": {"anyOf": [{"$ref": "#/$defs/person"}, {"type": "null"}]},
            "notes": {"type": "string", "minLength": 300},
        },
        "$defs": {
            "slide": {
                "type": "object",
                "additionalProperties": false,
                "required": ["position", "headline", "body", "image"],
                "properties": {
                    "position": {"type": "integer", "minimum": 1, "maximum": 8},
                    "headline": {"type": "string", "maxLength": 50},
                    "body": {"type": "string", "minLength": 20, "maxLength": 220},
                    "image": {"type": "object", "required": ["alt"], "properties": {"alt": {"type": "string"}}},
                },
            },
            "person": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
        },
    })
}

fn asking(schema: &Value, prompt: &str) -> Value {
    let mut body = chat_body("gpt-4o-mini", prompt);
    body["response_format"] = json!({"type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": schema}});
    body
}

#[tokio::test]
async fn a_carousel_fits_its_schema_and_speaks_of_the_topic() {
    let server = start(&args()).await;
    let body = asking(&carousel(), "Write a LinkedIn carousel about remote onboarding, in a warm tone.");
    let reply = chat(server.address, "", &body).await;
    let content: Value = serde_json::from_str(&reply.content()).unwrap();
    assert_valid(&carousel(), &carousel(), &content, "");
    assert!(content["title"].as_str().unwrap().to_lowercase().contains("remote onboarding"), "{content}");
    assert!(content["slides"][0]["headline"].as_str().unwrap().to_lowercase().contains("remote onboarding"), "{content}");
    assert_eq!(chat(server.address, "", &body).await.content(), reply.content());
    let other = chat(server.address, "", &asking(&carousel(), "Write a carousel about rye bread")).await;
    assert_ne!(other.content(), reply.content());
    server.stop().await;
}

#[tokio::test]
async fn a_json_object_is_one() {
    let server = start(&args()).await;
    let mut body = chat_body("gpt-4o-mini", "Answer in JSON. Topic: remote onboarding");
    body["response_format"] = json!({"type": "json_object"});
    let content: Value = serde_json::from_str(&chat(server.address, "", &body).await.content()).unwrap();
    assert!(content["title"].as_str().unwrap().to_lowercase().contains("remote onboarding"));
    server.stop().await;
}

#[tokio::test]
async fn a_schema_the_sandbox_cannot_satisfy_is_refused_with_the_reason() {
    let server = start(&args()).await;
    for (schema, reason) in [
        (json!({"type": "object", "required": ["a"], "properties": {"a": {"not": {}}}}), "'not'"),
        (json!({"type": "string", "minLength": 9, "maxLength": 3}), "at least 9"),
        (json!({"type": "integer", "minimum": 1.2, "maximum": 1.8}), "1.2"),
        (json!({"$ref": "https://example.com/schema"}), "example.com"),
        (json!({"$ref": "#"}), "references"),
        (json!({"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#"}}}), "levels"),
        (json!({"type": "array", "minItems": 1_000_000, "items": {"type": "null"}}), "values"),
    ] {
        let reply = chat(server.address, "", &asking(&schema, "hello")).await;
        assert_eq!(reply.status, 400, "{schema}");
        let error = reply.json()["error"].clone();
        assert_eq!(error["code"], "invalid_json_schema");
        assert!(error["message"].as_str().unwrap().contains(reason), "{error}");
    }
    server.stop().await;
}

#[test]
fn documents_fit_for_every_seed() {
    let schemas = [
        carousel(),
        json!({"type": "array", "items": {"type": "integer", "multipleOf": 5, "exclusiveMinimum": 10, "maximum": 30}}),
        json!({"type": "array", "uniqueItems": true, "minItems": 3, "items": {"type": "integer", "minimum": 1, "maximum": 4}}),
        json!({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001}),
        json!({"type": "integer", "maximum": -100}),
        json!({"type": "string", "minLength": 7, "maxLength": 7}),
        json!({"type": "string", "maxLength": 0}),
        json!({"type": "array", "minItems": 0, "maxItems": 1, "items": {"type": "string", "maxLength": 3}}),
    ];
    for schema in &schemas {
        for seed in 0..300 {
            let made = document(schema, &Topic::of_text("about größere Brötchen"), seed).unwrap();
            assert_valid(schema, schema, &made, "");
        }
    }
}

#[test]
fn recursive_schemas_come_to_an_end() {
    let tree = json!({"$defs": {"node": {"type": "object", "required": ["name", "children", "next"], "properties": {
        "name": {"type": "string"},
        "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
        "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}}}, "$ref": "#/$defs/node"});
    let made = document(&tree, &Topic::of_text("topic: trees"), 1).unwrap();
    assert_valid(&tree, &tree, &made, "");
    assert!(made["children"][0]["name"].is_string(), "and they are not empty");
}

#[test]
fn parts_of_a_schema_that_hold_together_are_combined() {
    let schema = json!({"allOf": [
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 3}}},
        {"required": ["b"], "properties": {"a": {"maximum": 3}, "b": {"type": ["null", "boolean"]}}}]});
    let made = document(&schema, &Topic::of_text(""), 9).unwrap();
    assert_eq!(made["a"], 3);
    assert!(made["b"].is_boolean());
}

#[test]
fn strings_follow_their_format_and_their_pattern() {
    let make = |schema: Value, seed: u64| {
        let made = document(&schema, &Topic::of_text("about bread"), seed).unwrap();
        made.as_str().unwrap().to_owned()
    };
    for seed in 0..100 {
        let time = make(json!({"type": "string", "format": "date-time"}), seed);
        assert!(chrono::DateTime::parse_from_rfc3339(&time).is_ok(), "{time}");
        let id = make(json!({"type": "string", "format": "uuid"}), seed);
        assert!(uuid::Uuid::parse_str(&id).is_ok(), "{id}");
        let color = make(json!({"type": "string", "pattern": "^#[0-9a-f]{6}$"}), seed);
        assert!(color.len() == 7 && color[1..].chars().all(|c| c.is_ascii_hexdigit()), "{color}");
        let code = make(json!({"type": "string", "pattern": "^(?:AB|CD)-\\d{2,3}[^a-z]?$", "maxLength": 5}), seed);
        assert!((code.starts_with("AB-") || code.starts_with("CD-")) && code.len() == 5, "{code}");
    }
}

#[test]
fn topics_are_found_where_prompts_put_them() {
    for (prompt, topic) in [
        ("Write a carousel about sourdough bread for beginners.", "sourdough bread for beginners"),
        ("Topic: Remote onboarding\nAudience: managers", "Remote onboarding"),
        ("{\"topic\": \"cold outreach\", \"slides\": 7}", "cold outreach"),
        ("Please write a post on the pricing of services", "pricing services"),
        ("", "everyday work"),
        ("Write about the", "everyday work"),
    ] {
        assert_eq!(Topic::of_text(prompt).phrase(), topic, "{prompt}");
    }
}
