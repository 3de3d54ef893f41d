//! Which attempt this session acts for: see `sql/100_attempt_identity.sql`.
//!
//! It is kept here and not in a setting, because any session can SET. The setting `steward.attempt` holds a random number only, and
//! the memory counts while both agree: a pool's `DISCARD ALL` and a rollback reset the setting, and so end the identity.

use std::cell::Cell;

use pgrx::Uuid as PgUuid;
use pgrx::prelude::*;
use uuid::Uuid;

use crate::convert::{pg_uuid, uuid};
use crate::guc;

#[derive(Clone, Copy)]
struct Begun {
    job: Uuid,
    attempt: i32,
    workspace: Uuid,
    nonce: Uuid,
    session_user: pg_sys::Oid,
}

thread_local! {
    static BEGUN: Cell<Option<Begun>> = const { Cell::new(None) };
}

fn session_user() -> pg_sys::Oid {
    // SAFETY: reads a variable of this backend, on its only thread.
    unsafe { pg_sys::GetSessionUserId() }
}

fn begun() -> Option<Begun> {
    if is_maintenance() {
        return None;
    }
    let begun = BEGUN.get()?;
    let set = guc::ATTEMPT.get()?;
    let agrees = set.to_str().ok()?.parse::<Uuid>().is_ok_and(|nonce| nonce == begun.nonce);
    (agrees && begun.session_user == session_user()).then_some(begun)
}

/// Whether this runs inside a maintenance command of somebody else's table (ANALYZE, autovacuum, REINDEX, REFRESH, VACUUM FULL): functions of its
/// indexes run there with the rights of the table's owner, while `session_user` is still whoever gave the command, often a superuser.
#[pg_extern(stable, parallel_unsafe)]
pub fn is_maintenance() -> bool {
    // SAFETY: reads a flag of this backend, on its only thread.
    unsafe { pg_sys::InSecurityRestrictedOperation() }
}

/// Notes the attempt and returns what the setting `steward.attempt` must hold for it to count.
#[pg_extern(volatile, parallel_unsafe)]
pub fn remember_attempt(job_id: PgUuid, attempt: i32, workspace_id: PgUuid) -> String {
    let nonce = Uuid::new_v4();
    let begun = Begun { job: uuid(job_id), attempt, workspace: uuid(workspace_id), nonce, session_user: session_user() };
    BEGUN.set(Some(begun));
    nonce.to_string()
}

#[pg_extern(volatile, parallel_unsafe)]
pub fn forget_attempt() {
    BEGUN.set(None);
}

#[pg_extern(stable, parallel_unsafe)]
pub fn begun_job() -> Option<PgUuid> {
    begun().map(|begun| pg_uuid(begun.job))
}

#[pg_extern(stable, parallel_unsafe)]
pub fn begun_attempt() -> Option<i32> {
    begun().map(|begun| begun.attempt)
}

#[pg_extern(stable, parallel_unsafe)]
pub fn begun_workspace() -> Option<PgUuid> {
    begun().map(|begun| pg_uuid(begun.workspace))
}
