//! Definitions of providers and tools, and the check of payloads.

use pgrx::prelude::*;
use pgrx::{JsonB, Uuid as PgUuid};
use steward_core::engine::definition::{Executor, read_provider, read_tool};
use steward_core::engine::payload;

use crate::cache;
use crate::convert::uuid;
use crate::error::OrRaise;

#[pg_extern(immutable, parallel_safe)]
pub fn complete_provider(name: &str, definition: &str) -> JsonB {
    JsonB(read_provider(name, definition).or_raise().completed)
}

#[pg_extern(immutable, parallel_safe)]
pub fn complete_tool(name: &str, definition: &str) -> JsonB {
    let tool = read_tool(name, definition).or_raise();
    let _ = cache::Counting::of(&tool.pricing.usage).or_raise();
    JsonB(tool.completed)
}

#[pg_extern(volatile, parallel_restricted)]
pub fn tool_is_compiled(tool_id: PgUuid, provider_id: Option<PgUuid>) -> bool {
    cache::contains(uuid(tool_id), provider_id.map(uuid))
}

#[pg_extern(volatile, parallel_restricted)]
pub fn compile_tool(tool_id: PgUuid, provider_id: Option<PgUuid>, name: &str, definition: &str, provider: Option<&str>) {
    let tool = read_tool(name, definition).or_raise();
    let provider = match (&tool.executor, provider) {
        (Executor::Http(http) | Executor::External(http), Some(definition)) => Some(read_provider(&http.provider, definition).or_raise()),
        _ => None,
    };
    cache::insert(uuid(tool_id), provider_id.map(uuid), name.to_owned(), tool, provider).or_raise();
}

#[pg_extern(volatile, parallel_restricted)]
pub fn check_payload(tool_id: PgUuid, payload: Option<&str>) {
    let compiled = cache::get(uuid(tool_id)).or_raise();
    payload::check(&compiled.tool, payload).or_raise();
}

#[pg_extern(volatile, parallel_restricted)]
pub fn payload_fits(tool_id: PgUuid, payload: Option<&str>) -> bool {
    let compiled = cache::get(uuid(tool_id)).or_raise();
    payload::check(&compiled.tool, payload).is_ok()
}

/// What the SQL of 0.1.0 calls between the exchange of the library and its upgrade, and only with null: see [`super::admission::admitted`].
#[pg_extern(sql = false)]
pub fn queue_of_tool(tool_id: Option<PgUuid>) -> Option<String> {
    cache::get(uuid(tool_id?)).ok()?.queue().map(str::to_owned)
}
