//! Cron patterns: see `sql/093_schedules.sql`.

use pgrx::datum::Timestamp;
use pgrx::prelude::*;
use steward_core::engine::cron;

use crate::convert::{local_clock, local_timestamp};
use crate::error::OrRaise;

#[pg_extern(immutable, parallel_safe)]
pub fn cron_next(pattern: &str, after: Timestamp) -> Timestamp {
    local_timestamp(cron::next(pattern, local_clock(after)).or_raise())
}

#[pg_extern(immutable, parallel_safe)]
pub fn cron_is_hourly(pattern: &str) -> bool {
    cron::is_hourly(pattern).or_raise()
}
