//! One clock for everything: the server's, moved by an offset only a superuser can set.
//!
//! The offset is read from the library's own setting, never through `current_setting`: before the library is loaded anybody can SET
//! a placeholder of that name.

use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;

use crate::convert::timestamp;
use crate::guc;

fn moved(micros: i64) -> TimestampWithTimeZone {
    #[expect(clippy::cast_possible_truncation, reason = "the setting is bounded to a hundred years, in microseconds far below i64::MAX")]
    let offset = (guc::CLOCK_OFFSET.get() * 1e6) as i64;
    timestamp(micros.saturating_add(offset))
}

#[pg_extern(stable, parallel_safe)]
pub fn now() -> TimestampWithTimeZone {
    // SAFETY: reads a variable of this backend, on its only thread.
    moved(unsafe { pg_sys::GetCurrentStatementStartTimestamp() })
}

#[pg_extern(volatile, parallel_safe)]
pub fn clock() -> TimestampWithTimeZone {
    // SAFETY: reads the system clock.
    moved(unsafe { pg_sys::GetCurrentTimestamp() })
}

#[pg_extern(stable, parallel_safe)]
pub fn lease_seconds() -> i32 {
    guc::LEASE.get()
}

#[pg_extern(immutable, parallel_safe)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
