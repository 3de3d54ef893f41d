//! What an answer says about everybody's next call: how long a provider wants to be left alone, and whose calls that concerns.
//!
//! ```text
//! 429 with a daily quota or an empty account   an hour, or longer where a time is named (at most a day): the whole key, or the model
//! 429 for a request above the limit            nothing: it concerns nobody else, and fails
//! 429                                          the time that is named; where none is, the tool's first backoff: the model
//! 503, 529 with a time                         that time: the whole key, because the server speaks of itself and not of a model
//! 2xx whose limit is used up                   the reset that belongs to it: the model
//! ```
//!
//! Limits count per organization and model at `OpenAI` (platform.openai.com/docs/guides/rate-limits) and at Anthropic
//! (docs.anthropic.com/en/api/rate-limits), per project and model at Gemini (ai.google.dev/gemini-api/docs/rate-limits).
//!
//! A daily quota ends at the provider's midnight, in a time zone that core does not know: so it is asked again every hour, by one of many.
//! No header silences a provider for longer than an hour otherwise, because one call an hour costs less than a mistake in a header.

use chrono::{DateTime, TimeDelta, Utc};

use super::outcome::{Outcome, Phase};

mod body;
mod headers;
mod times;

pub use headers::asked_seconds;

use body::Quota;

/// Nothing but a daily quota is waited for longer: then a call asks whether it still holds.
const LONGEST_SECONDS: f64 = 3600.0;

/// A daily quota, or an account without money, is asked about this often where no time is named.
const QUOTA_SECONDS: f64 = 3600.0;

/// The longest that a daily quota is believed to last.
const LONGEST_QUOTA_SECONDS: f64 = 86_400.0;

/// The longest wait where a provider limits its rate and names no time.
const LONGEST_UNNAMED_SECONDS: f64 = 60.0;

/// Whose calls wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covers {
    /// Those of the same model, where the model is known.
    Model,
    /// All that use the same credential.
    Credential,
}

/// For how long nobody calls a provider, whose calls that concerns, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Cooldown {
    /// Until when.
    pub until: DateTime<Utc>,
    /// Whose calls.
    pub covers: Covers,
    /// Why, in our own words: everybody may read them, so they quote no answer.
    pub reason: &'static str,
    /// Slug of the reason.
    pub code: &'static str,
}

/// What an answer says about everybody's next call. `unnamed` is how many seconds to wait after a 429 that names no time; `random` is drawn
/// from 0 (included) to 1 (excluded).
pub fn cooldown(outcome: &Outcome, unnamed: f64, now: DateTime<Utc>, random: f64) -> Option<Cooldown> {
    if outcome.phase != Phase::Answered {
        return None;
    }
    if is_too_large(outcome) {
        return None;
    }
    let asked = headers::asked_seconds(outcome, now);
    let (seconds, covers, reason, code) = match outcome.status? {
        429 => limited(outcome, asked, unnamed * (0.5 + 0.5 * random), now),
        503 | 529 => {
            let reason = "the provider says that it is unavailable, and for how long";
            (asked?.min(LONGEST_SECONDS), Covers::Credential, reason, "provider_unavailable")
        }
        200..=299 => {
            let reason = "the last answer says that its limit is used up";
            (headers::used_up_seconds(outcome, now)?.min(LONGEST_SECONDS), Covers::Model, reason, "limit_used_up")
        }
        _ => return None,
    };
    if seconds.is_nan() || seconds <= 0.0 {
        return None;
    }
    // Never before the time that was named, and a tenth later at most: several installations may share a key.
    let milliseconds = (seconds * (1.0 + 0.1 * random) * 1000.0).ceil();
    // At most a day and a tenth, so nothing is cut off.
    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
    let wait = TimeDelta::try_milliseconds(milliseconds as i64)?;
    Some(Cooldown { until: now.checked_add_signed(wait)?, covers, reason, code })
}

/// Whether a 429 says that this request alone is more than the limit: it will be so for ever.
pub fn is_too_large(outcome: &Outcome) -> bool {
    outcome.status == Some(429) && body::read(outcome).is_too_large
}

/// The provider's own word on when to come back goes before its body, and that before the counters that every answer carries. Only a daily
/// quota goes before all: Gemini names some seconds beside it, after which the same answer would come again.
fn limited(outcome: &Outcome, asked: Option<f64>, unnamed: f64, now: DateTime<Utc>) -> (f64, Covers, &'static str, &'static str) {
    let said = body::read(outcome);
    let quota = || asked.unwrap_or(0.0).clamp(QUOTA_SECONDS, LONGEST_QUOTA_SECONDS);
    match said.quota {
        Some(Quota::Daily { of_model }) => {
            let covers = if of_model { Covers::Model } else { Covers::Credential };
            return (quota(), covers, "the quota of the day is used up", "quota_used_up");
        }
        Some(Quota::Account) => return (quota(), Covers::Credential, "the account at the provider has no quota left", "quota_used_up"),
        None => {}
    }
    // Who says "now" and refuses all the same has named no time.
    let named = [asked, said.retry_seconds, headers::used_up_seconds(outcome, now)].into_iter().flatten().find(|seconds| *seconds > 0.0);
    let (seconds, reason) = match named {
        Some(seconds) => (seconds.min(LONGEST_SECONDS), "the provider limits its rate and says for how long"),
        None => (unnamed.clamp(0.0, LONGEST_UNNAMED_SECONDS), "the provider limits its rate and does not say for how long"),
    };
    (seconds, Covers::Model, reason, "rate_limited")
}
