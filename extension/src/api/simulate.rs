//! What a policy would do, in virtual time (`sql/136_simulate_governor.sql`), and a week as a picture.

use pgrx::Array;
use pgrx::datum::{Date, TimestampWithTimeZone};
use pgrx::prelude::*;
use steward_core::governor::simulate::{Backlog, Day, Troubles, simulate};
use steward_core::governor::week::Week;

use super::governor::{date, millis, parts_of, with_rules};
use crate::convert::timestamp;
use crate::error::OrRaise;

/// The days in order, each with as many beginnings and ends of parts as every other; a negative backlog is one without an end.
#[pg_extern(immutable, parallel_safe)]
pub fn simulate_days(
    secret: &[u8],
    policy: &str,
    dates: Array<Date>,
    starts: Array<TimestampWithTimeZone>,
    parts: Array<TimestampWithTimeZone>,
    backlog: i32,
) -> TableIterator<'static, (name!(day, i32), name!(cap, i32), name!(slot, i32), name!(at, TimestampWithTimeZone))> {
    let starts: Vec<i64> = starts.iter().flatten().map(millis).collect();
    let ends: Vec<i64> = parts.iter().flatten().map(millis).collect();
    let each = ends.len() / starts.len().max(1);
    let days = dates.iter().flatten().zip(&starts).zip(ends.chunks(each.max(1))).enumerate();
    let days: Vec<Day> = days
        .map(|(age, ((day, starts_at), ends))| Day {
            date: date(day),
            age_days: u32::try_from(age).unwrap_or(0),
            starts_at: *starts_at,
            parts: parts_of(ends),
        })
        .collect();
    let backlog = u32::try_from(backlog).map_or(Backlog::Endless, Backlog::PerDay);
    let sent = with_rules(secret, "simulated", policy, |rules| simulate(&rules, &days, backlog, &Troubles::default()));
    let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    TableIterator::new(sent.into_iter().map(move |action| {
        let day = i32::try_from(action.day).unwrap_or(0) + 1;
        (day, number(action.cap), number(action.slot), timestamp(action.at * 1000))
    }))
}

/// See `sql/137_governor_week.sql`.
#[pg_extern(immutable, parallel_safe)]
pub fn draw_week(week: &str) -> String {
    Week::parse(week).or_raise().svg()
}
