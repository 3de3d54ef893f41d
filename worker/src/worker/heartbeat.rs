//! Tells the database that this worker lives. On a connection of its own: nothing slow may stand in front of it,
//! because a worker that is silent for one lease loses its jobs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::health::Health;
use super::storage::Storage;

/// So many beats fit into one lease that a few lost ones cost nothing.
const BEATS_PER_LEASE: u32 = 6;

/// How long the worker may be silent, in seconds. The database says so with every beat, because somebody may change it.
#[derive(Clone, Default)]
pub struct Lease {
    seconds: Arc<AtomicU32>,
    health: Health,
}

impl Lease {
    /// Not known yet; every beat is told to `health`.
    pub fn new(health: Health) -> Self {
        Self { seconds: Arc::default(), health }
    }

    fn learn(&self, seconds: i32) {
        let seconds = u32::try_from(seconds).unwrap_or(1);
        self.seconds.store(seconds, Ordering::Relaxed);
        self.health.beaten(seconds);
    }

    /// The pause before the next beat or the next look for dead workers. A tenth less, at random: a fleet started together should not
    /// beat in step.
    pub fn pause(&self) -> Duration {
        let seconds = self.seconds.load(Ordering::Relaxed).max(1);
        (Duration::from_secs(u64::from(seconds)) / BEATS_PER_LEASE).mul_f64(rand::random_range(0.9..=1.0))
    }
}

/// Beats once, trying until the database takes it or `stop`.
pub async fn beat(storage: &mut Storage, lease: &Lease, status: &impl Fn() -> serde_json::Value, stop: &CancellationToken) {
    let mut backoff = Backoff::for_database();
    loop {
        match storage.heartbeat(&status()).await {
            Ok(seconds) => return lease.learn(seconds),
            // The storage has logged the error. Never rarer than it beats: when the database is back the worker has one lease.
            Err(_) => tokio::select! {
                () = sleep(backoff.next().min(lease.pause())) => {}
                () = stop.cancelled() => return,
            },
        }
    }
}

/// Beats until `stop`, then says goodbye.
pub async fn run(mut storage: Storage, lease: Lease, status: impl Fn() -> serde_json::Value, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = sleep(lease.pause()) => beat(&mut storage, &lease, &status, &stop).await,
            () = stop.cancelled() => break,
        }
    }
    // If it cannot be said, the lease says it; the storage has logged it.
    let _ = storage.retire().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_beats_fit_into_any_lease_the_database_may_ask_for() {
        let lease = Lease::default();
        for (asked, seconds) in [(1, 1), (2, 2), (30, 30), (86_400, 86_400), (0, 1), (-5, 1)] {
            lease.learn(asked);
            let pause = lease.pause();
            assert!(pause * 5 < Duration::from_secs(seconds) && pause * 7 > Duration::from_secs(seconds), "{asked}: {pause:?}");
        }
    }
}
