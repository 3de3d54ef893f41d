//! Unipile as its callers meet it: what is answered, what is refused, and what the call log has of it.

use serde_json::{Value, json};

use super::client::{Reply, TempLog, args, get, send, start, write};
use crate::sandbox::Args;

mod faults;
mod form;
mod lists;

type Address = std::net::SocketAddr;

/// Sends a JSON document on behalf of a job, which is empty for a call without one.
async fn call(to: Address, line: &str, job: &str, body: &Value) -> Reply {
    let headers = [("x-client-request-id", job)];
    let headers = if job.is_empty() { &headers[..0] } else { &headers[..] };
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send(to, line, headers, body.as_bytes()).await
}

async fn invite(to: Address, job: &str, person: &str) -> Reply {
    call(to, "POST /api/v1/users/invite", job, &json!({"account_id": "acc", "provider_id": person, "message": "Hello"})).await
}

async fn start_chat(to: Address, job: &str, person: &str) -> Reply {
    call(to, "POST /api/v1/chats", job, &json!({"account_id": "acc", "attendees_ids": [person], "text": "Hello"})).await
}

async fn write_in(to: Address, job: &str, chat: &str) -> Reply {
    call(to, &format!("POST /api/v1/chats/{chat}/messages"), job, &json!({"account_id": "acc", "text": "And again"})).await
}

async fn withdraw(to: Address, job: &str, invitation: &str) -> Reply {
    call(to, &format!("DELETE /api/v1/users/invite/sent/{invitation}?account_id=acc"), job, &Value::Null).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_invitation_has_an_id_and_a_usage_and_another_one_another_id() {
    let server = start(&args()).await;
    let first = invite(server.address, "a/1", "ada").await;
    assert_eq!(first.status, 201);
    assert_eq!((&first.json()["object"], &first.json()["usage"]), (&json!("UserInvitationSent"), &json!(25)));
    let id = text(&first.json()["invitation_id"]);
    assert!(id.len() == 19 && id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
    for (job, person) in [("b/1", "ada"), ("a/1", "ada"), ("a/1", "emil")] {
        assert_ne!(invite(server.address, job, person).await.json()["invitation_id"], id, "{job} {person}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_person_has_one_chat_with_an_account_and_messages_stand_in_it() {
    let server = start(&args()).await;
    let first = start_chat(server.address, "a/1", "ada").await;
    assert_eq!((first.status, &first.json()["object"]), (201, &json!("ChatStarted")));
    let again = start_chat(server.address, "b/1", "ada").await.json();
    assert_eq!(again["chat_id"], first.json()["chat_id"]);
    assert_ne!(again["message_id"], first.json()["message_id"]);
    assert_ne!(start_chat(server.address, "c/1", "emil").await.json()["chat_id"], again["chat_id"]);
    let more = write_in(server.address, "d/1", again["chat_id"].as_str().unwrap()).await;
    assert_eq!((more.status, &more.json()["object"]), (201, &json!("MessageSent")));
    assert!(more.json()["message_id"].is_string());
    server.stop().await;
}

#[tokio::test]
async fn a_profile_is_made_up_and_stays_the_same() {
    let server = start(&args()).await;
    let view = async |path: &str| call(server.address, &format!("GET /api/v1/users/{path}"), "", &Value::Null).await;
    let ada = view("ada%2Flovelace?account_id=acc").await;
    assert_eq!((ada.status, &ada.json()["object"]), (200, &json!("UserProfile")));
    assert_eq!(ada.json()["provider_id"], "ada/lovelace");
    assert!(ada.json()["public_identifier"].as_str().unwrap().contains('-') && ada.json()["first_name"].is_string());
    assert_eq!(view("ada%2Flovelace?account_id=other").await.json(), ada.json());
    assert_ne!(view("emil?account_id=acc").await.json()["public_identifier"], ada.json()["public_identifier"]);
    assert_eq!(get(server.address, "/sandbox/calls").await[0]["action"], "view_profile");
    server.stop().await;
}

#[tokio::test]
async fn a_bad_call_is_refused_in_unipiles_words_and_does_nothing() {
    let server = start(&args()).await;
    let note = |characters: usize| json!({"account_id": "a", "provider_id": "p", "message": "ü".repeat(characters)});
    assert_eq!(call(server.address, "POST /api/v1/users/invite", "", &note(300)).await.status, 201);
    let (invitations, chats) = ("POST /api/v1/users/invite", "POST /api/v1/chats");
    let cases = [
        (invitations, json!({"account_id": "a"}), 400, "errors/missing_parameters"),
        (invitations, json!({"provider_id": "p"}), 400, "errors/missing_parameters"),
        (invitations, json!({"provider_id": "", "account_id": "a"}), 400, "errors/missing_parameters"),
        (invitations, json!({"provider_id": 5, "account_id": "a"}), 400, "errors/invalid_parameters"),
        (invitations, json!({"provider_id": "p", "account_id": "a", "message": 5}), 400, "errors/invalid_parameters"),
        (invitations, note(301), 400, "errors/too_many_characters"),
        (invitations, Value::Null, 400, "errors/malformed_request"),
        (chats, json!({"account_id": "a", "text": "x"}), 400, "errors/missing_parameters"),
        (chats, json!({"account_id": "a", "attendees_ids": ["p", "q"], "text": "x"}), 400, "errors/invalid_parameters"),
        (chats, json!({"account_id": "a", "attendees_ids": ["p"]}), 400, "errors/missing_parameters"),
        (chats, json!({"attendees_ids": ["p"], "text": "x"}), 400, "errors/missing_parameters"),
        ("POST /api/v1/chats/none/messages", json!({"text": "x"}), 404, "errors/resource_not_found"),
        ("GET /api/v1/chats/none/messages", Value::Null, 404, "errors/resource_not_found"),
        ("GET /api/v1/chats", Value::Null, 400, "errors/missing_parameters"),
        ("GET /api/v1/users/invite/sent", Value::Null, 400, "errors/missing_parameters"),
        ("GET /api/v1/users/p", Value::Null, 400, "errors/missing_parameters"),
        ("DELETE /api/v1/users/invite/sent/7?account_id=a", Value::Null, 404, "errors/resource_not_found"),
        ("GET /api/v1/posts", Value::Null, 404, "errors/resource_not_found"),
        ("PUT /api/v1/chats", Value::Null, 405, "errors/resource_not_found"),
    ];
    for (line, body, status, kind) in cases {
        let reply = call(server.address, line, "", &body).await;
        assert_eq!((reply.status, &reply.json()["status"], &reply.json()["type"]), (status, &json!(status), &json!(kind)), "{line} {body}");
        assert!(reply.json()["title"].is_string() && reply.json()["detail"].is_string(), "{line} {body}");
    }
    let calls = get(server.address, "/sandbox/calls").await;
    assert_eq!(calls.as_array().unwrap().iter().filter(|call| call["done"] == true).count(), 1);
    server.stop().await;
}

#[tokio::test]
async fn with_an_api_key_only_its_header_is_served_and_a_rate_limit_says_so_in_unipiles_words() {
    // A variable that is always there stands in for a key: setting one is not safe beside other tests.
    let key = std::env::var("PATH").unwrap();
    let limit = Some("1/600".parse().unwrap());
    let server = start(&Args { api_key_env: Some("PATH".into()), rate_limit: limit, ..args() }).await;
    let list = async |key: &str| send(server.address, "GET /api/v1/chats?account_id=acc", &[("X-API-KEY", key)], b"").await;
    let refused = list("another").await;
    assert_eq!((refused.status, &refused.json()["type"]), (401, &json!("errors/missing_credentials")));
    assert!(!refused.json().to_string().contains("another"));
    assert_eq!(list(&key).await.status, 200);
    let limited = list(&key).await;
    assert_eq!((limited.status, &limited.json()["type"]), (429, &json!("errors/too_many_requests")));
    assert_eq!(limited.headers["retry-after"], "600");
    server.stop().await;
}

#[tokio::test]
async fn the_log_says_who_did_what_to_whom_and_nothing_of_the_text() {
    let log = TempLog::new();
    let server = start(&log.args()).await;
    let invitation = text(&invite(server.address, "job-1/1", "ada").await.json()["invitation_id"]);
    let chat = text(&start_chat(server.address, "job-2/1", "ada").await.json()["chat_id"]);
    write_in(server.address, "job-3/2", &chat).await;
    let inmail = json!({"account_id": "acc", "attendees_ids": ["emil"], "text": "Hello", "subject": "Hi", "linkedin": {"api": "classic", "inmail": true}});
    call(server.address, "POST /api/v1/chats", "job-4/1", &inmail).await;
    withdraw(server.address, "job-5/1", &invitation).await;
    withdraw(server.address, "job-6/1", &invitation).await;
    get(server.address, "/api/v1/chats?account_id=acc").await;
    let lines = log.lines();
    let said: Vec<Value> =
        lines.iter().map(|line| json!([line["job_id"], line["account"], line["person"], line["action"], line["done"]])).collect();
    let expected = [
        json!(["job-1", "acc", "ada", "send_invite", true]),
        json!(["job-2", "acc", "ada", "send_message", true]),
        json!(["job-3", "acc", "ada", "follow_up", true]),
        json!(["job-4", "acc", "emil", "inmail", true]),
        json!(["job-5", "acc", "ada", "withdraw", true]),
        json!(["job-6", "acc", null, "withdraw", null]),
        json!([null, "acc", null, null, null]),
    ];
    assert_eq!(said, expected);
    assert_eq!([&lines[0]["reference"], &lines[4]["reference"]], [&json!(invitation), &json!(invitation)]);
    assert_eq!([&lines[1]["chat_id"], &lines[2]["chat_id"]], [&json!(chat), &json!(chat)]);
    assert!(lines.iter().all(|line| line["model"].is_null() && line["at"].as_str().unwrap().len() == 24));
    assert!(!json!(lines).to_string().contains("Hello"));
    let of_ada = get(server.address, "/sandbox/calls?account=acc&person=ada").await;
    assert_eq!(of_ada.as_array().unwrap().len(), 4);
    assert_eq!(get(server.address, "/sandbox/calls?person=nobody").await, json!([]));
    server.stop().await;
}

#[tokio::test]
async fn the_summary_names_people_to_whom_the_same_was_done_twice() {
    let server = start(&args()).await;
    let mut open = Vec::new();
    for (job, person) in [
        ("a/1", "ada"),
        ("b/1", "ada"),
        ("c/1", "emil"),
        ("d/1", "sandbox-lost"),
        ("d/2", "sandbox-lost"),
        ("e/1", "sandbox-422"),
        ("e/2", "sandbox-422"),
    ] {
        let body = json!({"account_id": "acc", "provider_id": person});
        let headers = [("x-client-request-id", job)];
        // Kept open: a call whose client goes away at once may never arrive.
        open.push(write(server.address, "POST /api/v1/users/invite", &headers, body.to_string().as_bytes()).await);
    }
    start_chat(server.address, "f/1", "emil").await;
    let summary = async || get(server.address, "/sandbox/summary").await;
    while summary().await["calls"] != 8 {}
    let expected = json!([
        {"action": "send_invite", "account": "acc", "person": "ada", "times": 2},
        {"action": "send_invite", "account": "acc", "person": "sandbox-lost", "times": 2},
    ]);
    assert_eq!(summary().await["done_more_than_once"], expected);
    assert_eq!(summary().await["executed_more_than_once"], json!(["d"]), "nobody heard of it, and it was done twice");
    server.stop().await;
}
