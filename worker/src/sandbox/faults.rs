//! What can go wrong with a call, and the name that asks for it: that of a model, or in outreach that of the person. These
//! tables are the only lists of faults; `models` and `unipile::people` read names with them and make the help text and
//! `GET /v1/models` from them.
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
    /// The work was done, and the connection ends without an answer.
    Lost,
    Truncated,
    Malformed,
    Slow,
    Refusal,
    BadRequest,
    /// What only an account of a network meets.
    Outreach(Outreach),
}

/// What `LinkedIn` says of an account or a person, as Unipile passes it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outreach {
    CannotResendYet,
    AlreadyInvited,
    Disconnected,
    Checkpoint,
    Restricted,
    /// It was done, and the account has used up so many per cent of what it may do.
    Usage(u8),
}

impl Fault {
    /// Whether the call is turned away before anything is done. After any other fault it was done, whoever hears of it.
    pub(super) fn turns_away(self) -> bool {
        match self {
            Self::Limited(_) | Self::Unavailable | Self::ServerError | Self::BadRequest => true,
            Self::Outreach(outreach) => !matches!(outreach, Outreach::Usage(_)),
            Self::Exhausted(_) | Self::BilledServerError | Self::Hang | Self::Lost => false,
            Self::Truncated | Self::Malformed | Self::Slow | Self::Refusal => false,
        }
    }
}

/// One name that misbehaves.
pub(super) struct Row {
    /// What follows `sandbox-` in the name; the call log shows it, too.
    pub(super) word: &'static str,
    pub(super) fault: Fault,
    pub(super) what: &'static str,
}

const fn row(word: &'static str, fault: Fault, what: &'static str) -> Row {
    Row { word, fault, what }
}

/// Every fault of a model; a person may have them, too. No word may be another one with a suffix of `models`.
pub(super) const FAULTS: [Row; 25] = [
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
    row("lost", Fault::Lost, "does the work and closes the connection without an answer; it is billed"),
    row("truncated", Fault::Truncated, "200, but the connection closes before Content-Length is reached"),
    row("malformed", Fault::Malformed, "200 with broken JSON"),
    row("slow", Fault::Slow, "answers normally after --slow-ms"),
    row("refusal", Fault::Refusal, "chat: content_filter and message.refusal; elsewhere normal"),
];

/// Every fault that only a person has. No word may be one of the others.
pub(super) const OUTREACH: [Row; 7] = [
    row("422", Fault::Outreach(Outreach::CannotResendYet), "422 errors/cannot_resend_yet: the account's limit is reached"),
    row("422-invited", Fault::Outreach(Outreach::AlreadyInvited), "422 errors/already_invited_recently: the person has an invitation"),
    row("401", Fault::Outreach(Outreach::Disconnected), "401 errors/disconnected_account"),
    row("checkpoint", Fault::Outreach(Outreach::Checkpoint), "401 errors/checkpoint_error: LinkedIn asks who is there"),
    row("restricted", Fault::Outreach(Outreach::Restricted), "403 errors/account_restricted"),
    row("usage-80", Fault::Outreach(Outreach::Usage(80)), "answers an invitation normally, with usage 80"),
    row("usage-95", Fault::Outreach(Outreach::Usage(95)), "answers an invitation normally, with usage 95"),
];
