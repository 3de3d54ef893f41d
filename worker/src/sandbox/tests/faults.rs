//! Every model that misbehaves, and the limits of each fault.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::AsyncReadExt;

use super::client::{TempLog, args, ask, chat_body, get, send, start, write};
use crate::sandbox::Args;

#[tokio::test]
async fn errors_have_the_status_and_the_shape_of_the_real_api() {
    let server = start(&args()).await;
    let expected = [
        ("sandbox-429", 429, "requests", Some("1")),
        ("sandbox-503", 503, "server_error", Some("1")),
        ("sandbox-500", 500, "server_error", None),
        ("sandbox-400", 400, "invalid_request_error", None),
    ];
    for (model, status, kind, retry_after) in expected {
        let reply = ask(server.address, "", model).await;
        assert_eq!(reply.status, status, "{model}");
        assert_eq!(reply.headers.get("retry-after").map(String::as_str), retry_after, "{model}");
        assert_eq!(reply.json()["error"]["type"], kind, "{model}");
        assert!(reply.json()["error"]["message"].is_string(), "{model}");
        let again = ask(server.address, "", model).await;
        assert_eq!(again.status, status, "{model} without a suffix stays broken");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_truncated_answer_promises_more_bytes_than_it_sends() {
    let server = start(&args()).await;
    let reply = ask(server.address, "", "sandbox-truncated").await;
    assert_eq!(reply.status, 200);
    assert!(!reply.body.is_empty(), "some of the answer arrives");
    assert!(reply.body.len() < reply.promised_bytes());
    server.stop().await;
}

#[tokio::test]
async fn a_malformed_answer_is_complete_and_not_json() {
    let server = start(&args()).await;
    let reply = ask(server.address, "", "sandbox-malformed").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body.len(), reply.promised_bytes());
    assert!(serde_json::from_slice::<serde_json::Value>(&reply.body).is_err());
    server.stop().await;
}

#[tokio::test]
async fn a_refusal_has_no_content_and_says_so() {
    let server = start(&args()).await;
    let reply = ask(server.address, "", "sandbox-refusal").await.json();
    let choice = &reply["choices"][0];
    assert_eq!(choice["finish_reason"], "content_filter");
    assert!(choice["message"]["content"].is_null());
    assert!(choice["message"]["refusal"].is_string());
    assert!(reply["usage"]["total_tokens"].is_u64());
    server.stop().await;
}

#[tokio::test]
async fn a_slow_answer_takes_its_time_and_a_latency_holds_for_all() {
    let slow = Args { slow_ms: 120, ..args() };
    let server = start(&slow).await;
    let begin = Instant::now();
    assert_eq!(ask(server.address, "", "sandbox-slow").await.status, 200);
    assert!(begin.elapsed() >= Duration::from_millis(120));
    server.stop().await;

    let late = Args { latency_ms: 120, ..args() };
    let server = start(&late).await;
    let begin = Instant::now();
    assert_eq!(ask(server.address, "", "sandbox-429").await.status, 429);
    assert!(begin.elapsed() >= Duration::from_millis(120));
    server.stop().await;
}

#[tokio::test]
async fn a_hanging_call_is_logged_and_gets_no_byte_until_the_sandbox_stops() {
    let log = TempLog::new();
    let server = start(&log.args()).await;
    let body = chat_body("sandbox-hang", "hello").to_string();
    let mut call = write(server.address, "POST /v1/chat/completions", &[("x-client-request-id", "j/1")], body.as_bytes()).await;
    while get(server.address, "/sandbox/summary").await["calls"] == 0 {}
    let mut byte = [0];
    let waited = tokio::time::timeout(Duration::from_millis(100), call.read(&mut byte)).await;
    assert!(waited.is_err(), "nothing arrives");
    assert_eq!(log.lines()[0]["fault"], "hang");
    assert!(log.lines()[0]["status"].is_null());
    assert!(log.lines()[0]["completion_tokens"].is_u64(), "its work is billed");
    let begin = Instant::now();
    server.stop().await;
    assert!(begin.elapsed() < Duration::from_secs(1), "a hanging call does not hold the stop up");
    let mut rest = Vec::new();
    drop(call.read_to_end(&mut rest).await);
    assert!(rest.len() < 4096 && !rest.ends_with(b"}"), "and it never gets an answer");
}

#[tokio::test]
async fn a_lost_call_is_billed_and_its_connection_ends_without_a_byte() {
    let log = TempLog::new();
    let server = start(&log.args()).await;
    let body = chat_body("sandbox-lost", "hello").to_string();
    let mut call = write(server.address, "POST /v1/chat/completions", &[], body.as_bytes()).await;
    let mut bytes = Vec::new();
    // The end may be seen as a reset.
    drop(call.read_to_end(&mut bytes).await);
    assert!(bytes.is_empty(), "{}", String::from_utf8_lossy(&bytes));
    let line = &log.lines()[0];
    assert!(line["fault"] == "lost" && line["status"].is_null() && line["completion_tokens"].is_u64(), "{line}");
    server.stop().await;
}

#[tokio::test]
async fn once_and_twice_count_the_arrivals_of_each_job() {
    let server = start(&args()).await;
    let faults = ["429", "503", "500", "400"];
    for (index, status) in faults.iter().enumerate() {
        let (once, twice) = (format!("sandbox-{status}-once"), format!("sandbox-{status}-twice"));
        let expected: u16 = status.parse().unwrap();
        for (job, model, bad) in [("a", &once, 1), ("b", &once, 1), ("c", &twice, 2)] {
            for attempt in 1..=4 {
                let id = format!("{job}{index}/{attempt}");
                let wanted = if attempt <= bad { expected } else { 200 };
                assert_eq!(ask(server.address, &id, model).await.status, wanted, "{model} {id}");
            }
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn every_other_fault_happens_only_once_with_the_suffix() {
    let server = start(&args()).await;
    for model in ["sandbox-truncated-once", "sandbox-malformed-once", "sandbox-refusal-once", "sandbox-slow-once"] {
        let first = ask(server.address, &format!("{model}/1"), model).await;
        assert_eq!(first.status, 200, "{model}");
        let second = ask(server.address, &format!("{model}/2"), model).await;
        assert!(second.content().contains("sourdough bread"), "{model} answers the second time");
    }
    let calls = get(server.address, "/sandbox/calls?job_id=sandbox-slow-once").await;
    assert_eq!(calls[0]["fault"], "slow");
    assert!(calls[1]["fault"].is_null());
    server.stop().await;
}

#[tokio::test]
async fn without_a_request_id_the_same_body_is_the_same_request() {
    let server = start(&args()).await;
    assert_eq!(ask(server.address, "", "sandbox-503-once").await.status, 503);
    assert_eq!(ask(server.address, "", "sandbox-503-once").await.status, 200);
    let other = chat_body("sandbox-503-once", "Something else").to_string();
    let reply = send(server.address, "POST /v1/chat/completions", &[], other.as_bytes()).await;
    assert_eq!(reply.status, 503);
    server.stop().await;
}

#[tokio::test]
async fn the_echo_and_the_embeddings_take_the_same_faults() {
    let server = start(&args()).await;
    let in_query = send(server.address, "POST /v1/echo?model=sandbox-429", &[], b"{\"a\":1}").await;
    assert_eq!(in_query.status, 429);
    let in_body = send(server.address, "POST /v1/echo", &[], b"{\"model\":\"sandbox-500\"}").await;
    assert_eq!(in_body.status, 500);
    let input = json!({"model": "sandbox-503", "input": "text"}).to_string();
    assert_eq!(send(server.address, "POST /v1/embeddings", &[], input.as_bytes()).await.status, 503);
    server.stop().await;
}

#[tokio::test]
async fn the_list_of_models_and_the_help_show_every_fault() {
    let server = start(&args()).await;
    let models = get(server.address, "/v1/models").await;
    let ids: Vec<&str> = models["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap()).collect();
    let help = crate::sandbox::models::help();
    for fault in crate::sandbox::faults::FAULTS.map(|row| row.word) {
        let model = format!("sandbox-{fault}");
        assert!(help.contains(&format!("  {model} ")), "{model}");
        for id in [model.clone(), format!("{model}-once"), format!("{model}-twice")] {
            assert!(ids.contains(&id.as_str()), "{id}");
        }
    }
    for word in ["bill-less", "bill-equal", "bill-more", "no-usage", "odd-usage", "reports-cost", "drifts"] {
        let model = format!("sandbox-{word}");
        assert!(help.contains(&format!("  {model} ")) && ids.contains(&model.as_str()), "{model}");
    }
    server.stop().await;
}
