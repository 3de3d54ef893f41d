//! Whether a call that is over was carried out: what its bill goes by.

use super::definition::{Executor, Tool};
use super::outcome::{Outcome, Phase};

/// What an outcome proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Execution {
    /// Nothing left the building.
    Unsent,
    /// No connection was made.
    Unconnected,
    /// Somebody answered that nothing was done.
    Refused,
    /// It was carried out.
    Done,
    /// Nobody knows.
    Unknown,
}

/// Reads it from an outcome. A status from 400 to 499 is a refusal before any work: providers bill answers; 408 and what a gateway may say of a
/// server behind it are not (as in [`super::decision`]).
pub fn execution(tool: &Tool, outcome: &Outcome) -> Execution {
    match outcome.phase {
        Phase::Unprepared | Phase::Rehearsed | Phase::Unsent => Execution::Unsent,
        Phase::NotExecuted => Execution::Unconnected,
        Phase::Lost => Execution::Unknown,
        Phase::Completed => Execution::Done,
        Phase::Answered => match &tool.executor {
            Executor::Http(_) | Executor::External(_) => of_status(tool, outcome),
            Executor::Script { .. } if outcome.exit_code.is_none() => Execution::Unknown,
            // What a function did that failed was rolled back.
            Executor::Sql { .. } if outcome.sqlstate.is_some() => Execution::Refused,
            _ => Execution::Done,
        },
    }
}

/// A rate limit, a server that says when it is there again, and what the tool's provider says so.
fn proves_non_execution(tool: &Tool, status: u16, outcome: &Outcome) -> bool {
    let says_when = ["retry-after", "retry-after-ms"].iter().any(|name| outcome.headers.contains_key(*name));
    status == 429 || status == 503 && says_when || tool.not_executed.contains(&status)
}

fn of_status(tool: &Tool, outcome: &Outcome) -> Execution {
    match outcome.status.unwrap_or(0) {
        200..=299 => Execution::Done,
        status if proves_non_execution(tool, status, outcome) => Execution::Refused,
        408 | 499 => Execution::Unknown,
        300..=498 => Execution::Refused,
        _ => Execution::Unknown,
    }
}
