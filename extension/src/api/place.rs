//! Where this database is: see `sql/028_restore.sql`.

use pgrx::prelude::*;

/// `system identifier/timeline/database oid`. A standby has no timeline of its own and says 0 for it: it is somewhere else until it is promoted.
#[pg_extern(stable, parallel_safe)]
pub fn place() -> String {
    // SAFETY: each reads a variable of the server or of this backend. The timeline may be asked for outside recovery only.
    let (system, timeline, database) = unsafe {
        let timeline = if pg_sys::RecoveryInProgress() { 0 } else { pg_sys::GetWALInsertionTimeLine() };
        (pg_sys::GetSystemIdentifier(), timeline, pg_sys::MyDatabaseId)
    };
    format!("{system}/{timeline}/{}", database.to_u32())
}
