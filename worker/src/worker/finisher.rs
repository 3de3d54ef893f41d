//! Hands outcomes to the database, many in one statement, until it takes them.
//!
//! Invariant: no failure of the database drops an outcome, for a paid answer may be in it. It ends unstored in two cases
//! only: the database refuses even the words that stand for it, or the worker was told to stop and the database does not
//! come back in time. Both are logged, and the rescue ends the attempt. The channel is bounded and a job keeps its slot
//! until it has a place here, so while the database is away nothing new is claimed for long.

use tokio::sync::mpsc;
use tokio::time::sleep;

use super::backoff::Backoff;
use super::database::StatementError;
use super::group::gather;
use super::storage::{Attempt, FinishStore, Finished};
use crate::outcome::{Failure, Outcome, code};
use crate::redact::Redactor;

/// Outcomes in one statement.
const MOST_OUTCOMES: usize = 500;

/// Bytes of JSON after which a statement is full: large answers should not wait for one another.
const MOST_BYTES: usize = 8 << 20;

/// Stores outcomes until nobody can bring any more.
pub async fn run(store: impl FinishStore, mut outcomes: mpsc::Receiver<Finished>, redactor: &Redactor) {
    let mut finisher = Finisher { store, redactor, backoff: Backoff::for_database() };
    let mut batch = Vec::new();
    while gather(&mut outcomes, &mut batch, MOST_BYTES, weight).await {
        finisher.deliver(std::mem::take(&mut batch)).await;
    }
}

/// Bytes, but at least so many that [`MOST_OUTCOMES`] fill a statement.
fn weight(outcome: &Finished) -> usize {
    outcome.json.get().len().max(MOST_BYTES / MOST_OUTCOMES)
}

struct Finisher<'a, S> {
    store: S,
    redactor: &'a Redactor,
    backoff: Backoff,
}

impl<S: FinishStore> Finisher<'_, S> {
    /// Stores a batch; one that the database cannot read is halved until the culprit stands alone.
    async fn deliver(&mut self, batch: Vec<Finished>) {
        let mut batches = vec![batch];
        while let Some(mut batch) = batches.pop() {
            match self.store.finish(&batch).await {
                Ok(stale) => {
                    self.backoff.reset();
                    stale.iter().for_each(note_stale);
                }
                Err(error) if error.blames_the_data() && batch.len() > 1 => {
                    let second = batch.split_off(batch.len() / 2);
                    batches.extend([second, batch]);
                }
                Err(error) if error.blames_the_data() => batches.extend(self.rejection(batch, &error)),
                Err(_) => {
                    sleep(self.backoff.next()).await;
                    batches.push(batch);
                }
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
            return None;
        }
        tracing::error!(%job_id, attempt, %error, "the database could not read an outcome; reporting the job as lost");
        let failure = Failure::lost(code::OUTCOME_REJECTED, format!("the database could not read the outcome: {error}"));
        let outcome = Outcome::new(rejected.id, Err(failure), std::time::Duration::ZERO, self.redactor);
        let json = outcome.json().ok()?;
        Some(vec![Finished { id: rejected.id, json, is_rejection: true, held: None }])
    }
}

fn note_stale((job_id, attempt): &Attempt) {
    tracing::debug!(%job_id, attempt, "an outcome came after the attempt was over");
}

#[cfg(test)]
mod tests;
