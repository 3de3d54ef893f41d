//! One claimed job, from preparation to its outcome.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::cancel::{Begun, UnderWay};
use super::finished::Finished;
use super::metrics::Metrics;
use super::sender::{Permission, Sender};
use super::shutdown::Shutdown;
use super::storage::ClaimedJob;
use crate::execute::progress::{ProgressSink, Reports};
use crate::execute::{Executors, Preparation};
use crate::memory::{Held, Memory};
use crate::outcome::{Answer, Failure, Outcome, Phase, code};
use crate::redact::Redactor;

/// What became of an attempt.
type Ending = Result<Answer, Failure>;

/// Everything a job needs.
pub struct Runner {
    /// Carries it out.
    pub executors: Executors,
    /// Bounds what comes back.
    pub memory: Memory,
    /// Cleans it.
    pub redactor: Arc<Redactor>,
    /// Asks for the permission to send.
    pub sender: Sender,
    /// Takes the outcome.
    pub outcomes: mpsc::Sender<Finished>,
    /// Takes what scripts say while they run.
    pub reports: Reports,
    /// Counts what becomes of it.
    pub metrics: Metrics,
    /// Says which job somebody cancelled.
    pub under_way: UnderWay,
    /// Says when to stop.
    pub shutdown: Shutdown,
}

impl Runner {
    /// Carries a job out and queues its outcome; it has begun until then.
    pub async fn run(&self, mut job: ClaimedJob, begun: Begun) {
        // Freed as soon as it is prepared: thousands of calls wait for minutes.
        let request = std::mem::replace(&mut job.request, RawValue::NULL.to_owned());
        let _running = self.metrics.running();
        // When the permission to send came.
        let sent = OnceLock::new();
        // A bug that concerns one job must not take the others along, nor leave this one hanging until its lease ends. So
        // everything that could fail is in here, up to the outcome as it is handed over.
        let finished = AssertUnwindSafe(self.finished(&job, request, &sent, &begun.cancelled)).catch_unwind().await;
        let finished = match finished {
            Ok(Ok(finished)) => finished,
            Ok(Err(_)) | Err(_) => self.plainly_failed(&job, &sent),
        };
        if let Some(mut finished) = finished {
            finished.counted = Some(self.metrics.waiting());
            // Waits while the database is behind. If the finisher is gone, the whole process ends, and the rescue takes over.
            let _ = self.outcomes.send(finished).await;
        }
    }

    /// Carries a job out; nothing is left to tell the database where it has ended the attempt itself.
    async fn finished(
        &self,
        job: &ClaimedJob,
        request: Box<RawValue>,
        sent: &OnceLock<Instant>,
        cancelled: &CancellationToken,
    ) -> anyhow::Result<Option<Finished>> {
        let redactor = self.redactor_of(job)?;
        let mut held = self.memory.hold();
        let result = self.attempt(job, request, sent, &redactor, &mut held, cancelled).await;
        if result.is_err() {
            // A failure is a few words; what was read before it is gone.
            held = self.memory.hold();
        }
        let is_settled = result.as_ref().is_ok_and(|answer| answer.is_settled);
        let duration = sent.get().map_or(Duration::ZERO, Instant::elapsed);
        let unwritable =
            |error: &_| tracing::error!(job_id = %job.id.0, attempt = job.id.1, %error, "an outcome cannot be written as JSON");
        let (outcome, length) = Outcome::new(job.id, result, duration, &redactor).fitted().inspect_err(unwritable)?;
        held.cover(length).await;
        let json = outcome.json().inspect_err(unwritable)?;
        // An answer is worth more than the line about it.
        let _ = catch_unwind(AssertUnwindSafe(|| log(job, &outcome)));
        self.metrics.finished(job, outcome.phase, sent.get().map(|_| duration));
        Ok((!is_settled).then(|| Finished::new(job.id, json, Some(held))))
    }

    /// Knows the token of the attempt as well, which a script may write anywhere.
    fn redactor_of(&self, job: &ClaimedJob) -> anyhow::Result<Arc<Redactor>> {
        let Some(token) = &job.token else { return Ok(Arc::clone(&self.redactor)) };
        let unknown = |error: &_| tracing::error!(job_id = %job.id.0, attempt = job.id.1, %error, "a token could not be made known");
        Redactor::knowing(&self.redactor, "STEWARD_TOKEN", token).inspect_err(unknown).map(Arc::new)
    }

    async fn attempt(
        &self,
        job: &ClaimedJob,
        request: Box<RawValue>,
        sent: &OnceLock<Instant>,
        redactor: &Arc<Redactor>,
        held: &mut Held,
        cancelled: &CancellationToken,
    ) -> Ending {
        let preparation = tokio::select! {
            // In this order, so that nothing goes on that was told to stop before or meanwhile.
            biased;
            () = self.shutdown.stop.cancelled() => return Err(stopped_before()),
            () = cancelled.cancelled() => return Err(cancelled_before()),
            preparation = self.executors.prepare(&job.executor, &request, job.claim()) => preparation?,
        };
        drop(request);
        let hold = preparation.hold;
        self.held(job, hold, cancelled).await?;
        let permission = tokio::select! {
            permission = self.sender.ask(job.id, time_left(job)) => permission,
            () = cancelled.cancelled() => return Err(cancelled_before()),
            () = self.shutdown.abort.cancelled() => return Err(stopped_before()),
        };
        match permission {
            Permission::Refused => Err(refused()),
            Permission::Unconfirmed => {
                Err(Failure::unsent(code::MARK_SENT_UNCONFIRMED, "the database did not confirm that the attempt may go out, so it did not"))
            }
            Permission::Accepted => {
                let sent = sent.get_or_init(Instant::now);
                // A hold is a plan; the metric is about slowness.
                self.metrics.sent(sent.duration_since(job.claimed_at).saturating_sub(hold));
                let progress = ProgressSink::new(job.id, self.reports.clone(), Arc::clone(redactor));
                self.perform(job, preparation, progress, held, cancelled).await
            }
        }
    }

    /// Waits for the second for which the database planned the call. The permission is asked for after that: what is cancelled, or met by
    /// the end of the worker, was not marked as sent and may go out elsewhere.
    async fn held(&self, job: &ClaimedJob, hold: Duration, cancelled: &CancellationToken) -> Result<(), Failure> {
        if hold.is_zero() {
            return Ok(());
        }
        tokio::select! {
            biased;
            () = self.shutdown.stop.cancelled() => Err(stopped_before()),
            () = cancelled.cancelled() => Err(cancelled_before()),
            () = sleep_until(job.answered_at + hold) => Ok(()),
        }
    }

    /// Stands for the outcome of a job on which the worker panicked; made of constants, so that it does not fail as well.
    fn plainly_failed(&self, job: &ClaimedJob, sent: &OnceLock<Instant>) -> Option<Finished> {
        let words = "the worker failed while carrying the job out; its log has the place";
        let phase = if sent.get().is_some() { Phase::Lost } else { Phase::Unsent };
        let call = sent.get().map(Instant::elapsed);
        self.metrics.finished(job, phase, call);
        let json = Outcome::plain(job.id, phase, code::WORKER_ERROR, words, call.unwrap_or_default()).json().ok()?;
        Some(Finished::new(job.id, json, None))
    }

    async fn perform(
        &self,
        job: &ClaimedJob,
        preparation: Preparation,
        progress: ProgressSink,
        held: &mut Held,
        cancelled: &CancellationToken,
    ) -> Ending {
        // The permission can have taken long. After the deadline the database gives the attempt up and may start another.
        let time_left = time_left(job);
        if time_left.is_zero() {
            return Err(too_late());
        }
        tokio::select! {
            result = self.executors.perform(preparation, time_left, progress, held, cancelled) => result,
            () = self.shutdown.abort.cancelled() => {
                Err(Failure::lost(code::SHUTDOWN, "the worker stopped before the answer came; give it more --drain-seconds"))
            }
        }
    }
}

/// How long the database leaves the attempt to us; it has the last word anyway.
fn time_left(job: &ClaimedJob) -> Duration {
    job.deadline.saturating_duration_since(Instant::now())
}

fn too_late() -> Failure {
    Failure::not_executed(code::DEADLINE_PASSED, "no time was left until the deadline of the attempt, so it was not sent")
}

fn stopped_before() -> Failure {
    Failure::unsent(code::SHUTDOWN, "the worker stopped before the job went out")
}

fn cancelled_before() -> Failure {
    Failure::unsent(code::CANCELLED, "somebody cancelled the job before it went out")
}

/// The attempt may be over, which makes its outcome stale, or not: the database names no reason, and decides by what it knows.
fn refused() -> Failure {
    let words = "the database refused the permission to send, so nothing was sent: the job was cancelled, taken back or paused";
    Failure::unsent(code::MARK_SENT_UNCONFIRMED, words)
}

fn log(job: &ClaimedJob, outcome: &Outcome) {
    let (job_id, attempt, tool, duration_ms) = (job.id.0, job.id.1, &job.tool, outcome.duration_ms);
    if outcome.phase == Phase::Answered {
        tracing::debug!(%job_id, attempt, tool, duration_ms, "job answered");
        return;
    }
    let (phase, code, error) = (outcome.phase, outcome.code, outcome.error.as_deref());
    if code == Some(code::CANCELLED) {
        tracing::info!(%job_id, attempt, tool, duration_ms, ?phase, "job given up: somebody cancelled it");
        return;
    }
    tracing::warn!(%job_id, attempt, tool, duration_ms, ?phase, code, error, "job not answered");
}

#[cfg(test)]
mod tests;
