//! What was done in the name of accounts, whoever heard of it: the invitations that wait for an answer, and the messages.
//!
//! It follows from the lines of the call log alone, so that a sandbox that is started again has it, too. Only texts are
//! not in the log: after a restart they are missing.

use super::ask::action;
use crate::sandbox::call_log::Call;
use crate::sandbox::seed;

/// What a call did, for the log; and the text, for the lists.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Deed {
    /// Unipile's id of the invitation or message.
    pub(in crate::sandbox) reference: Option<String>,
    pub(in crate::sandbox) chat_id: Option<String>,
    pub(in crate::sandbox) text: Option<String>,
}

/// An invitation or a message.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) id: String,
    pub(super) account: String,
    pub(super) person: String,
    /// Where it stands; nowhere if it is an invitation.
    pub(super) chat_id: Option<String>,
    /// When it arrived, RFC 3339.
    pub(super) at: String,
    pub(super) text: Option<String>,
    pub(super) is_inmail: bool,
}

/// All of it, each in the order in which it arrived.
#[derive(Debug, Default)]
pub(in crate::sandbox) struct Outbox {
    invitations: Vec<Sent>,
    messages: Vec<Sent>,
    /// How much was done so far; it makes ids differ.
    deeds: u64,
}

impl Outbox {
    /// Counts a call.
    pub(in crate::sandbox) fn take_in(&mut self, call: &Call, text: Option<String>) {
        let (true, Some(action), Some(person)) = (call.done, &call.action, &call.person) else { return };
        self.deeds += 1;
        let Some(id) = &call.reference else { return };
        let account = call.account.clone().unwrap_or_default();
        let sent = Sent {
            id: id.clone(),
            account,
            person: person.clone(),
            chat_id: call.chat_id.clone(),
            at: call.at.clone(),
            text,
            is_inmail: action == action::INMAIL,
        };
        match action.as_str() {
            action::SEND_INVITE => self.invitations.push(sent),
            action::WITHDRAW => self.invitations.retain(|invitation| invitation.id != *id),
            _ => self.messages.push(sent),
        }
    }

    /// An id for what is done next at the request of `key`.
    pub(super) fn next_id(&self, account: &str, person: &str, key: &str) -> u64 {
        seed::hash(&[account.as_bytes(), person.as_bytes(), key.as_bytes(), &self.deeds.to_le_bytes()])
    }

    /// The invitation with an id.
    pub(super) fn invitation(&self, id: &str) -> Option<&Sent> {
        self.invitations.iter().find(|invitation| invitation.id == id)
    }

    /// The invitations of an account that wait for an answer, the newest first.
    pub(super) fn invitations_of(&self, account: &str) -> Vec<&Sent> {
        self.invitations.iter().rev().filter(|invitation| invitation.account == account).collect()
    }

    /// The newest message of a chat.
    pub(super) fn chat(&self, id: &str) -> Option<&Sent> {
        self.messages.iter().rev().find(|message| message.chat_id.as_deref() == Some(id))
    }

    /// The newest message of each chat of an account, the newest first.
    pub(super) fn chats_of(&self, account: &str) -> Vec<&Sent> {
        let mut seen = std::collections::HashSet::new();
        let newest = self.messages.iter().rev().filter(|message| message.account == account);
        newest.filter(|message| seen.insert(&message.chat_id)).collect()
    }

    /// The messages of a chat, the newest first.
    pub(super) fn messages_in(&self, chat: &str) -> Vec<&Sent> {
        self.messages.iter().rev().filter(|message| message.chat_id.as_deref() == Some(chat)).collect()
    }
}
