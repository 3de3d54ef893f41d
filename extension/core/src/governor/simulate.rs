//! An account in virtual time: what is sent when, over days, by the planner and the ledger that the product uses.
//!
//! It does what the governor's tick and a worker do (`sql/12*.sql`), without a database and without waiting:
//!
//! ```text
//! tick     every ten minutes: draws the cap of a local day, once; plans it when its window is about to open, and what is left of it when there is
//!          more to do than the plan has moments ahead; gives the worker the next moment, if it comes within eleven minutes
//! worker   sleeps until the moment; a call takes up to 0.3 s to begin; then the ledger takes the claim or refuses it
//! ```
//!
//! What is refused or missed is in the backlog again. The statistics of the governor are measured here and its limits are held against years
//! (`tests/governor_*.rs`). Where a wrong governor would differ is a trait, so that those tests can show that they find it out.

use chrono::NaiveDate;

use super::day::Part;
use super::draws::Draws;
use super::plan::{DAYS_BEFORE, Rules};

mod account;
mod ledger;
mod trouble;

use account::Account;
pub use ledger::{Claim, admits};
pub use trouble::{Jump, Span, Troubles};

/// Real time between two ticks, which are at whole multiples of it.
pub const TICK_MILLIS: i64 = 600_000;
/// How far a tick looks ahead: until the next one, and a minute in case that one is late.
pub const AHEAD_MILLIS: i64 = 660_000;

/// A local day of the account. The instants are milliseconds since some moment; the caller knows the zone, nothing here does.
#[derive(Debug, Clone)]
pub struct Day {
    /// Its local date.
    pub date: NaiveDate,
    /// Days since the account began.
    pub age_days: u32,
    /// The instant at which the local date begins; it ends where the next one begins.
    pub starts_at: i64,
    /// When something may be done, in order: the window without its breaks.
    pub parts: Vec<Part>,
}

impl Day {
    /// The instants of its window.
    #[must_use]
    pub fn window(&self) -> Option<Part> {
        Some(Part { starts_at: self.parts.first()?.starts_at, ends_at: self.parts.last()?.ends_at })
    }
}

/// The actions that wait for an account.
#[derive(Debug, Clone, Copy)]
pub enum Backlog {
    /// Always more than a day takes.
    Endless,
    /// So many more at the beginning of each day.
    PerDay(u32),
}

/// One action that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Which of the days it counts for.
    pub day: usize,
    /// The cap that was drawn for that day.
    pub cap: u32,
    /// Which action of the day it is, from 1 on.
    pub slot: u32,
    /// When, by the clock of the database.
    pub at: i64,
}

/// What is left of a day when it is planned.
#[derive(Debug, Clone, Copy)]
pub struct Left<'a> {
    /// Nothing is planned before this.
    pub from: i64,
    /// The cap of the whole day.
    pub cap: u32,
    /// What the cap leaves of the backlog.
    pub actions: u32,
    /// Moments of the last actions, as many as the week cap, in order.
    pub before: &'a [i64],
}

/// The decisions of a simulated account. What is not said otherwise is decided as the product does.
pub trait Governor {
    /// Whose account it is, and by which policy.
    fn rules(&self) -> Rules<'_>;

    /// The cap of a day.
    fn cap(&self, day: &Day, before: &[u32; DAYS_BEFORE]) -> u32 {
        self.rules().cap(day.date, day.age_days, before)
    }

    /// The moments of what is left of a day.
    fn moments(&self, day: &Day, left: &Left) -> Vec<i64> {
        let actions = left.actions.min(Rules::share(&day.parts, left.from, left.cap));
        self.rules().moments(day.date, &day.parts, left.from, actions, left.before)
    }

    /// Whether the ledger takes a claim.
    fn admits(&self, claim: &Claim) -> bool {
        admits(self.rules().policy, claim)
    }
}

impl Governor for Rules<'_> {
    fn rules(&self) -> Rules<'_> {
        *self
    }
}

/// What an account does on days that are in order, with what waits for it and what goes wrong around it.
pub fn simulate(governor: &impl Governor, days: &[Day], backlog: Backlog, troubles: &Troubles) -> Vec<Sent> {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Vec::new() };
    let ends_at = last.window().map_or(last.starts_at, |window| window.ends_at) + troubles.put_back() + AHEAD_MILLIS;
    let mut account = Account::new(governor, days, backlog, troubles, Draws::new(governor.rules().secret, &["latency"]));
    let mut real = first.starts_at.div_euclid(TICK_MILLIS) * TICK_MILLIS;
    while real <= ends_at {
        account.tick(real);
        real += TICK_MILLIS;
    }
    account.sent
}

#[cfg(test)]
mod tests;
