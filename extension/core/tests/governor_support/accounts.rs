//! Many accounts over weeks.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Value, json};
use steward_core::governor::draws::Draws;
use steward_core::governor::plan::Rules;
use steward_core::governor::policy::Policy;
use steward_core::governor::simulate::{Backlog, Day, Sent, Span, Troubles, simulate};

use super::calendar::{AUCKLAND, HOUR, local_days, utc_days};
use super::mutants::{Mutant, Plan, Watched};

/// A Monday five weeks before a clock is put back.
pub const MONDAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
/// Past the ramp.
pub const GROWN_UP: u32 = 100;

/// Accounts that are alike but for their secrets.
#[derive(Clone, Copy)]
pub struct Population<'a> {
    pub policy: &'a Policy,
    pub accounts: u64,
    pub weeks: u32,
    /// Weeks at the beginning that are not looked at: the first ones have no weeks before them, and get a little more.
    pub skipped_weeks: u32,
    pub has_outages: bool,
    pub mutant: Option<Mutant>,
}

/// What one account was to do and did.
pub struct Course<'a> {
    pub policy: &'a Policy,
    pub days: Vec<Day>,
    /// The caps that were drawn.
    pub caps: BTreeMap<NaiveDate, u32>,
    pub plans: Vec<Plan>,
    pub outages: Vec<Span>,
    pub sent: Vec<Sent>,
    /// From when on it is looked at.
    pub counts_from: i64,
}

pub fn policy(written: Value) -> Policy {
    Policy::parse(&written).unwrap()
}

/// The policy of the brief: five days, caps drawn together.
pub fn of_the_brief() -> Policy {
    policy(json!({}))
}

/// Three days with caps that are drawn each for itself: 120 a week at most, so that no week is ever near its 150.
pub fn never_stopped() -> Policy {
    policy(json!({ "days": ["mon", "wed", "fri"], "caps": "independent" }))
}

pub fn secret(seed: u64, account: u64) -> [u8; 32] {
    let mut secret = [0; 32];
    secret[..8].copy_from_slice(&seed.to_be_bytes());
    secret[8..16].copy_from_slice(&account.to_be_bytes());
    secret
}

/// On three days of ten nothing runs for one to five hours.
pub fn outages(secret: &[u8; 32], days: &[Day]) -> Vec<Span> {
    let mut draws = Draws::new(secret, &["outages"]);
    let mut outage = |day: &Day| {
        let [comes, after, length] = [draws.unit(), 11.0 * draws.unit(), 1.0 + 4.0 * draws.unit()];
        let from = day.window()?.starts_at + (after * HOUR as f64) as i64;
        (comes < 0.3).then_some(Span { from, to: from + (length * HOUR as f64) as i64 })
    };
    days.iter().filter_map(&mut outage).collect()
}

impl<'a> Population<'a> {
    /// Everything that the accounts of a seed did.
    pub fn courses(self, seed: u64) -> Vec<Course<'a>> {
        (0..self.accounts).map(|account| self.course(&secret(seed, account))).collect()
    }

    fn course(self, secret: &[u8; 32]) -> Course<'a> {
        let rules = Rules { secret, version: "1", policy: self.policy };
        let days = local_days(self.policy, AUCKLAND, MONDAY, 7 * self.weeks, GROWN_UP);
        let outages = if self.has_outages { outages(secret, &days) } else { Vec::new() };
        let watched = Watched::new(rules, self.mutant);
        let counts_from = days[7 * self.skipped_weeks as usize].starts_at;
        Course { counts_from, ..Course::of(self.policy, watched, days, Backlog::Endless, &Troubles { outages, jumps: Vec::new() }) }
    }
}

impl<'a> Course<'a> {
    /// What a governor does with what comes.
    pub fn of(policy: &'a Policy, watched: Watched, days: Vec<Day>, backlog: Backlog, troubles: &Troubles) -> Self {
        let is_cut = watched.mutant == Some(Mutant::UtcDay);
        let sent = if is_cut {
            simulate(&watched, &utc_days(watched.rules, &days), backlog, troubles)
        } else {
            simulate(&watched, &days, backlog, troubles)
        };
        let (caps, plans, outages) = (watched.caps.into_inner(), watched.plans.into_inner(), troubles.outages.clone());
        Course { policy, days, caps, plans, outages, sent, counts_from: i64::MIN }
    }
}

impl Course<'_> {
    /// Days on which something may be done, of those that are looked at.
    pub fn active_days(&self) -> impl Iterator<Item = &Day> {
        let rules = Rules { secret: &[0; 32], version: "", policy: self.policy };
        self.days.iter().filter(move |day| day.starts_at >= self.counts_from && rules.is_active(day.date))
    }

    /// The moments at which something was done, of those that are looked at.
    pub fn moments(&self) -> impl Iterator<Item = i64> {
        self.sent.iter().map(|sent| sent.at).filter(|at| *at >= self.counts_from)
    }

    /// How much was done between two instants.
    pub fn done_between(&self, from: i64, to: i64) -> usize {
        let before = |at: i64| self.sent.partition_point(|sent| sent.at < at);
        before(to) - before(from)
    }
}
