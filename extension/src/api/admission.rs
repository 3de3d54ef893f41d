//! The short way of an enqueue: see `sql/048_admissions.sql`.

use pgrx::Uuid as PgUuid;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use steward_core::engine::payload;

use crate::admission::{self, Admission};
use crate::api::clock::clock;
use crate::cache;
use crate::convert::{micros, pg_uuid, uuid};
use crate::guards;

/// `{workspace, user, enqueued by, tool version}`, the third perhaps null; null where nothing is remembered or an argument is null.
#[pg_extern(volatile, parallel_unsafe)]
pub fn admitted(
    tool: Option<&str>,
    payload: Option<&str>,
    workspace_id: Option<PgUuid>,
    user_id: Option<PgUuid>,
) -> Option<Vec<Option<PgUuid>>> {
    let admission = admission::remembered(tool?, workspace_id.map(uuid), user_id.map(uuid))?;
    // It may have been dropped to make room for others.
    let compiled = cache::get(admission.tool).ok()?;
    // The long way refuses it, in the order in which it looks at the arguments.
    payload::check(&compiled.tool, Some(payload?)).ok()?;
    let Admission { workspace, user, enqueued_by, tool } = admission;
    if !guards::admits((workspace, user, tool), &compiled, payload?, micros(clock())) {
        return None;
    }
    Some([Some(workspace), Some(user), enqueued_by, Some(tool)].map(|id| id.map(pg_uuid)).to_vec())
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

/// Remembers beside an admission what its limits say; null in `most_cost` is any cost, in `until` for good.
#[pg_extern(volatile, parallel_unsafe)]
pub fn remember_guard(
    workspace_id: PgUuid,
    user_id: PgUuid,
    tool_id: PgUuid,
    most_cost: Option<i64>,
    is_always: bool,
    until: Option<TimestampWithTimeZone>,
) {
    if admission::may_be_remembered() {
        guards::remember((uuid(workspace_id), uuid(user_id), uuid(tool_id)), most_cost, is_always, until.map_or(i64::MAX, micros));
    }
}

#[pg_extern(volatile, parallel_unsafe)]
pub fn admitted_cost() -> Option<i64> {
    guards::bound().cost
}

#[pg_extern(volatile, parallel_unsafe)]
pub fn admitted_tokens() -> Option<i64> {
    guards::bound().tokens
}

#[pg_extern(volatile, parallel_unsafe)]
pub fn admitted_model() -> Option<String> {
    guards::bound().model
}

#[pg_extern(volatile, parallel_unsafe)]
pub fn guard_is_due() -> bool {
    guards::is_due()
}

#[pg_extern(volatile, parallel_unsafe)]
pub fn note_guarded() {
    guards::note();
}

/// Tells every backend, once this transaction has committed, that the table of the trigger has changed.
#[pg_trigger]
pub fn forget_admissions<'a>(trigger: &'a PgTrigger<'a>) -> Result<Option<PgHeapTuple<'a, AllocatedByPostgres>>, PgTriggerError> {
    // SAFETY: registers a message about a table that exists, for it is the trigger's.
    unsafe { pg_sys::CacheInvalidateRelcacheByRelid(trigger.relation()?.oid()) };
    Ok(None)
}
