//! Messages: opening a chat with one, writing in a chat, and listing what was written.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::ask::Ask;
use super::errors::Problem;
use super::outbox::{Deed, Outbox, Sent};
use super::people::is_person;
use crate::sandbox::answer::Answer;
use crate::sandbox::seed;

/// `POST /api/v1/chats`: `LinkedIn` has one chat with a person, and a second first message stands in it as well.
pub(super) fn start(ask: &Ask, outbox: &Outbox, key: &str) -> Result<(Answer, Deed), Problem> {
    let person = ask.attendee()?;
    let account = ask.account()?;
    let chat = short_id(seed::hash(&[b"chat", account.as_bytes(), person.as_bytes()]));
    let deed = message(account, &person, chat.clone(), ask.required("text")?, outbox, key);
    let body = json!({"object": "ChatStarted", "chat_id": chat, "message_id": deed.reference});
    Ok((Answer::json(StatusCode::CREATED, &body), deed))
}

/// `POST /api/v1/chats/{chat}/messages`
pub(super) fn write(ask: &Ask, outbox: &Outbox, key: &str) -> Result<(Answer, Deed), Problem> {
    check(ask, outbox)?;
    let text = ask.required("text")?;
    let person = ask.person.as_deref().unwrap_or_default();
    let deed = message(ask.account.as_deref().unwrap_or_default(), person, ask.id.clone(), text, outbox, key);
    let body = json!({"object": "MessageSent", "message_id": deed.reference});
    Ok((Answer::json(StatusCode::CREATED, &body), deed))
}

fn message(account: &str, person: &str, chat: String, text: String, outbox: &Outbox, key: &str) -> Deed {
    Deed { reference: Some(short_id(outbox.next_id(account, person, key))), chat_id: Some(chat), text: Some(text) }
}

/// The chat must be there, and be the account's if one is named.
fn check(ask: &Ask, outbox: &Outbox) -> Result<(), Problem> {
    match outbox.chat(&ask.id) {
        Some(known) if ask.account.as_ref().is_none_or(|account| *account == known.account) => Ok(()),
        None if is_person(&ask.id) => Ok(()),
        _ => Err(Problem::not_found("chat")),
    }
}

/// `GET /api/v1/chats`: the time of a chat is that of its newest message. What the message says stands in its own list.
pub(super) fn list(ask: &Ask, outbox: &Outbox) -> Result<Answer, Problem> {
    let chats = outbox.chats_of(ask.account()?);
    let (page, cursor) = ask.page(&chats)?;
    let items: Vec<Value> = page.iter().map(|newest| chat_item(newest)).collect();
    Ok(Answer::json(StatusCode::OK, &json!({"object": "ChatList", "items": items, "cursor": cursor})))
}

fn chat_item(newest: &Sent) -> Value {
    json!({
        "object": "Chat",
        "id": newest.chat_id,
        "account_id": newest.account,
        "account_type": "LINKEDIN",
        "provider_id": provider_id(newest),
        "attendee_provider_id": newest.person,
        "name": null,
        "type": 0,
        "timestamp": newest.at,
        "unread": 0,
        "unread_count": 0,
        "archived": 0,
        "pinned": 0,
        "muted_until": null,
        "read_only": 0,
        "disabledFeatures": [],
        "folder": ["INBOX", "INBOX_LINKEDIN_CLASSIC"],
    })
}

/// `GET /api/v1/chats/{chat}/messages`: only ours, nobody answers here.
pub(super) fn messages(ask: &Ask, outbox: &Outbox) -> Result<Answer, Problem> {
    check(ask, outbox)?;
    let messages = outbox.messages_in(&ask.id);
    let (page, cursor) = ask.page(&messages)?;
    let items: Vec<Value> = page.iter().map(|message| message_item(message)).collect();
    Ok(Answer::json(StatusCode::OK, &json!({"object": "MessageList", "items": items, "cursor": cursor})))
}

fn message_item(message: &Sent) -> Value {
    json!({
        "object": "Message",
        "id": message.id,
        "account_id": message.account,
        "chat_id": message.chat_id,
        "chat_provider_id": provider_id(message),
        "provider_id": format!("2-{}", message.id),
        "sender_id": format!("member-of-{}", message.account),
        "is_sender": 1,
        "text": message.text,
        "timestamp": message.at,
        "message_type": if message.is_inmail { "INMAIL" } else { "MESSAGE" },
        "attendee_type": "MEMBER",
        "attachments": [],
        "reactions": [],
        "seen": 0,
        "delivered": 1,
        "edited": 0,
        "deleted": 0,
        "hidden": 0,
        "is_event": 0,
    })
}

fn provider_id(message: &Sent) -> String {
    format!("2-{}", message.chat_id.as_deref().unwrap_or_default())
}

/// Something like the ids of Unipile, which are letters and digits.
fn short_id(number: u64) -> String {
    format!("sb{number:016x}")
}
