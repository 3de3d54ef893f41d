//! How an enqueue wakes workers: see `sql/050_enqueue.sql`.

use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use pgrx::{IntoDatum, direct_function_call};

use super::clock::clock;

/// First half of the key of the advisory lock: `hashtext('steward.doorbell')`.
const DOORBELL: i32 = -365_665_511;

/// Microseconds of one bucket of the clock.
const BUCKET_MICROS: i64 = 50_000;

/// Above this share of the notification queue some listener is stuck.
const FULL: f64 = 0.25;

#[pg_extern(volatile, parallel_unsafe)]
pub fn ring_doorbell() {
    // SAFETY: reads the system clock.
    let bucket = unsafe { pg_sys::GetCurrentTimestamp() }.div_euclid(BUCKET_MICROS);
    let bucket = i32::try_from(bucket & i64::from(i32::MAX)).unwrap_or(0);
    // SAFETY: each is called with the arguments it declares; none of them takes a null.
    unsafe {
        let key = [DOORBELL.into_datum(), bucket.into_datum()];
        let is_first = direct_function_call::<bool>(pg_sys::pg_try_advisory_xact_lock_int4, &key).unwrap_or(false);
        let has_room = || direct_function_call::<f64>(pg_sys::pg_notification_queue_usage, &[]).is_some_and(|usage| usage < FULL);
        if is_first && has_room() {
            direct_function_call::<()>(pg_sys::pg_notify, &["steward_jobs".into_datum(), "".into_datum()]);
        }
    }
}

/// Gives the transaction its id, rings, and reads the clock, in this order: what every row of `ready` needs. The SQL of 0.1.0 calls it between the
/// exchange of the library and its upgrade.
#[pg_extern(sql = false)]
pub fn clock_for_ready() -> TimestampWithTimeZone {
    // SAFETY: gives the transaction that calls this its id, as every write does.
    unsafe { pg_sys::GetTopTransactionId() };
    ring_doorbell();
    clock()
}
