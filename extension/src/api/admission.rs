//! The short way of an enqueue: see `sql/048_admissions.sql`.

use pgrx::Uuid as PgUuid;
use pgrx::prelude::*;
use steward_core::engine::payload;

use crate::admission::{self, Admission};
use crate::cache;
use crate::convert::{pg_uuid, uuid};

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

/// Tells every backend, once this transaction has committed, that the table of the trigger has changed.
#[pg_trigger]
pub fn forget_admissions<'a>(trigger: &'a PgTrigger<'a>) -> Result<Option<PgHeapTuple<'a, AllocatedByPostgres>>, PgTriggerError> {
    // SAFETY: registers a message about a table that exists, for it is the trigger's.
    unsafe { pg_sys::CacheInvalidateRelcacheByRelid(trigger.relation()?.oid()) };
    Ok(None)
}
