//! Takes units of quotas as `steward.take_units` does (`sql/052_quotas.sql`), for an enqueue that goes the short way.
//!
//! Whatever is not plain is left to SQL: a quota that is nearly full, or whose next numbers are on their way. Measured (`make bench`, row `enqueue_quota`): PL/pgSQL made
//! 0.22 of a bare INSERT of the payload, this makes 0.44.

use pgrx::datum::TimestampWithTimeZone;
use pgrx::{IntoDatum, pg_sys};
use uuid::Uuid;

use crate::api::keys::{hold_bucket, hold_unit};
use crate::convert::pg_uuid;
use crate::rows::{Key, Shape, Table};

/// The table of units.
pub const UNITS: Shape =
    Shape { name: c"quota_unit", columns: &["limit_id", "bucket", "starts_at", "n", "ends_at", "workspace_id"], checks: &[], partial: &[] };

/// A quota of units that refuses, in its window of now.
pub struct Quota {
    /// The limit.
    pub limit: Uuid,
    /// As in `steward.usage_window`.
    pub bucket: String,
    /// Units that it has.
    pub amount: i64,
    /// First moment of the window.
    pub starts_at: TimestampWithTimeZone,
    /// First moment after it.
    pub ends_at: TimestampWithTimeZone,
}

/// Numbers that are tried, where others take them first.
const ATTEMPTS: usize = 64;

/// A unit of each, if all of them can be had here: their numbers, which are nobody else's until this transaction ends. `units` is the table of units.
pub fn hold(quotas: &[Quota], units: &Table) -> Option<Vec<i64>> {
    quotas.iter().map(|quota| quota.hold(units)).collect()
}

/// How many transactions have ended with something written, as the latest snapshot has it.
fn committed() -> u64 {
    // SAFETY: a snapshot that nobody registers lives until the next one is taken.
    unsafe { (*pg_sys::GetLatestSnapshot()).snapXactCompletionCount }
}

impl Quota {
    fn hold(&self, units: &Table) -> Option<i64> {
        if !hold_bucket(self.limit, &self.bucket) {
            return None;
        }
        let seen = committed();
        let mut above = self.last_taken(units);
        let up_to = self.amount.min(above.saturating_add(1024));
        for _ in 0..ATTEMPTS {
            let number = hold_unit(pg_uuid(self.limit), &self.bucket, self.starts_at, above, up_to)?;
            // Whoever had the lock may have committed meanwhile; he counted as committed before he gave it up.
            if committed() == seen || !self.is_taken(units, number) {
                return (!self.may_alert(number)).then_some(number);
            }
            above = number;
        }
        None
    }

    /// Whether a unit is one of the first beyond a percentage that is told of, which SQL does: one in a hundred of all, so that one that is rolled back is not missed.
    fn may_alert(&self, number: i64) -> bool {
        [50, 80, 100].into_iter().any(|percent| {
            let beyond = i128::from(number) * 100 - i128::from(self.amount) * percent;
            (0..100.max(i128::from(self.amount))).contains(&beyond)
        })
    }

    fn keys(&self) -> [Key; 3] {
        [
            Key { equals: pg_sys::F_UUID_EQ, value: pg_uuid(self.limit).into_datum() },
            Key { equals: pg_sys::F_TEXTEQ, value: self.bucket.as_str().into_datum() },
            Key { equals: pg_sys::F_TIMESTAMPTZ_EQ, value: self.starts_at.into_datum() },
        ]
    }

    fn last_taken(&self, units: &Table) -> i64 {
        units.last(&self.keys(), "n").unwrap_or(0)
    }

    fn is_taken(&self, units: &Table, number: i64) -> bool {
        let [limit, bucket, starts_at] = self.keys();
        let number = Key { equals: pg_sys::F_INT8EQ, value: number.into_datum() };
        units.last::<i64>(&[limit, bucket, starts_at, number], "n").is_some()
    }

    /// Takes the unit that [`hold`] gave.
    pub fn take(&self, units: &Table, number: i64, workspace: Uuid) {
        units.insert(|column| match column {
            "limit_id" => pg_uuid(self.limit).into_datum(),
            "bucket" => self.bucket.as_str().into_datum(),
            "starts_at" => self.starts_at.into_datum(),
            "n" => number.into_datum(),
            "ends_at" => self.ends_at.into_datum(),
            "workspace_id" => pg_uuid(workspace).into_datum(),
            _ => None,
        });
    }
}
