//! What a backend remembers of admissions: see `sql/048_admissions.sql`.

use std::time::Instant;

use pgrx::Uuid as PgUuid;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;

use crate::admission::{self, Admission};
use crate::convert::{micros, uuid};
use crate::guards::{self, Guard};
use crate::quotas::Quota;

/// What the SQL of 0.1.0 calls between the exchange of the library and its upgrade, with arguments that nobody looks at: null is the long way, which
/// is right for everybody.
#[pg_extern(sql = false)]
pub fn admitted() -> Option<Vec<Option<PgUuid>>> {
    None
}

/// Whether an enqueue of a tool would be answered from memory; the tests of its forgetting call it.
#[pg_extern(sql = false)]
pub fn is_admitted(tool: &str) -> bool {
    admission::remembered(tool, None, None).is_some()
}

#[pg_extern(volatile, parallel_unsafe)]
pub fn remember_admission(
    tool: &str,
    asked_workspace_id: Option<PgUuid>,
    asked_user_id: Option<PgUuid>,
    workspace_id: PgUuid,
    user_id: PgUuid,
    enqueued_by: Option<PgUuid>,
    tool_id: PgUuid,
) {
    let admission =
        Admission { workspace: uuid(workspace_id), user: uuid(user_id), enqueued_by: enqueued_by.map(uuid), tool: uuid(tool_id) };
    admission::remember(tool, asked_workspace_id.map(uuid), asked_user_id.map(uuid), admission);
}

/// Remembers beside an admission what its limits say; null is any cost, any tokens, and for good.
#[pg_extern(volatile, parallel_unsafe)]
#[expect(clippy::too_many_arguments, reason = "one for each column of what SQL looked up")]
pub fn remember_guard(
    workspace_id: PgUuid,
    user_id: PgUuid,
    tool_id: PgUuid,
    most_cost: Option<i64>,
    most_tokens: Option<i64>,
    limit_ids: Vec<PgUuid>,
    buckets: Vec<String>,
    amounts: Vec<i64>,
    starts: Vec<TimestampWithTimeZone>,
    ends: Vec<TimestampWithTimeZone>,
    until: Option<TimestampWithTimeZone>,
) {
    if !admission::may_be_remembered() {
        return;
    }
    let until = ends.iter().copied().chain(until).map(micros).min().unwrap_or(i64::MAX);
    let rows = limit_ids.into_iter().zip(buckets).zip(amounts).zip(starts.into_iter().zip(ends));
    let quotas =
        rows.map(|(((limit, bucket), amount), (starts_at, ends_at))| Quota { limit: uuid(limit), bucket, amount, starts_at, ends_at });
    let guard = Guard { most_cost, most_tokens, quotas: quotas.collect(), until, looked_at: Instant::now() };
    guards::remember((uuid(workspace_id), uuid(user_id), uuid(tool_id)), guard);
}

/// Tells every backend, once this transaction has committed, that the table of the trigger has changed.
#[pg_trigger]
pub fn forget_admissions<'a>(trigger: &'a PgTrigger<'a>) -> Result<Option<PgHeapTuple<'a, AllocatedByPostgres>>, PgTriggerError> {
    // SAFETY: registers a message about a table that exists, for it is the trigger's.
    unsafe { pg_sys::CacheInvalidateRelcacheByRelid(trigger.relation()?.oid()) };
    Ok(None)
}
