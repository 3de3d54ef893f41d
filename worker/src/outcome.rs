//! What became of an attempt, as `steward.finish_jobs` reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::redact::Redactor;

pub mod code;

/// Bytes of JSON that the database is given for one attempt: twice the largest body, so that any text fits that is not
/// mostly control characters, of which JSON makes six bytes each.
pub const LARGEST_JSON: usize = 32 << 20;

/// How far an attempt got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Nothing left the building.
    Unsent,
    /// Marked as sent, but provably not executed.
    NotExecuted,
    /// A complete answer.
    Answered,
    /// Sent, and no complete answer.
    Lost,
}

/// A complete answer.
#[derive(Debug, Default)]
pub struct Answer {
    /// HTTP only.
    pub status: Option<u16>,
    /// HTTP only: the few headers that the database reads.
    pub headers: BTreeMap<String, String>,
    /// HTTP only: whose key it was asked with, where it was with any. Boxed, because thousands of calls wait with it for minutes.
    pub credential: Option<Box<Credential>>,
    /// The body, or the last line of a script.
    pub body: Vec<u8>,
    /// Scripts only.
    pub exit_code: Option<i32>,
    /// Scripts only: the end of standard error.
    pub stderr: Option<Vec<u8>>,
    /// Functions only: the error that ended it, and rolled back what it did.
    pub error: Option<FunctionError>,
    /// Functions only: the database has ended the attempt already, in the transaction of its function.
    pub is_settled: bool,
}

/// Which secrets a request was sent with, by name: what a provider says about one key concerns nobody with another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Credential {
    /// Their names, each once, in order.
    pub secrets: BTreeSet<String>,
    /// Whether one of them is held for the workspace of the job alone.
    pub own: bool,
}

/// The error that ended a function.
#[derive(Debug)]
pub struct FunctionError {
    /// Its SQLSTATE.
    pub sqlstate: String,
    /// Its words.
    pub words: String,
}

/// Why there is no answer.
#[derive(Debug)]
pub struct Failure {
    /// How far the attempt got.
    pub phase: Phase,
    /// One of [`code`].
    pub code: &'static str,
    /// Words for people.
    pub error: String,
    /// Scripts only: the end of standard error.
    pub stderr: Option<Vec<u8>>,
}

impl Failure {
    /// Nothing left the building.
    pub fn unsent(code: &'static str, error: impl Into<String>) -> Self {
        Self { phase: Phase::Unsent, code, error: error.into(), stderr: None }
    }

    /// Marked as sent, but provably not executed.
    pub fn not_executed(code: &'static str, error: impl Into<String>) -> Self {
        Self { phase: Phase::NotExecuted, ..Self::unsent(code, error) }
    }

    /// Sent, and no complete answer.
    pub fn lost(code: &'static str, error: impl Into<String>) -> Self {
        Self { phase: Phase::Lost, ..Self::unsent(code, error) }
    }
}

/// One finished attempt, every text redacted.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// The job.
    pub job_id: Uuid,
    /// Which attempt of it.
    pub attempt: i32,
    /// How far it got.
    pub phase: Phase,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<Box<Credential>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stderr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sqlstate: Option<String>,
    /// One of [`code`], unless answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// Words for people, where something went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Milliseconds from the permission to send to the end.
    pub duration_ms: u64,
}

impl Outcome {
    /// Redacts what became of an attempt.
    pub fn new(id: (Uuid, i32), result: Result<Answer, Failure>, duration: Duration, redactor: &Redactor) -> Self {
        let mut outcome = Self::empty(id, duration);
        match result {
            Ok(answer) => outcome.answered(answer, redactor),
            Err(failure) => outcome.failed(failure, redactor),
        }
        outcome
    }

    /// A failure in words of our own, for when nothing that could itself fail may be asked.
    pub fn plain(id: (Uuid, i32), phase: Phase, code: &'static str, words: &'static str, duration: Duration) -> Self {
        Self { phase, code: Some(code), error: Some(words.to_owned()), ..Self::empty(id, duration) }
    }

    fn empty((job_id, attempt): (Uuid, i32), duration: Duration) -> Self {
        Self {
            job_id,
            attempt,
            phase: Phase::Answered,
            status: None,
            headers: BTreeMap::new(),
            credential: None,
            body: None,
            body_base64: None,
            exit_code: None,
            stderr: None,
            sqlstate: None,
            code: None,
            error: None,
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        }
    }

    fn answered(&mut self, answer: Answer, redactor: &Redactor) {
        self.status = answer.status;
        self.exit_code = answer.exit_code;
        self.credential = answer.credential;
        self.stderr = answer.stderr.map(|text| shown(&text, redactor));
        if let Some(FunctionError { sqlstate, words }) = answer.error {
            (self.sqlstate, self.error) = (Some(sqlstate), Some(redactor.text(&words).into_owned()));
        }
        for (name, value) in answer.headers {
            self.headers.insert(redactor.text(&name).into_owned(), redactor.text(&value).into_owned());
        }
        match String::from_utf8(redactor.bytes(&answer.body).into_owned()) {
            Ok(text) => self.body = Some(text),
            Err(binary) => self.body_base64 = Some(STANDARD.encode(binary.as_bytes())),
        }
    }

    fn failed(&mut self, failure: Failure, redactor: &Redactor) {
        self.phase = failure.phase;
        self.code = Some(failure.code);
        self.error = Some(redactor.text(&failure.error).into_owned());
        self.stderr = failure.stderr.map(|text| shown(&text, redactor));
    }

    /// The outcome as it can be stored, and the bytes of its JSON. One that is too large is replaced by a failure: the
    /// call was executed, but nobody will ever read the answer, so it counts as lost.
    pub fn fitted(self) -> serde_json::Result<(Self, usize)> {
        let length = self.json_length()?;
        if length <= LARGEST_JSON {
            return Ok((self, length));
        }
        let words = format!("the answer came whole, but takes {length} bytes as JSON, more than the {LARGEST_JSON} that are stored");
        let duration = Duration::from_millis(self.duration_ms);
        let failed = Self { error: Some(words), ..Self::plain((self.job_id, self.attempt), Phase::Lost, code::TOO_LARGE, "", duration) };
        let length = failed.json_length()?;
        Ok((failed, length))
    }

    /// Counted without being written, because the JSON can be six times the body.
    fn json_length(&self) -> serde_json::Result<usize> {
        let mut counter = Counter(0);
        serde_json::to_writer(&mut counter, self)?;
        Ok(counter.0)
    }

    /// The JSON that the database reads.
    pub fn json(&self) -> serde_json::Result<Box<RawValue>> {
        serde_json::value::to_raw_value(self)
    }
}

struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn shown(text: &[u8], redactor: &Redactor) -> String {
    String::from_utf8_lossy(&redactor.bytes(text)).into_owned()
}

#[cfg(test)]
mod tests;
