//! Bounds the bytes of answers that a worker holds over all its calls, however many run.
//!
//! An answer counts from its first chunk until the database has stored its outcome. Chunks are paid for as they come,
//! so a slow answer holds no more than it has sent. When the pool is empty, readers stop reading, and the servers wait.
//!
//! Readers that each hold a part and wait for the rest could wait for one another for ever. So beside the pool there
//! is one express lane: whoever has it takes what it needs without asking and can always end. It gives the lane back
//! with its answer, and every answer ends, because every call has a timeout and the finisher needs no memory of ours.
//! Invariant: at most the pool, one largest answer with its JSON, and [`UNCOUNTED`] bytes per call are held.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// 512 MiB: a worker with the default of 1,000 slots and answers of 16 MiB could otherwise ask for 16 GiB, and half a
/// gibibyte is what small containers have to spare.
const POOL: usize = 512 << 20;

/// Bytes that every call may hold without asking: an ordinary answer of a model never waits behind large ones, and the
/// default of 1,000 slots adds no more than 16 MiB.
const UNCOUNTED: usize = 16 << 10;

/// The memory for answers, shared by all calls.
#[derive(Clone)]
pub struct Memory {
    /// Bytes in all.
    size: usize,
    /// One permit per byte.
    pool: Arc<Semaphore>,
    /// One permit: the express lane.
    express: Arc<Semaphore>,
    uncounted: usize,
    /// Whether somebody was told that the pool is empty.
    told: Arc<AtomicBool>,
}

impl Default for Memory {
    fn default() -> Self {
        Self::new(POOL, UNCOUNTED)
    }
}

impl Memory {
    fn new(pool: usize, uncounted: usize) -> Self {
        Self { size: pool, pool: Arc::new(Semaphore::new(pool)), express: Arc::new(Semaphore::new(1)), uncounted, told: Arc::default() }
    }

    /// Bytes of the pool that are taken.
    pub fn taken(&self) -> usize {
        self.size.saturating_sub(self.pool.available_permits())
    }

    /// The account of one answer.
    pub fn hold(&self) -> Held {
        Held { memory: self.clone(), paid: None, express: None }
    }
}

/// What one answer holds; dropping it gives all of it back.
pub struct Held {
    memory: Memory,
    paid: Option<OwnedSemaphorePermit>,
    express: Option<OwnedSemaphorePermit>,
}

impl Held {
    /// Waits until the answer may hold `bytes` in all.
    pub async fn cover(&mut self, bytes: usize) {
        let missing = bytes.saturating_sub(self.covered());
        if missing == 0 || self.express.is_some() {
            return;
        }
        // Answers are far smaller than 4 GiB; a larger one would wait for the express lane, which has no such limit.
        let missing = u32::try_from(missing).unwrap_or(u32::MAX);
        if let Ok(more) = Arc::clone(&self.memory.pool).try_acquire_many_owned(missing) {
            self.memory.told.store(false, Ordering::Relaxed);
            return self.add(more);
        }
        if !self.memory.told.swap(true, Ordering::Relaxed) {
            tracing::warn!("the memory for answers is full; answers are read more slowly until others are stored");
        }
        tokio::select! {
            biased;
            Ok(more) = Arc::clone(&self.memory.pool).acquire_many_owned(missing) => self.add(more),
            Ok(lane) = Arc::clone(&self.memory.express).acquire_owned() => self.express = Some(lane),
            // Both are closed: never, for nobody closes them.
            else => {}
        }
    }

    /// Gives the express lane back if the pool has room for `bytes` now: an answer that is kept for long must not hold up the others.
    pub fn leave_express(&mut self, bytes: usize) {
        let missing = u32::try_from(bytes.saturating_sub(self.covered())).unwrap_or(u32::MAX);
        if self.express.is_none() {
            return;
        }
        if let Ok(more) = Arc::clone(&self.memory.pool).try_acquire_many_owned(missing) {
            self.add(more);
            self.express = None;
        }
    }

    /// Bytes that are accounted for outside the express lane.
    pub fn covered(&self) -> usize {
        self.memory.uncounted + self.paid.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
    }

    fn add(&mut self, more: OwnedSemaphorePermit) {
        match &mut self.paid {
            Some(paid) => paid.merge(more),
            None => self.paid = Some(more),
        }
    }
}

#[cfg(test)]
pub mod tests;
