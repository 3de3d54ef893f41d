//! The small change: takes back what dead workers left, and stores the progress of scripts.

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::heartbeat::Lease;
use super::storage::Storage;
use crate::execute::progress::ProgressUpdate;

/// Runs until nobody can report progress any more.
pub async fn run(mut storage: Storage, lease: Lease, mut updates: mpsc::Receiver<ProgressUpdate>) {
    let mut next_rescue = Instant::now() + lease.pause();
    loop {
        tokio::select! {
            () = sleep_until(next_rescue) => {
                rescue(&mut storage).await;
                next_rescue = Instant::now() + lease.pause();
            }
            update = updates.recv() => match update {
                Some(update) => store(&mut storage, update).await,
                None => return,
            },
        }
    }
}

async fn rescue(storage: &mut Storage) {
    // An error is logged by the storage, and the next round tries again.
    if let Ok(rescued @ 1..) = storage.rescue().await {
        tracing::info!(rescued, "took back attempts of dead workers or past their deadline");
    }
}

/// A message that cannot be stored is dropped: it is for people watching, and the next one follows.
async fn store(storage: &mut Storage, update: ProgressUpdate) {
    if let Ok(false) = storage.report_progress(&update).await {
        tracing::debug!(job_id = %update.job_id, attempt = update.attempt, "progress of an attempt that is over");
    }
    // A script that ended waits for this; it may have stopped waiting.
    let _ = update.stored.map(|stored| stored.send(()));
}
