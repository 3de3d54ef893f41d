//! Whose turn it is for the slots of tools that run a limited number of jobs: see `sql/063_serve_waiting.sql`.

use std::cell::RefCell;
use std::collections::HashMap;

use pgrx::Uuid as PgUuid;
use pgrx::prelude::*;
use uuid::Uuid;

use crate::convert::{pg_uuid, uuid};

/// Every so many slots go to who waits longest, as in `steward_core::engine::ring`.
const AGING_TURN: u64 = steward_core::engine::ring::AGING_TURN;

thread_local! {
    /// The workspace served last, by tool. As many entries as there are limited tools.
    static LAST_SERVED: RefCell<HashMap<String, Uuid>> = RefCell::default();
    /// How often a slot of a tool was given away.
    static TURNS: RefCell<HashMap<String, u64>> = RefCell::default();
}

#[pg_extern(volatile, parallel_restricted)]
pub fn slot_turn(tool_name: &str) -> PgUuid {
    pg_uuid(LAST_SERVED.with_borrow(|served| served.get(tool_name).copied()).unwrap_or(Uuid::nil()))
}

#[pg_extern(volatile, parallel_restricted)]
pub fn slot_served(tool_name: &str, workspace_id: PgUuid) {
    LAST_SERVED.with_borrow_mut(|served| served.insert(tool_name.to_owned(), uuid(workspace_id)));
}

#[pg_extern(volatile, parallel_restricted)]
pub fn slot_ages(tool_name: &str) -> bool {
    TURNS.with_borrow_mut(|turns| {
        let turn = turns.entry(tool_name.to_owned()).or_default();
        *turn += 1;
        turn.is_multiple_of(AGING_TURN)
    })
}
