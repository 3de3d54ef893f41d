//! The plan of one day: how many actions it may have, and the moment of each.
//!
//! Both are functions of what is passed and of nothing else: the secret of the account, the version of its policy, the date, how many actions there are
//! and what was done before. Moments are milliseconds since some moment that is the same for all of them.

use chrono::{Datelike, NaiveDate};

use super::caps::{self, Range};
use super::day::{self, Part};
use super::draws::Draws;
use super::gaps::most_actions;
use super::policy::{Caps, Day, GUARD_SECONDS, Policy};

/// Days before a day that share a week with it.
pub const DAYS_BEFORE: usize = 6;
/// Milliseconds in which a week's actions are counted: seven days and two hours, the longest that seven local days take when a clock is put back.
pub const WEEK_MILLIS: i64 = 170 * 3_600_000;
/// Milliseconds after the moment from which the week admits an action again: drawn up to the longest gap of the default, or the action would come a week after
/// another one to the second. Drawn up to ten minutes, 2.4 % of all actions lay in those, and 1.3 % in the next ten.
const AFTER_WEEK_MILLIS: f64 = 2_700_000.0;

/// What an account did in the week before.
#[derive(Debug, Clone, Copy)]
pub struct Before<'a> {
    /// How many of its last actions count: as many as the week cap, or all there are.
    pub actions: usize,
    /// The moments of the first of these, in order: at least as many as are planned.
    pub first: &'a [i64],
}

impl<'a> Before<'a> {
    /// All of them.
    #[must_use]
    pub fn all(moments: &'a [i64], week_cap: u32) -> Self {
        let first = &moments[moments.len().saturating_sub(week_cap as usize)..];
        Self { actions: first.len(), first }
    }
}

/// Whose plan it is, and by which rules.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// What the draws of the account are keyed with.
    pub secret: &'a [u8; 32],
    /// The version of the policy.
    pub version: &'a str,
    /// What it says.
    pub policy: &'a Policy,
}

impl Rules<'_> {
    /// Whether something is done on a day.
    #[must_use]
    pub fn is_active(&self, date: NaiveDate) -> bool {
        const DAYS: [Day; 7] = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun];
        self.policy.days.contains(&DAYS[date.weekday().num_days_from_monday() as usize])
    }

    /// The most actions of a day that is so many days after the first one of the account. `before` are the caps of the days before it, yesterday's first.
    ///
    /// A joint cap is drawn from all ways in which the seven days that begin with this one can go on after those before it, each as likely as another, with
    /// no more than the week cap in any seven days. So every day is drawn like every other, and none of the week is cut.
    #[must_use]
    pub fn cap(&self, date: NaiveDate, age_days: u32, before: &[u32; DAYS_BEFORE]) -> u32 {
        if !self.is_active(date) {
            return 0;
        }
        let holds = self.policy.most_actions();
        let range = |ahead: u32| self.policy.range(age_days + ahead).within(holds);
        let mut draws = Draws::new(self.secret, &[self.version, &date.to_string(), "cap"]);
        if self.policy.caps == Caps::Independent {
            return caps::independent(range(0), &mut draws);
        }
        let ahead =
            (0..7_u32).filter(|ahead| date.checked_add_days(chrono::Days::new(u64::from(*ahead))).is_some_and(|day| self.is_active(day)));
        let in_week = |ahead: u32| before.iter().take(DAYS_BEFORE.saturating_sub(ahead as usize)).sum::<u32>();
        let days: Vec<(Range, u32)> =
            ahead.map(|ahead| (self.affordable(range(ahead)), self.policy.weekly_cap.saturating_sub(in_week(ahead)))).collect();
        let (ranges, bounds): (Vec<Range>, Vec<u32>) = days.into_iter().unzip();
        caps::joint(&ranges, &bounds, &mut draws).first().copied().unwrap_or(0)
    }

    /// A week cap that the least of all days is too much for (the breaker halves it) would leave the last days without any: then a day begins at half of its share.
    fn affordable(&self, range: Range) -> Range {
        let days = u32::try_from(self.policy.days.len()).unwrap_or(1).max(1);
        if range.least * days <= self.policy.weekly_cap {
            return range;
        }
        let least = self.policy.weekly_cap / (2 * days);
        Range { least, most: range.most.max(least) }
    }

    /// The part of a day's cap that is for the time from a moment on: what was missed is not caught up.
    #[must_use]
    pub fn share(parts: &[Part], from: i64, cap: u32) -> u32 {
        let (rest, whole) = (day::room(&open_from(parts, from)), day::room(&open_from(parts, i64::MIN)));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the cap")]
        let share = if whole > 0.0 { (f64::from(cap) * rest / whole).ceil() as u32 } else { 0 };
        share.min(cap)
    }

    /// The moments of so many actions from a moment of a day on, as many of them as fit; `before` are those of the actions before them, in order.
    #[must_use]
    pub fn moments(&self, date: NaiveDate, parts: &[Part], from: i64, actions: u32, before: &[i64]) -> Vec<i64> {
        self.moments_after(date, parts, from, actions, Before::all(before, self.policy.weekly_cap))
    }

    /// The same, of what was done before as much as matters.
    ///
    /// The first and the last two minutes of the day are kept free, because a call is not instant.
    #[must_use]
    pub fn moments_after(&self, date: NaiveDate, parts: &[Part], from: i64, actions: u32, before: Before) -> Vec<i64> {
        let parts = open_from(parts, from);
        let gap = self.policy.gap();
        let [least, most] = self.policy.gap_minutes.map(|minutes| f64::from(minutes * 60));
        let actions = actions.min(most_actions(least, most, day::room(&parts) - 0.001));
        let mut draws = Draws::new(self.secret, &[self.version, &date.to_string(), "plan", &from.to_string(), &actions.to_string()]);
        let placed = day::place(&parts, gap, actions, &mut draws).unwrap_or_default();
        self.within_week(&parts, placed, before, &mut draws)
    }

    /// Moves what the week does not admit yet, and all after it, to later; what then is past the end is left for another day.
    fn within_week(&self, parts: &[Part], placed: Vec<i64>, before: Before, draws: &mut Draws) -> Vec<i64> {
        let week = self.policy.weekly_cap as usize;
        let mut planned: Vec<i64> = Vec::with_capacity(placed.len());
        // In time in which something may be done: what is moved across a break goes on after it as if there were none, and not at its very end.
        let mut late = 0;
        for moment in placed {
            let own = day::passed(parts, moment);
            let mut at = own + late;
            // The one that many before it: of those done, or of those just planned.
            let index = (before.actions + planned.len()).checked_sub(week);
            let a_week_ago = index.and_then(|index| before.first.get(index).or_else(|| planned.get(index.checked_sub(before.actions)?)));
            let admitted = a_week_ago.map_or(i64::MIN, |first| first + WEEK_MILLIS);
            if day::instant(parts, at).is_some_and(|open| open < admitted) {
                #[expect(clippy::cast_possible_truncation, reason = "45 minutes")]
                let after = (draws.unit() * AFTER_WEEK_MILLIS) as i64;
                at = day::passed(parts, admitted) + after;
            }
            let Some(open) = day::instant(parts, at) else { break };
            late = at - own;
            planned.push(open);
        }
        planned
    }
}

/// What is left of the parts from a moment on, without the guard at both ends.
fn open_from(parts: &[Part], from: i64) -> Vec<Part> {
    let guard = i64::from(GUARD_SECONDS) * 1000;
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return Vec::new() };
    let (opens, closes) = (from.max(first.starts_at + guard), last.ends_at - guard);
    let clipped = parts.iter().map(|part| Part { starts_at: part.starts_at.max(opens), ends_at: part.ends_at.min(closes) });
    clipped.filter(|part| part.starts_at < part.ends_at).collect()
}

#[cfg(test)]
mod tests;
