//! What the body of a 429 says: Gemini names the time and the quota in `error.details` (`google.rpc.RetryInfo` and `QuotaFailure`,
//! github.com/googleapis/googleapis, `google/rpc/error_details.proto`), `OpenAI` an empty account in `error.code`.

use serde_json::Value;

use super::super::outcome::{Outcome, read_json};
use super::times::duration_seconds;

/// A longer body is no error message, and is not read for one.
const LONGEST_BODY: usize = 65_536;

/// A quota that does not come back by waiting some seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// It comes back on another day.
    Daily {
        /// Whether it counts one model only.
        of_model: bool,
    },
    /// It comes back when somebody pays.
    Account,
}

/// What it says.
#[derive(Debug, Default)]
pub struct Said {
    /// The quota that is used up, where it is one of those.
    pub quota: Option<Quota>,
    /// How long to wait.
    pub retry_seconds: Option<f64>,
    /// Whether this request alone is more than the limit: no wait will do, and nobody else is concerned.
    pub is_too_large: bool,
}

/// Reads it.
pub fn read(outcome: &Outcome) -> Said {
    let text = outcome.body_text();
    let Some(body) = (text.len() <= LONGEST_BODY).then(|| read_json(&text).ok()).flatten() else { return Said::default() };
    // A stream of Gemini answers with a list.
    let error = body.pointer("/error").or_else(|| body.pointer("/0/error")).unwrap_or(&Value::Null);
    let details = error.get("details").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let retry_seconds = details.iter().find_map(|detail| detail.get("retryDelay")?.as_str()).and_then(duration_seconds);
    let is_empty = ["code", "type"].iter().any(|field| error.get(field).and_then(Value::as_str) == Some("insufficient_quota"));
    let daily = || {
        let violations = details.iter().filter_map(|detail| detail.get("violations")?.as_array()).flatten();
        let mut of_day =
            violations.filter_map(|violation| violation.get("quotaId")?.as_str()).filter(|id| id.contains("PerDay")).peekable();
        // Where one of several counts the whole project, no other model will do either.
        of_day.peek().is_some().then(|| Quota::Daily { of_model: of_day.all(|id| id.contains("PerModel")) })
    };
    // `OpenAI`: "Request too large for gpt-4o in organization … on tokens per min (TPM): Limit 30000, Requested 53395", with the same code as the others.
    let is_too_large = error.get("message").and_then(Value::as_str).is_some_and(|words| words.starts_with("Request too large"));
    Said { is_too_large, quota: is_empty.then_some(Quota::Account).or_else(daily), retry_seconds }
}
