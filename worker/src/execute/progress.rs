//! What a running script says about itself, on its way to the database.
//!
//! A chatty script must not keep the database busy, so at most four messages a second per job go out, the newest of
//! each quarter second and always the last one. A message that cannot go out now is dropped: a newer one follows.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

use super::checkpoint::{CheckpointSink, CheckpointUpdate};
use crate::redact::Redactor;

/// Four a second: as smooth as a person needs.
const INTERVAL: Duration = Duration::from_millis(250);

/// Bytes of a message that are kept: a line for people, not a document.
const LONGEST_MESSAGE: usize = 1000;

/// How long a finished script waits for its last message to be stored; its outcome matters more.
const LAST_MESSAGE_PATIENCE: Duration = Duration::from_secs(1);

/// One message for the database.
#[derive(Debug)]
pub struct ProgressUpdate {
    /// The job.
    pub job_id: Uuid,
    /// Which attempt of it.
    pub attempt: i32,
    /// Between 0 and 1, when the message contains something like `25/500`.
    pub progress: Option<f64>,
    /// The words, redacted.
    pub message: String,
    /// Told once the database has the message.
    pub stored: Option<oneshot::Sender<()>>,
}

/// Where the words of running scripts go.
#[derive(Clone)]
pub struct Reports {
    /// Messages for people.
    pub progress: mpsc::Sender<ProgressUpdate>,
    /// Checkpoints for the next attempt.
    pub checkpoints: mpsc::Sender<CheckpointUpdate>,
}

/// The messages of one attempt.
pub struct ProgressSink {
    job: (Uuid, i32),
    updates: mpsc::Sender<ProgressUpdate>,
    redactor: Arc<Redactor>,
    checkpoints: CheckpointSink,
    waiting: Option<String>,
    next: Instant,
}

impl ProgressSink {
    /// A sink that hands messages and checkpoints to `reports`.
    pub fn new(job: (Uuid, i32), reports: Reports, redactor: Arc<Redactor>) -> Self {
        let checkpoints = CheckpointSink::new(job, reports.checkpoints, Arc::clone(&redactor));
        Self { job, updates: reports.progress, redactor, checkpoints, waiting: None, next: Instant::now() }
    }

    /// Takes a line if it is a checkpoint, which is no message.
    pub fn takes_checkpoint(&mut self, line: &[u8]) -> bool {
        self.checkpoints.takes(line)
    }

    /// Takes a message; it goes out now, or when `due` has come unless a newer one replaces it.
    pub fn report(&mut self, line: &str) {
        self.waiting = Some(line.to_owned());
        if Instant::now() >= self.next {
            self.flush();
        }
    }

    /// When `flush` has something to do.
    pub fn due(&self) -> Option<Instant> {
        self.waiting.as_ref().map(|_| self.next)
    }

    /// Sends the waiting message.
    pub fn flush(&mut self) {
        let Some(message) = self.waiting.take() else { return };
        self.next = Instant::now() + INTERVAL;
        // A full channel means the database is slow or away: dropping is right, see the top.
        let _ = self.updates.try_send(self.update(&message, None));
    }

    /// Sends what came last and waits a while until it is stored, so that it comes before the outcome.
    pub async fn finish(mut self) {
        self.finish_message().await;
        self.checkpoints.finish().await;
    }

    async fn finish_message(&mut self) {
        let Some(message) = self.waiting.take() else { return };
        let (stored, done) = oneshot::channel();
        let send = async {
            if self.updates.send(self.update(&message, Some(stored))).await.is_ok() {
                // An error means that the worker is stopping; nothing more can be done for the message.
                let _ = done.await;
            }
        };
        let _ = tokio::time::timeout(LAST_MESSAGE_PATIENCE, send).await;
    }

    /// What cleans the messages.
    pub fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.redactor)
    }

    fn update(&self, message: &str, stored: Option<oneshot::Sender<()>>) -> ProgressUpdate {
        // No text in PostgreSQL can hold a NUL.
        let message = self.redactor.text(message).replace('\0', "\u{FFFD}");
        let end = message.floor_char_boundary(LONGEST_MESSAGE);
        ProgressUpdate { job_id: self.job.0, attempt: self.job.1, progress: ratio(&message), message: message[..end].to_owned(), stored }
    }
}

/// The first `n/m` of a text as a number between 0 and 1.
fn ratio(text: &str) -> Option<f64> {
    let around = |(at, _): (usize, &str)| {
        let (before, after) = (&text[..at], &text[at + 1..]);
        let part: f64 = before[before.trim_end_matches(is_digit).len()..].parse().ok()?;
        let whole: f64 = after[..after.len() - after.trim_start_matches(is_digit).len()].parse().ok()?;
        (whole > 0.0 && part <= whole).then(|| part / whole)
    };
    text.match_indices('/').find_map(around)
}

fn is_digit(letter: char) -> bool {
    letter.is_ascii_digit()
}

#[cfg(test)]
mod tests;
