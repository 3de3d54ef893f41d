//! Outcomes whose job somebody is resolving by hand at this moment. They wait here without holding up the others.

use tokio::time::{Instant, sleep_until};

use super::backoff::Backoff;
use super::finished::Finished;

/// The most that wait: with the 16 KiB that each may hold beside the memory for answers these are 32 MiB. Nobody resolves as many
/// jobs in one transaction that stays open; if somebody does, new outcomes wait until some of these are stored.
const MOST_WAITING: usize = 2000;

/// One of them.
struct Waiting {
    outcome: Finished,
    /// When it is offered again.
    due: Instant,
    backoff: Backoff,
}

/// All of them.
#[derive(Default)]
pub struct Busy {
    waiting: Vec<Waiting>,
    /// Offered again just now; how long each has to wait if it is busy once more.
    offered: Vec<(super::storage::Attempt, Backoff)>,
}

impl Busy {
    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether one statement more of new outcomes may turn out to be busy.
    pub fn has_room(&self) -> bool {
        self.waiting.len() < MOST_WAITING
    }

    /// Keeps an outcome until it is due.
    pub fn keep(&mut self, mut outcome: Finished) {
        let known = self.offered.iter().position(|(attempt, _)| *attempt == outcome.id);
        let mut backoff = known.map_or_else(Backoff::for_busy_job, |at| self.offered.swap_remove(at).1);
        if let Some(held) = &mut outcome.held {
            held.leave_express(outcome.json.get().len());
        }
        let due = Instant::now() + backoff.next();
        self.waiting.push(Waiting { outcome, due, backoff });
    }

    /// Waits until the first one is due; for ever if there is none.
    pub async fn due(&self) {
        match self.waiting.iter().map(|waiting| waiting.due).min() {
            Some(due) => sleep_until(due).await,
            None => std::future::pending().await,
        }
    }

    /// Adds what is due to a statement, as long as it has room.
    pub fn offer(&mut self, batch: &mut Vec<Finished>, has_room: impl Fn(&[Finished]) -> bool) {
        let now = Instant::now();
        self.offered.clear();
        let mut at = 0;
        while at < self.waiting.len() && has_room(batch) {
            if self.waiting[at].due > now {
                at += 1;
                continue;
            }
            let Waiting { outcome, backoff, .. } = self.waiting.swap_remove(at);
            self.offered.push((outcome.id, backoff));
            batch.push(outcome);
        }
    }

    /// All of them, at the end.
    pub fn into_outcomes(self) -> impl Iterator<Item = Finished> {
        self.waiting.into_iter().map(|waiting| waiting.outcome)
    }
}
