//! The queues of a worker, in lanes: those without a limit share one, and each with a limit has its own. A lane knows how many of its
//! jobs may still start and when it is worth looking at, and lanes take turns.

use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use futures_util::future::select_all;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::poll::Poll;
use crate::cli::QueueOption;

/// One claim asks for one lane.
struct Lane {
    queues: Vec<String>,
    /// One permit per job that may run; none without a limit of its own.
    room: Option<Arc<Semaphore>>,
    poll: Poll,
    /// When to look for jobs again.
    due: Instant,
}

impl Lane {
    fn has_room(&self) -> bool {
        self.room.as_ref().is_none_or(|room| room.available_permits() > 0)
    }
}

/// All lanes.
pub struct Lanes {
    lanes: Vec<Lane>,
    /// Whose turn it is.
    next: usize,
}

/// What one claim may ask for.
pub struct Turn {
    lane: usize,
    /// From which queues.
    pub queues: Vec<String>,
    /// How many jobs.
    pub most: usize,
}

/// What a running job holds of its lane.
pub type LaneSlot = Option<OwnedSemaphorePermit>;

impl Lanes {
    /// Takes the queues as they were given; an empty one is looked at every `interval`.
    pub fn new(queues: &[QueueOption], interval: Duration) -> Self {
        let lane = |queues, most: Option<u32>| Lane {
            queues,
            room: most.map(|most| Arc::new(Semaphore::new(most as usize))),
            poll: Poll::new(interval),
            due: Instant::now(),
        };
        let unlimited: Vec<_> = queues.iter().filter(|queue| queue.most.is_none()).map(|queue| queue.name.clone()).collect();
        let limited = queues.iter().filter(|queue| queue.most.is_some()).map(|queue| lane(vec![queue.name.clone()], queue.most));
        let shared = Some(unlimited).filter(|queues| !queues.is_empty()).map(|queues| lane(queues, None));
        Self { lanes: shared.into_iter().chain(limited).collect(), next: 0 }
    }

    /// Somebody said there is work: every lane is looked at.
    pub fn woken(&mut self) {
        for lane in &mut self.lanes {
            lane.poll.woken();
            lane.due = Instant::now();
        }
    }

    /// The next lane that is due and has room, for at most `most` jobs. The turn passes on, so that a full queue starves no other.
    pub fn turn(&mut self, most: usize) -> Option<Turn> {
        let (now, count) = (Instant::now(), self.lanes.len());
        let order = (0..count).map(|step| (self.next + step) % count);
        let lane = order.into_iter().find(|lane| self.lanes[*lane].due <= now && self.lanes[*lane].has_room())?;
        self.next = (lane + 1) % count;
        let Lane { queues, room, .. } = &self.lanes[lane];
        let room = room.as_ref().map_or(usize::MAX, |room| room.available_permits());
        Some(Turn { lane, queues: queues.clone(), most: most.min(room) })
    }

    /// A claim for `turn` found so many jobs; with as many as it asked for there may be more at once.
    pub fn found(&mut self, turn: &Turn, jobs: usize) {
        let lane = &mut self.lanes[turn.lane];
        if jobs > 0 {
            lane.poll.found_some();
        }
        lane.due = Instant::now() + if jobs < turn.most { lane.poll.next() } else { Duration::ZERO };
    }

    /// The place of one job in its lane; only the claimer takes them, so there are as many as the turn said.
    pub fn slot(&self, turn: &Turn) -> LaneSlot {
        self.lanes[turn.lane].room.as_ref().and_then(|room| Arc::clone(room).try_acquire_owned().ok())
    }

    /// Waits until a lane may have a turn.
    pub async fn ready(&self) {
        let ready = self.lanes.iter().map(|lane| {
            Box::pin(async {
                tokio::time::sleep_until(lane.due).await;
                if let Some(room) = &lane.room {
                    // Given back at once: it is taken when a job needs it.
                    let _ = room.acquire().await;
                }
            })
        });
        select_all(ready).await;
    }
}

/// Refuses queues that are named twice.
pub fn check(queues: &[QueueOption]) -> anyhow::Result<()> {
    for (at, queue) in queues.iter().enumerate() {
        let is_first = queues[..at].iter().all(|before| before.name != queue.name);
        ensure!(is_first, "--queue {} is given twice; name each queue once", queue.name);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
