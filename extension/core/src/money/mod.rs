//! Prices: what a call costs at most before it is made, and what it cost once the provider has counted.
//!
//! A price file ([`import`]) becomes rows, each the price of one model for a time. [`matching`] finds the row for a model's name, [`price`]
//! turns what was counted ([`usage`], read from an answer by an [`extractor`]) into nano-dollars, rounded up. All of it is exact: amounts are
//! whole numbers, and what does not fit is an error. What is not known stays unknown: a caller holds and books the upper bound then.

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
