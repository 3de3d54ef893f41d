//! When to look for work again.
//!
//! The wake-up is a hint: of many enqueues at once only one notifies, and it may commit before the others. So after
//! every sign of life the queue is looked at in quick, growing steps before the worker falls back to slow polling.

use std::time::Duration;

/// Milliseconds between looks after a wake-up; together they cover the commit of a transaction of 187 ms.
const STEPS: [u64; 7] = [0, 2, 5, 10, 20, 50, 100];

/// Which wait comes next.
pub struct Poll {
    interval: Duration,
    /// Index into `STEPS`; past the end means slow polling.
    step: usize,
}

impl Poll {
    /// Slow polling every `interval`.
    pub fn new(interval: Duration) -> Self {
        Self { interval, step: STEPS.len() }
    }

    /// Somebody said there is work.
    pub fn woken(&mut self) {
        self.step = 0;
    }

    /// There was some work, fewer jobs than asked for; more may be committing, but not in this very moment.
    pub fn found_some(&mut self) {
        self.step = 1;
    }

    /// The next wait.
    pub fn next(&mut self) -> Duration {
        let Some(milliseconds) = STEPS.get(self.step) else {
            // A fifth either way, so that the workers of a fleet do not ask in step.
            return self.interval.mul_f64(rand::random_range(0.8..=1.2));
        };
        self.step += 1;
        Duration::from_millis(*milliseconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(poll: &mut Poll, looks: usize) -> Vec<u128> {
        (0..looks).map(|_| poll.next().as_millis()).collect()
    }

    #[test]
    fn polls_slowly_with_jitter_while_nothing_happens() {
        let mut poll = Poll::new(Duration::from_secs(1));
        let waits = milliseconds(&mut poll, 200);
        assert!(waits.iter().all(|wait| (800..=1200).contains(wait)));
        assert!(waits.iter().any(|wait| *wait != waits[0]), "no jitter");
    }

    #[test]
    fn looks_in_quick_growing_steps_after_a_wake_up_and_then_slowly() {
        let mut poll = Poll::new(Duration::from_secs(1));
        poll.woken();
        assert_eq!(milliseconds(&mut poll, 7), [0, 2, 5, 10, 20, 50, 100]);
        assert!(poll.next() >= Duration::from_millis(800));
    }

    #[test]
    fn looks_soon_again_after_some_work() {
        let mut poll = Poll::new(Duration::from_secs(1));
        poll.found_some();
        assert_eq!(milliseconds(&mut poll, 2), [2, 5]);
        poll.woken();
        assert_eq!(poll.next(), Duration::ZERO);
    }
}
