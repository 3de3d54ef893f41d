//! Good requests, bad requests, and answers that stay the same.

use serde_json::{Value, json};

use super::client::{args, ask, chat, chat_body, get, send, start};

#[tokio::test]
async fn the_same_request_gets_the_same_answer_and_another_a_different_one() {
    let server = start(&args()).await;
    let first = ask(server.address, "a/1", "gpt-4o-mini").await.json();
    let same = ask(server.address, "b/7", "gpt-4o-mini").await.json();
    let other_model = ask(server.address, "", "gpt-4o").await.json();
    let other_words = chat(server.address, "", &chat_body("gpt-4o-mini", "Write about rye bread")).await.json();
    assert_eq!(first["choices"], same["choices"]);
    assert_eq!(first["usage"], same["usage"]);
    assert_ne!(first["choices"], other_model["choices"]);
    assert_ne!(first["choices"], other_words["choices"]);
    server.stop().await;
}

#[tokio::test]
async fn an_answer_has_every_field_an_adapter_reads() {
    let server = start(&args()).await;
    let reply = ask(server.address, "", "gpt-4o-mini").await;
    assert!(reply.content().contains("sourdough bread"));
    assert_eq!(reply.headers["content-type"], "application/json");
    let body = reply.json();
    assert_eq!(body["object"], "chat.completion");
    assert_eq!(body["model"], "gpt-4o-mini");
    assert_eq!(body["choices"][0]["finish_reason"], "stop");
    assert_eq!(body["choices"][0]["message"]["role"], "assistant");
    assert!(body["id"].as_str().unwrap().starts_with("chatcmpl-"));
    assert!(body["created"].is_i64() && body["system_fingerprint"].is_string());
    let usage = &body["usage"];
    let total = usage["prompt_tokens"].as_u64().unwrap() + usage["completion_tokens"].as_u64().unwrap();
    assert_eq!(usage["total_tokens"].as_u64(), Some(total));
    assert_eq!(usage["prompt_tokens_details"]["cached_tokens"], 0);
    assert_eq!(usage["completion_tokens_details"]["reasoning_tokens"], 0);
    server.stop().await;
}

#[tokio::test]
async fn an_answer_never_has_more_tokens_than_the_request_allows() {
    let server = start(&args()).await;
    for field in ["max_completion_tokens", "max_tokens"] {
        let mut body = chat_body("gpt-4o-mini", "Write about sourdough bread");
        body[field] = json!(5);
        let cut = chat(server.address, "", &body).await;
        assert_eq!(cut.json()["usage"]["completion_tokens"], 5);
        assert_eq!(cut.json()["choices"][0]["finish_reason"], "length");
        assert_eq!(cut.content().chars().count(), 20);
        body[field] = json!(100_000);
        let whole = chat(server.address, "", &body).await;
        assert_eq!(whole.json()["choices"][0]["finish_reason"], "stop");
    }
    server.stop().await;
}

#[tokio::test]
async fn several_choices_differ_and_are_all_billed() {
    let server = start(&args()).await;
    let mut body = chat_body("gpt-4o-mini", "Write about sourdough bread");
    body["n"] = json!(3);
    body["max_completion_tokens"] = json!(10);
    let reply = chat(server.address, "", &body).await.json();
    assert_eq!(reply["choices"].as_array().unwrap().len(), 3);
    assert_eq!(reply["usage"]["completion_tokens"], 30);
    assert_ne!(reply["choices"][0]["message"], reply["choices"][1]["message"]);
    server.stop().await;
}

#[tokio::test]
async fn content_may_be_text_or_parts() {
    let server = start(&args()).await;
    let parts = json!([{"type": "text", "text": "Write about sourdough bread"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]);
    let body = json!({"model": "m", "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": parts}]});
    let reply = chat(server.address, "", &body).await;
    assert!(reply.content().contains("sourdough bread"));
    server.stop().await;
}

#[tokio::test]
async fn a_bad_request_is_refused_with_the_field_that_is_wrong() {
    let server = start(&args()).await;
    let user = json!([{"role": "user", "content": "hi"}]);
    let cases: [(Value, &str); 13] = [
        (json!({"messages": user}), "model"),
        (json!({"model": 5, "messages": user}), "model"),
        (json!({"model": "m"}), "messages"),
        (json!({"model": "m", "messages": "hi"}), "messages"),
        (json!({"model": "m", "messages": []}), "messages"),
        (json!({"model": "m", "messages": ["hi"]}), "messages[0]"),
        (json!({"model": "m", "messages": [{"content": "hi"}]}), "messages[0].role"),
        (json!({"model": "m", "messages": [{"role": "boss", "content": "hi"}]}), "messages[0].role"),
        (json!({"model": "m", "messages": [{"role": "user"}]}), "messages[0].content"),
        (json!({"model": "m", "messages": [{"role": "user", "content": [{"type": "text"}]}]}), "messages[0].content[0].text"),
        (json!({"model": "m", "messages": user, "max_completion_tokens": 0}), "max_completion_tokens"),
        (json!({"model": "m", "messages": user, "response_format": {"type": "xml"}}), "response_format.type"),
        (json!({"model": "m", "messages": user, "stream": true}), "stream"),
    ];
    for (body, param) in cases {
        let reply = chat(server.address, "", &body).await;
        assert_eq!(reply.status, 400, "{body}");
        let error = &reply.json()["error"];
        assert_eq!(error["param"], param, "{body}");
        assert_eq!(error["type"], "invalid_request_error", "{body}");
        assert!(error["message"].is_string() && error.get("code").is_some(), "{body}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    let server = start(&args()).await;
    for path in ["chat/completions", "embeddings", "echo"] {
        let reply = send(server.address, &format!("POST /v1/{path}"), &[], b"{\"model\":").await;
        assert_eq!(reply.status, 400, "{path}");
        assert!(reply.json()["error"]["message"].as_str().unwrap().contains("JSON"), "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn large_bodies_are_taken_up_to_the_limit() {
    let server = start(&args()).await;
    let megabyte = "word ".repeat(200 * 1024);
    let reply = chat(server.address, "", &chat_body("gpt-4o-mini", &megabyte.repeat(5))).await;
    assert_eq!(reply.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn embeddings_are_unit_vectors_that_depend_on_the_words() {
    let server = start(&args()).await;
    let body =
        json!({"model": "text-embedding-3-small", "input": ["fresh sourdough bread", "sourdough bread recipe", "quarterly tax report"]});
    let reply = send(server.address, "POST /v1/embeddings", &[], body.to_string().as_bytes()).await.json();
    let again = send(server.address, "POST /v1/embeddings", &[], body.to_string().as_bytes()).await.json();
    assert_eq!(reply, again);
    assert!(reply["usage"]["prompt_tokens"].as_u64().unwrap() > 0);
    let vector = |index: usize| -> Vec<f64> { serde_json::from_value(reply["data"][index]["embedding"].clone()).unwrap() };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let (bread, recipe, tax) = (vector(0), vector(1), vector(2));
    assert_eq!(bread.len(), 1536);
    assert!((dot(&bread, &bread) - 1.0).abs() < 1e-5);
    assert!(dot(&bread, &recipe) > dot(&bread, &tax) + 0.3);
    server.stop().await;
}

#[tokio::test]
async fn the_echo_gives_back_what_it_got() {
    let server = start(&args()).await;
    let body = json!({"lead": {"name": "Ada"}, "n": 1.5});
    let reply = send(server.address, "POST /v1/echo", &[("x-client-request-id", "job-1/2")], body.to_string().as_bytes()).await;
    assert_eq!(reply.json(), json!({"received": body, "id": "echo_job-1"}));
    assert_eq!(get(server.address, "/healthz").await["status"], "ok");
    server.stop().await;
}
