//! One call to Unipile as it arrived: in whose name, to whom, and what.

use std::collections::HashMap;

use axum::extract::Query;
use axum::http::request::Parts;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::errors::Problem;
use super::outbox::{Deed, Outbox};
use super::people::{fault_of, is_person};
use super::{PREFIX, Route, chats, form, invitations, profile};
use crate::sandbox::answer::Answer;
use crate::sandbox::call_log::CallLog;
use crate::sandbox::models::Asked;

/// What can be done to a person, in the words of the governor.
pub(super) mod action {
    pub(in super::super) const SEND_INVITE: &str = "send_invite";
    pub(in super::super) const SEND_MESSAGE: &str = "send_message";
    pub(in super::super) const FOLLOW_UP: &str = "follow_up";
    pub(in super::super) const INMAIL: &str = "inmail";
    pub(in super::super) const VIEW_PROFILE: &str = "view_profile";
    pub(in super::super) const WITHDRAW: &str = "withdraw";
}

/// Lists hold so many entries at most.
const MOST_ITEMS: usize = 250;

/// One call.
pub(in crate::sandbox) struct Ask {
    route: Route,
    /// In whose name.
    pub(in crate::sandbox) account: Option<String>,
    /// To whom it is to be done; nobody if something is only looked up.
    pub(in crate::sandbox) person: Option<String>,
    /// What the path names: a person, a chat or an invitation.
    pub(super) id: String,
    /// The query.
    fields: HashMap<String, String>,
    /// The body; nothing if it cannot be read.
    body: Option<Value>,
}

impl Ask {
    /// Reads a call; `json` is its body parsed, when it could be. The person behind a chat or an invitation is in the log.
    pub(in crate::sandbox) fn read(route: Route, parts: &Parts, bytes: &[u8], json: Option<Value>, log: &CallLog) -> Self {
        let fields = Query::<HashMap<String, String>>::try_from_uri(&parts.uri).map(|Query(fields)| fields).unwrap_or_default();
        let body = form::read(&parts.headers, bytes).or(json);
        let mut ask = Self { route, account: None, person: None, id: id_in(route, parts.uri.path()), fields, body };
        let known = match route {
            Route::Write | Route::Messages => log.outbox(|outbox| outbox.chat(&ask.id).cloned()),
            Route::Withdraw => log.outbox(|outbox| outbox.invitation(&ask.id).cloned()),
            _ => None,
        };
        ask.account = ask.text("account_id").or_else(|| known.as_ref().map(|sent| sent.account.clone()));
        let behind = || known.map(|sent| sent.person).or_else(|| is_person(&ask.id).then(|| ask.id.clone()));
        ask.person = match route {
            Route::Invite => ask.text("provider_id"),
            Route::StartChat => ask.attendee().ok(),
            Route::Profile => Some(ask.id.clone()),
            Route::Write | Route::Withdraw => behind(),
            Route::Invitations | Route::Chats | Route::Messages => None,
        };
        ask
    }

    /// What is to be done; nothing where something is only looked up.
    pub(in crate::sandbox) fn action(&self) -> Option<&'static str> {
        match self.route {
            Route::Invite => Some(action::SEND_INVITE),
            Route::Withdraw => Some(action::WITHDRAW),
            Route::Profile => Some(action::VIEW_PROFILE),
            Route::StartChat if self.is_inmail() => Some(action::INMAIL),
            Route::StartChat => Some(action::SEND_MESSAGE),
            Route::Write => Some(action::FOLLOW_UP),
            Route::Invitations | Route::Chats | Route::Messages => None,
        }
    }

    /// The answer to a call nothing goes wrong with, and what it does. `key` tells requests apart.
    pub(in crate::sandbox) fn answer(&self, outbox: &Outbox, key: &str) -> Result<(Answer, Option<Deed>), Problem> {
        let done = |(answer, deed)| (answer, Some(deed));
        let listed = |answer| (answer, None);
        match self.route {
            Route::Invite => invitations::send(self, outbox, key).map(done),
            Route::Withdraw => invitations::withdraw(self, outbox).map(done),
            Route::Profile => profile::view(self).map(done),
            Route::StartChat => chats::start(self, outbox, key).map(done),
            Route::Write => chats::write(self, outbox, key).map(done),
            Route::Invitations => invitations::list(self, outbox).map(listed),
            Route::Chats => chats::list(self, outbox).map(listed),
            Route::Messages => chats::messages(self, outbox).map(listed),
        }
    }

    /// The fault that is asked for, and by which name: the person's, in lists the account's. Taking back an invitation is
    /// not sent to anybody, so there only an invitation with the name of a person goes wrong.
    pub(in crate::sandbox) fn fault(&self) -> Option<(Asked, &str)> {
        let name = match self.action() {
            Some(action::WITHDRAW) => Some(&self.id),
            Some(_) => self.person.as_ref(),
            None => self.account.as_ref(),
        };
        name.and_then(|name| Some((fault_of(name)?, name.as_str())))
    }

    /// The account, which every call must name.
    pub(super) fn account(&self) -> Result<&str, Problem> {
        self.account.as_deref().ok_or_else(|| Problem::missing("account_id"))
    }

    /// A text of the body or query; an empty one counts as absent.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let in_body = self.body.as_ref().and_then(|body| body.get(name)?.as_str());
        in_body.or(self.fields.get(name).map(String::as_str)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// A text of the body that may be absent or empty.
    pub(super) fn optional(&self, name: &str) -> Result<Option<String>, Problem> {
        let body = self.body.as_ref().ok_or_else(Problem::malformed)?;
        match body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(_) => Err(Problem::invalid(name, "a text")),
        }
    }

    /// A text of the body that must be there.
    pub(super) fn required(&self, name: &str) -> Result<String, Problem> {
        self.optional(name)?.ok_or_else(|| Problem::missing(name))
    }

    /// The one person with whom a chat is to be opened.
    pub(super) fn attendee(&self) -> Result<String, Problem> {
        let body = self.body.as_ref().ok_or_else(Problem::malformed)?;
        let one = match body.get("attendees_ids") {
            None | Some(Value::Null) => return Err(Problem::missing("attendees_ids")),
            Some(Value::Array(list)) if list.len() == 1 => list[0].as_str(),
            // A form with one person has no list.
            Some(other) => other.as_str(),
        };
        let one = one.filter(|person| !person.is_empty());
        one.map(str::to_owned).ok_or_else(|| Problem::invalid("attendees_ids", "a list with the provider id of one person"))
    }

    /// Whether a chat is to be opened with an `InMail`.
    pub(super) fn is_inmail(&self) -> bool {
        let asked = self.body.as_ref().and_then(|body| body.pointer("/linkedin/inmail"));
        asked.is_some_and(|asked| asked == &Value::Bool(true) || asked == "true")
    }

    /// A page of a list: which entries, and the cursor of the next page.
    pub(super) fn page<'a, T>(&self, items: &'a [T]) -> Result<(&'a [T], Option<String>), Problem> {
        let whole = |name: &str| self.fields.get(name).map(|text| text.parse::<usize>().ok()).map_or(Ok(None), |n| n.map(Some).ok_or(()));
        let limit = whole("limit").ok().map(|limit| limit.unwrap_or(100)).filter(|limit| (1..=MOST_ITEMS).contains(limit));
        let limit = limit.ok_or_else(|| Problem::invalid("limit", "a whole number from 1 to 250"))?;
        let first = whole("cursor").map_err(|()| Problem::invalid("cursor", "that of the page before"))?.unwrap_or(0).min(items.len());
        let end = first.saturating_add(limit).min(items.len());
        Ok((&items[first..end], (end < items.len()).then(|| end.to_string())))
    }
}

/// What a path names, decoded: `users/ID`, `users/invite/sent/ID`, `chats/ID/messages`.
fn id_in(route: Route, path: &str) -> String {
    let segment = match route {
        Route::Profile | Route::Write | Route::Messages => 1,
        Route::Withdraw => 3,
        _ => return String::new(),
    };
    let name = path.strip_prefix(PREFIX).and_then(|rest| rest.split('/').nth(segment)).unwrap_or_default();
    percent_decode_str(name).decode_utf8_lossy().into_owned()
}
