//! The claim ledger, as its constraints stand in `sql/`: it holds whatever was planned.

use crate::governor::plan::WEEK_MILLIS;
use crate::governor::policy::Policy;

/// A row that the ledger is asked to take.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The moment, which the database stamps.
    pub at: i64,
    /// Which action of its day it is, from 1 on.
    pub slot: u32,
    /// The cap of its day.
    pub cap: u32,
    /// When its day opens.
    pub opens_at: i64,
    /// The first moment after its day.
    pub closes_at: i64,
    /// The moments of all rows before it, in order.
    pub before: &'a [i64],
}

/// Whether a row keeps the window, the cap of its day, the gap and the week.
#[must_use]
pub fn admits(policy: &Policy, claim: &Claim) -> bool {
    let is_apart = |rows_ago: usize, least: i64| {
        let row = claim.before.len().checked_sub(rows_ago);
        row.and_then(|row| claim.before.get(row)).is_none_or(|before| claim.at - before >= least)
    };
    (claim.opens_at..claim.closes_at).contains(&claim.at)
        && (1..=claim.cap).contains(&claim.slot)
        && is_apart(1, policy.gap().least)
        && is_apart(policy.weekly_cap as usize, WEEK_MILLIS)
}
