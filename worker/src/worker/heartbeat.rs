//! Tells the database that this worker lives. On a connection of its own: nothing slow may stand in front of it,
//! because a worker that is silent for one lease loses its jobs.

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::lease::Lease;
use super::storage::Storage;

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
