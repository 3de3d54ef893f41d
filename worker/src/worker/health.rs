//! What the parts of a worker leave behind for whoever asks whether it lives and works.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What a claim may take beyond two looks at an empty queue: a database that restarts is back by then, mostly.
const CLAIM_PATIENCE: Duration = Duration::from_secs(15);

/// Parts without which a worker does harm: it would claim jobs that it cannot send, end or keep.
const VITAL: [&str; 4] = ["claim", "mark sent", "finish", "heartbeat"];

/// When something happened last.
#[derive(Default)]
struct Mark(Mutex<Option<Instant>>);

impl Mark {
    fn set(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn age(&self) -> Option<Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).map(|at| at.elapsed())
    }
}

/// The marks; clones share them.
#[derive(Clone, Default)]
pub struct Health(Arc<Marks>);

#[derive(Default)]
struct Marks {
    claim: Mark,
    /// Cancelled, that is reached, with the first one.
    first_claim: CancellationToken,
    is_full: AtomicBool,
    beat: Mark,
    lease_seconds: AtomicU32,
    is_listening: AtomicBool,
    is_stopping: AtomicBool,
    ended: Mutex<Vec<&'static str>>,
}

impl Health {
    /// The database answered a claim.
    pub fn claimed(&self) {
        self.0.claim.set();
        self.0.first_claim.cancel();
    }

    /// Waits until the database has answered a claim for the first time.
    pub async fn first_claim(&self) {
        self.0.first_claim.cancelled().await;
    }

    /// Every slot is taken, so nothing can be claimed.
    pub fn full(&self) {
        self.0.is_full.store(true, Ordering::Relaxed);
    }

    /// A slot is free again. The time without one says nothing about the database.
    pub fn free(&self) {
        if self.0.is_full.swap(false, Ordering::Relaxed) {
            self.0.claim.set();
        }
    }

    /// The database took a heartbeat, and says how long the next may take.
    pub fn beaten(&self, lease_seconds: u32) {
        self.0.lease_seconds.store(lease_seconds, Ordering::Relaxed);
        self.0.beat.set();
    }

    /// Whether notifications come.
    pub fn listening(&self, is_listening: bool) {
        self.0.is_listening.store(is_listening, Ordering::Relaxed);
    }

    /// From now on parts may end, and nothing is claimed.
    pub fn stopping(&self) {
        self.0.is_stopping.store(true, Ordering::Relaxed);
    }

    /// A part has ended.
    pub fn ended(&self, part: &'static str) {
        self.0.ended.lock().unwrap_or_else(PoisonError::into_inner).push(part);
    }

    /// Whether all parts are there that must be; what to tell.
    pub fn alive(&self) -> (bool, Value) {
        let ended = self.0.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let missing: Vec<_> = ended.iter().filter(|part| VITAL.contains(part)).collect();
        let alive = self.0.is_stopping.load(Ordering::Relaxed) || missing.is_empty();
        (
            alive,
            if alive {
                json!({"alive": true})
            } else {
                json!({"alive": false, "reason": "a part of the worker has ended", "parts": missing})
            },
        )
    }

    /// Whether it works for the database; what to tell.
    pub fn ready(&self, poll_interval: Duration) -> (bool, Value) {
        let listen = if self.0.is_listening.load(Ordering::Relaxed) { "listening" } else { "polling" };
        let last_claim = self.0.claim.age().map(|age| age.as_secs_f64());
        let mut told = json!({"ready": true, "listen": listen, "seconds_since_claim": last_claim});
        if let Some(reason) = self.why_not_ready(poll_interval) {
            told["ready"] = json!(false);
            told["reason"] = json!(reason);
            return (false, told);
        }
        (true, told)
    }

    fn why_not_ready(&self, poll_interval: Duration) -> Option<String> {
        if self.0.is_stopping.load(Ordering::Relaxed) {
            return Some("the worker is stopping".to_owned());
        }
        let lease = Duration::from_secs(self.0.lease_seconds.load(Ordering::Relaxed).into());
        let Some(beat) = self.0.beat.age() else { return Some("the database has not been reached yet; the log says why".to_owned()) };
        if beat > lease {
            return Some(format!("the database has taken no heartbeat for {} s, longer than its lease", beat.as_secs()));
        }
        if self.0.is_full.load(Ordering::Relaxed) {
            return None;
        }
        let bound = poll_interval * 2 + CLAIM_PATIENCE;
        match self.0.claim.age() {
            None => Some("nothing has been claimed yet".to_owned()),
            Some(age) if age > bound => Some(format!("the last claim was {} s ago, more than {} s", age.as_secs(), bound.as_secs())),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
