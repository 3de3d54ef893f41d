//! The `noop` executor: answered at once. It measures the engine, and tests what surrounds a job.

use crate::outcome::Answer;

/// The answer to nothing.
pub fn answer() -> Answer {
    Answer::default()
}
