//! The ways in which providers write a time. Nonsense is no time: what is negative or endless counts as absent; what is past is now.

use chrono::{DateTime, Utc};

/// Numbers from here on are seconds since 1970, and from [`MILLISECONDS_FROM`] on milliseconds (`OpenRouter`): as a wait they would be 31 years.
const EPOCH_FROM: f64 = 1e9;
const MILLISECONDS_FROM: f64 = 1e11;

/// A number that is one, and not below zero.
pub fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0)
}

/// Seconds from `reference` until the time that a text names: `30`, `1.5`, seconds or milliseconds since 1970, `6m0s`, `120ms`, a date of HTTP
/// (RFC 9110, section 5.6.7) or of RFC 3339.
pub fn seconds_until(text: &str, reference: DateTime<Utc>) -> Option<f64> {
    let text = text.trim();
    let seconds = if let Some(number) = number(text) {
        match number {
            _ if number >= MILLISECONDS_FROM => number / 1000.0 - epoch(reference),
            _ if number >= EPOCH_FROM => number - epoch(reference),
            _ => number,
        }
    } else if let Some(duration) = duration_seconds(text) {
        duration
    } else {
        let date = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_rfc2822(text)).ok()?;
        epoch(date.to_utc()) - epoch(reference)
    };
    Some(seconds.max(0.0))
}

/// The time of an answer by the provider's own clock, whose difference to ours would be waited for otherwise.
pub fn http_date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text.trim()).ok().map(|date| date.to_utc())
}

/// `1s`, `6m0s`, `120ms`, `1h2m3.5s`, as Go prints a duration (pkg.go.dev/time#Duration.String) and protobuf writes one in JSON.
pub fn duration_seconds(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let number_ends = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, after) = rest.split_at(number_ends);
        let unit_ends = after.find(|letter: char| letter.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_ends);
        let unit = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * unit;
        rest = after;
    }
    Some(seconds).filter(|seconds| seconds.is_finite())
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 have 43 bits")]
fn epoch(at: DateTime<Utc>) -> f64 {
    at.timestamp_millis() as f64 / 1000.0
}
