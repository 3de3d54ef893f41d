//! The attempts under way, so that those can be ended whose job somebody cancelled.
//!
//! The database is asked at every notification and as often as the heart beats; what it names and runs here is told. An attempt that
//! it names before it has begun here is named again, or refused when it asks for the permission to send. After a claim whose answer was
//! lost the database is told what is under way, and takes back the rest.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use super::storage::Attempt;

/// All of them; clones share them.
#[derive(Clone, Default)]
pub struct UnderWay(Arc<Mutex<HashMap<Attempt, CancellationToken>>>);

impl UnderWay {
    /// Adds an attempt for as long as the result lives.
    pub fn begin(&self, attempt: Attempt) -> Begun {
        let cancelled = CancellationToken::new();
        self.attempts().insert(attempt, cancelled.clone());
        Begun { attempt, cancelled, all: self.clone() }
    }

    /// Tells those attempts that somebody cancelled their jobs. One that is not under way has ended, or begins later.
    pub fn cancel(&self, attempts: &[Attempt]) {
        let under_way = self.attempts();
        for cancelled in attempts.iter().filter_map(|attempt| under_way.get(attempt)) {
            cancelled.cancel();
        }
    }

    /// What is under way at this moment.
    pub fn held(&self) -> Vec<Attempt> {
        self.attempts().keys().copied().collect()
    }

    /// A panic elsewhere cannot have left half an entry.
    fn attempts(&self) -> MutexGuard<'_, HashMap<Attempt, CancellationToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One attempt under way.
pub struct Begun {
    attempt: Attempt,
    /// Cancelled when somebody cancelled the job.
    pub cancelled: CancellationToken,
    all: UnderWay,
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.all.attempts().remove(&self.attempt);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_the_attempts_that_are_named_are_told() {
        let under_way = UnderWay::default();
        let [first, second, other] = [1, 2, 3].map(|number| under_way.begin((Uuid::from_u128(1), number)));
        under_way.cancel(&[(Uuid::from_u128(1), 2), (Uuid::from_u128(2), 1)]);
        assert_eq!([&first, &second, &other].map(|begun| begun.cancelled.is_cancelled()), [false, true, false]);
    }

    #[test]
    fn an_attempt_that_ended_is_forgotten() {
        let under_way = UnderWay::default();
        drop(under_way.begin((Uuid::nil(), 1)));
        assert!(under_way.attempts().is_empty());
    }
}
