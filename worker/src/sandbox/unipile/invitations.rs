//! Invitations: sending one, listing those that wait for an answer, and taking one back.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::ask::Ask;
use super::errors::Problem;
use super::outbox::{Deed, Outbox, Sent};
use super::people::is_person;
use super::profile::Person;
use crate::sandbox::answer::Answer;

/// Characters of a note at most, for a paid account.
const LONGEST_NOTE: usize = 300;

/// How many per cent of its invitations an account has used up, unless the name of the person says otherwise: the same for
/// each, so that no number of invitations in a test looks like a limit.
const NORMAL_USAGE: u8 = 25;

/// `POST /api/v1/users/invite`
pub(super) fn send(ask: &Ask, outbox: &Outbox, key: &str) -> Result<(Answer, Deed), Problem> {
    let person = ask.required("provider_id")?;
    let account = ask.account()?;
    let note = ask.optional("message")?;
    if note.as_ref().is_some_and(|note| note.chars().count() > LONGEST_NOTE) {
        return Err(Problem::too_long("message", LONGEST_NOTE));
    }
    // As long as LinkedIn's, which are numbers of 19 digits.
    let id = format!("7{:018}", outbox.next_id(account, &person, key) % 10_u64.pow(18));
    let body = json!({"object": "UserInvitationSent", "invitation_id": id, "usage": NORMAL_USAGE});
    Ok((Answer::json(StatusCode::CREATED, &body), Deed { reference: Some(id), chat_id: None, text: note }))
}

/// The same answer with another usage; one that has none stays.
pub(super) fn with_usage(normal: Answer, percent: u8) -> Answer {
    let mut body: Value = serde_json::from_slice(&normal.body).unwrap_or_default();
    if let Some(usage) = body.get_mut("usage") {
        *usage = Value::from(percent);
    }
    Answer { body: body.to_string().into_bytes(), ..normal }
}

/// `GET /api/v1/users/invite/sent`
pub(super) fn list(ask: &Ask, outbox: &Outbox) -> Result<Answer, Problem> {
    let invitations = outbox.invitations_of(ask.account()?);
    let (page, cursor) = ask.page(&invitations)?;
    let items: Vec<Value> = page.iter().map(|invitation| item(invitation, Utc::now())).collect();
    Ok(Answer::json(StatusCode::OK, &json!({"object": "InvitationList", "items": items, "cursor": cursor})))
}

fn item(invitation: &Sent, now: DateTime<Utc>) -> Value {
    let person = Person::of(&invitation.person);
    json!({
        "object": "InvitationSent",
        "id": invitation.id,
        "invited_user": person.name(),
        "invited_user_id": invitation.person,
        "invited_user_public_id": person.public_identifier,
        "invited_user_description": person.headline,
        "date": age(&invitation.at, now),
        "parsed_datetime": invitation.at,
        "invitation_text": invitation.text,
        "specifics": {"provider": "LINKEDIN", "shared_secret": null},
    })
}

/// When it was sent, as `LinkedIn`'s pages say it: who wants the time reads `parsed_datetime`.
fn age(at: &str, now: DateTime<Utc>) -> String {
    let days = DateTime::parse_from_rfc3339(at).map_or(0, |at| now.signed_duration_since(at).num_days());
    match days {
        ..=0 => "Sent today".to_owned(),
        1 => "Sent yesterday".to_owned(),
        days => format!("Sent {days} days ago"),
    }
}

/// `DELETE /api/v1/users/invite/sent/{invitation}`
pub(super) fn withdraw(ask: &Ask, outbox: &Outbox) -> Result<(Answer, Deed), Problem> {
    // Of the query alone: the invitation knows its account, but a real call must name it.
    let account = ask.text("account_id").ok_or_else(|| Problem::missing("account_id"))?;
    let known = outbox.invitation(&ask.id).is_some_and(|invitation| invitation.account == account);
    if !known && !is_person(&ask.id) {
        return Err(Problem::not_found("invitation"));
    }
    let deed = Deed { reference: Some(ask.id.clone()), ..Deed::default() };
    Ok((Answer::json(StatusCode::OK, &json!({"object": "InvitationCanceled"})), deed))
}
