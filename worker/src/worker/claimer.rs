//! Claims jobs as long as there are free slots, and waits cleverly when there is nothing to claim.

use std::sync::Arc;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::LAST_PATIENCE;
use super::backoff::Backoff;
use super::poll::Poll;
use super::storage::{ClaimStore, ClaimedJob};

/// The claiming part of a worker.
pub struct Claimer<S> {
    /// Where jobs come from.
    pub store: S,
    /// One permit per job that may run.
    pub slots: Arc<Semaphore>,
    /// The most jobs in one claim.
    pub batch: usize,
    /// Rung by the listener.
    pub wake: Arc<Notify>,
    /// When to look again.
    pub poll: Poll,
    /// Ends claiming.
    pub stop: CancellationToken,
}

impl<S: ClaimStore> Claimer<S> {
    /// Claims until told to stop; `start` begins a job, which holds its slot until its outcome is on its way.
    pub async fn run(mut self, start: impl Fn(ClaimedJob, OwnedSemaphorePermit)) {
        let mut backoff = Backoff::for_database();
        let wake = Arc::clone(&self.wake);
        while let Some(slots) = self.free_slots().await {
            // Interest is registered before looking: a job committed after the look rings, one committed before is seen.
            let mut woken = std::pin::pin!(wake.notified());
            woken.as_mut().enable();
            // Not cancelled by `stop` at once: the jobs of a half-read claim would hang until they are rescued.
            let claimed = tokio::select! {
                biased;
                claimed = self.store.claim(slots.num_permits()) => claimed,
                () = out_of_patience(&self.stop) => {
                    tracing::warn!("the last claim got no answer in time; the database takes back what it may have given");
                    return;
                }
            };
            let Ok(jobs) = claimed else {
                // The storage has logged it. A ring says nothing about whether the database works again.
                tokio::select! {
                    () = sleep(backoff.next()) => continue,
                    () = self.stop.cancelled() => return,
                }
            };
            backoff.reset();
            if self.begin(jobs, slots, &start) {
                continue;
            }
            tokio::select! {
                () = woken => self.poll.woken(),
                () = sleep(self.poll.next()) => {}
                () = self.stop.cancelled() => {}
            }
        }
    }

    /// As many free slots as one claim may fill, at least one; none when it is time to stop.
    async fn free_slots(&self) -> Option<OwnedSemaphorePermit> {
        let first = Arc::clone(&self.slots).acquire_owned();
        let mut slots = tokio::select! {
            biased;
            () = self.stop.cancelled() => return None,
            slot = first => slot.ok()?,
        };
        // Only this task takes slots, so what is available stays available.
        let more = self.slots.available_permits().min(self.batch - 1);
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        if let Ok(more) = Arc::clone(&self.slots).try_acquire_many_owned(more) {
            slots.merge(more);
        }
        Some(slots)
    }

    /// Starts the jobs; true when there may be more at once.
    fn begin(&mut self, jobs: Vec<ClaimedJob>, mut slots: OwnedSemaphorePermit, start: &impl Fn(ClaimedJob, OwnedSemaphorePermit)) -> bool {
        let (found, asked) = (jobs.len(), slots.num_permits());
        for job in jobs {
            // The database never returns more than asked for; a job without a slot would be an overload.
            let Some(slot) = slots.split(1) else { break };
            start(job, slot);
        }
        if found > 0 && found < asked {
            self.poll.found_some();
        }
        found >= asked
    }
}

async fn out_of_patience(stop: &CancellationToken) {
    stop.cancelled().await;
    sleep(LAST_PATIENCE).await;
}

#[cfg(test)]
mod tests;
