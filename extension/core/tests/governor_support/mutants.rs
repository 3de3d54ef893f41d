//! Governors that are wrong in one way each, and the right one, with what they decided written down.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde_json::json;
use steward_core::governor::gaps::most_actions;
use steward_core::governor::plan::{DAYS_BEFORE, Rules, WEEK_MILLIS};
use steward_core::governor::policy::Policy;
use steward_core::governor::simulate::{Claim, Day, Governor, Left, TICK_MILLIS, admits};

use super::accounts::{never_stopped, policy};
use super::calendar::DAY;
use super::gaps::room;

/// What is wrong with a governor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutant {
    /// What is due leaves at the tick and not at its second.
    TickRelease,
    /// A day is a date of UTC.
    UtcDay,
    /// Each cap is drawn for itself, and the first days of a week take what there is of its 150.
    GreedyWeek,
    /// A week's stop is a bucket of 150 that fills up within a week.
    TokenBucket,
    /// What an outage missed is done after it, as fast as the gap allows.
    CatchUp,
}

pub const MUTANTS: [Mutant; 5] = [Mutant::TickRelease, Mutant::UtcDay, Mutant::GreedyWeek, Mutant::TokenBucket, Mutant::CatchUp];

impl Mutant {
    /// The policy under which it shows, with caps that are drawn each for itself: that is quick.
    pub fn policy(self) -> Policy {
        match self {
            Self::TickRelease | Self::CatchUp => never_stopped(),
            Self::UtcDay | Self::GreedyWeek | Self::TokenBucket => policy(json!({ "caps": "independent" })),
        }
    }
}

/// A plan that was made.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Of which date.
    pub date: NaiveDate,
    /// From when on.
    pub from: i64,
    /// For how many actions, of those that the time holds.
    pub actions: u32,
    /// Its moments: fewer where the week's stop moved some past the end.
    pub moments: Vec<i64>,
    /// How many of the first ones the week's stop could not move, wherever in the day they were.
    pub free: usize,
}

/// A governor that writes down what it decides.
pub struct Watched<'a> {
    pub rules: Rules<'a>,
    pub mutant: Option<Mutant>,
    pub caps: RefCell<BTreeMap<NaiveDate, u32>>,
    pub plans: RefCell<Vec<Plan>>,
    /// Tokens, and when they were counted.
    bucket: Cell<(f64, i64)>,
}

impl<'a> Watched<'a> {
    pub fn new(rules: Rules<'a>, mutant: Option<Mutant>) -> Self {
        Self { rules, mutant, caps: RefCell::default(), plans: RefCell::default(), bucket: Cell::new((150.0, 0)) }
    }

    fn late(&self, day: &Day, left: &Left) -> Vec<i64> {
        let gap = self.rules.policy.gap().least;
        let window = day.window().unwrap();
        let share = Rules::share(&day.parts, left.from, left.cap);
        // What the time that is left is for, is planned as ever; what was missed comes before it.
        let missed = left.actions.saturating_sub(share);
        let soon: Vec<i64> = (0..i64::from(missed)).map(|n| left.from + n * (gap + 1_000)).take_while(|at| *at < window.ends_at).collect();
        let from = soon.last().map_or(left.from, |last| last + gap + 1_000);
        let rest = self.rules.moments(day.date, &day.parts, from, left.actions - missed, left.before);
        soon.into_iter().chain(rest).collect()
    }

    /// Whether the week admits an action of a plan from the first moment on that it may have. It has to be told from what was before: of those actions that
    /// happen not to be moved, the gaps follow another law, because an earlier moment is likelier to be moved.
    fn is_free(&self, left: &Left, index: usize) -> bool {
        let a_week_ago =
            (left.before.len() + index).checked_sub(self.rules.policy.weekly_cap as usize).and_then(|index| left.before.get(index));
        let least = self.rules.policy.gap().least;
        a_week_ago.is_none_or(|first| first + WEEK_MILLIS <= left.from + i64::try_from(index).unwrap() * least)
    }

    /// Actions that the time from a moment on holds, in a window without breaks.
    fn holds(&self, day: &Day, from: i64) -> u32 {
        let [least, most] = self.rules.policy.gap_minutes.map(|minutes| f64::from(minutes * 60));
        most_actions(least, most, room(day.window().unwrap(), from))
    }

    fn takes_token(&self, at: i64) -> bool {
        let (tokens, counted_at) = self.bucket.get();
        let filled = (tokens + 150.0 * (at - counted_at) as f64 / (7 * DAY) as f64).min(150.0);
        let takes = filled >= 1.0;
        self.bucket.set((if takes { filled - 1.0 } else { filled }, at));
        takes
    }
}

impl Governor for Watched<'_> {
    fn rules(&self) -> Rules<'_> {
        self.rules
    }

    fn cap(&self, day: &Day, before: &[u32; DAYS_BEFORE]) -> u32 {
        let drawn = self.rules.cap(day.date, day.age_days, before);
        let since_monday = day.date.weekday().num_days_from_monday() as usize;
        let spent: u32 = before.iter().take(since_monday).sum();
        let cap = if self.mutant == Some(Mutant::GreedyWeek) { drawn.min(150_u32.saturating_sub(spent)) } else { drawn };
        self.caps.borrow_mut().insert(day.date, cap);
        cap
    }

    fn moments(&self, day: &Day, left: &Left) -> Vec<i64> {
        let next_tick = |at: &i64| (at - 1).div_euclid(TICK_MILLIS) * TICK_MILLIS + TICK_MILLIS;
        let moments = match self.mutant {
            Some(Mutant::TickRelease) => Governor::moments(&self.rules, day, left).iter().map(next_tick).collect(),
            Some(Mutant::TokenBucket) => Governor::moments(&self.rules, day, &Left { before: &[], ..*left }),
            Some(Mutant::CatchUp) => self.late(day, left),
            _ => Governor::moments(&self.rules, day, left),
        };
        let free = (0..moments.len()).take_while(|index| self.is_free(left, *index)).count();
        let actions = left.actions.min(Rules::share(&day.parts, left.from, left.cap)).min(self.holds(day, left.from));
        self.plans.borrow_mut().push(Plan { date: day.date, from: left.from, actions, moments: moments.clone(), free });
        moments
    }

    fn admits(&self, claim: &Claim) -> bool {
        let last = claim.before.len().saturating_sub(1);
        let is_bucket = self.mutant == Some(Mutant::TokenBucket);
        let asked = if is_bucket { Claim { before: &claim.before[last..], ..*claim } } else { *claim };
        admits(self.rules.policy, &asked) && (!is_bucket || self.takes_token(claim.at))
    }
}
