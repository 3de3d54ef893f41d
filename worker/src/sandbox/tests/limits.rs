//! Every way to say that a limit is reached, and the limit that is real.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::client::{Reply, TempLog, args, ask, chat_body, get, send, start};
use crate::sandbox::Args;
use crate::sandbox::limiter::{Limiter, RateLimit};

fn header<'a>(reply: &'a Reply, name: &str) -> Option<&'a str> {
    reply.headers.get(name).map(String::as_str)
}

/// Whether a time is so close ahead that a test can wait for it, and yet ahead.
fn is_soon(at: DateTime<Utc>) -> bool {
    let ahead = at - Utc::now();
    ahead > TimeDelta::zero() && ahead <= TimeDelta::seconds(2)
}

#[tokio::test]
async fn a_wait_is_said_in_seconds_as_a_date_or_in_milliseconds_and_in_one_way_only() {
    let server = start(&args()).await;
    let seconds = ask(server.address, "", "sandbox-429").await;
    assert_eq!((header(&seconds, "retry-after"), header(&seconds, "retry-after-ms")), (Some("1"), None));
    let date = ask(server.address, "", "sandbox-429-date").await;
    let text = header(&date, "retry-after").unwrap();
    assert!(text.ends_with(" GMT") && is_soon(DateTime::parse_from_rfc2822(text).unwrap().to_utc()), "{text}");
    let milliseconds = ask(server.address, "", "sandbox-429-ms").await;
    assert_eq!((header(&milliseconds, "retry-after-ms"), header(&milliseconds, "retry-after")), (Some("250"), None));
    for reply in [seconds, date, milliseconds] {
        assert_eq!((reply.status, &reply.json()["error"]["code"]), (429, &json!("rate_limit_exceeded")));
        assert!(reply.headers.contains_key("date"), "an answer says when it was given");
    }
    server.stop().await;
}

#[tokio::test]
async fn openai_names_what_is_left_and_how_long_until_there_is_more() {
    let server = start(&args()).await;
    for (shape, requests, tokens) in [
        ("openai", ("0", "1s"), ("89000", "6m0s")),
        ("openai-tokens", ("59", "6m0s"), ("0", "120ms")),
        ("openai-long", ("0", "6m0s"), ("89000", "120ms")),
    ] {
        for status in [429, 200] {
            let reply = ask(server.address, "", &format!("sandbox-{status}-{shape}")).await;
            assert_eq!((reply.status, header(&reply, "retry-after")), (status, None), "{shape}");
            for (what, (remaining, reset)) in [("requests", requests), ("tokens", tokens)] {
                assert_eq!(header(&reply, &format!("x-ratelimit-remaining-{what}")), Some(remaining), "{shape}");
                assert_eq!(header(&reply, &format!("x-ratelimit-reset-{what}")), Some(reset), "{shape}");
            }
            assert_eq!(status == 200, reply.json()["choices"].is_array(), "{shape}");
            assert!(!String::from_utf8_lossy(&reply.body).contains("try again in"), "{shape}: the headers alone name the wait");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn anthropic_names_the_time_at_which_there_is_more() {
    let server = start(&args()).await;
    for (model, status, exhausted, other) in [
        ("sandbox-429-anthropic", 429, "requests", "tokens"),
        ("sandbox-429-anthropic-tokens", 429, "tokens", "requests"),
        ("sandbox-200-anthropic", 200, "requests", "tokens"),
    ] {
        let reply = ask(server.address, "", model).await;
        assert_eq!((reply.status, header(&reply, "retry-after")), (status, None), "{model}");
        assert_eq!(header(&reply, &format!("anthropic-ratelimit-{exhausted}-remaining")), Some("0"), "{model}");
        assert_ne!(header(&reply, &format!("anthropic-ratelimit-{other}-remaining")), Some("0"), "{model}");
        let reset = |what: &str| {
            let text = header(&reply, &format!("anthropic-ratelimit-{what}-reset")).unwrap();
            DateTime::parse_from_rfc3339(text).unwrap().to_utc()
        };
        assert!(is_soon(reset(exhausted)) && !is_soon(reset(other)), "{model}");
        assert!(status == 200 || reply.json()["error"]["type"] == "rate_limit_error", "{model}");
    }
    server.stop().await;
}

#[tokio::test]
async fn gemini_names_the_wait_in_the_body_and_a_quota_of_a_day_by_its_name() {
    let server = start(&args()).await;
    for (model, is_daily) in [("sandbox-429-gemini", false), ("sandbox-429-gemini-day", true)] {
        let reply = ask(server.address, "", model).await;
        let error = &reply.json()["error"];
        assert_eq!((reply.status, &error["status"]), (429, &json!("RESOURCE_EXHAUSTED")));
        let details = error["details"].as_array().unwrap();
        let of = |kind: &str| details.iter().find(|detail| detail["@type"] == format!("type.googleapis.com/google.rpc.{kind}")).unwrap();
        assert_eq!(of("RetryInfo")["retryDelay"], "34s");
        assert_eq!(of("QuotaFailure")["violations"][0]["quotaId"].as_str().unwrap().contains("PerDay"), is_daily);
    }
    server.stop().await;
}

#[tokio::test]
async fn an_empty_account_is_a_429_that_no_wait_helps() {
    let server = start(&args()).await;
    let reply = ask(server.address, "", "sandbox-429-quota").await;
    assert_eq!((reply.status, &reply.json()["error"]["code"]), (429, &json!("insufficient_quota")));
    assert!(!reply.headers.keys().any(|name| name.starts_with("retry-after") || name.contains("ratelimit")));
    server.stop().await;
}

#[tokio::test]
async fn a_limit_may_be_reached_as_often_as_the_suffix_says() {
    let server = start(&args()).await;
    for (model, bad) in [("sandbox-429-date-once", 1), ("sandbox-429-gemini-twice", 2), ("sandbox-429-openai-tokens-5-times", 5)] {
        for attempt in 1..=6 {
            let reply = ask(server.address, &format!("{model}/{attempt}"), model).await;
            assert_eq!(reply.status, if attempt <= bad { 429 } else { 200 }, "{model} {attempt}");
        }
    }
    let exhausted = |reply: &Reply| reply.headers.contains_key("x-ratelimit-remaining-requests");
    assert!(exhausted(&ask(server.address, "last/1", "sandbox-200-openai-once").await));
    assert!(!exhausted(&ask(server.address, "last/2", "sandbox-200-openai-once").await));
    server.stop().await;
}

#[tokio::test]
async fn a_rate_limit_holds_for_each_key_and_what_it_refuses_is_counted_and_not_billed() {
    let limit = Some("2/600".parse().unwrap());
    let log = TempLog::new();
    let server = start(&Args { rate_limit: limit, price_input: 1, ..log.args() }).await;
    let body = chat_body("sandbox-503-once", "hello").to_string();
    let call = async |key: &str, job: &str| {
        let headers = [("authorization", key), ("x-client-request-id", job)];
        send(server.address, "POST /v1/chat/completions", &headers, body.as_bytes()).await
    };
    assert_eq!(call("Bearer one", "a/1").await.status, 503);
    assert_eq!(call("Bearer one", "a/2").await.status, 200);
    let refused = call("Bearer one", "b/1").await;
    assert_eq!((refused.status, header(&refused, "retry-after")), (429, Some("600")));
    assert_eq!(call("Bearer two", "b/2").await.status, 503, "another key has its own limit, and the refused call used no fault up");
    let line = &log.lines()[2];
    assert_eq!((&line["fault"], &line["status"], &line["billed_nanos"]), (&json!("rate-limit"), &json!(429), &json!(0)));
    assert_eq!(get(server.address, "/sandbox/summary").await["refused_by_rate_limit"], 1);
    server.stop().await;

    let server = start(&log.args()).await;
    let reply = ask(server.address, "b/3", "sandbox-503-once").await;
    assert_eq!(reply.status, 200, "after a restart, too, its one fault is used up, and the refusal counts for none");
    server.stop().await;
}

#[test]
fn never_more_than_n_calls_pass_in_any_period_and_the_wait_that_is_told_is_enough() {
    let limiter = Limiter::new("3/10".parse().unwrap());
    let begin = Instant::now();
    let at = |seconds: u64| begin + Duration::from_secs(seconds);
    assert!([0, 1, 9].iter().all(|second| limiter.pass(1, at(*second)).is_ok()));
    assert_eq!(limiter.pass(1, at(9)), Err(Duration::from_secs(1)));
    assert_eq!(limiter.pass(2, at(9)), Ok(()), "somebody else has a limit of his own");
    assert_eq!(limiter.pass(1, at(10)), Ok(()));
    assert_eq!(limiter.pass(1, at(10)), Err(Duration::from_secs(1)), "the calls of seconds 1, 9 and 10 count");
    assert_eq!(limiter.pass(1, at(11)), Ok(()));
}

#[test]
fn a_rate_limit_is_a_number_of_calls_and_one_of_seconds() {
    assert!(["1/1", "10/0.5", "1000000/86400"].iter().all(|text| text.parse::<RateLimit>().is_ok()));
    for wrong in ["", "5", "/", "5/", "/5", "0/1", "5/0", "-1/1", "5/-1", "5/NaN", "5/inf", "1.5/1", "5/86401", "5/1e-20", "1000001/1"] {
        assert!(wrong.parse::<RateLimit>().is_err_and(|words| words.contains("10/1")), "{wrong}");
    }
}
