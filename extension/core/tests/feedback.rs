//! What an answer says about everybody's next call: every shape of header and body, and hostile ones.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};
use steward_core::engine::decision::{Circumstances, Decision, Next, decide};
use steward_core::engine::definition::Tool;
use steward_core::engine::feedback::{Cooldown, Covers, cooldown};
use steward_core::engine::outcome::Outcome;

fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn outcome(status: u16, headers: Value, body: &str) -> Outcome {
    Outcome::parse(&json!({ "phase": "answered", "status": status, "headers": headers, "body": body }).to_string()).unwrap()
}

fn said(status: u16, headers: Value, body: &str) -> Option<Cooldown> {
    cooldown(&outcome(status, headers, body), 2.0, now(), 0.0)
}

fn seconds(cooldown: &Cooldown) -> f64 {
    cooldown.until.signed_duration_since(now()).to_std().unwrap().as_secs_f64()
}

fn limited(headers: Value) -> f64 {
    seconds(&said(429, headers, "").unwrap())
}

fn used_up(headers: Value) -> Option<f64> {
    said(200, headers, "{}").map(|cooldown| seconds(&cooldown))
}

#[test]
fn retry_after_comes_in_milliseconds_seconds_durations_and_dates() {
    for (headers, expected) in [
        (json!({ "retry-after-ms": "250", "retry-after": "99" }), 0.25),
        (json!({ "retry-after": " 30 " }), 30.0),
        (json!({ "retry-after": "1.5" }), 1.5),
        (json!({ "retry-after": "6m0s" }), 360.0),
        (json!({ "retry-after": "Sat, 21 Nov 2026 12:01:30 GMT" }), 90.0),
        // The provider's clock is ten minutes ahead of ours.
        (json!({ "retry-after": "Sat, 21 Nov 2026 12:11:30 GMT", "date": "Sat, 21 Nov 2026 12:10:00 GMT" }), 90.0),
        (json!({ "retry-after-ms": "soon", "retry-after": "7" }), 7.0),
    ] {
        assert!((limited(headers.clone()) - expected).abs() < 0.002, "{headers}");
    }
}

#[test]
fn the_reset_of_a_limit_that_is_used_up_is_waited_for_whatever_its_notation() {
    for (reset, expected) in [
        ("1s", 1.0),
        ("6m0s", 360.0),
        ("120ms", 0.12),
        ("1h2m3.5s", 3600.0),
        ("20m3.5s", 1203.5),
        ("59.56s", 59.56),
        ("17", 17.0),
        ("1795262430", 30.0),
        ("1795262430000", 30.0),
        ("2026-11-21T12:00:45Z", 45.0),
        ("2026-11-21T13:00:45+01:00", 45.0),
    ] {
        let openai = json!({ "x-ratelimit-limit-tokens": "1000", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": reset,
            "x-ratelimit-remaining-requests": "9", "x-ratelimit-reset-requests": "50m" });
        assert!((used_up(openai).unwrap() - expected).abs() < 0.002, "{reset}");
    }
    let anthropic = |left: &str| {
        used_up(json!({ "anthropic-ratelimit-input-tokens-limit": "1000", "anthropic-ratelimit-input-tokens-remaining": left,
            "anthropic-ratelimit-input-tokens-reset": "2026-11-21T12:00:20Z" }))
    };
    assert_eq!((anthropic("0"), anthropic("1")), (Some(20.0), None));
    let plain = json!({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "40" });
    assert_eq!(used_up(plain.clone()), Some(40.0));
    assert_eq!(limited(plain.clone()), 40.0, "a 429 without Retry-After goes by the counters");
    let mut both = plain;
    both["retry-after"] = json!("3");
    assert_eq!(limited(both), 3.0, "the provider's own word goes first");
}

#[test]
fn of_several_limits_that_are_used_up_the_last_to_come_back_counts() {
    let headers = json!({ "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "2s",
        "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m" });
    assert_eq!(used_up(headers), Some(60.0));
}

#[test]
fn nonsense_counts_as_absent() {
    for value in ["", "soon", "-5", "NaN", "inf", "1x", "s", "5", "0", "Mon, 01 Jan 1990 00:00:00 GMT", "1.2.3s", "\u{0}"] {
        let after = if value == "5" { "-1e308" } else { value };
        let cool = said(429, json!({ "retry-after": after }), "").unwrap();
        assert_eq!((seconds(&cool), cool.code), (1.0, "rate_limited"), "{after:?}: half the tool's first backoff with this draw");
    }
    // Azure sends these on answers that are well.
    for (limit, left, reset) in
        [("-1", "-1", "-1"), ("0", "0", "5s"), ("x", "0", "5s"), ("10", "", "5s"), ("10", "0", "0s"), ("10", "0", "?")]
    {
        let headers =
            json!({ "x-ratelimit-limit-requests": limit, "x-ratelimit-remaining-requests": left, "x-ratelimit-reset-requests": reset });
        assert_eq!(used_up(headers), None, "{limit} {left} {reset}");
    }
    assert_eq!(used_up(json!({ "x-ratelimit-remaining-requests": "0", "retry-after": "9" })), None, "a reset belongs to it");
}

#[test]
fn a_header_silences_a_provider_for_an_hour_at_most() {
    for value in ["1e308", "99999999h", "Fri, 31 Dec 9999 23:59:59 GMT", "9e15", "86400"] {
        assert_eq!(limited(json!({ "retry-after": value })), 3600.0, "{value}");
        let later = cooldown(&outcome(429, json!({ "retry-after": value }), ""), 2.0, now(), 0.999).unwrap();
        assert!(seconds(&later) <= 3600.0 * 1.1, "{value}");
    }
    assert_eq!(seconds(&cooldown(&outcome(429, json!({}), ""), 1e9, now(), 0.5).unwrap()), 63.0);
}

fn gemini(quota: &str, delay: &str) -> String {
    json!({ "error": { "code": 429, "status": "RESOURCE_EXHAUSTED", "message": "quota", "details": [
        { "@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{ "quotaMetric": "m", "quotaId": quota }] },
        { "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay },
    ] } })
    .to_string()
}

#[test]
fn gemini_says_it_in_the_body_and_a_quota_of_the_day_outlasts_its_retry_delay() {
    let minute = said(429, json!({}), &gemini("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "34.5s")).unwrap();
    assert_eq!((seconds(&minute), minute.covers, minute.code), (34.5, Covers::Model, "rate_limited"));
    let listed = format!("[{}]", gemini("PerMinute", "7s"));
    assert_eq!(seconds(&said(429, json!({}), &listed).unwrap()), 7.0);
    let model = said(429, json!({}), &gemini("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "34s")).unwrap();
    assert_eq!((seconds(&model), model.covers, model.code), (3600.0, Covers::Model, "quota_used_up"));
    let project = said(429, json!({ "retry-after": "40000" }), &gemini("RequestsPerDayPerProject", "34s")).unwrap();
    assert_eq!((seconds(&project), project.covers), (40_000.0, Covers::Credential));
    let ages = said(429, json!({ "retry-after": "1e300" }), &gemini("RequestsPerDay", "1s")).unwrap();
    assert_eq!(seconds(&ages), 86_400.0);
    for hostile in
        [gemini("x", "1e9s"), gemini("x", "-3s"), gemini("x", "9999999999999999999999h"), "{\"error\":{\"details\":7}}".to_owned()]
    {
        assert!(seconds(&said(429, json!({}), &hostile).unwrap()) <= 3600.0, "{hostile}");
    }
}

#[test]
fn an_account_without_quota_stops_the_whole_key_and_is_asked_about_every_hour() {
    for body in [r#"{"error":{"code":"insufficient_quota","message":"x"}}"#, r#"{"error":{"type":"insufficient_quota"}}"#] {
        let cool = said(429, json!({ "retry-after": "1" }), body).unwrap();
        assert_eq!((seconds(&cool), cool.covers, cool.code), (3600.0, Covers::Credential, "quota_used_up"));
    }
}

#[test]
fn a_request_that_is_above_the_limit_by_itself_fails_and_stops_nobody_else() {
    let body = r#"{"error":{"message":"Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 53395.","type":"tokens","code":"rate_limit_exceeded"}}"#;
    assert_eq!(said(429, json!({ "retry-after": "1" }), body), None);
    let decision = decided_on(&outcome(429, json!({ "retry-after": "1" }), body), 1, 0);
    assert_eq!(
        (decision.next, decision.burned, decision.code.as_deref(), decision.cooldown),
        (Next::Fail, false, Some("provider_refused"), None)
    );
}

#[test]
fn an_unavailable_provider_is_left_alone_where_it_names_a_time() {
    for status in [503, 529] {
        let cool = said(status, json!({ "retry-after": "20" }), "").unwrap();
        assert_eq!((seconds(&cool), cool.covers, cool.code), (20.0, Covers::Credential, "provider_unavailable"));
        assert_eq!(said(status, json!({}), ""), None);
        assert_eq!(said(status, json!({ "retry-after": "0" }), ""), None);
    }
    for status in [200, 400, 401, 500, 504] {
        assert_eq!(said(status, json!({ "retry-after": "20" }), ""), None, "{status}");
    }
    let lost = Outcome::parse(r#"{"phase":"lost","status":429}"#).unwrap();
    assert_eq!(cooldown(&lost, 2.0, now(), 0.0), None);
}

fn decided(headers: Value, attempt: u32, rate_limited: u32) -> Decision {
    decided_on(&outcome(429, headers, ""), attempt, rate_limited)
}

fn decided_on(outcome: &Outcome, attempt: u32, rate_limited: u32) -> Decision {
    let definition = json!({ "executor": "http", "provider": "p", "adapter": "openai_chat", "max_tries": 1, "max_attempts": 3,
        "request": { "body": { "model": "m", "messages": [] } } });
    let tool = Tool::parse("tool", &definition).unwrap();
    decide(&tool, outcome, Circumstances { attempt, rate_limited, tries: 0, now: now(), held: 0, random: 0.5 })
}

#[test]
fn a_job_that_met_a_limit_waits_for_its_end_and_uses_up_neither_tries_nor_attempts() {
    for attempt in [1, 3, 900] {
        let decision = decided(json!({ "retry-after": "30" }), attempt, 800);
        assert_eq!((decision.next, decision.burned, decision.code.as_deref()), (Next::Retry, false, Some("rate_limited")));
        let until = decision.cooldown.unwrap().until;
        assert!(decision.delay >= until.signed_duration_since(now()).to_std().unwrap());
    }
    let waits: Vec<f64> = [0, 1, 2].map(|limited| decided(json!({}), 1, limited).delay.as_secs_f64()).to_vec();
    assert!(waits[0] < waits[2], "without a named time each answer doubles the job's own wait: {waits:?}");
}

proptest! {
    #[test]
    fn no_answer_panics_or_silences_for_longer_than_a_day_and_a_tenth(
        status in prop::sample::select(vec![200_u16, 429, 503, 529]), a in ".{0,24}", b in "[-+0-9.eE:hmsTZ ]{0,24}", body in ".{0,60}",
        quota in ".{0,10}", delay in "[-0-9.a-z]{0,12}", unnamed in any::<f64>(), random in 0.0..1.0_f64,
    ) {
        for value in [&a, &b] {
            let headers = json!({ "retry-after": value, "retry-after-ms": b, "date": a, "x-ratelimit-remaining": "0", "x-ratelimit-reset": value,
                "x-ratelimit-limit": b, "anthropic-ratelimit-": "0", "anthropic-ratelimit-remaining": "0", "x-ratelimit-remaining-": "0", "-remaining": "0",
                "anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": value });
            for body in [body.clone(), gemini(&format!("{quota}PerDay"), &delay), gemini(&quota, &delay)] {
                if let Some(cool) = cooldown(&outcome(status, headers.clone(), &body), unnamed, now(), random) {
                    prop_assert!(cool.until > now() && seconds(&cool) <= 86_400.0 * 1.1);
                }
            }
        }
    }
}
