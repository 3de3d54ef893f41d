//! The small change: takes back what dead workers left, ends what somebody cancelled, and stores the progress
//! and the checkpoints of scripts.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep_until};

use super::backoff::Backoff;
use super::cancel::UnderWay;
use super::heartbeat::Lease;
use super::storage::UpkeepStore;
use crate::execute::checkpoint::CheckpointUpdate;
use crate::execute::progress::ProgressUpdate;

/// What comes in beside the time.
pub struct Inbox {
    /// Progress of scripts.
    pub updates: mpsc::Receiver<ProgressUpdate>,
    /// Checkpoints of scripts.
    pub checkpoints: mpsc::Receiver<CheckpointUpdate>,
    /// Rings when somebody cancelled a running job.
    pub cancel: Arc<Notify>,
}

/// Runs until nobody can report progress any more.
pub async fn run(store: impl UpkeepStore, lease: Lease, inbox: Inbox, under_way: UnderWay) {
    let Inbox { mut updates, mut checkpoints, cancel } = inbox;
    let mut upkeep = Upkeep { store, under_way, backoff: Backoff::for_database(), quiet_until: Instant::now() };
    let mut next_rescue = Instant::now() + lease.pause();
    loop {
        tokio::select! {
            () = sleep_until(next_rescue) => {
                // Without LISTEN this is how it is known, so it comes first.
                upkeep.cancel().await;
                upkeep.rescue().await;
                next_rescue = Instant::now() + lease.pause();
            }
            () = cancel.notified() => upkeep.cancel().await,
            Some(update) = checkpoints.recv() => upkeep.save(update).await,
            update = updates.recv() => match update {
                Some(update) => upkeep.progress(update).await,
                None => return,
            },
        }
    }
}

struct Upkeep<S> {
    store: S,
    under_way: UnderWay,
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

    /// Says whether it is settled: saved, too late, or to blame itself, which the storage has logged.
    async fn save(&mut self, update: CheckpointUpdate) {
        let is_settled = match self.store.save_checkpoint(&update).await {
            Ok(_) => true,
            Err(error) => error.blames_the_data(),
        };
        // A script that ended may have stopped waiting.
        let _ = update.settled.send(is_settled);
    }

    async fn cancel(&mut self) {
        // An error is logged by the storage, and the next round asks again.
        if let Ok(attempts) = self.store.cancellations().await {
            self.under_way.cancel(&attempts);
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
