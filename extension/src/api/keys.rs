//! Locks that only this extension can take: see `steward.hold_key` in `sql/039_rooms.sql`.
//!
//! They are advisory locks of a class that the SQL functions for advisory locks cannot name (those use 1 and 2), so nobody who may merely connect
//! can hold one and stop everybody else. They end with the transaction, or with the savepoint that took them.

use std::hash::{DefaultHasher, Hash, Hasher};

use pgrx::Uuid as PgUuid;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use uuid::Uuid;

use crate::convert::micros;

/// What a key is for; the number is the `objsubid` that `pg_locks` shows.
#[derive(Clone, Copy)]
enum Class {
    /// Spending of a workspace: shared by sent marks, exclusive for `stop_spending`.
    Spending = 3,
    /// The ledger: shared by claims and settlements, exclusive while a new limit learns what was used before it.
    Ledger = 4,
    /// One unit of a quota.
    Unit = 5,
    /// One bucket of a limit that rejects amounts, or of a counter.
    Bucket = 6,
    /// The leads of a workspace: exclusive for whoever writes them.
    Leads = 7,
}

fn class(name: &str) -> Class {
    match name {
        "spending" => Class::Spending,
        "ledger" => Class::Ledger,
        "bucket" => Class::Bucket,
        "leads" => Class::Leads,
        other => error!("there is no class of keys {other}"),
    }
}

fn acquire(class: Class, name: impl Hash, exclusive: bool, wait: bool) -> bool {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    let [high, low] = [hasher.finish() >> 32, hasher.finish() & 0xffff_ffff].map(|half| u32::try_from(half).unwrap_or(0));
    let mode = if exclusive { pg_sys::ExclusiveLock } else { pg_sys::ShareLock };
    // SAFETY: the tag is filled completely, as SET_LOCKTAG_ADVISORY does; the lock belongs to the transaction.
    let result = unsafe {
        let tag = pg_sys::LOCKTAG {
            locktag_field1: pg_sys::MyDatabaseId.into(),
            locktag_field2: high,
            locktag_field3: low,
            locktag_field4: class as u16,
            locktag_type: pg_sys::LockTagType::LOCKTAG_ADVISORY as u8,
            locktag_lockmethodid: pg_sys::USER_LOCKMETHOD as u8,
        };
        pg_sys::LockAcquire(&raw const tag, mode.cast_signed(), false, !wait)
    };
    result != pg_sys::LockAcquireResult::LOCKACQUIRE_NOT_AVAIL
}

/// Whether this transaction holds the key now. Two names may meet in one key, which only makes somebody wait.
#[pg_extern(volatile, parallel_unsafe)]
pub fn hold_key(class_name: &str, name: &str, exclusive: bool, wait: bool) -> bool {
    acquire(class(class_name), name, exclusive, wait)
}

/// Locks of one quota at most: with as many taken whoever comes hears `limit_busy`.
const UNIT_LOCKS: i64 = 1024;

/// The first number of a range of a quota's units whose lock nobody else has; this transaction holds it now. None where somebody holds each.
#[pg_extern(volatile, parallel_unsafe)]
pub fn hold_unit(limit_id: PgUuid, bucket: &str, starts_at: TimestampWithTimeZone, above: i64, up_to: i64) -> Option<i64> {
    let quota = (limit_id.as_bytes(), bucket, micros(starts_at));
    (above.saturating_add(1)..=up_to).find(|number| acquire(Class::Unit, (quota, number % UNIT_LOCKS), true, false))
}

/// Whether nobody holds a bucket alone; nobody does until this transaction ends. As `hold_key` with `bucket` and the name that SQL gives it.
pub fn hold_bucket(limit: Uuid, bucket: &str) -> bool {
    acquire(Class::Bucket, format!("{limit}/{bucket}").as_str(), false, false)
}
