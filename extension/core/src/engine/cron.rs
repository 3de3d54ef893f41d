//! When a cron pattern comes next, in local time.
//!
//! Time zones are the database's business: the caller passes the wall clock of the schedule's zone and gets a wall clock back, and turns that into an
//! instant itself (`sql/093_schedules.sql` tells how the hours of a clock change are treated).

use chrono::{Datelike, NaiveDateTime};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use crate::error::Problem;

/// A pattern that does not come within so many years never does: the calendar repeats after 400, but nobody schedules for his grandchildren.
const FARTHEST_YEARS: i32 = 100;

/// Characters that a pattern has at most; the longest sensible one is far below.
const LONGEST_PATTERN: usize = 200;

fn read(pattern: &str) -> Result<Cron, Problem> {
    if pattern.len() > LONGEST_PATTERN {
        return Err(Problem::bad("cron_invalid", format!("a cron pattern has at most {LONGEST_PATTERN} characters")));
    }
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    parser.parse(pattern).map_err(|error| Problem::bad("cron_invalid", format!("the cron pattern cannot be read: {error}")))
}

/// The first time after `after` at which the pattern comes.
pub fn next(pattern: &str, after: NaiveDateTime) -> Result<NaiveDateTime, Problem> {
    let never = || Problem::bad("cron_invalid", format!("the cron pattern does not come within {FARTHEST_YEARS} years"));
    // UTC stands for a clock that never changes.
    let found = read(pattern)?.find_next_occurrence(&after.and_utc(), false).map_err(|_| never())?;
    if found.year() - after.year() > FARTHEST_YEARS {
        return Err(never());
    }
    Ok(found.naive_utc())
}

/// Whether the pattern comes in every hour: then it follows elapsed time, and comes in a repeated hour twice.
pub fn is_hourly(pattern: &str) -> Result<bool, Problem> {
    let hours = read(pattern)?.pattern.hours;
    Ok(hours.from_wildcard && hours.step == 1)
}

#[cfg(test)]
mod tests;
