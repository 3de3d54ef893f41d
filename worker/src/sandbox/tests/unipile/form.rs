//! Messages as forms, which is how Unipile documents them.

use super::*;

/// A form with fields, and its header.
fn form(fields: &[(&str, &str)]) -> (String, Vec<u8>) {
    let boundary = "----sandbox-7f3a";
    let mut body = String::new();
    for (disposition, text) in fields {
        body.push_str(&format!("--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{text}\r\n"));
    }
    (format!("multipart/form-data; boundary={boundary}"), format!("{body}--{boundary}--\r\n").into_bytes())
}

async fn post(to: Address, path: &str, kind: &str, body: &[u8]) -> Reply {
    send(to, &format!("POST {path}"), &[("content-type", kind)], body).await
}

#[tokio::test]
async fn a_form_says_the_same_as_json() {
    let server = start(&args()).await;
    let (kind, body) = form(&[
        ("name=\"account_id\"", "acc"),
        ("name=\"attendees_ids\"", "ada"),
        ("name=\"text\"", "Line one\r\n\r\n--line two"),
        ("name=\"linkedin[api]\"", "classic"),
        ("name=\"linkedin[inmail]\"", "true"),
        ("name=\"attachments\"; filename=\"a.txt\"", "a file"),
    ]);
    let reply = post(server.address, "/api/v1/chats", &kind, &body).await;
    assert_eq!(reply.status, 201);
    let chat = text(&reply.json()["chat_id"]);
    let messages = get(server.address, &format!("/api/v1/chats/{chat}/messages")).await;
    assert_eq!(messages["items"][0]["text"], "Line one\r\n\r\n--line two");
    assert_eq!(messages["items"][0]["message_type"], "INMAIL");
    let call = &get(server.address, "/sandbox/calls").await[0];
    assert_eq!((&call["action"], &call["person"]), (&json!("inmail"), &json!("ada")));
    let (kind, body) = form(&[("name=\"text\"", "More")]);
    assert_eq!(post(server.address, &format!("/api/v1/chats/{chat}/messages"), &kind, &body).await.status, 201);
    let (kind, body) = form(&[("name=\"attendees_ids[]\"", "sandbox-422"), ("name=\"account_id\"", "acc"), ("name=\"text\"", "x")]);
    assert_eq!(post(server.address, "/api/v1/chats", &kind, &body).await.status, 422);
    server.stop().await;
}

#[tokio::test]
async fn a_form_that_is_broken_is_refused() {
    let server = start(&args()).await;
    let (kind, body) = form(&[("name=\"account_id\"", "acc"), ("name=\"attendees_ids\"", "ada"), ("name=\"text\"", "x")]);
    let whole = std::str::from_utf8(&body).unwrap();
    let cut = &whole[..whole.len() - 8];
    for (kind, body) in
        [(kind.as_str(), cut), (kind.as_str(), ""), ("multipart/form-data", whole), ("multipart/form-data; boundary=other", whole)]
    {
        let reply = post(server.address, "/api/v1/chats", kind, body.as_bytes()).await;
        assert_eq!((reply.status, &reply.json()["type"]), (400, &json!("errors/malformed_request")), "{kind} {body}");
    }
    let (kind, body) = form(&[
        ("name=\"account_id\"", "acc"),
        ("name=\"attendees_ids\"", "ada"),
        ("name=\"attendees_ids\"", "emil"),
        ("name=\"text\"", "x"),
    ]);
    let two = post(server.address, "/api/v1/chats", &kind, &body).await;
    assert_eq!((two.status, &two.json()["type"]), (400, &json!("errors/invalid_parameters")));
    server.stop().await;
}
