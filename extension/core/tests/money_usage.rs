//! What answers of providers say that was counted.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use serde_json::{Value, json};
use steward_core::money::extractor::Extractor;

fn read(name: &str, body: &Value) -> Option<Value> {
    Extractor::shipped(name).unwrap().read(body).map(|usage| usage.to_value())
}

#[test]
fn every_extractor_comes_with_the_extension() {
    let names: Vec<&str> = Extractor::shipped_names().collect();
    let expected = ["anthropic", "gemini", "openai", "openai_embeddings", "openai_images", "openai_responses", "openrouter", "perplexity"];
    assert_eq!(names, expected);
}

#[test]
fn an_answer_says_what_was_counted() {
    for (name, body, counted) in [
        (
            "openai",
            json!({ "usage": { "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120, "prompt_tokens_details": { "cached_tokens": 64 },
                "completion_tokens_details": { "reasoning_tokens": 12, "audio_tokens": 0 } } }),
            json!({ "input_tokens": 100, "cache_read_tokens": 64, "output_tokens": 20, "output_reasoning_tokens": 12 }),
        ),
        (
            "openai",
            json!({ "usage": { "prompt_tokens": 3, "completion_tokens": 0, "prompt_tokens_details": null } }),
            json!({ "input_tokens": 3 }),
        ),
        (
            "openai_responses",
            json!({ "usage": { "input_tokens": 100, "output_tokens": 20, "input_tokens_details": { "cached_tokens": 64 } } }),
            json!({ "input_tokens": 100, "cache_read_tokens": 64, "output_tokens": 20 }),
        ),
        ("openai_embeddings", json!({ "usage": { "prompt_tokens": 8, "total_tokens": 8 } }), json!({ "input_tokens": 8 })),
        (
            // Cached tokens stand beside the others.
            "anthropic",
            json!({ "usage": { "input_tokens": 10, "cache_read_input_tokens": 90, "cache_creation_input_tokens": 30, "output_tokens": 5,
                "cache_creation": { "ephemeral_1h_input_tokens": 20 }, "server_tool_use": { "web_search_requests": 2 } } }),
            json!({ "input_tokens": 130, "cache_read_tokens": 90, "cache_write_tokens": 30, "cache_write_1h_tokens": 20, "output_tokens": 5,
                "web_searches": 2 }),
        ),
        (
            "gemini",
            json!({ "usageMetadata": { "promptTokenCount": 50, "candidatesTokenCount": 7, "thoughtsTokenCount": 3, "cachedContentTokenCount": 20,
                "promptTokensDetails": [{ "modality": "TEXT", "tokenCount": 40 }, { "modality": "AUDIO", "tokenCount": 10 }] } }),
            json!({ "input_tokens": 50, "cache_read_tokens": 20, "input_text_tokens": 40, "input_audio_tokens": 10, "output_tokens": 10,
                "output_reasoning_tokens": 3 }),
        ),
        (
            "openrouter",
            json!({ "usage": { "prompt_tokens": 10, "completion_tokens": 2, "cost": 0.000_014_85 } }),
            json!({ "input_tokens": 10, "output_tokens": 2, "reported_dollars": "0.000014850" }),
        ),
        (
            "perplexity",
            json!({ "usage": { "prompt_tokens": 10, "completion_tokens": 2, "num_search_queries": 1, "cost": { "total_cost": 0.006_000_000_1 } } }),
            json!({ "input_tokens": 10, "output_tokens": 2, "web_searches": 1, "reported_dollars": "0.006000001" }),
        ),
    ] {
        assert_eq!(read(name, &body), Some(counted), "{name} {body}");
    }
}

#[test]
fn an_answer_that_does_not_say_it_is_no_zero() {
    for body in [
        json!(null),
        json!({}),
        json!({ "usage": null }),
        json!({ "usage": [] }),
        json!({ "usage": { "prompt_tokens": 1 } }),
        json!({ "usage": { "prompt_tokens": null, "completion_tokens": 1 } }),
        json!({ "usage": { "prompt_tokens": -1, "completion_tokens": 1 } }),
        json!({ "usage": { "prompt_tokens": "1", "completion_tokens": 1 } }),
        json!({ "usage": { "prompt_tokens": 1e13, "completion_tokens": 1 } }),
        json!({ "usage": { "prompt_tokens": u64::MAX, "completion_tokens": 1 } }),
        json!({ "usage": { "prompt_tokens": 1, "completion_tokens": 1, "prompt_tokens_details": { "cached_tokens": {} } } }),
        json!({ "usage": { "prompt_tokens": 1, "completion_tokens": 1, "cost": -1 } }),
        json!({ "usage": { "prompt_tokens": 1, "completion_tokens": 1, "cost": 1e7 } }),
    ] {
        assert_eq!(read("openrouter", &body), None, "{body}");
    }
}

#[test]
fn an_extractor_that_cannot_be_meant_is_refused_with_its_place() {
    for (extractor, message) in [
        (json!({}), "at /mappings: must be a list of 1 to 100 mappings"),
        (json!({ "root": 1, "mappings": [] }), "at /root: must be a key, or a list of 1 to 20 of them"),
        (
            json!({ "mappings": [{ "path": "x", "dest": "y" }] }),
            "at /mappings/0/dest: must be something that is counted, such as input_tokens",
        ),
        (
            json!({ "mappings": [{ "path": [1], "dest": "images" }] }),
            "at /mappings/0/path/0: must be a key, or an object of type array-match",
        ),
        (
            json!({ "mappings": [{ "path": [{ "type": "array-match", "field": "x", "match": {} }], "dest": "images" }] }),
            "at /mappings/0/path/0/match: must be an object with one key: equals, starts_with, ends_with, contains, regex, or, and",
        ),
    ] {
        assert_eq!(Extractor::parse(&extractor).unwrap_err().message, message, "{extractor}");
    }
}
