//! Between Postgres' values and Rust's.

use chrono::{DateTime, NaiveDateTime, Utc};
use pgrx::Uuid as PgUuid;
use pgrx::datum::{Timestamp, TimestampWithTimeZone};
use uuid::Uuid;

/// Microseconds from 1970-01-01, where chrono counts from, to 2000-01-01, where Postgres does.
pub const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;

/// A Postgres uuid as Rust's.
pub fn uuid(value: PgUuid) -> Uuid {
    Uuid::from_bytes(*value.as_bytes())
}

/// Rust's uuid as Postgres'.
pub fn pg_uuid(value: Uuid) -> PgUuid {
    PgUuid::from_bytes(*value.as_bytes())
}

/// Microseconds since 2000-01-01 UTC, as Postgres stores it; the infinities are the ends of the range.
pub fn micros(value: TimestampWithTimeZone) -> i64 {
    value.into_inner()
}

/// The timestamp of [`micros`].
pub fn timestamp(micros: i64) -> TimestampWithTimeZone {
    // SAFETY of the value: every i64 that came out of a timestamptz is one; what core computes stays within its inputs.
    TimestampWithTimeZone::try_from(micros).unwrap_or_else(|_| TimestampWithTimeZone::positive_infinity())
}

/// A finite timestamp as chrono's; an infinite one as the end of chrono's range.
pub fn chrono(value: TimestampWithTimeZone) -> DateTime<Utc> {
    let micros = value.into_inner().saturating_add(POSTGRES_EPOCH_MICROS);
    DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// A timestamp without time zone as a wall clock; beyond chrono's range its end.
pub fn local_clock(value: Timestamp) -> NaiveDateTime {
    let micros = value.into_inner().saturating_add(POSTGRES_EPOCH_MICROS);
    DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC).naive_utc()
}

/// The timestamp of [`local_clock`].
pub fn local_timestamp(clock: NaiveDateTime) -> Timestamp {
    let micros = clock.and_utc().timestamp_micros() - POSTGRES_EPOCH_MICROS;
    // What chrono can say is within Postgres' range.
    Timestamp::try_from(micros).unwrap_or_else(|_| Timestamp::positive_infinity())
}
