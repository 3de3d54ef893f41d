//! Between Postgres' values and Rust's.

use chrono::{DateTime, NaiveDateTime, Utc};
use pgrx::datum::{Timestamp, TimestampWithTimeZone};
use pgrx::{Uuid as PgUuid, pg_sys};
use uuid::Uuid;

/// Seconds from 1970-01-01, where chrono counts from, to 2000-01-01, where Postgres does.
const POSTGRES_EPOCH_SECONDS: i64 = 946_684_800;

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
    let micros = value.into_inner().saturating_add(POSTGRES_EPOCH_SECONDS * 1_000_000);
    DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// A timestamp without time zone as a wall clock; beyond chrono's range its end.
pub fn local_clock(value: Timestamp) -> NaiveDateTime {
    let micros = value.into_inner().saturating_add(POSTGRES_EPOCH_SECONDS * 1_000_000);
    DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC).naive_utc()
}

/// The timestamp of [`local_clock`].
pub fn local_timestamp(clock: NaiveDateTime) -> Timestamp {
    let micros = clock.and_utc().timestamp_micros() - POSTGRES_EPOCH_SECONDS * 1_000_000;
    // What chrono can say is within Postgres' range.
    Timestamp::try_from(micros).unwrap_or_else(|_| Timestamp::positive_infinity())
}

/// An `int[]`, made in one call: element by element, as a `Vec` is, takes a tenth of the time of a whole score.
pub fn int_array(values: &[i32]) -> pg_sys::Datum {
    let mut elements: Vec<pg_sys::Datum> = values.iter().map(|value| pg_sys::Datum::from(*value)).collect();
    let length = i32::try_from(elements.len()).unwrap_or(i32::MAX);
    // SAFETY: so many elements; an int4 has 4 bytes, is passed by value and aligned as an int. The array is made in the current memory.
    unsafe { pg_sys::construct_array(elements.as_mut_ptr(), length, pg_sys::INT4OID, 4, true, pg_sys::TYPALIGN_INT as _).into() }
}
