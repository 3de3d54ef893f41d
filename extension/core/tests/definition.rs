//! Definitions: every mistake is refused with the path it stands at, and what is stored means the same when it is read again.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use serde_json::{Value, json};
use steward_core::engine::definition::{OnLost, Provider, Tool};
use steward_core::engine::request::prepare;

fn refusal(definition: Value) -> String {
    Tool::parse("tool", &definition).err().expect("is refused").message
}

fn chat(more: Value) -> Value {
    let mut definition = json!({
        "executor": "http", "provider": "p", "adapter": "openai_chat",
        "request": { "body": { "model": "m", "messages": [] } },
    });
    definition.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    definition
}

#[test]
fn every_mistake_is_named_with_its_path() {
    let cases = [
        (json!([]), "at the top level: must be an object"),
        (json!({}), "at /executor: is missing"),
        (json!({ "executor": "email" }), "at /executor: must be one of http, external, script, sql, noop"),
        (json!({ "executor": "noop", "titel": "x" }), "at /titel: is not a known key"),
        (json!({ "executor": "noop", "title": 5 }), "at /title: must be a text"),
        (json!({ "executor": "noop", "title": "" }), "at /title: must have 1 to 200"),
        (json!({ "executor": "noop", "timeout_seconds": 0 }), "at /timeout_seconds: must be a number above 0"),
        (json!({ "executor": "noop", "timeout_seconds": 1e9 }), "at /timeout_seconds"),
        (json!({ "executor": "noop", "max_tries": 0 }), "at /max_tries: must be a whole number from 1 to 100"),
        (json!({ "executor": "noop", "max_tries": 2.5 }), "at /max_tries"),
        (json!({ "executor": "noop", "max_tries": 9, "max_attempts": 3 }), "at /max_attempts: must be a whole number from 9"),
        (json!({ "executor": "noop", "backoff": { "base_seconds": 9, "max_seconds": 3 } }), "at /backoff/max_seconds: must not be below"),
        (json!({ "executor": "noop", "backoff": { "base": 9 } }), "at /backoff/base: is not a known key"),
        (json!({ "executor": "noop", "effect": "maybe" }), "at /effect: must be one of none, external"),
        (json!({ "executor": "noop", "on_lost": "ignore" }), "at /on_lost: must be one of retry, in_doubt"),
        (json!({ "executor": "noop", "not_executed": [503, 200] }), "at /not_executed/1: must be an HTTP status"),
        (json!({ "executor": "noop", "queue": "a b" }), "at /queue: may hold letters"),
        (json!({ "executor": "noop", "concurrency": 0 }), "at /concurrency"),
        (json!({ "executor": "noop", "realtime": "yes" }), "at /realtime: must be true or false"),
        (json!({ "executor": "noop", "payload_schema": { "type": 5 } }), "/payload_schema"),
        (json!({ "executor": "noop", "price": "0.04" }), "at /price: must be an object"),
        (json!({ "executor": "noop", "price": {} }), "at /price: must have one of the keys call, at_most and tokens"),
        (
            json!({ "executor": "noop", "price": { "call": 1, "at_most": 1 } }),
            "at /price: must have one of the keys call, at_most and tokens",
        ),
        (json!({ "executor": "noop", "price": { "at_most": 1 } }), "at /price/usage: is missing"),
        (
            json!({ "executor": "noop", "price": { "tokens": {}, "usage": "openai" } }),
            "at /price/tokens: is for tools with the executor http or external",
        ),
        (json!({ "executor": "noop", "price": { "call": "4 cents" } }), "at /price/call: must be an amount of US dollars"),
        (json!({ "executor": "noop", "price": { "image": 1 } }), "at /price/image: is not a known key"),
        (json!({ "executor": "noop", "price": { "call": 1 }, "repeat_up_to": -1 }), "at /repeat_up_to: must be an amount"),
        (json!({ "executor": "noop", "repeat_up_to": 1 }), "at /repeat_up_to: needs a price"),
        (json!({ "executor": "script" }), "at /request: is missing"),
        (json!({ "executor": "script", "request": {} }), "at /request/command: is missing"),
        (json!({ "executor": "script", "request": { "command": "c", "input": "{{ payload." } }), "/request/input"),
        (json!({ "executor": "sql", "request": { "command": "c" } }), "at /request/function: is missing"),
        (json!({ "executor": "http" }), "at /provider: is missing"),
        (chat(json!({ "adapter": "soap" })), "at /adapter: must be one of openai_chat, http_json"),
        (chat(json!({ "request": {} })), "at /request/body: is missing"),
        (chat(json!({ "request": { "body": { "model": "m" } } })), "at /request/body/messages: is missing"),
        (chat(json!({ "request": { "path": "x", "body": { "model": "m", "messages": [] } } })), "at /request/path: must begin with /"),
        (chat(json!({ "request": { "method": "TRACE", "body": { "model": "m", "messages": [] } } })), "at /request/method"),
        (chat(json!({ "response": { "format": "xml" } })), "at /response/format: must be one of text, json"),
        (chat(json!({ "adapter": "http_json", "request": { "path": "/x", "method": "GET", "body": {} } })), "at /request/body: a GET"),
        (
            chat(json!({ "adapter": "http_json", "request": { "path": "/x" }, "response": { "result": "a" } })),
            "at /response/result: must be a JSON pointer",
        ),
        (chat(json!({ "adapter": "http_json", "request": { "path": "/x" }, "response": { "usage": { "t": 5 } } })), "at /response/usage/t"),
    ];
    for (definition, message) in cases {
        let said = refusal(definition.clone());
        assert!(said.contains(message), "{definition}: {said}");
    }
}

#[test]
fn a_call_that_costs_more_than_may_be_spent_twice_is_in_doubt_unless_its_tool_says_otherwise() {
    let on_lost = |more: Value| {
        let mut definition = json!({ "executor": "noop", "price": { "call": "0.04" } });
        definition.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Tool::parse("tool", &definition).unwrap().on_lost
    };
    assert_eq!(on_lost(json!({})), OnLost::Retry);
    assert_eq!(on_lost(json!({ "repeat_up_to": "0.04" })), OnLost::Retry);
    assert_eq!(on_lost(json!({ "repeat_up_to": "0.039999999" })), OnLost::InDoubt);
    assert_eq!(on_lost(json!({ "repeat_up_to": 0 })), OnLost::InDoubt);
    assert_eq!(on_lost(json!({ "repeat_up_to": 0, "on_lost": "retry" })), OnLost::Retry);
    assert_eq!(on_lost(json!({ "repeat_up_to": 1, "effect": "external" })), OnLost::InDoubt);
}

#[test]
fn a_name_is_plain() {
    for name in ["", "a b", "a/b", "ä", &"x".repeat(64)] {
        assert!(Tool::parse(name, &json!({ "executor": "noop" })).is_err(), "{name}");
    }
}

#[test]
fn a_completed_definition_reads_back_as_the_same_tool() {
    let definitions = [
        json!({ "executor": "noop", "price": { "call": 0.25 }, "repeat_up_to": "0.2" }),
        chat(json!({ "price": { "call": "0" } })),
        chat(json!({ "price": { "at_most": 2 } })),
        chat(json!({ "price": { "tokens": { "model": "m", "max_output": [] }, "usage": "anthropic" } })),
        json!({ "executor": "script", "request": { "command": "enrich" }, "effect": "external" }),
        chat(json!({ "realtime": true, "concurrency": 4, "not_executed": [529], "payload_schema": { "type": "object" } })),
        chat(
            json!({ "adapter": "http_json", "request": { "method": "GET", "path": "/x/{{ payload.id }}" }, "response": { "error": "/why" } }),
        ),
    ];
    for definition in definitions {
        let completed = Tool::parse("tool", &definition).unwrap().completed;
        assert_eq!(Tool::parse("tool", &completed).unwrap().completed, completed);
    }
}

#[test]
fn a_request_carries_secrets_by_name_and_values_percent_encoded() {
    let provider = json!({
        "base_url": "https://api.example/v1/", "headers": { "Authorization": "Bearer {{ secret.KEY }}" }, "query": { "v": "2" },
    });
    let tool = json!({
        "executor": "http", "provider": "p", "adapter": "http_json", "timeout_seconds": 9,
        "request": {
            "method": "PUT", "path": "/people/{{ payload.id }}", "query": { "q&": "{{ payload.q }}" },
            "headers": { "X-Trace": "{{ job.id }}" }, "body": { "n": { "$ref": "/payload/n" } },
        },
    });
    let context = json!({ "payload": { "id": "../a b", "q": "x&y=ü", "n": [1, { "a": null }] }, "job": { "id": "J", "attempt": 3 } });
    let request = prepare(&Tool::parse("t", &tool).unwrap(), Some(&Provider::parse("p", &provider).unwrap()), context, &mut || ()).unwrap();
    let expected = json!({
        "method": "PUT",
        "url": ["https://api.example/v1/people/..%2Fa%20b?v=2&q%26=x%26y%3D%C3%BC"],
        "headers": [
            ["authorization", ["Bearer ", { "secret": "KEY" }]], ["x-trace", ["J"]],
            ["content-type", ["application/json"]], ["x-client-request-id", ["J/3"]],
        ],
        "body": { "n": [1, { "a": null }] },
        "timeout_seconds": 9.0, "max_response_bytes": 16_777_216,
    });
    assert_eq!(request, expected);
}

#[test]
fn a_header_with_a_line_break_from_the_payload_is_refused_without_its_value() {
    let tool = json!({
        "executor": "http", "provider": "p", "adapter": "http_json",
        "request": { "path": "/x", "headers": { "x-name": "{{ payload.name }}" } },
    });
    let context = json!({ "payload": { "name": "secret person\r\nx-evil: 1" }, "job": {} });
    let provider = Provider::parse("p", &json!({ "base_url": "https://h" })).unwrap();
    let problem = prepare(&Tool::parse("t", &tool).unwrap(), Some(&provider), context, &mut || ()).unwrap_err();
    assert_eq!(problem.code, "render_failed");
    assert!(problem.message.contains("/request/headers/x-name") && !problem.message.contains("person"), "{}", problem.message);
}
