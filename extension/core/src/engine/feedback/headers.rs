//! What the headers of an answer say.

use chrono::{DateTime, Utc};

use super::super::outcome::Outcome;
use super::times::{http_date, number, seconds_until};

/// `retry-after-ms` (`OpenAI`, Azure), else `retry-after` as seconds or as a date, in the order of the providers' own clients
/// (github.com/openai/openai-python, `_base_client.py`).
pub fn asked_seconds(outcome: &Outcome, now: DateTime<Utc>) -> Option<f64> {
    let milliseconds = header(outcome, "retry-after-ms").and_then(number);
    milliseconds
        .map(|milliseconds| milliseconds / 1000.0)
        .or_else(|| seconds_until(header(outcome, "retry-after")?, reference(outcome, now)))
}

/// The latest reset of a limit of which nothing is left: `x-ratelimit-remaining…` with `x-ratelimit-reset…`, and Anthropic's
/// `anthropic-ratelimit-…-remaining` with `…-reset`. A limit that is no number above zero is nonsense, as Azure sends it, and counts as absent.
pub fn used_up_seconds(outcome: &Outcome, now: DateTime<Utc>) -> Option<f64> {
    let resets = outcome.headers.iter().filter(|(_, left)| number(left) == Some(0.0)).filter_map(|(name, _)| {
        let of = |what: &str| match name.strip_prefix("x-ratelimit-remaining") {
            Some(kind) => Some(format!("x-ratelimit-{what}{kind}")),
            None => Some(format!("{}-{what}", name.strip_prefix("anthropic-ratelimit-").and(name.strip_suffix("-remaining"))?)),
        };
        if header(outcome, &of("limit")?).is_some_and(|limit| number(limit).is_none_or(|limit| limit == 0.0)) {
            return None;
        }
        seconds_until(header(outcome, &of("reset")?)?, reference(outcome, now))
    });
    resets.max_by(f64::total_cmp)
}

fn header<'a>(outcome: &'a Outcome, name: &str) -> Option<&'a str> {
    outcome.headers.get(name).map(String::as_str)
}

/// Dates are read by the clock that wrote them.
fn reference(outcome: &Outcome, now: DateTime<Utc>) -> DateTime<Utc> {
    header(outcome, "date").and_then(http_date).unwrap_or(now)
}
