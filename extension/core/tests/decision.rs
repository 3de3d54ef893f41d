//! What follows from what a worker saw: the rules of retry, doubt and failure, case by case.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};
use steward_core::engine::decision::{Circumstances, Decision, Next, decide};
use steward_core::engine::definition::Tool;
use steward_core::engine::outcome::Outcome;

fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn chat(more: Value) -> Tool {
    let mut definition = json!({
        "executor": "http", "provider": "p", "adapter": "openai_chat",
        "request": { "body": { "model": "m", "messages": [] } },
    });
    definition.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Tool::parse("tool", &definition).unwrap()
}

fn decided(tool: &Tool, outcome: Value, attempt: u32, tries: u32) -> Decision {
    let outcome = Outcome::parse(&outcome.to_string()).unwrap();
    decide(tool, &outcome, Circumstances { attempt, rate_limited: 0, tries, now: now(), held: 0, random: 0.5 })
}

fn first(tool: &Tool, outcome: Value) -> Decision {
    decided(tool, outcome, 1, 0)
}

fn answer(content: &str) -> Value {
    json!({ "phase": "answered", "status": 200, "body": json!({ "choices": [{ "message": { "content": content }, "finish_reason": "stop" }],
        "usage": { "total_tokens": 7 } }).to_string() })
}

#[test]
fn a_good_answer_succeeds_with_its_usage() {
    let decision = first(&chat(json!({})), answer("hello"));
    assert_eq!(
        (decision.next, decision.result, decision.usage),
        (Next::Succeed, Some(json!({ "text": "hello" })), Some(json!({ "total_tokens": 7 })))
    );
}

#[test]
fn each_status_is_treated_by_what_it_proves() {
    let retrying = chat(json!({ "not_executed": [529] }));
    let external = chat(json!({ "not_executed": [529], "effect": "external" }));
    // status, burned, next for a harmless tool, next for one with an external effect
    let cases = [
        (429, false, Next::Retry, Next::Retry),
        (529, true, Next::Retry, Next::Retry),
        (408, true, Next::Retry, Next::InDoubt),
        (500, true, Next::Retry, Next::InDoubt),
        (502, true, Next::Retry, Next::InDoubt),
        (503, true, Next::Retry, Next::InDoubt),
        (504, true, Next::Retry, Next::InDoubt),
        (400, true, Next::Fail, Next::Fail),
        (401, true, Next::Fail, Next::Fail),
        (404, true, Next::Fail, Next::Fail),
        (422, true, Next::Fail, Next::Fail),
        (301, true, Next::Fail, Next::Fail),
    ];
    for (status, burned, harmless, doubtful) in cases {
        let outcome = json!({ "phase": "answered", "status": status, "body": "{\"error\":{\"message\":\"because\"}}" });
        let decision = first(&retrying, outcome.clone());
        assert_eq!((decision.next, decision.burned), (harmless, burned), "{status}");
        assert_eq!(first(&external, outcome).next, doubtful, "{status}");
    }
}

#[test]
fn a_503_with_retry_after_proves_that_nothing_was_executed() {
    let external = chat(json!({ "effect": "external" }));
    let decision = first(&external, json!({ "phase": "answered", "status": 503, "headers": { "retry-after": "7" } }));
    assert_eq!(decision.next, Next::Retry);
    assert!(decision.delay.as_secs_f64() >= 7.0);
}

#[test]
fn retry_after_is_read_in_seconds_in_milliseconds_and_as_a_date() {
    let tool = chat(json!({}));
    let wait = |headers: Value| first(&tool, json!({ "phase": "answered", "status": 429, "headers": headers })).delay.as_secs_f64();
    assert!((30.0..=33.0).contains(&wait(json!({ "retry-after": " 30 " }))));
    assert!((0.25..=1.25).contains(&wait(json!({ "retry-after-ms": "250", "retry-after": "99" }))));
    assert!((90.0..=99.0).contains(&wait(json!({ "retry-after": "Sat, 21 Nov 2026 12:01:30 GMT" }))));
    for nonsense in ["soon", "-5", "NaN", "inf", ""] {
        assert!(wait(json!({ "retry-after": nonsense })) <= 2.0, "{nonsense} counts as absent");
    }
}

#[test]
fn what_never_left_is_free_and_ready_at_once_unless_it_has_a_reason() {
    let tool = chat(json!({ "effect": "external" }));
    for code in [Value::Null, json!("shutdown"), json!("worker_lost")] {
        let decision = first(&tool, json!({ "phase": "unsent", "code": code }));
        assert_eq!((decision.next, decision.burned), (Next::Release, false), "{code}");
    }
    let decision = first(&tool, json!({ "phase": "unsent", "code": "secret_missing", "error": "no secret KEY" }));
    assert_eq!((decision.next, decision.burned, decision.code.as_deref()), (Next::Retry, false, Some("secret_missing")));
}

#[test]
fn tries_run_out_on_executed_attempts_and_attempts_on_all() {
    let tool = chat(json!({ "max_tries": 3, "max_attempts": 9 }));
    let refused = json!({ "phase": "not_executed", "code": "connect_failed", "error": "refused" });
    assert_eq!(decided(&tool, refused.clone(), 2, 1).next, Next::Retry);
    let last = decided(&tool, refused, 3, 2);
    assert_eq!((last.next, last.message.as_deref()), (Next::Fail, Some("refused (all 3 tries used)")));
    let limited = json!({ "phase": "answered", "status": 429 });
    assert_eq!(decided(&tool, limited, 9, 0).next, Next::Retry, "an answer that nothing was done uses up neither");
    let killed = json!({ "phase": "unsent", "code": "worker_lost" });
    assert_eq!(decided(&tool, killed, 9, 0).code.as_deref(), Some("attempts_exhausted"));
}

#[test]
fn a_result_that_breaks_its_schema_is_asked_for_again_only_where_nothing_happened_outside() {
    let schema = json!({ "result_schema": { "type": "object", "properties": { "text": { "maxLength": 3 } } } });
    assert_eq!(first(&chat(schema.clone()), answer("Zanzibar")).next, Next::Retry);
    let mut external = schema;
    external["effect"] = json!("external");
    let decision = first(&chat(external), answer("Zanzibar"));
    assert_eq!((decision.next, decision.code.as_deref()), (Next::Fail, Some("result_invalid")));
    assert!(!decision.message.unwrap().contains("Zanzibar"), "a message never holds a value");
}

#[test]
fn answers_that_are_not_what_the_protocol_says_are_lost_calls() {
    let tool = chat(json!({ "effect": "external" }));
    for body in ["", "{", "[]", "{\"choices\":[]}", "{\"choices\":[{\"message\":{\"content\":null}}]}", "\u{0}", "{\"choices\":1e999}"] {
        let decision = first(&tool, json!({ "phase": "answered", "status": 200, "body": body }));
        assert_eq!((decision.next, decision.code.as_deref()), (Next::InDoubt, Some("answer_malformed")), "{body:?}");
    }
}

#[test]
fn a_refusal_and_a_cut_document_fail_at_once() {
    let tool = chat(json!({ "response": { "format": "json" } }));
    let refusal = json!({ "choices": [{ "message": { "refusal": "I cannot" } }] });
    let cut = json!({ "choices": [{ "message": { "content": "{\"a\":" }, "finish_reason": "length" }] });
    for (body, code) in [(refusal, "refused_by_model"), (cut, "answer_cut")] {
        let decision = first(&tool, json!({ "phase": "answered", "status": 200, "body": body.to_string() }));
        assert_eq!((decision.next, decision.code.as_deref()), (Next::Fail, Some(code)));
    }
}

#[test]
fn a_script_succeeds_with_its_last_line_fails_with_its_code_and_may_ask_for_another_run() {
    let tool = Tool::parse("s", &json!({ "executor": "script", "request": { "command": "c" } })).unwrap();
    let exit =
        |code: i32, body: &str| first(&tool, json!({ "phase": "answered", "exit_code": code, "body": body, "stderr": "bad row 7\n" }));
    assert_eq!(exit(0, "{\"n\":1}").result, Some(json!({ "n": 1 })));
    assert_eq!(exit(0, "done").code.as_deref(), Some("script_no_result"));
    assert_eq!(exit(75, "").next, Next::Retry);
    let failed = exit(2, "");
    assert_eq!((failed.next, failed.message.as_deref()), (Next::Fail, Some("the script ended with exit code 2: bad row 7")));
}

proptest! {
    #[test]
    fn a_call_with_an_external_effect_is_never_repeated_after_an_answer_that_proves_nothing(
        status in 100_u16..600, body in ".{0,80}", attempt in 1_u32..5,
    ) {
        let tool = chat(json!({ "effect": "external" }));
        let decision = decided(&tool, json!({ "phase": "answered", "status": status, "body": body }), attempt, 0);
        if matches!(decision.next, Next::Retry | Next::Release) {
            prop_assert_eq!(status, 429);
        }
    }

    #[test]
    fn a_decision_is_made_for_any_outcome_without_a_panic(
        phase in prop::sample::select(vec!["unprepared", "unsent", "not_executed", "answered", "lost"]),
        status in any::<Option<u16>>(), body in any::<Option<String>>(), exit_code in any::<Option<i32>>(), after in ".{0,20}",
        attempt in any::<u32>(), tries in 0_u32..1_000_000,
    ) {
        let outcome = json!({ "phase": phase, "status": status, "body": body, "exit_code": exit_code, "headers": { "retry-after": after } });
        for tool in [chat(json!({})), Tool::parse("n", &json!({ "executor": "noop" })).unwrap()] {
            let decision = decided(&tool, outcome.clone(), attempt, tries);
            prop_assert!(decision.delay.as_secs_f64() <= 86_400.0 * 1.1);
        }
    }
}

fn function(more: Value) -> Tool {
    let mut definition = json!({ "executor": "sql", "request": { "function": "f" } });
    definition.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Tool::parse("tool", &definition).unwrap()
}

#[test]
fn a_function_that_failed_was_rolled_back_so_only_its_error_says_whether_it_is_tried_again() {
    for tool in [function(json!({})), function(json!({ "effect": "external" }))] {
        for (state, next, code) in [
            ("40001", Next::Retry, "function_try_again"),
            ("40P01", Next::Retry, "function_try_again"),
            ("53300", Next::Retry, "function_try_again"),
            ("57014", Next::Retry, "function_try_again"),
            ("55P03", Next::Retry, "function_try_again"),
            ("25006", Next::Retry, "function_try_again"),
            ("58030", Next::Retry, "function_try_again"),
            ("55000", Next::Fail, "function_failed"),
            ("23505", Next::Fail, "function_failed"),
            ("P0001", Next::Fail, "function_failed"),
        ] {
            let decision = first(&tool, json!({ "phase": "answered", "sqlstate": state, "error": "words" }));
            assert_eq!((decision.next, decision.burned, decision.code.as_deref()), (next, true, Some(code)), "{state}");
            assert_eq!(decision.message.as_deref(), Some("words"));
        }
        let last = decided(&tool, json!({ "phase": "answered", "sqlstate": "40001" }), 5, 4);
        assert_eq!((last.next, last.code.as_deref()), (Next::Fail, Some("function_try_again")));
    }
}

#[test]
fn a_function_whose_end_nobody_saw_follows_on_lost() {
    let lost = || json!({ "phase": "lost" });
    assert_eq!(first(&function(json!({})), lost()).next, Next::Retry);
    assert_eq!(first(&function(json!({ "effect": "external" })), lost()).next, Next::InDoubt);
}
