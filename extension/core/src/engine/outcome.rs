//! What a worker saw of one attempt, as it reports it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::jsonb;
use crate::error::Problem;

/// How far an attempt got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The request could not be made from payload and template; found at claim.
    Unprepared,
    /// The request was made and goes nowhere: its workspace rehearses. The body is the request. Found at claim.
    Rehearsed,
    /// Nothing left the building.
    Unsent,
    /// Marked sent, but no connection was made.
    NotExecuted,
    /// A complete answer came.
    Answered,
    /// The external service that took it on has said how it ended: the body is the result, or there is an error.
    Completed,
    /// Marked sent, and no complete answer came.
    Lost,
}

/// What a worker saw of one attempt. Secrets are already removed from every text.
#[derive(Debug, Clone, Deserialize)]
pub struct Outcome {
    /// How far it got.
    pub phase: Phase,
    /// HTTP status of the answer.
    pub status: Option<u16>,
    /// Headers that decisions need, names in lower case.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    body: Option<String>,
    body_base64: Option<String>,
    /// Exit code of a script.
    pub exit_code: Option<i32>,
    /// End of what a script wrote to standard error.
    pub stderr: Option<String>,
    /// SQLSTATE with which a function failed; everything it did was rolled back.
    pub sqlstate: Option<String>,
    /// Slug of what went wrong, from the worker.
    pub code: Option<String>,
    /// What went wrong, in words.
    pub error: Option<String>,
    /// Which secrets the request was sent with, by name.
    pub credential: Option<Credential>,
}

/// Whose key a request was sent with. Never what the key is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Credential {
    /// Names of the secrets in it.
    pub secrets: Vec<String>,
    /// Whether the worker holds one of them for this workspace alone.
    pub own: bool,
}

impl Outcome {
    /// Reads the JSON text of an outcome.
    ///
    /// # Errors
    /// `outcome_invalid` when it is none.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        serde_json::from_str(text).map_err(|error| unreadable(&error))
    }

    /// The body as text; bytes that are no UTF-8 are replaced.
    pub fn body_text(&self) -> String {
        match (&self.body, &self.body_base64) {
            (Some(text), _) => text.clone(),
            (None, Some(encoded)) => STANDARD.decode(encoded).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default(),
            (None, None) => String::new(),
        }
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is none, or holds more values than a backend should build.
    pub fn body_json(&self) -> Result<Value, Unreadable> {
        read_json(&self.body_text())
    }
}

/// Why a text is not read as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no JSON.
    NotJson,
    /// It holds more than [`jsonb::MOST_VALUES`] values.
    TooLarge,
}

/// Reads JSON that somebody else wrote.
///
/// # Errors
/// When it is none, or holds more values than a backend should build.
pub fn read_json(text: &str) -> Result<Value, Unreadable> {
    if jsonb::has_too_many_values(text) {
        return Err(Unreadable::TooLarge);
    }
    serde_json::from_str(text).map_err(|_| Unreadable::NotJson)
}

/// Which attempt an outcome tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct OutcomeKey {
    /// The job.
    pub job_id: Uuid,
    /// The number of its attempt.
    pub attempt: i32,
}

impl OutcomeKey {
    /// Reads the key from the JSON text of an outcome.
    ///
    /// # Errors
    /// `outcome_invalid` when the text is no outcome or names no attempt.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        serde_json::from_str(text).map_err(|error| unreadable(&error))
    }
}

fn unreadable(error: &serde_json::Error) -> Problem {
    Problem::bad("outcome_invalid", format!("the outcome of an attempt cannot be read: {error}"))
        .hint("Workers and extension must be of the same release.")
}

/// Replaces the character NUL, which JSON may hold and Postgres' text and jsonb may not, by U+FFFD.
pub fn without_nul(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text_without_nul(text)),
        Value::Array(items) => items.into_iter().map(without_nul).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (text_without_nul(key), without_nul(value))).collect(),
        other => other,
    }
}

/// [`without_nul`] for one text.
pub fn text_without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_nul_in_a_key_or_value_becomes_the_replacement_character() {
        assert_eq!(
            without_nul(json!({ "a\0": ["x\0y", 1, { "b": "\0" }] })),
            json!({ "a\u{fffd}": ["x\u{fffd}y", 1, { "b": "\u{fffd}" }] })
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_read_with_replacements() {
        let outcome = Outcome::parse(r#"{"phase":"answered","body_base64":"/2E="}"#).unwrap();
        assert_eq!(outcome.body_text(), "\u{fffd}a");
    }

    #[test]
    fn the_key_is_read_whatever_else_the_outcome_holds() {
        let id = "00000000-0000-7000-8000-000000000000";
        let key = OutcomeKey::parse(&format!(r#"{{"body":"no\u0000pe","attempt":3,"job_id":"{id}"}}"#)).unwrap();
        assert_eq!((key.job_id.to_string().as_str(), key.attempt), (id, 3));
    }

    #[test]
    fn an_outcome_without_a_job_or_a_number_names_no_attempt() {
        for text in [r#"{"attempt":1}"#, r#"{"job_id":"x","attempt":1}"#, "null", "[]", "{"] {
            assert_eq!(OutcomeKey::parse(text).unwrap_err().code, "outcome_invalid", "{text}");
        }
    }

    #[test]
    fn an_unknown_phase_is_refused_with_its_code() {
        assert_eq!(Outcome::parse(r#"{"phase":"gone"}"#).unwrap_err().code, "outcome_invalid");
    }
}
