//! Definitions of providers and tools, and the check of payloads.

use pgrx::prelude::*;
use pgrx::{JsonB, Uuid as PgUuid};
use serde_json::Value;
use steward_core::engine::definition::{Provider, Tool};
use steward_core::error::Problem;

use crate::cache;
use crate::convert::uuid;
use crate::error::OrRaise;

/// Largest payload, as JSON text: what design and README promise. 10 MiB in bytes.
const MAX_PAYLOAD_BYTES: usize = 10 * 1024 * 1024;

#[pg_extern(immutable, parallel_safe)]
pub fn complete_provider(name: &str, definition: &str) -> JsonB {
    let provider = parsed(definition).and_then(|definition| Provider::parse(&definition));
    JsonB(about("provider", name, provider).or_raise().completed)
}

#[pg_extern(immutable, parallel_safe)]
pub fn complete_tool(name: &str, definition: &str) -> JsonB {
    JsonB(tool(name, definition).or_raise().completed)
}

fn tool(name: &str, definition: &str) -> Result<Tool, Problem> {
    about("tool", name, parsed(definition).and_then(|definition| Tool::parse(name, &definition)))
}

/// Definitions and payloads come as text: what jsonb can hold and Rust cannot (1e400, 200 levels) is an error here, not a panic.
fn parsed(definition: &str) -> Result<Value, Problem> {
    serde_json::from_str(definition).map_err(|error| Problem::bad("definition_invalid", format!("cannot be read: {error}")))
}

/// Says which definition an error is about.
fn about<T>(kind: &str, name: &str, result: Result<T, Problem>) -> Result<T, Problem> {
    let name: String = name.chars().take(80).collect();
    result.map_err(|problem| Problem { message: format!("{kind} {name:?} {}", problem.message), ..problem })
}

#[pg_extern(volatile, parallel_restricted)]
pub fn tool_is_compiled(tool_id: PgUuid, provider_id: Option<PgUuid>) -> bool {
    cache::contains(uuid(tool_id), provider_id.map(uuid))
}

#[pg_extern(volatile, parallel_restricted)]
pub fn compile_tool(tool_id: PgUuid, provider_id: Option<PgUuid>, name: &str, definition: &str, provider: Option<&str>) {
    let tool = tool(name, definition).or_raise();
    let provider = provider.map(|definition| parsed(definition).and_then(|definition| Provider::parse(&definition)).or_raise());
    cache::insert(uuid(tool_id), provider_id.map(uuid), name.to_owned(), tool, provider);
}

#[pg_extern(volatile, parallel_restricted)]
pub fn check_payload(tool_id: PgUuid, payload: Option<&str>) {
    checked(tool_id, payload).or_raise();
}

fn checked(tool_id: PgUuid, payload: Option<&str>) -> Result<(), Problem> {
    let payload = payload.ok_or_else(|| Problem::bad("payload_invalid", "the payload is null"))?;
    if payload.len() > MAX_PAYLOAD_BYTES {
        let megabytes = payload.len() / (1024 * 1024);
        let message = format!("the payload has {megabytes} MiB as text, more than the 10 MiB a job may hold");
        let hint = "Store large inputs elsewhere and pass a reference, or split the job.";
        return Err(Problem::too_large("payload_too_large", message).hint(hint));
    }
    // Parsed even without a schema: a payload that cannot be read would only be found at its claim.
    let payload: Value = serde_json::from_str(payload)
        .map_err(|_| Problem::bad("payload_invalid", "the payload is nested deeper than 128 levels, or holds a number beyond 1e308"))?;
    let compiled = cache::get(uuid(tool_id))?;
    let Some(schema) = &compiled.tool.payload_schema else { return Ok(()) };
    schema.check(&payload).map_err(|violation| {
        let (name, place) = (&compiled.name, if violation.path.is_empty() { "the top level" } else { &violation.path });
        let message = format!("the payload for tool {name} breaks its payload_schema at {place}: {}", violation.message);
        let select = "select definition -> 'payload_schema' from steward.tool";
        let hint = format!("{select} where name = '{name}' order by version desc limit 1 shows the schema.");
        Problem::bad("payload_invalid", message).hint(hint)
    })
}
