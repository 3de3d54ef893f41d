//! How long to wait after a failure: exponential, capped, with jitter, so that a fleet does not return in step.

use std::time::Duration;

/// Waiting times that grow until `reset`.
pub struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
}

impl Backoff {
    /// For the database: quick enough to ride out a restart unnoticed, and never rarer than every 5 s, because nothing
    /// else works meanwhile and one connection attempt costs the server little.
    pub fn for_database() -> Self {
        Self { first: Duration::from_millis(50), longest: Duration::from_secs(5), failures: 0 }
    }

    /// For an outcome whose job a person is resolving in an open transaction: soon again, because most end at once, and every
    /// 5 s in the end, because a person may also have gone for lunch.
    pub fn for_busy_job() -> Self {
        Self { first: Duration::from_millis(100), ..Self::for_database() }
    }

    /// The next waiting time, between half and all of the exponential one.
    pub fn next(&mut self) -> Duration {
        // 16 doublings exceed any sensible cap and cannot overflow.
        let grown = self.first.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        grown.min(self.longest).mul_f64(rand::random_range(0.5..=1.0))
    }

    /// Starts again from the shortest time.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_the_cap_stays_there_and_starts_again() {
        let mut backoff = Backoff::for_database();
        assert!(backoff.next() <= Duration::from_millis(50));
        let later: Vec<_> = (0..100).map(|_| backoff.next()).collect();
        assert!(later[50..].iter().all(|wait| (2500..=5000).contains(&wait.as_millis())));
        backoff.reset();
        assert!(backoff.next() <= Duration::from_millis(50));
    }
}
