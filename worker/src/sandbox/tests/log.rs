//! The call log: what it says, when it says it, and what survives.

use std::io::Write;

use serde_json::json;

use super::client::{TempLog, args, ask, chat_body, get, send, start, write};
use crate::sandbox::Args;

#[tokio::test]
async fn a_line_says_who_called_and_what_was_answered_and_nothing_of_the_content() {
    let log = TempLog::new();
    let server = start(&log.args()).await;
    let body = chat_body("gpt-4o-mini", "a confidential prompt").to_string();
    let headers = [("x-client-request-id", "0198-job/3"), ("authorization", "Bearer sk-very-secret")];
    let reply = send(server.address, "POST /v1/chat/completions?key=hidden", &headers, body.as_bytes()).await.json();
    let line = &log.lines()[0];
    assert_eq!(line["request_id"], "0198-job/3");
    assert_eq!(line["job_id"], "0198-job");
    assert_eq!(line["attempt"], 3);
    assert_eq!(line["seq"], 1);
    assert_eq!(line["path"], "/v1/chat/completions");
    assert_eq!(line["model"], "gpt-4o-mini");
    assert_eq!(line["status"], 200);
    assert!(line["fault"].is_null());
    assert_eq!(line["prompt_tokens"], reply["usage"]["prompt_tokens"]);
    assert_eq!(line["completion_tokens"], reply["usage"]["completion_tokens"]);
    let at = line["at"].as_str().unwrap();
    assert!(chrono::DateTime::parse_from_rfc3339(at).is_ok() && at.len() == 24, "{at}");
    let text = line.to_string();
    assert!(!["confidential", "very-secret", "hidden"].iter().any(|word| text.contains(word)), "{text}");
    server.stop().await;
}

#[tokio::test]
async fn the_line_is_written_before_the_answer_and_counts_clients_that_go_away() {
    let log = TempLog::new();
    // Far longer than the test: whatever the log holds was there before any answer.
    let server = start(&Args { latency_ms: 600_000, ..log.args() }).await;
    let body = chat_body("gpt-4o-mini", "hello").to_string();
    let call = write(server.address, "POST /v1/chat/completions", &[("x-client-request-id", "gone/1")], body.as_bytes()).await;
    while get(server.address, "/sandbox/summary").await["calls"] == 0 {}
    assert_eq!(log.lines()[0]["job_id"], "gone");
    drop(call);
    assert_eq!(get(server.address, "/sandbox/calls").await.as_array().unwrap().len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn the_summary_names_jobs_that_called_or_were_executed_more_than_once() {
    let server = start(&args()).await;
    for (id, model) in [
        ("fine/1", "sandbox"),
        ("retried/1", "sandbox-429-once"),
        ("retried/2", "sandbox-429-once"),
        ("double/1", "sandbox"),
        ("double/2", "sandbox"),
        ("cut/1", "sandbox-truncated-once"),
        ("cut/2", "sandbox-truncated-once"),
        ("", "sandbox"),
    ] {
        ask(server.address, id, model).await;
    }
    let summary = get(server.address, "/sandbox/summary").await;
    let expected = json!({
        "calls": 8,
        "jobs": 4,
        "by_status": {"200": 7, "429": 1},
        "called_more_than_once": [
            {"job_id": "cut", "calls": 2, "statuses": [200, 200]},
            {"job_id": "double", "calls": 2, "statuses": [200, 200]},
            {"job_id": "retried", "calls": 2, "statuses": [429, 200]},
        ],
        "executed_more_than_once": ["cut", "double"],
        "done_more_than_once": [],
        "refused_by_rate_limit": 0,
        "billed_nanos": 0,
    });
    assert_eq!(summary, expected);
    let of_one_job = get(server.address, "/sandbox/calls?job_id=retried").await;
    assert_eq!(of_one_job.as_array().unwrap().len(), 2);
    server.stop().await;
}

#[tokio::test]
async fn refused_and_misdirected_calls_count_too() {
    let server = start(&args()).await;
    send(server.address, "POST /v1/chat/completions", &[], b"{}").await;
    assert_eq!(send(server.address, "POST /v1/images", &[], b"{}").await.status, 404);
    assert_eq!(send(server.address, "PUT /v1/echo", &[], b"{}").await.status, 405);
    let summary = get(server.address, "/sandbox/summary").await;
    assert_eq!(summary["by_status"], json!({"400": 1, "404": 1, "405": 1}));
    server.stop().await;
}

#[tokio::test]
async fn a_restart_keeps_the_counts_even_after_a_torn_line() {
    let log = TempLog::new();
    let server = start(&log.args()).await;
    assert_eq!(ask(server.address, "job/1", "sandbox-429-once").await.status, 429);
    assert_eq!(ask(server.address, "", "sandbox-503-twice").await.status, 503);
    server.stop().await;
    let mut file = std::fs::OpenOptions::new().append(true).open(&log.0).unwrap();
    file.write_all(b"{\"at\":\"2026-01-01T00:0").unwrap();

    let server = start(&log.args()).await;
    assert_eq!(get(server.address, "/sandbox/summary").await["calls"], 2);
    assert_eq!(ask(server.address, "job/2", "sandbox-429-once").await.status, 200, "its one fault is used up");
    assert_eq!(ask(server.address, "", "sandbox-503-twice").await.status, 503, "this one has a fault left");
    assert_eq!(ask(server.address, "", "sandbox-503-twice").await.status, 200);
    let calls = get(server.address, "/sandbox/calls").await;
    let numbers: Vec<u64> = calls.as_array().unwrap().iter().map(|call| call["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    server.stop().await;
    let server = start(&log.args()).await;
    assert_eq!(get(server.address, "/sandbox/summary").await["calls"], 5, "the line after the torn one is whole");
    server.stop().await;
}

#[tokio::test]
async fn a_log_that_cannot_be_opened_is_an_error_that_names_it() {
    let args = Args { log: Some("/nowhere/at/all/calls.jsonl".into()), ..args() };
    let error = crate::sandbox::server_config(&args).err().unwrap();
    assert!(format!("{error:#}").contains("/nowhere/at/all/calls.jsonl"));
}

#[tokio::test]
async fn an_answer_that_cannot_be_logged_is_not_given() {
    // Every write to this device fails as on a full disk.
    let server = start(&Args { log: Some("/dev/full".into()), ..args() }).await;
    let reply = ask(server.address, "job/1", "sandbox").await;
    assert_eq!(reply.status, 500);
    assert!(reply.json()["error"]["message"].as_str().unwrap().contains("call log"));
    server.stop().await;
}
