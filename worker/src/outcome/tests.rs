#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use serde_json::{Value, json};

use super::*;
use crate::secrets::Secrets;

fn outcome(body: Vec<u8>) -> Outcome {
    let redactor = Redactor::new(&Secrets::default()).unwrap();
    let answer = Answer { status: Some(200), body, ..Answer::default() };
    Outcome::new((Uuid::nil(), 3), Ok(answer), Duration::from_millis(7), &redactor)
}

#[test]
fn counts_the_bytes_of_its_json() {
    for body in [&b""[..], b"words", b"\x01\"\\\n", "Zo\u{eb}".as_bytes(), b"\xff\xfe"] {
        let (outcome, length) = outcome(body.to_vec()).fitted().unwrap();
        assert_eq!(outcome.json().unwrap().get().len(), length, "{body:?}");
    }
}

#[test]
fn the_largest_body_of_ordinary_text_fits() {
    let (outcome, _) = outcome(b"\"line\"\n".repeat((16 << 20) / 7)).fitted().unwrap();
    assert_eq!(outcome.phase, Phase::Answered);
}

#[test]
fn an_answer_that_its_escapes_blow_up_was_executed_but_is_too_large() {
    let (outcome, length) = outcome(vec![1; 16 << 20]).fitted().unwrap();
    let json = outcome.json().unwrap();
    assert_eq!(json.get().len(), length);
    let json: Value = serde_json::from_str(json.get()).unwrap();
    assert_eq!((&json["phase"], &json["code"]), (&json!("lost"), &json!("too_large")));
    assert_eq!((&json["job_id"], &json["attempt"], &json["duration_ms"]), (&json!(Uuid::nil()), &json!(3), &json!(7)));
    assert!(json["error"].as_str().unwrap().contains("100663"), "{json}");
    assert_eq!(json.get("body"), None);
}
