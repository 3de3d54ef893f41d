//! Whether a price moved further than prices do.

use serde_json::Value;

use super::price::ModelPrice;
use crate::error::Problem;

/// How many times as high or as low a price may become at once: a mistake in the unit is a factor of a thousand.
const FURTHEST: u128 = 10;

/// The first price that is more than ten times as high or low in the new prices, by its name. Prices that are new or gone did not move; from
/// nothing to something, and back, is further than any factor.
///
/// # Errors
/// `price_file_malformed`.
pub fn furthest_move(old: &Value, new: &Value) -> Result<Option<&'static str>, Problem> {
    let (old, new) = (ModelPrice::parse(old)?.ranges(), ModelPrice::parse(new)?.ranges());
    let is_far = |one: u128, other: u128| one.max(other) > one.min(other).saturating_mul(FURTHEST);
    let moved = old.iter().find(|(unit, (low, high))| new.get(unit).is_some_and(|to| is_far(*low, to.0) || is_far(*high, to.1)));
    Ok(moved.map(|(unit, _)| unit.price_key()))
}
