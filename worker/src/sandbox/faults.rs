//! What can go wrong with a call, and the model that asks for it. This table is the only list of faults; `models` reads
//! names with it and makes the help text and `GET /v1/models` from it.
//!
//! What a fault bills is what a provider would: a call that was carried out costs its tokens although its answer never
//! arrives whole, and a call that was turned away costs nothing.

use super::limits::Limit;

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// 429, said in one of the ways that providers have.
    Limited(Limit),
    /// A good answer whose headers say that it was the last one for now.
    Exhausted(Limit),
    Unavailable,
    ServerError,
    /// The work was done before the error.
    BilledServerError,
    Hang,
    Truncated,
    Malformed,
    Slow,
    Refusal,
    BadRequest,
}

/// One model that misbehaves.
pub(super) struct Row {
    /// What follows `sandbox-` in the name of the model; the call log shows it, too.
    pub(super) word: &'static str,
    pub(super) fault: Fault,
    pub(super) what: &'static str,
}

const fn row(word: &'static str, fault: Fault, what: &'static str) -> Row {
    Row { word, fault, what }
}

/// Every fault. No word may be another one with a suffix of `models`.
pub(super) const FAULTS: [Row; 24] = [
    row("429", Fault::Limited(Limit::Seconds), "429 rate limit error with Retry-After: 1"),
    row("429-date", Fault::Limited(Limit::Date), "429 with Retry-After as a date, 1 to 2 s ahead"),
    row("429-ms", Fault::Limited(Limit::Milliseconds), "429 with retry-after-ms: 250 alone"),
    row("429-openai", Fault::Limited(Limit::OpenAiRequests), "429 with x-ratelimit-remaining-requests: 0, reset 1s"),
    row("429-openai-tokens", Fault::Limited(Limit::OpenAiTokens), "429 with x-ratelimit-remaining-tokens: 0, reset 120ms"),
    row("429-openai-long", Fault::Limited(Limit::OpenAiLong), "429 with x-ratelimit-remaining-requests: 0, reset 6m0s"),
    row("429-anthropic", Fault::Limited(Limit::AnthropicRequests), "429 with anthropic-ratelimit-requests-remaining: 0"),
    row("429-anthropic-tokens", Fault::Limited(Limit::AnthropicTokens), "429 with anthropic-ratelimit-tokens-remaining: 0"),
    row("429-gemini", Fault::Limited(Limit::GeminiMinute), "429 RESOURCE_EXHAUSTED of a minute, RetryInfo 34s in the body"),
    row("429-gemini-day", Fault::Limited(Limit::GeminiDay), "the same of a day: waiting 34s does not help"),
    row("429-quota", Fault::Limited(Limit::InsufficientQuota), "429 insufficient_quota: the account has no money left"),
    row("200-openai", Fault::Exhausted(Limit::OpenAiRequests), "answers normally; headers as of 429-openai"),
    row("200-openai-tokens", Fault::Exhausted(Limit::OpenAiTokens), "answers normally; headers as of 429-openai-tokens"),
    row("200-openai-long", Fault::Exhausted(Limit::OpenAiLong), "answers normally; headers as of 429-openai-long"),
    row("200-anthropic", Fault::Exhausted(Limit::AnthropicRequests), "answers normally; headers as of 429-anthropic"),
    row("503", Fault::Unavailable, "503 overloaded with Retry-After: 1"),
    row("500", Fault::ServerError, "500 server error without Retry-After, before any work"),
    row("500-billed", Fault::BilledServerError, "the same after the work: it is billed"),
    row("400", Fault::BadRequest, "400 invalid request error"),
    row("hang", Fault::Hang, "takes the request and never answers; it is billed"),
    row("truncated", Fault::Truncated, "200, but the connection closes before Content-Length is reached"),
    row("malformed", Fault::Malformed, "200 with broken JSON"),
    row("slow", Fault::Slow, "answers normally after --slow-ms"),
    row("refusal", Fault::Refusal, "chat: content_filter and message.refusal; elsewhere normal"),
];
