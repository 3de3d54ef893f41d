//! Asks the database for the permission to send, for many attempts in one statement.
//!
//! Invariant: a caller hears `Accepted` only after the commit, so a first byte never leaves before the database knows.

use std::collections::HashSet;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep};

use super::backoff::Backoff;
use super::group::gather;
use super::storage::{Attempt, MarkStore};

/// Attempts in one statement; more would make the first wait for the last.
const MOST_ATTEMPTS: usize = 1000;

/// The word of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// The attempt is marked as sent: go.
    Accepted,
    /// Somebody else has the job now, or it was cancelled.
    Refused,
    /// A statement failed, so the attempt may be marked or not; it was not sent, and never will be.
    Unconfirmed,
}

/// One attempt that wants to go out.
pub struct MarkRequest {
    attempt: Attempt,
    /// When asking again stops.
    give_up: Instant,
    /// Whether a statement with this attempt failed.
    failed: bool,
    reply: oneshot::Sender<Permission>,
}

/// Asks on behalf of jobs.
#[derive(Clone)]
pub struct Sender(mpsc::Sender<MarkRequest>);

impl Sender {
    /// A sender and the requests that [`run`] answers.
    pub fn new(room: usize) -> (Self, mpsc::Receiver<MarkRequest>) {
        let (requests, source) = mpsc::channel(room);
        (Self(requests), source)
    }

    /// Waits for the word of the database, at the longest `patience` while the database fails.
    pub async fn ask(&self, attempt: Attempt, patience: Duration) -> Permission {
        let (reply, answer) = oneshot::channel();
        let give_up = Instant::now() + patience;
        let request = MarkRequest { attempt, give_up, failed: false, reply };
        if self.0.send(request).await.is_err() {
            return Permission::Unconfirmed;
        }
        answer.await.unwrap_or(Permission::Unconfirmed)
    }
}

/// Answers requests until nobody can ask any more.
pub async fn run(mut store: impl MarkStore, mut requests: mpsc::Receiver<MarkRequest>) {
    let mut backoff = Backoff::for_database();
    let mut batch = Vec::new();
    while gather(&mut requests, &mut batch, MOST_ATTEMPTS, |_| 1).await {
        let attempts: Vec<Attempt> = batch.iter().map(|request| request.attempt).collect();
        match store.mark_sent(&attempts).await {
            Ok(accepted) => {
                backoff.reset();
                batch.drain(..).for_each(|request| answer(request, &accepted));
            }
            // The storage has logged it.
            Err(_) => {
                sleep(backoff.next()).await;
                batch = still_waiting(batch);
            }
        }
    }
}

fn answer(request: MarkRequest, accepted: &HashSet<Attempt>) {
    let permission = match accepted.contains(&request.attempt) {
        true => Permission::Accepted,
        false if request.failed => Permission::Unconfirmed,
        false => Permission::Refused,
    };
    // The job may have been given up at shutdown; then nobody listens, and nothing was sent.
    let _ = request.reply.send(permission);
}

/// Lets those go whose time is over or who stopped waiting.
fn still_waiting(batch: Vec<MarkRequest>) -> Vec<MarkRequest> {
    let now = Instant::now();
    let mut waiting = Vec::new();
    for mut request in batch {
        request.failed = true;
        if request.reply.is_closed() {
            continue;
        }
        if now < request.give_up {
            waiting.push(request);
        } else {
            let _ = request.reply.send(Permission::Unconfirmed);
        }
    }
    waiting
}

#[cfg(test)]
mod tests;
