//! The answer's headers that the database reads: what a provider says of its limits, and what names the call to it. The
//! rest is noise or could name people.
//!
//! A server may send as much as it likes, and every header goes to the database with the outcome. So a header is kept
//! whole or not at all: half a date means nothing, and half of a secret would pass the redactor.

use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, HeaderValue};

/// `date` is the provider's clock, against which its times are measured: ours may be wrong.
const KEPT: [&str; 7] = ["retry-after", "retry-after-ms", "date", "content-type", "x-request-id", "request-id", "x-should-retry"];
const KEPT_FAMILIES: [&str; 2] = ["x-ratelimit-", "anthropic-ratelimit-"];

/// Headers of the families at most. `OpenAI` sends 6, Anthropic 12 and some more for its tiers.
const MOST_OF_FAMILIES: usize = 32;

/// Bytes of a name. The longest in use has about 50.
const LONGEST_NAME: usize = 64;

/// Bytes of a value. Counts, durations, times and ids are far shorter.
const LONGEST_VALUE: usize = 256;

/// Keeps them. Those with a name of their own always have room; of the families the first ones count.
pub fn kept(headers: &HeaderMap) -> BTreeMap<String, String> {
    let fits = |name: &str, value: &HeaderValue| name.len() <= LONGEST_NAME && value.len() <= LONGEST_VALUE;
    let fitting = || headers.iter().map(|(name, value)| (name.as_str(), value)).filter(|(name, value)| fits(name, value));
    let named = fitting().filter(|(name, _)| KEPT.contains(name));
    let of_families = fitting().filter(|(name, _)| KEPT_FAMILIES.iter().any(|family| name.starts_with(family)));
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    named.chain(of_families.take(MOST_OF_FAMILIES)).map(|(name, value)| (name.to_owned(), text(value))).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use reqwest::header::HeaderName;

    use super::*;

    fn headers(all: &[(&str, &str)]) -> HeaderMap {
        all.iter().map(|(name, value)| (HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap())).collect()
    }

    fn names(headers: &HeaderMap) -> Vec<String> {
        kept(headers).into_keys().collect()
    }

    #[test]
    fn what_a_provider_says_of_its_limits_is_kept_and_what_could_name_people_is_not() {
        let limits = [
            ("anthropic-ratelimit-requests-remaining", "0"),
            ("anthropic-ratelimit-requests-reset", "2026-01-01T00:00:01Z"),
            ("date", "Thu, 01 Jan 2026 00:00:00 GMT"),
            ("retry-after", "Thu, 01 Jan 2026 00:00:01 GMT"),
            ("retry-after-ms", "250"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "6m0s"),
        ];
        let noise = [("set-cookie", "session=1"), ("server", "x"), ("openai-organization", "somebody"), ("x-rate", "1")];
        let answered = kept(&headers(&[&limits[..], &noise[..]].concat()));
        let read: Vec<_> = answered.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(read, limits);
    }

    #[test]
    fn a_header_that_is_too_long_is_left_out_and_not_cut() {
        let (fitting, long) = ("x".repeat(LONGEST_VALUE), "x".repeat(LONGEST_VALUE + 1));
        let long_name = format!("x-ratelimit-{}", "a".repeat(LONGEST_NAME));
        let all = headers(&[("x-request-id", &long), ("retry-after", &long), ("x-ratelimit-a", &fitting), (&long_name, "1")]);
        assert_eq!(names(&all), ["x-ratelimit-a"]);
    }

    #[test]
    fn a_flood_of_limits_leaves_room_for_the_wait_itself() {
        let mut flood: HeaderMap = headers(&[]);
        for number in 0..1000 {
            flood.insert(HeaderName::from_bytes(format!("x-ratelimit-{number}").as_bytes()).unwrap(), HeaderValue::from(number));
        }
        flood.insert("retry-after", HeaderValue::from(2));
        let names = names(&flood);
        assert_eq!(names.len(), MOST_OF_FAMILIES + 1);
        assert!(names.contains(&"retry-after".to_owned()));
    }
}
