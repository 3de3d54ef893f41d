//! Tells the database that this worker lives. On a connection of its own: nothing slow may stand in front of it,
//! because a worker that is silent for one lease loses its jobs.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::storage::Storage;

/// Several beats fit into one lease, so one lost beat costs nothing.
pub const INTERVAL: Duration = Duration::from_secs(5);

/// A tenth less, at random: a fleet started together should not beat in step.
pub fn jittered(interval: Duration) -> Duration {
    interval.mul_f64(rand::random_range(0.9..=1.0))
}

/// Beats once, trying until the database takes it or `stop`.
pub async fn beat(storage: &mut Storage, status: &impl Fn() -> serde_json::Value, stop: &CancellationToken) {
    let mut backoff = Backoff::for_database();
    // The storage has logged the error.
    while storage.heartbeat(&status()).await.is_err() {
        tokio::select! {
            () = sleep(backoff.next()) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Beats until `stop`, then says goodbye.
pub async fn run(mut storage: Storage, status: impl Fn() -> serde_json::Value, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = sleep(jittered(INTERVAL)) => beat(&mut storage, &status, &stop).await,
            () = stop.cancelled() => break,
        }
    }
    // If it cannot be said, the lease says it; the storage has logged it.
    let _ = storage.retire().await;
}
