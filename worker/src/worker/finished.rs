//! A finished attempt on its way to the database, and what the database says of it.

use std::path::PathBuf;

use serde_json::value::RawValue;

use super::database::StatementError;
use super::metrics::Counted;
use super::storage::Attempt;
use crate::memory::Held;

/// A finished attempt.
pub struct Finished {
    /// Job and attempt.
    pub id: Attempt,
    /// The outcome.
    pub json: Box<RawValue>,
    /// Whether it stands for an outcome that the database could not read.
    pub is_rejection: bool,
    /// The memory it takes, given back by being dropped when the outcome is stored; none for a few words.
    pub held: Option<Held>,
    /// Counts it as waiting, until it is dropped.
    #[allow(dead_code, reason = "it counts by being there")]
    pub counted: Option<Counted>,
    /// The file it was read from, which goes when the outcome is stored.
    pub spooled: Option<PathBuf>,
}

impl Finished {
    /// An outcome of this process.
    pub fn new(id: Attempt, json: Box<RawValue>, held: Option<Held>) -> Self {
        Self { id, json, is_rejection: false, held, counted: None, spooled: None }
    }
}

/// The word of the database on one outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is stored.
    Accepted,
    /// A newer attempt, or none, is live: it came too late and changed nothing.
    Stale,
    /// Somebody is deciding the end of this job just now, so it is neither: ask again.
    Busy,
}

/// Where outcomes go.
pub trait FinishStore: Send {
    /// Stores outcomes and returns what became of each.
    fn finish(&mut self, outcomes: &[Finished]) -> impl Future<Output = Result<Vec<(Attempt, Verdict)>, StatementError>> + Send;
}
