//! Hands outcomes to the database, many in one statement, until it takes them.
//!
//! Invariant: no failure of the database drops an outcome, for a paid answer may be in it. It ends unstored in two cases
//! only: the database refuses even the words that stand for it, or the worker was told to stop and the database does not
//! come back in time; then it is handed back, to be spooled. The channel is bounded and a job keeps its slot until it has
//! a place here, so while the database is away nothing new is claimed for long.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::busy::Busy;
use super::database::StatementError;
use super::finished::{FinishStore, Finished, Verdict};
use super::group::gather;
use super::spool;
use super::storage::Attempt;
use crate::outcome::{Failure, Outcome, code};
use crate::redact::Redactor;

/// Outcomes in one statement.
const MOST_OUTCOMES: usize = 500;

/// Bytes of JSON after which a statement is full: large answers should not wait for one another.
const MOST_BYTES: usize = 8 << 20;

/// Bytes, but at least so many that [`MOST_OUTCOMES`] fill a statement.
fn weight(outcome: &Finished) -> usize {
    outcome.json.get().len().max(MOST_BYTES / MOST_OUTCOMES)
}

/// Whether a statement may take one more.
pub fn has_room(batch: &[Finished]) -> bool {
    batch.iter().map(weight).sum::<usize>() < MOST_BYTES
}

/// Stores outcomes.
pub struct Finisher<S> {
    store: S,
    redactor: Arc<Redactor>,
    backoff: Backoff,
    busy: Busy,
    give_up: CancellationToken,
    /// What was not stored before it was time to give up.
    left: Vec<Finished>,
}

impl<S: FinishStore> Finisher<S> {
    /// Stores outcomes in `store` until `give_up`.
    pub fn new(store: S, redactor: Arc<Redactor>, give_up: CancellationToken) -> Self {
        Self { store, redactor, backoff: Backoff::for_database(), busy: Busy::default(), give_up, left: Vec::new() }
    }

    /// Whether it keeps outcomes whose job somebody is resolving.
    pub fn is_waiting(&self) -> bool {
        !self.busy.is_empty()
    }

    /// Stores outcomes until nobody can bring any more and none is busy; what it had to give up on.
    pub async fn run(mut self, mut outcomes: mpsc::Receiver<Finished>) -> Vec<Finished> {
        let (mut batch, mut is_open) = (Vec::new(), true);
        while is_open || !self.busy.is_empty() {
            tokio::select! {
                more = gather(&mut outcomes, &mut batch, MOST_BYTES, weight), if is_open && self.busy.has_room() => is_open = more,
                () = self.busy.due() => {}
                () = self.give_up.cancelled() => break,
            }
            self.busy.offer(&mut batch, has_room);
            self.deliver(std::mem::take(&mut batch)).await;
        }
        outcomes.close();
        batch.extend(std::iter::from_fn(|| outcomes.try_recv().ok()));
        self.left.extend(batch);
        self.left.extend(self.busy.into_outcomes());
        self.left
    }

    /// Stores a batch, keeping what is busy; one that the database cannot read is halved until the culprit stands alone.
    pub async fn deliver(&mut self, batch: Vec<Finished>) {
        let mut batches = vec![batch];
        while let Some(mut batch) = batches.pop().filter(|batch| !batch.is_empty()) {
            let answer = tokio::select! {
                answer = self.store.finish(&batch) => answer,
                () = self.give_up.cancelled() => {
                    self.left.extend(batch);
                    continue;
                }
            };
            match answer {
                Ok(verdicts) => {
                    self.backoff.reset();
                    self.settle(batch, &verdicts);
                }
                Err(error) if error.blames_the_data() && batch.len() > 1 => {
                    let second = batch.split_off(batch.len() / 2);
                    batches.extend([second, batch]);
                }
                Err(error) if error.blames_the_data() => batches.extend(self.rejection(batch, &error)),
                Err(_) => {
                    let wait = self.backoff.next();
                    tokio::select! {
                        () = sleep(wait) => {}
                        () = self.give_up.cancelled() => {}
                    }
                    batches.push(batch);
                }
            }
        }
    }

    fn settle(&mut self, batch: Vec<Finished>, verdicts: &[(Attempt, Verdict)]) {
        let of = |wanted| verdicts.iter().filter(move |(_, verdict)| *verdict == wanted).map(|(attempt, _)| *attempt);
        of(Verdict::Stale).for_each(note_stale);
        let busy: HashSet<Attempt> = of(Verdict::Busy).collect();
        for outcome in batch {
            if busy.contains(&outcome.id) {
                let (job_id, attempt) = outcome.id;
                tracing::debug!(%job_id, attempt, "somebody is resolving this job; its outcome is offered again");
                self.busy.keep(outcome);
                continue;
            }
            match &outcome.spooled {
                Some(file) if outcome.is_rejection => spool::set_aside(file, "the database could not read it"),
                Some(file) => spool::remove(file),
                None => {}
            }
        }
    }

    /// Replaces an outcome that the database cannot read by one that says so. The call went out, so it counts as lost.
    fn rejection(&self, mut batch: Vec<Finished>, error: &StatementError) -> Option<Vec<Finished>> {
        let rejected = batch.pop()?;
        let (job_id, attempt) = rejected.id;
        if rejected.is_rejection {
            // Ours is plain text; if even that is refused nothing we could send would be read. The lease ends it.
            tracing::error!(%job_id, attempt, %error, "the database refuses every outcome of this job; it is left to the rescue");
            if let Some(file) = &rejected.spooled {
                spool::set_aside(file, "the database could not read it");
            }
            return None;
        }
        tracing::error!(%job_id, attempt, %error, "the database could not read an outcome; reporting the job as lost");
        let failure = Failure::lost(code::OUTCOME_REJECTED, format!("the database could not read the outcome: {error}"));
        let outcome = Outcome::new(rejected.id, Err(failure), Duration::ZERO, &self.redactor);
        let json = outcome.json().ok()?;
        Some(vec![Finished { json, is_rejection: true, held: None, ..rejected }])
    }
}

fn note_stale((job_id, attempt): Attempt) {
    tracing::debug!(%job_id, attempt, "an outcome came after the attempt was over");
}

#[cfg(test)]
pub mod tests;
