//! How providers say that their limit is reached: each in headers or a body of its own.
//!
//! Only the headers of the named way are sent, never a Retry-After beside them, so that a test of one way cannot pass
//! because of another. Where a provider counts requests and tokens apart, the other one has plenty left and another time
//! of reset: whoever reads the wrong one waits the wrong time.

use axum::http::StatusCode;
use chrono::{DateTime, SecondsFormat, SubsecRound, TimeDelta, Utc};
use serde_json::{Value, json};

use super::answer::{Answer, error_body};

/// Seconds in Retry-After: the smallest a client cannot mistake for "at once", so that tests stay fast.
pub(super) const RETRY_AFTER_SECONDS: u64 = 1;

/// Milliseconds in retry-after-ms: less than a second, which Retry-After could not say.
const RETRY_AFTER_MS: u64 = 250;

/// What Google's `RetryInfo` asks for.
const GEMINI_RETRY_DELAY: &str = "34s";

/// One way to say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    Seconds,
    Date,
    Milliseconds,
    OpenAiRequests,
    OpenAiTokens,
    OpenAiLong,
    AnthropicRequests,
    AnthropicTokens,
    GeminiMinute,
    GeminiDay,
    InsufficientQuota,
}

/// Headers of an answer.
pub(super) type Headers = Vec<(&'static str, String)>;

impl Limit {
    /// The refusal of a call to `model`.
    pub(super) fn refusal(self, model: &str, now: DateTime<Utc>) -> Answer {
        let body = match self {
            Self::AnthropicRequests | Self::AnthropicTokens => anthropic_body(),
            Self::GeminiMinute => gemini_body(model, "GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "10"),
            Self::GeminiDay => gemini_body(model, "GenerateRequestsPerDayPerProjectPerModel-FreeTier", "250"),
            Self::InsufficientQuota => {
                let message = "You exceeded your current quota, please check your plan and billing details.";
                error_body(message, "insufficient_quota", None, Some("insufficient_quota"))
            }
            _ => {
                let kind = if self == Self::OpenAiTokens { "tokens" } else { "requests" };
                // Words that name another wait than the headers would be one more way to say it.
                let wait = if self == Self::Seconds { format!(" Please try again in {RETRY_AFTER_SECONDS}s.") } else { String::new() };
                let message = format!("Rate limit reached for {model}.{wait}");
                error_body(&message, kind, None, Some("rate_limit_exceeded"))
            }
        };
        Answer { headers: self.headers(now), ..Answer::json(StatusCode::TOO_MANY_REQUESTS, &body) }
    }

    /// What the headers say of it.
    pub(super) fn headers(self, now: DateTime<Utc>) -> Headers {
        match self {
            Self::Seconds => vec![("retry-after", RETRY_AFTER_SECONDS.to_string())],
            Self::Date => vec![("retry-after", soon(now).format("%a, %d %b %Y %H:%M:%S GMT").to_string())],
            Self::Milliseconds => vec![("retry-after-ms", RETRY_AFTER_MS.to_string())],
            Self::OpenAiRequests => openai([0, 89_000], ["1s", "6m0s"]),
            Self::OpenAiTokens => openai([59, 0], ["6m0s", "120ms"]),
            Self::OpenAiLong => openai([0, 89_000], ["6m0s", "120ms"]),
            Self::AnthropicRequests => anthropic([0, 79_000], [soon(now), later(now)]),
            Self::AnthropicTokens => anthropic([49, 0], [later(now), soon(now)]),
            Self::GeminiMinute | Self::GeminiDay | Self::InsufficientQuota => Vec::new(),
        }
    }
}

/// A whole second from 1 to 2 s ahead: dates have no fractions, and the second under way could be over at once.
fn soon(now: DateTime<Utc>) -> DateTime<Utc> {
    now.trunc_subsecs(0) + TimeDelta::seconds(2)
}

/// When the limit that is not reached begins anew.
fn later(now: DateTime<Utc>) -> DateTime<Utc> {
    now.trunc_subsecs(0) + TimeDelta::minutes(6)
}

/// Requests, then tokens: how many are left, and how long until there are all again.
fn openai(remaining: [u64; 2], reset: [&str; 2]) -> Headers {
    vec![
        ("x-ratelimit-limit-requests", "60".to_owned()),
        ("x-ratelimit-limit-tokens", "90000".to_owned()),
        ("x-ratelimit-remaining-requests", remaining[0].to_string()),
        ("x-ratelimit-remaining-tokens", remaining[1].to_string()),
        ("x-ratelimit-reset-requests", reset[0].to_owned()),
        ("x-ratelimit-reset-tokens", reset[1].to_owned()),
    ]
}

/// The same as Anthropic says it: with the time of the reset.
fn anthropic(remaining: [u64; 2], reset: [DateTime<Utc>; 2]) -> Headers {
    let reset = reset.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true));
    let [requests, tokens] = reset;
    vec![
        ("anthropic-ratelimit-requests-limit", "50".to_owned()),
        ("anthropic-ratelimit-requests-remaining", remaining[0].to_string()),
        ("anthropic-ratelimit-requests-reset", requests),
        ("anthropic-ratelimit-tokens-limit", "80000".to_owned()),
        ("anthropic-ratelimit-tokens-remaining", remaining[1].to_string()),
        ("anthropic-ratelimit-tokens-reset", tokens),
    ]
}

fn anthropic_body() -> Value {
    let message = "This request would exceed your organization's rate limit. Please try again later.";
    json!({"type": "error", "error": {"type": "rate_limit_error", "message": message}})
}

/// Google sends `RetryInfo` with the quota of a day, too; only the name of the quota tells the two apart.
fn gemini_body(model: &str, quota: &str, value: &str) -> Value {
    json!({"error": {
        "code": 429,
        "message": format!("You exceeded your current quota. Please retry in {GEMINI_RETRY_DELAY}."),
        "status": "RESOURCE_EXHAUSTED",
        "details": [
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{
                "quotaMetric": "generativelanguage.googleapis.com/generate_content_free_tier_requests",
                "quotaId": quota,
                "quotaDimensions": {"location": "global", "model": model},
                "quotaValue": value,
            }]},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": GEMINI_RETRY_DELAY},
        ],
    }})
}
