//! How far a running script says it has come, on its way to the database, for the next attempt to go on from there.
//!
//! One save is under way at a time, and what comes meanwhile replaces what waits: only the newest counts. Unlike progress it is
//! tried again while the database is away, and the outcome of the attempt waits for it a while.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use crate::redact::Redactor;

/// How such a line begins.
const PREFIX: &str = "checkpoint:";

/// Bytes of a line that is looked at. The database takes 64 KiB, and JSON escapes make three times as much of most scripts.
const LONGEST: usize = 256 << 10;

/// Between two tries while the database is away.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a finished script waits for its last checkpoint to be saved: a database that restarts is back by then, mostly. Without
/// it the next attempt does a little twice; without the outcome nobody knows how the job ended.
const LAST_PATIENCE: Duration = Duration::from_secs(10);

/// One checkpoint for the database.
#[derive(Debug)]
pub struct CheckpointUpdate {
    /// The job.
    pub job_id: Uuid,
    /// Which attempt of it.
    pub attempt: i32,
    /// What the script needs to go on, redacted.
    pub data: Arc<RawValue>,
    /// Told what became of it: whether it is settled, or must be sent again.
    pub settled: oneshot::Sender<bool>,
}

/// The checkpoints of one attempt.
pub struct CheckpointSink {
    job: (Uuid, i32),
    updates: mpsc::Sender<CheckpointUpdate>,
    redactor: Arc<Redactor>,
    saving: Option<Saving>,
}

/// The newest one and the task that saves it.
struct Saving {
    newest: watch::Sender<Arc<RawValue>>,
    task: AbortOnDropHandle<()>,
}

impl CheckpointSink {
    /// A sink that hands checkpoints to `updates`.
    pub fn new(job: (Uuid, i32), updates: mpsc::Sender<CheckpointUpdate>, redactor: Arc<Redactor>) -> Self {
        Self { job, updates, redactor, saving: None }
    }

    /// Takes a line if it is a checkpoint.
    pub fn takes(&mut self, line: &[u8]) -> bool {
        let Some(text) = text_of(line) else { return false };
        let (job_id, attempt) = self.job;
        if text.len() > LONGEST {
            tracing::warn!(%job_id, attempt, bytes = text.len(), "a checkpoint is too long and is not saved");
            return true;
        }
        let Ok(value) = serde_json::from_str::<Value>(text) else { return false };
        match redacted(text, &value, &self.redactor) {
            Some(data) => self.save(data.into()),
            None => tracing::warn!(%job_id, attempt, "a checkpoint with a secret in it is not saved"),
        }
        true
    }

    fn save(&mut self, data: Arc<RawValue>) {
        if let Some(saving) = &self.saving {
            saving.newest.send_replace(data);
            return;
        }
        let (newest, seen) = watch::channel(data);
        let task = AbortOnDropHandle::new(tokio::spawn(save(self.job, self.updates.clone(), seen)));
        self.saving = Some(Saving { newest, task });
    }

    /// Waits a while until the last one is saved.
    pub async fn finish(self) {
        let Some(Saving { newest, task }) = self.saving else { return };
        drop(newest);
        if timeout(LAST_PATIENCE, task).await.is_err() {
            tracing::warn!(job_id = %self.job.0, attempt = self.job.1, "the last checkpoint could not be saved in time");
        }
    }
}

/// What stands behind the prefix.
fn text_of(line: &[u8]) -> Option<&str> {
    let rest = line.trim_ascii().strip_prefix(PREFIX.as_bytes())?;
    str::from_utf8(rest.trim_ascii()).ok()
}

/// The text as it is unless there is a secret in it; nothing if it is no JSON without the secret.
fn redacted(text: &str, value: &Value, redactor: &Redactor) -> Option<Box<RawValue>> {
    // Any letter may be written as an escape, which hides a secret; written by us it is none.
    let plain = value.to_string();
    let is_clean = |text: &str| redactor.text(text) == text;
    let clean = if is_clean(text) && is_clean(&plain) { text.to_owned() } else { redactor.text(&plain).into_owned() };
    RawValue::from_string(clean).ok()
}

/// Saves the newest until there is none any more.
async fn save((job_id, attempt): (Uuid, i32), updates: mpsc::Sender<CheckpointUpdate>, mut seen: watch::Receiver<Arc<RawValue>>) {
    loop {
        let data = Arc::clone(&seen.borrow_and_update());
        let (settled, answer) = oneshot::channel();
        if updates.send(CheckpointUpdate { job_id, attempt, data, settled }).await.is_err() {
            return;
        }
        if !answer.await.unwrap_or(false) {
            sleep(PAUSE).await;
            continue;
        }
        if seen.changed().await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
