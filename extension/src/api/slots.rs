//! Whose turn it is for the slots of tools that run a limited number of jobs: see `sql/062_slots.sql`.

use std::cell::RefCell;
use std::collections::HashMap;

use pgrx::Uuid as PgUuid;
use pgrx::prelude::*;
use uuid::Uuid;

use crate::convert::{pg_uuid, uuid};

thread_local! {
    /// The workspace served last, by tool. As many entries as there are limited tools.
    static LAST_SERVED: RefCell<HashMap<String, Uuid>> = RefCell::default();
}

#[pg_extern(volatile, parallel_restricted)]
pub fn slot_turn(tool_name: &str) -> PgUuid {
    pg_uuid(LAST_SERVED.with_borrow(|served| served.get(tool_name).copied()).unwrap_or(Uuid::nil()))
}

#[pg_extern(volatile, parallel_restricted)]
pub fn slot_served(tool_name: &str, workspace_id: PgUuid) {
    LAST_SERVED.with_borrow_mut(|served| served.insert(tool_name.to_owned(), uuid(workspace_id)));
}
