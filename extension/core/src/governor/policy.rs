//! The pacing of an account, as people write it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::caps::Range;
use super::day::Gap;
use super::gaps::most_actions;
use crate::error::Problem;

/// Seconds between two actions at least: the brief's 30 ± 15 minutes. The claim ledger keeps it, too (`sql/122_claim_ledger.sql`).
pub const LEAST_GAP_SECONDS: u32 = 900;
/// Actions of an account in seven days at most. The claim ledger keeps it, too.
pub const MOST_A_WEEK: u32 = 150;
/// Actions a day at most: what a day of 24 hours holds.
pub const MOST_A_DAY: u32 = 96;
/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// Kept free at both ends of the window, in seconds: a call is not instant.
pub const GUARD_SECONDS: u32 = 120;

/// What an account can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Ask a person to connect.
    SendInvite,
    /// Write to a connection.
    SendMessage,
    /// Look at a profile.
    ViewProfile,
    /// Write to somebody who is no connection.
    Inmail,
    /// Write again to somebody who has not answered.
    FollowUp,
    /// Take an invitation back.
    Withdraw,
}

/// How the caps of days are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Caps {
    /// Together for a week, so that no week is cut.
    Joint,
    /// Each for itself; the weekly cap may cut the last days.
    Independent,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Day {
    /// The first.
    Mon,
    /// The second.
    Tue,
    /// The third.
    Wed,
    /// The fourth.
    Thu,
    /// The fifth.
    Fri,
    /// The sixth.
    Sat,
    /// The seventh.
    Sun,
}

/// A policy with everything that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Opening and closing of each day, `HH:MM`.
    pub window: [Minute; 2],
    /// Pauses inside it.
    pub breaks: Vec<[Minute; 2]>,
    /// Days of the week on which something is done.
    pub days: Vec<Day>,
    /// Least and most minutes between two actions.
    pub gap_minutes: [u32; 2],
    /// Least and most actions of a day.
    pub daily_cap: [u32; 2],
    /// Most actions in seven days.
    pub weekly_cap: u32,
    /// How the daily caps are drawn.
    pub caps: Caps,
    /// Most actions of a kind in a day, where that is less than the cap of the day.
    pub kinds: BTreeMap<Kind, u32>,
    /// Least and most actions of a day in the first weeks of an account, week by week.
    pub ramp: Vec<[u32; 2]>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            window: [Minute(9 * 60), Minute(21 * 60)],
            breaks: Vec::new(),
            days: vec![Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri],
            gap_minutes: [15, 45],
            daily_cap: [20, 40],
            weekly_cap: MOST_A_WEEK,
            caps: Caps::Joint,
            kinds: BTreeMap::new(),
            ramp: vec![[5, 10], [10, 20]],
        }
    }
}

/// A time of day in minutes since midnight; 24:00 is the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Minute(pub u16);

impl TryFrom<String> for Minute {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let number =
            |part: &str| if part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()) { part.parse::<u16>().ok() } else { None };
        let minute = text.split_once(':').and_then(|(hours, minutes)| Some((number(hours)?, number(minutes)?)));
        match minute {
            Some((hours, minutes)) if minutes < 60 && hours * 60 + minutes <= DAY => Ok(Self(hours * 60 + minutes)),
            _ => Err("a time of day is HH:MM, from 00:00 to 24:00".to_owned()),
        }
    }
}

impl From<Minute> for String {
    fn from(Minute(minute): Minute) -> Self {
        format!("{:02}:{:02}", minute / 60, minute % 60)
    }
}

fn invalid(what: impl std::fmt::Display) -> Problem {
    Problem::bad("policy_invalid", what.to_string())
}

impl Policy {
    /// Reads a policy and checks that it can be kept.
    ///
    /// # Errors
    /// `policy_invalid`, which says what to change.
    pub fn parse(value: &Value) -> Result<Self, Problem> {
        let policy: Self = serde_json::from_value(value.clone()).map_err(invalid)?;
        policy.check_window()?;
        policy.check_caps()?;
        let holds = policy.most_actions();
        if holds < policy.daily_cap[0] {
            return Err(invalid(format!(
                "the window holds {holds} actions {} minutes apart, and daily_cap begins at {}",
                policy.gap_minutes[0], policy.daily_cap[0]
            ))
            .hint("Widen the window, shorten the breaks, or lower the cap."));
        }
        Ok(policy)
    }

    fn check_window(&self) -> Result<(), Problem> {
        let [opens, closes] = self.window;
        if opens >= closes {
            return Err(invalid("window ends before it begins").hint("A window lies within one day; give the opening first."));
        }
        let mut free_from = opens;
        for [from, to] in &self.breaks {
            if from >= to || *from < free_from || *to > closes {
                return Err(invalid("breaks have to lie inside the window, in order and apart from each other")
                    .hint("Give each as [\"from\", \"to\"]."));
            }
            free_from = *to;
        }
        let mut days = self.days.clone();
        days.sort_unstable();
        days.dedup();
        if days.is_empty() || days.len() < self.days.len() {
            return Err(invalid("days names no day, or one twice").hint("Use mon, tue, wed, thu, fri, sat and sun."));
        }
        Ok(())
    }

    fn check_caps(&self) -> Result<(), Problem> {
        let [least, most] = self.gap_minutes;
        if least * 60 < LEAST_GAP_SECONDS || least > most || most > u32::from(DAY) {
            return Err(invalid("gap_minutes has to be [least, most] with at least 15 minutes")
                .hint("Actions are never closer than 15 minutes, whatever the policy."));
        }
        let is_range = |range: &[u32; 2]| range[0] <= range[1] && range[1] <= MOST_A_DAY;
        if !is_range(&self.daily_cap) || !self.ramp.iter().all(is_range) || self.ramp.len() > 52 {
            return Err(invalid(format!("daily_cap and each week of ramp have to be [least, most] up to {MOST_A_DAY}"))
                .hint("Give the smaller number first."));
        }
        if !(1..=MOST_A_WEEK).contains(&self.weekly_cap) {
            return Err(
                invalid(format!("weekly_cap has to be 1 to {MOST_A_WEEK}")).hint("The governor stops at 150 a week, whatever the policy.")
            );
        }
        Ok(())
    }

    /// Beginnings and ends of the parts of a day in which something may be done, in minutes since its midnight.
    #[must_use]
    pub fn minutes(&self) -> Vec<u16> {
        let inner = self.breaks.iter().flatten().map(|minute| minute.0);
        std::iter::once(self.window[0].0).chain(inner).chain([self.window[1].0]).collect()
    }

    /// The most that any day may have.
    #[must_use]
    pub fn most_a_day(&self) -> u32 {
        self.ramp.iter().chain([&self.daily_cap]).map(|range| range[1]).max().unwrap_or(0)
    }

    /// Time in which something may be done, in seconds of an ordinary day.
    #[must_use]
    pub fn room_seconds(&self) -> f64 {
        let minutes = |[from, to]: &[Minute; 2]| u32::from(to.0 - from.0);
        let open = minutes(&self.window) - self.breaks.iter().map(minutes).sum::<u32>();
        f64::from((open * 60).saturating_sub(2 * GUARD_SECONDS))
    }

    /// Least and most time between two actions.
    #[must_use]
    pub fn gap(&self) -> Gap {
        let [least, most] = self.gap_minutes.map(|minutes| i64::from(minutes) * 60_000);
        Gap { least, most }
    }

    /// Actions that an ordinary day holds.
    #[must_use]
    pub fn most_actions(&self) -> u32 {
        let [shortest, longest] = self.gap_minutes.map(|minutes| f64::from(minutes * 60));
        most_actions(shortest, longest, self.room_seconds())
    }

    /// What the cap of a day may be, so many days after the account began.
    #[must_use]
    pub fn range(&self, age_days: u32) -> Range {
        let [least, most] = self.ramp.get(age_days as usize / 7).copied().unwrap_or(self.daily_cap);
        Range { least, most }
    }
}

#[cfg(test)]
mod tests;
