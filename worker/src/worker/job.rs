//! One claimed job, from preparation to its outcome.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::Utc;
use futures_util::FutureExt;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::sender::{Permission, Sender};
use super::shutdown::Shutdown;
use super::storage::{ClaimedJob, Finished};
use crate::execute::progress::{ProgressSink, ProgressUpdate};
use crate::execute::script::JobName;
use crate::execute::{Executors, Preparation};
use crate::outcome::{Answer, Failure, Outcome, Phase, code};
use crate::redact::Redactor;

/// What became of an attempt; nothing when the database took it away before it went out.
type Ending = Option<Result<Answer, Failure>>;

/// Everything a job needs.
pub struct Runner {
    /// Carries it out.
    pub executors: Executors,
    /// Cleans what comes back.
    pub redactor: Arc<Redactor>,
    /// Asks for the permission to send.
    pub sender: Sender,
    /// Takes the outcome.
    pub outcomes: mpsc::Sender<Finished>,
    /// Takes progress messages.
    pub progress: mpsc::Sender<ProgressUpdate>,
    /// Says when to stop.
    pub shutdown: Shutdown,
}

impl Runner {
    /// Carries a job out and queues its outcome.
    pub async fn run(&self, job: ClaimedJob) {
        // When the permission to send came.
        let sent = OnceLock::new();
        // A bug that concerns one job must not take the others along, nor leave this one hanging until its lease ends.
        let ending = AssertUnwindSafe(self.attempt(&job, &sent)).catch_unwind().await;
        let Some(result) = ending.unwrap_or_else(|_| Some(Err(panicked(sent.get().is_some())))) else {
            tracing::debug!(job_id = %job.id.0, attempt = job.id.1, tool = job.tool, "not sent: the database has taken the job away");
            return;
        };
        let duration = sent.get().map_or(Duration::ZERO, Instant::elapsed);
        let outcome = Outcome::new(job.id, result, duration, &self.redactor);
        log(&job, &outcome);
        self.hand_over(outcome).await;
    }

    async fn attempt(&self, job: &ClaimedJob, sent: &OnceLock<Instant>) -> Ending {
        let name = JobName { id: job.id.0, attempt: job.id.1 };
        if self.shutdown.stop.is_cancelled() {
            return Some(Err(stopped_before()));
        }
        let preparation = match self.executors.prepare(&job.executor, &job.request, name).await {
            Ok(preparation) => preparation,
            Err(failure) => return Some(Err(failure)),
        };
        if self.shutdown.stop.is_cancelled() {
            return Some(Err(stopped_before()));
        }
        let permission = tokio::select! {
            permission = self.sender.ask(job.id, time_left(job)) => permission,
            () = self.shutdown.abort.cancelled() => return Some(Err(stopped_before())),
        };
        match permission {
            Permission::Refused => None,
            Permission::Unconfirmed => Some(Err(Failure::unsent(
                code::MARK_SENT_UNCONFIRMED,
                "the database did not confirm that the attempt may go out, so it did not",
            ))),
            Permission::Accepted => {
                sent.get_or_init(Instant::now);
                Some(self.perform(job, preparation).await)
            }
        }
    }

    async fn perform(&self, job: &ClaimedJob, preparation: Preparation) -> Result<Answer, Failure> {
        let progress = ProgressSink::new(job.id, self.progress.clone(), Arc::clone(&self.redactor));
        tokio::select! {
            result = self.executors.perform(preparation, progress) => result,
            () = self.shutdown.abort.cancelled() => {
                Err(Failure::lost(code::SHUTDOWN, "the worker stopped before the answer came; give it more --drain-seconds"))
            }
        }
    }

    async fn hand_over(&self, outcome: Outcome) {
        let id = (outcome.job_id, outcome.attempt);
        match outcome.into_json() {
            // Waits while the database is behind. The finisher lives as long as any sender, so nobody is turned away.
            Ok(json) => drop(self.outcomes.send(Finished { id, json, is_rejection: false }).await),
            Err(error) => tracing::error!(job_id = %id.0, attempt = id.1, %error, "an outcome could not be written as JSON"),
        }
    }
}

/// How long the database leaves the attempt to us, by its clock as far as ours agrees; it has the last word anyway.
fn time_left(job: &ClaimedJob) -> Duration {
    (job.deadline - Utc::now()).to_std().unwrap_or_default()
}

fn stopped_before() -> Failure {
    Failure::unsent(code::SHUTDOWN, "the worker stopped before the job went out")
}

fn panicked(was_sent: bool) -> Failure {
    let words = "the worker failed while carrying the job out; its log has the place";
    match was_sent {
        true => Failure::lost(code::WORKER_ERROR, words),
        false => Failure::unsent(code::WORKER_ERROR, words),
    }
}

fn log(job: &ClaimedJob, outcome: &Outcome) {
    let (job_id, attempt, tool, duration_ms) = (job.id.0, job.id.1, &job.tool, outcome.duration_ms);
    if outcome.phase == Phase::Answered {
        tracing::debug!(%job_id, attempt, tool, duration_ms, "job answered");
        return;
    }
    let (phase, code, error) = (outcome.phase, outcome.code, outcome.error.as_deref());
    tracing::warn!(%job_id, attempt, tool, duration_ms, ?phase, code, error, "job not answered");
}
