//! What the database says about silence: for how long a worker may be silent, and so how often it beats and how long it waits for an answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::health::Health;

/// So many beats fit into one lease that a few lost ones cost nothing.
const BEATS_PER_LEASE: u32 = 6;

/// Leases that a statement may take. By then the database has taken this worker for dead twice over, so what hangs is the connection, as
/// when the other end is gone without a word.
const PATIENCE_IN_LEASES: u32 = 2;

/// The shortest lease that counts for that, in seconds: a short lease makes no statement quicker.
const SHORTEST: u32 = 5;

/// How long the worker may be silent, in seconds. The database says so with every beat, because somebody may change it.
#[derive(Clone, Default)]
pub struct Lease {
    seconds: Arc<AtomicU32>,
    health: Health,
}

impl Lease {
    /// Not known yet; every beat is told to `health`.
    pub fn new(health: Health) -> Self {
        Self { seconds: Arc::default(), health }
    }

    /// Takes note of what the database has said.
    pub fn learn(&self, seconds: i32) {
        let seconds = u32::try_from(seconds).unwrap_or(1);
        self.seconds.store(seconds, Ordering::Relaxed);
        self.health.beaten(seconds);
    }

    /// The pause before the next beat or the next look for dead workers. A tenth less, at random: a fleet started together should not
    /// beat in step.
    pub fn pause(&self) -> Duration {
        (self.whole(1) / BEATS_PER_LEASE).mul_f64(rand::random_range(0.9..=1.0))
    }

    /// How long a beat may wait for its answer: half a lease, so that the next one still comes in time over a new connection.
    pub fn patience_of_a_beat(&self) -> Duration {
        self.whole(1) / 2
    }

    /// How long any other statement may take.
    pub fn patience(&self) -> Duration {
        self.whole(SHORTEST) * PATIENCE_IN_LEASES
    }

    fn whole(&self, at_least: u32) -> Duration {
        Duration::from_secs(u64::from(self.seconds.load(Ordering::Relaxed).max(at_least)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_beats_fit_into_any_lease_the_database_may_ask_for() {
        let lease = Lease::default();
        for (asked, seconds) in [(1, 1), (2, 2), (30, 30), (86_400, 86_400), (0, 1), (-5, 1)] {
            lease.learn(asked);
            let pause = lease.pause();
            assert!(lease.patience() >= Duration::from_secs(seconds) * 2 && lease.patience() >= Duration::from_secs(10));
            assert!(lease.patience_of_a_beat() + pause < Duration::from_secs(seconds));
            assert!(pause * 5 < Duration::from_secs(seconds) && pause * 7 > Duration::from_secs(seconds), "{asked}: {pause:?}");
        }
    }
}
