//! The lists by which a caller whose answer was lost finds out what was sent.

use super::*;

async fn invitations(to: Address, query: &str) -> Value {
    get(to, &format!("/api/v1/users/invite/sent?account_id=acc{query}")).await
}

fn people(list: &Value, field: &str) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|item| text(&item[field])).collect()
}

#[tokio::test]
async fn invitations_are_listed_newest_first_until_they_are_withdrawn() {
    let server = start(&args()).await;
    let mut ids = Vec::new();
    for person in ["ada", "emil", "ada"] {
        ids.push(text(&invite(server.address, "", person).await.json()["invitation_id"]));
    }
    let other = json!({"account_id": "other", "provider_id": "hana"});
    call(server.address, "POST /api/v1/users/invite", "", &other).await;
    let list = invitations(server.address, "").await;
    assert_eq!((&list["object"], &list["cursor"]), (&json!("InvitationList"), &Value::Null));
    assert_eq!(people(&list, "invited_user_id"), ["ada", "emil", "ada"]);
    assert_eq!(people(&list, "id"), [ids[2].clone(), ids[1].clone(), ids[0].clone()]);
    let newest = &list["items"][0];
    assert_eq!((&newest["object"], &newest["date"]), (&json!("InvitationSent"), &json!("Sent today")));
    assert!(chrono::DateTime::parse_from_rfc3339(newest["parsed_datetime"].as_str().unwrap()).is_ok());
    assert_eq!(newest["invitation_text"], "Hello");
    let answer = withdraw(server.address, "", &ids[1]).await;
    assert_eq!((answer.status, &answer.json()["object"]), (200, &json!("InvitationCanceled")));
    assert_eq!(people(&invitations(server.address, "").await, "invited_user_id"), ["ada", "ada"]);
    assert_eq!(withdraw(server.address, "", &ids[1]).await.status, 404, "it is gone");
    let foreign = call(server.address, &format!("DELETE /api/v1/users/invite/sent/{}?account_id=other", ids[0]), "", &Value::Null).await;
    assert_eq!(foreign.status, 404, "it belongs to somebody else");
    server.stop().await;
}

#[tokio::test]
async fn a_list_comes_in_pages() {
    let server = start(&args()).await;
    for number in 0..5 {
        invite(server.address, "", &format!("p{number}")).await;
    }
    let first = invitations(server.address, "&limit=2").await;
    assert_eq!(people(&first, "invited_user_id"), ["p4", "p3"]);
    let next = invitations(server.address, &format!("&limit=3&cursor={}", text(&first["cursor"]))).await;
    assert_eq!(people(&next, "invited_user_id"), ["p2", "p1", "p0"]);
    assert!(next["cursor"].is_null());
    assert_eq!(invitations(server.address, "&cursor=99").await["items"], json!([]));
    for wrong in ["&limit=0", "&limit=251", "&limit=x", "&cursor=x"] {
        let reply = call(server.address, &format!("GET /api/v1/users/invite/sent?account_id=acc{wrong}"), "", &Value::Null).await;
        assert_eq!((reply.status, &reply.json()["type"]), (400, &json!("errors/invalid_parameters")), "{wrong}");
    }
    server.stop().await;
}

#[tokio::test]
async fn chats_say_with_whom_and_when_and_messages_what() {
    let server = start(&args()).await;
    let ada = text(&start_chat(server.address, "", "ada").await.json()["chat_id"]);
    start_chat(server.address, "", "emil").await;
    let last = text(&write_in(server.address, "", &ada).await.json()["message_id"]);
    let chats = get(server.address, "/api/v1/chats?account_id=acc").await;
    assert_eq!(chats["object"], "ChatList");
    assert_eq!(people(&chats, "attendee_provider_id"), ["ada", "emil"], "who was written to last comes first");
    let messages = get(server.address, &format!("/api/v1/chats/{ada}/messages")).await;
    assert_eq!(messages["object"], "MessageList");
    assert_eq!(people(&messages, "text"), ["And again", "Hello"]);
    assert_eq!((&messages["items"][0]["id"], &messages["items"][0]["is_sender"]), (&json!(last), &json!(1)));
    assert_eq!(chats["items"][0]["timestamp"], messages["items"][0]["timestamp"]);
    assert_eq!(get(server.address, "/api/v1/chats?account_id=other").await["items"], json!([]));
    let foreign =
        call(server.address, &format!("POST /api/v1/chats/{ada}/messages"), "", &json!({"account_id": "other", "text": "x"})).await;
    assert_eq!(foreign.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn a_restart_keeps_what_was_sent_but_not_the_texts() {
    let log = TempLog::new();
    let server = start(&log.args()).await;
    let taken_back = text(&invite(server.address, "a/1", "emil").await.json()["invitation_id"]);
    let kept = text(&invite(server.address, "b/1", "ada").await.json()["invitation_id"]);
    withdraw(server.address, "c/1", &taken_back).await;
    assert_eq!(invite(server.address, "d/1", "sandbox-422").await.status, 422);
    let chat = text(&start_chat(server.address, "e/1", "ada").await.json()["chat_id"]);
    assert_eq!(invite(server.address, "f/1", "sandbox-429-once.hana").await.status, 429);
    server.stop().await;

    let server = start(&log.args()).await;
    let list = invitations(server.address, "").await;
    assert_eq!((people(&list, "id"), &list["items"][0]["invitation_text"]), (vec![kept], &Value::Null));
    assert_eq!(people(&get(server.address, "/api/v1/chats?account_id=acc").await, "id"), std::slice::from_ref(&chat));
    assert_eq!(write_in(server.address, "g/1", &chat).await.status, 201, "the chat goes on");
    assert_eq!(get(server.address, "/sandbox/calls?job_id=g").await[0]["person"], "ada");
    assert_eq!(invite(server.address, "f/2", "sandbox-429-once.hana").await.status, 201, "the one fault is used up");
    server.stop().await;
}
