//! Claims jobs as long as there are free slots, and waits cleverly when there is nothing to claim.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::LAST_PATIENCE;
use super::backoff::Backoff;
use super::cancel::UnderWay;
use super::database::StatementError;
use super::health::Health;
use super::lanes::{LaneSlot, Lanes, Turn};
use super::metrics::Metrics;
use super::storage::{ClaimStore, ClaimedJob};

/// How long a claim may go on after its connection broke: the server looks for its client every 5 s while the claim waits.
const UNSURE: Duration = Duration::from_secs(30);

/// The claiming part of a worker.
pub struct Claimer<S> {
    /// Where jobs come from.
    pub store: S,
    /// One permit per job that may run.
    pub slots: Arc<Semaphore>,
    /// The most jobs in one claim.
    pub batch: usize,
    /// Rung by the listener; a ring that nobody hears at once is kept.
    pub wake: Arc<Notify>,
    /// Which queues to look at, and when.
    pub lanes: Lanes,
    /// What runs here; a job is among it as soon as it is begun.
    pub under_way: UnderWay,
    /// Until when jobs may appear that nobody here knows of, because a claim had no answer.
    pub unsure_until: Option<Instant>,
    /// Counts what is claimed.
    pub metrics: Metrics,
    /// Hears when.
    pub health: Health,
    /// Ends claiming.
    pub stop: CancellationToken,
}

/// What a job holds while it runs: a place among all jobs, and perhaps among those of its queue.
pub type Slot = (OwnedSemaphorePermit, LaneSlot);

impl<S: ClaimStore> Claimer<S> {
    /// Claims until told to stop; `start` begins a job, which holds its slot until its outcome is on its way.
    pub async fn run(mut self, start: impl Fn(ClaimedJob, Slot)) {
        let mut backoff = Backoff::for_database();
        let (wake, stop) = (Arc::clone(&self.wake), self.stop.clone());
        while let Some(mut slots) = self.free_slots().await {
            if wake.notified().now_or_never().is_some() {
                self.lanes.woken();
            }
            let Some(turn) = self.lanes.turn(slots.num_permits()) else {
                drop(slots);
                tokio::select! {
                    () = wake.notified() => self.lanes.woken(),
                    () = self.lanes.ready() => {}
                    () = self.stop.cancelled() => {}
                }
                continue;
            };
            // What this lane cannot take is free for others.
            drop(slots.split(slots.num_permits() - turn.most));
            // Not cancelled by `stop` at once: the jobs of a half-read claim would hang until they are rescued.
            let claimed = tokio::select! {
                biased;
                claimed = self.claim(&turn) => claimed,
                () = out_of_patience(&stop) => {
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
            self.metrics.claimed(&jobs);
            self.health.claimed();
            self.lanes.found(&turn, jobs.len());
            self.begin(jobs, slots, &turn, &start);
        }
    }

    /// Claims, after giving back what a claim before it may have brought for nobody: each time for a while, because a claim whose
    /// connection is gone may still be running.
    async fn claim(&mut self, turn: &Turn) -> Result<Vec<ClaimedJob>, StatementError> {
        self.unsure_until.take_if(|until| *until < Instant::now());
        if self.unsure_until.is_some()
            && let released @ 1.. = self.store.release_unheld(&self.under_way.held()).await?
        {
            tracing::info!(released, "gave back jobs of a claim whose answer was lost");
        }
        let claimed = self.store.claim(&turn.queues, turn.most).await;
        if claimed.is_err() {
            self.unsure_until = Some(Instant::now() + UNSURE);
        }
        claimed
    }

    /// As many free slots as one claim may fill, at least one; none when it is time to stop.
    async fn free_slots(&self) -> Option<OwnedSemaphorePermit> {
        if self.slots.available_permits() == 0 {
            self.health.full();
        }
        let first = Arc::clone(&self.slots).acquire_owned();
        let mut slots = tokio::select! {
            biased;
            () = self.stop.cancelled() => return None,
            slot = first => slot.ok()?,
        };
        self.health.free();
        // Only this task takes slots, so what is available stays available.
        let more = self.slots.available_permits().min(self.batch - 1);
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        if let Ok(more) = Arc::clone(&self.slots).try_acquire_many_owned(more) {
            slots.merge(more);
        }
        Some(slots)
    }

    fn begin(&self, jobs: Vec<ClaimedJob>, mut slots: OwnedSemaphorePermit, turn: &Turn, start: &impl Fn(ClaimedJob, Slot)) {
        for job in jobs {
            // The database never returns more than asked for; a job without a slot would be an overload.
            let Some(slot) = slots.split(1) else { break };
            start(job, (slot, self.lanes.slot(turn)));
        }
    }
}

async fn out_of_patience(stop: &CancellationToken) {
    stop.cancelled().await;
    sleep(LAST_PATIENCE).await;
}

#[cfg(test)]
mod tests;
