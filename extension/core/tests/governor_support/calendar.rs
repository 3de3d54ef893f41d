//! Local days as instants.

use chrono::{Datelike, Days, NaiveDate};
use steward_core::governor::day::Part;
use steward_core::governor::plan::Rules;
use steward_core::governor::policy::{Minute, Policy};
use steward_core::governor::simulate::Day;

pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
/// Milliseconds of a day without a clock change.
pub const DAY: i64 = 24 * HOUR;

/// A zone in the time around one clock change at most, at three o'clock of a local date.
#[derive(Debug, Clone, Copy)]
pub struct Zone {
    /// Minutes ahead of UTC.
    pub before: i64,
    /// The same from the change on.
    pub after: i64,
    /// The date of the change.
    pub changes_on: NaiveDate,
}

/// Twelve and thirteen hours ahead of UTC; the clock is put back on 5 April 2026.
pub const AUCKLAND: Zone = Zone { before: 13 * 60, after: 12 * 60, changes_on: NaiveDate::from_ymd_opt(2026, 4, 5).unwrap() };

impl Zone {
    /// The instant of a minute of a local date: of a time that comes twice the first one, of a time that does not come the change.
    pub fn instant(&self, date: NaiveDate, minute: u16) -> i64 {
        let at = |ahead: i64| midnight_utc(date) + (i64::from(minute) - ahead) * MINUTE;
        let has_changed = date > self.changes_on || date == self.changes_on && minute >= 180;
        let change = midnight_utc(self.changes_on) + (180 - self.before) * MINUTE;
        if has_changed { at(self.after).max(change) } else { at(self.before) }
    }
}

pub fn midnight_utc(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce()) * DAY
}

/// Local days of an account, the weekend and all. A window that a clock change turns around is none.
pub fn local_days(policy: &Policy, zone: Zone, first: NaiveDate, count: u32, age_days: u32) -> Vec<Day> {
    let ends: Vec<Minute> =
        std::iter::once(policy.window[0]).chain(policy.breaks.iter().flatten().copied()).chain([policy.window[1]]).collect();
    let day = |n: u32| {
        let date = first + Days::new(n.into());
        let part = |pair: &[Minute]| Part { starts_at: zone.instant(date, pair[0].0), ends_at: zone.instant(date, pair[1].0) };
        let parts = ends.chunks(2).map(part).filter(|part| part.starts_at < part.ends_at).collect();
        Day { date, age_days: age_days + n, starts_at: zone.instant(date, 0), parts }
    };
    (0..count).map(day).collect()
}

/// The same time, cut at the midnights of UTC: what somebody has who takes the date from a clock in London.
pub fn utc_days(rules: Rules, days: &[Day]) -> Vec<Day> {
    let active: Vec<Part> = days.iter().filter(|day| rules.is_active(day.date)).filter_map(Day::window).collect();
    let cut = |day: &Day| {
        let starts_at = midnight_utc(day.date);
        let clip = |part: &Part| Part { starts_at: part.starts_at.max(starts_at), ends_at: part.ends_at.min(starts_at + DAY) };
        let parts = active.iter().map(clip).filter(|part| part.starts_at < part.ends_at).collect();
        Day { starts_at, parts, ..day.clone() }
    };
    days.iter().map(cut).collect()
}
