//! Money: what a call may cost, what it did cost, and whether it may be made.
//!
//! ```text
//! import      a price file                                   -> rows, each the price of one model for a time
//! matching    a clause of a row + the name of a model        -> whether it is meant
//! price       a row + what was counted                       -> nano-dollars, and the most they can be
//! extractor   an answer                                      -> what was counted in it (usage)
//! billing     what is known of a call, its price, its hold   -> what is posted for it
//! admission   what a batch of jobs may use + what is left    -> which of them may run
//! ```
//!
//! All of it is exact: amounts are whole nano-dollars, rounded up, and what does not fit is an error. What is not known stays unknown: a caller holds
//! and posts the upper bound then.

pub mod admission;
pub mod billing;
mod decimal;
pub mod extractor;
pub mod import;
pub mod matching;
pub mod moves;
pub mod price;
mod rates;
mod span;
pub mod unit;
pub mod usage;

use crate::error::Problem;

/// What is wrong with a price file, and where.
fn malformed(place: &str, what: impl std::fmt::Display) -> Problem {
    let place = if place.is_empty() { "the top level" } else { place };
    Problem::bad("price_file_malformed", format!("at {place}: {what}"))
}

/// The place of a key of an object, or of an item of a list.
fn child(place: &str, key: impl std::fmt::Display) -> String {
    format!("{place}/{}", key.to_string().replace('~', "~0").replace('/', "~1"))
}
