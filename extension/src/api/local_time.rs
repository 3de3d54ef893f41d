//! The parts of a local day as instants. Here and not in core, which knows no time zones: Postgres' own tables say what a wall clock shows.

use pgrx::datum::{Date, TimestampWithTimeZone};
use pgrx::prelude::*;
use pgrx::{Array, IntoDatum, direct_function_call};

use crate::convert::timestamp;

/// Microseconds of a day and of a minute.
const DAY: i64 = 86_400_000_000;
const MINUTE: i64 = 60_000_000;

/// A time zone, by its name.
struct Zone(pg_sys::Datum);

impl Zone {
    /// What a wall clock shows at an instant.
    fn shown(&self, instant: i64) -> i64 {
        // SAFETY: timestamptz and timestamp are what these functions take and give, each an i64 of microseconds.
        unsafe { direct_function_call(pg_sys::timestamptz_zone, &[Some(self.0), instant.into_datum()]) }.unwrap_or(instant)
    }

    /// The instants at which a wall clock shows a time: two where it is put back, and where it is put forward and never shows it, those that it would
    /// show it by the offset before and after.
    fn instants(&self, local: i64) -> Vec<i64> {
        // SAFETY: as above.
        let guess: i64 = unsafe { direct_function_call(pg_sys::timestamp_zone, &[Some(self.0), local.into_datum()]) }.unwrap_or(local);
        let by_offset_at = |instant: i64| local - (self.shown(instant) - instant);
        let around = [guess, by_offset_at(guess - DAY), by_offset_at(guess + DAY)];
        let shown: Vec<i64> = around.into_iter().filter(|instant| self.shown(*instant) == local).collect();
        if shown.is_empty() { around[1..].to_vec() } else { shown }
    }
}

/// Beginnings and ends in turn, of minutes since the midnight of a local day. A part begins when the wall clock shows its beginning for the last time, and ends when
/// it shows its end for the first time, so that nothing is done at a time of day that the policy leaves out.
#[pg_extern(immutable, parallel_safe)]
pub fn day_parts(day: Date, minutes: Array<i32>, time_zone: &str) -> Vec<TimestampWithTimeZone> {
    let midnight = i64::from(day.to_pg_epoch_days()) * DAY;
    let Some(zone) = time_zone.into_datum().map(Zone) else { return Vec::new() };
    let instants = minutes.iter().flatten().enumerate().map(|(n, minute)| {
        let instants = zone.instants(midnight + i64::from(minute) * MINUTE);
        let chosen = if n % 2 == 0 { instants.iter().max() } else { instants.iter().min() };
        timestamp(chosen.copied().unwrap_or(midnight))
    });
    instants.collect()
}
