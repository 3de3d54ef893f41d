//! Refusals of definitions and of requests: whom they name, how they write the place, and that they say what to do.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use serde_json::{Value, json};
use steward_core::engine::definition::{Provider, Tool, read_provider, read_tool};
use steward_core::engine::request::prepare;
use steward_core::error::{Kind, Problem};

fn tool_problem(name: &str, definition: &Value) -> Problem {
    read_tool(name, &definition.to_string()).err().expect("is refused")
}

fn provider_problem(name: &str, definition: &Value) -> Problem {
    read_provider(name, &definition.to_string()).err().expect("is refused")
}

fn http(request: Value, response: Value) -> Value {
    json!({ "executor": "http", "provider": "shop", "adapter": "http_json", "request": request, "response": response })
}

#[test]
fn a_provider_has_a_name_like_a_tool() {
    for name in ["", "a b", "a\n", "é", "a/b", "x'); drop", &"x".repeat(64)] {
        let provider = provider_problem(name, &json!({ "base_url": "https://h" }));
        let tool = tool_problem(name, &json!({ "executor": "noop" }));
        for problem in [provider, tool] {
            assert_eq!(problem.code, "definition_invalid");
            assert!(problem.message.contains("': its name must have 1 to 63 letters"), "{problem}");
            assert!(!problem.message.contains('\n') && problem.message.len() < 200, "{problem}");
        }
    }
    assert!(read_provider(&"x".repeat(63), r#"{"base_url": "https://h"}"#).is_ok());
    let unnamed = json!({ "executor": "http", "provider": "a b", "adapter": "http_json", "request": { "path": "/x" } });
    assert!(tool_problem("bad", &unnamed).message.starts_with("tool bad at /provider: must be the name of a provider"));
}

#[test]
fn a_refusal_names_the_definition_without_quotes_and_the_place() {
    let said = |definition: Value| tool_problem("bad", &definition).message;
    assert_eq!(said(json!([])), "tool bad at the top level: must be an object");
    assert_eq!(said(json!({ "executor": "noop", "titel": 1 })), "tool bad at /titel: is not a known key");
    let script = json!({ "executor": "script", "request": { "command": "c", "input": { "a/b": "{% set a = 1 %}" } } });
    assert!(said(script).starts_with("tool bad: template at /request/input/a~1b, line 1: the tag set is not allowed"));
    let schema = json!({ "executor": "noop", "payload_schema": { "type": 5 } });
    assert!(said(schema).starts_with("tool bad: schema at /payload_schema/type: "));
    assert_eq!(provider_problem("mill", &json!({})).message, "provider mill at /base_url: is missing");
    let unreadable = read_tool("bad", r#"{"executor": "noop", "max_tries": 1e400}"#).err().unwrap();
    assert!(unreadable.message.starts_with("tool bad: the definition cannot be read: number out of range"), "{unreadable}");
}

#[test]
fn a_key_in_a_path_is_escaped_like_in_any_json_pointer() {
    let key = "a/b~c";
    let cases = [
        (http(json!({ "path": "/x", "query": { key: 5 } }), json!({})), "at /request/query/a~1b~0c: must be a text"),
        (http(json!({ "path": "/x", "query": { key: "{{ 1" } }), json!({})), "template at /request/query/a~1b~0c, line 1:"),
        (http(json!({ "path": "/x", "headers": { key: "a" } }), json!({})), "at /request/headers/a~1b~0c: is no header name"),
        (http(json!({ "path": "/x" }), json!({ "result": { key: 5 } })), "at /response/result/a~1b~0c: must be a JSON pointer"),
        (http(json!({ "path": "/x" }), json!({ "usage": { key: 5 } })), "at /response/usage/a~1b~0c: must be a JSON pointer"),
    ];
    for (definition, place) in cases {
        let said = tool_problem("bad", &definition).message;
        assert!(said.contains(place), "{said}");
    }
}

#[test]
fn a_control_character_in_a_header_is_refused_when_it_is_defined() {
    for value in ["a\r\nx-evil: 1", "a\nb", "a\rb", "a\0b", "{{ secret.A }}\n", "{{ payload.x }}\t", "\u{7f}"] {
        let provider = provider_problem("bad", &json!({ "base_url": "https://h", "headers": { "x-name": value } }));
        let tool = tool_problem("bad", &http(json!({ "path": "/x", "headers": { "x-name": value } }), json!({})));
        for (problem, place) in [(provider, "template at /headers/x-name"), (tool, "template at /request/headers/x-name")] {
            assert_eq!(problem.code, "template_invalid");
            assert!(problem.message.contains(place) && !problem.message.contains("evil"), "{problem}");
        }
    }
}

#[test]
fn a_header_stands_once_in_a_definition_whatever_its_case() {
    let headers = json!({ "X-Team": "a", "x-team": "b" });
    let problem = provider_problem("bad", &json!({ "base_url": "https://h", "headers": headers }));
    assert_eq!(
        (problem.code, problem.message.as_str()),
        ("definition_invalid", "provider bad at /headers/x-team: names the header X-Team again: upper and lower case are the same header")
    );
    let tool = tool_problem("bad", &http(json!({ "path": "/x", "headers": { "AUTHORIZATION": "a", "Authorization": "b" } }), json!({})));
    assert!(tool.message.starts_with("tool bad at /request/headers/Authorization: names the header AUTHORIZATION again"), "{tool}");
    assert!(read_tool("good", &http(json!({ "path": "/x", "query": { "A": "1", "a": "2" } }), json!({})).to_string()).is_ok());
}

#[test]
fn every_refused_definition_says_what_to_do() {
    for definition in [
        json!([]),
        json!({}),
        json!({ "executor": "email" }),
        json!({ "executor": "noop", "timeout_seconds": 0 }),
        json!({ "executor": "script" }),
        json!({ "executor": "script", "request": { "command": "c", "input": "{{ payload." } }),
        json!({ "executor": "noop", "payload_schema": { "$ref": "#" } }),
        http(json!({ "path": "x" }), json!({})),
        http(json!({ "path": "/x", "headers": { "Host": "h" } }), json!({})),
    ] {
        assert!(tool_problem("bad", &definition).advice().is_some(), "{definition}");
    }
    assert!(provider_problem("bad", &json!({ "base_url": "h" })).advice().unwrap().contains("https://host"));
}

#[test]
fn a_request_that_cannot_be_made_names_the_tool_or_the_provider_and_keeps_hint_and_kind() {
    let definition = json!({ "base_url": "https://h", "headers": { "x-p": "{{ payload.p }}" }, "query": { "p": "{{ payload.q }}" } });
    let provider = Provider::parse("openai", &definition).unwrap();
    let request =
        json!({ "path": "/x/{{ payload.x }}", "headers": { "x-t": "{{ payload.t }}" }, "body": { "a": { "$ref": "/payload/b" } } });
    let tool = Tool::parse("carousel", &http(request, json!({}))).unwrap();
    let mut payload = serde_json::Map::new();
    for (missing, said) in [
        ("x", "tool carousel: template at /request/path, line 1: payload.x does not exist"),
        ("q", "provider openai: template at /query/p, line 1: payload.q does not exist"),
        ("p", "provider openai: template at /headers/x-p, line 1: payload.p does not exist"),
        ("t", "tool carousel: template at /request/headers/x-t, line 1: payload.t does not exist"),
        ("b", "tool carousel: template at /request/body/a: $ref /payload/b points to nothing in the context"),
    ] {
        let problem = prepare(&tool, Some(&provider), json!({ "payload": payload }), &mut || ()).unwrap_err();
        assert_eq!((problem.message.as_str(), problem.kind.sqlstate()), (said, "22023"));
        assert!(problem.advice().unwrap().contains("default"), "{problem:?}");
        payload.insert(missing.to_owned(), json!("x"));
    }
    assert!(prepare(&tool, Some(&provider), json!({ "payload": payload, "job": {} }), &mut || ()).is_ok());
    let problem = prepare(&tool, None, json!({}), &mut || ()).unwrap_err();
    assert_eq!(problem.message, "tool carousel at /provider: provider shop does not exist");
}

#[test]
fn a_script_that_renders_too_much_names_its_tool_and_is_too_large() {
    let input = "{% for a in payload %}{% for b in payload %}{% endfor %}{% endfor %}";
    let definition = json!({ "executor": "script", "request": { "command": "c", "input": input } });
    let tool = Tool::parse("loop", &definition).unwrap();
    let problem = prepare(&tool, None, json!({ "payload": vec![0; 1_000] }), &mut || ()).unwrap_err();
    assert_eq!((problem.code, problem.kind, problem.kind.sqlstate()), ("render_too_large", Kind::TooLarge, "54000"));
    assert_eq!(problem.message, "tool loop: template at /request/input, line 1: it takes too many steps");
}
