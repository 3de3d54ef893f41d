//! The small change: takes back what dead workers left, and stores the progress of scripts.

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::backoff::Backoff;
use super::heartbeat::Lease;
use super::storage::UpkeepStore;
use crate::execute::progress::ProgressUpdate;

/// Runs until nobody can report progress any more.
pub async fn run(store: impl UpkeepStore, lease: Lease, mut updates: mpsc::Receiver<ProgressUpdate>) {
    let mut upkeep = Upkeep { store, backoff: Backoff::for_database(), quiet_until: Instant::now() };
    let mut next_rescue = Instant::now() + lease.pause();
    loop {
        tokio::select! {
            () = sleep_until(next_rescue) => {
                upkeep.rescue().await;
                next_rescue = Instant::now() + lease.pause();
            }
            update = updates.recv() => match update {
                Some(update) => upkeep.progress(update).await,
                None => return,
            },
        }
    }
}

struct Upkeep<S> {
    store: S,
    backoff: Backoff,
    /// Messages before this moment are dropped: each would try to connect to a database that has just refused.
    quiet_until: Instant,
}

impl<S: UpkeepStore> Upkeep<S> {
    async fn rescue(&mut self) {
        // An error is logged by the storage, and the next round tries again.
        if let Ok(rescued @ 1..) = self.store.rescue().await {
            tracing::info!(rescued, "took back attempts of dead workers or past their deadline");
        }
    }

    /// A message that cannot be stored is dropped: it is for people watching, and the next one follows.
    async fn progress(&mut self, update: ProgressUpdate) {
        if Instant::now() < self.quiet_until {
            return;
        }
        match self.store.report_progress(&update).await {
            Ok(is_live) => {
                self.backoff.reset();
                if !is_live {
                    tracing::debug!(job_id = %update.job_id, attempt = update.attempt, "progress of an attempt that is over");
                }
            }
            // This message is to blame, and the next one may be fine.
            Err(error) if error.blames_the_data() => {}
            Err(_) => self.quiet_until = Instant::now() + self.backoff.next(),
        }
        // A script that ended waits for this; it may have stopped waiting.
        let _ = update.stored.map(|stored| stored.send(()));
    }
}

#[cfg(test)]
mod tests;
