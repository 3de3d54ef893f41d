//! `--rate-limit N/SECONDS`: at most N calls of one credential in any SECONDS, as a provider limits an account.
//!
//! A call that is turned away does not count against the limit, so a client that waits as it is told gets through.

use std::collections::{HashMap, VecDeque};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;

use super::answer::{Answer, error_body};

/// The word for the call log. No fault of a model has it.
pub(super) const SLUG: &str = "rate-limit";

/// Most calls of one period: each is remembered.
const MOST_CALLS: usize = 1_000_000;

/// Longest period in seconds: a day.
const LONGEST_PERIOD: f64 = 86_400.0;

/// `N/SECONDS`
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateLimit {
    calls: usize,
    period: Duration,
}

impl FromStr for RateLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (calls, seconds) = text.split_once('/')?;
            let calls = calls.parse().ok().filter(|calls| (1..=MOST_CALLS).contains(calls))?;
            let seconds = seconds.parse().ok().filter(|seconds| *seconds > 0.0 && *seconds <= LONGEST_PERIOD)?;
            // A period that rounds to nothing limits nothing.
            let period = Duration::try_from_secs_f64(seconds).ok().filter(|period| !period.is_zero())?;
            Some(Self { calls, period })
        };
        read()
            .ok_or_else(|| format!("write N/SECONDS, such as 10/1: N from 1 to {MOST_CALLS}, SECONDS above 0 and at most {LONGEST_PERIOD}"))
    }
}

/// The calls that were let through, by credential. The lock is held for a moment and never across an await.
pub(super) struct Limiter {
    limit: RateLimit,
    /// Hash of the credential, which must not be kept: when its calls of the last period were let through.
    passed: Mutex<HashMap<u64, VecDeque<Instant>>>,
}

impl Limiter {
    pub(super) fn new(limit: RateLimit) -> Self {
        Self { limit, passed: Mutex::default() }
    }

    /// Lets a call through, or says how long it has to wait.
    pub(super) fn pass(&self, credential: u64, now: Instant) -> Result<(), Duration> {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = passed.entry(credential).or_default();
        while passed.front().is_some_and(|at| now.saturating_duration_since(*at) >= self.limit.period) {
            passed.pop_front();
        }
        match passed.front() {
            Some(oldest) if passed.len() >= self.limit.calls => {
                Err(self.limit.period.saturating_sub(now.saturating_duration_since(*oldest)))
            }
            _ => {
                passed.push_back(now);
                Ok(())
            }
        }
    }
}

/// The refusal of a call that has to wait. Whole seconds, rounded up: a client that comes back then gets through.
pub(super) fn refusal(wait: Duration) -> Answer {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let message = format!("The sandbox was started with --rate-limit, and this key has reached it. Please try again in {seconds}s.");
    let body = error_body(&message, "requests", None, Some("rate_limit_exceeded"));
    Answer { headers: vec![("retry-after", seconds.to_string())], ..Answer::json(StatusCode::TOO_MANY_REQUESTS, &body) }
}
