//! Definitions of providers and tools, and the check of payloads.

use pgrx::prelude::*;
use pgrx::{JsonB, Uuid as PgUuid};
use serde_json::Value;
use steward_core::engine::definition::{Provider, Tool};
use steward_core::error::Problem;

use crate::cache;
use crate::convert::{json, uuid};
use crate::error::OrRaise;

/// Largest payload, as JSON text: what design and README promise. 10 MiB in bytes.
const MAX_PAYLOAD_BYTES: usize = 10 * 1024 * 1024;

#[pg_extern(immutable, parallel_safe)]
pub fn complete_provider(name: &str, definition: JsonB) -> JsonB {
    JsonB(about("provider", name, Provider::parse(&json(definition)).map(|provider| provider.completed)).or_raise())
}

#[pg_extern(immutable, parallel_safe)]
pub fn complete_tool(name: &str, definition: JsonB) -> JsonB {
    JsonB(about("tool", name, Tool::parse(name, &json(definition)).map(|tool| tool.completed)).or_raise())
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
pub fn compile_tool(tool_id: PgUuid, provider_id: Option<PgUuid>, name: &str, definition: JsonB, provider: Option<JsonB>) {
    let tool = about("tool", name, Tool::parse(name, &json(definition))).or_raise();
    let provider = provider.map(|definition| Provider::parse(&json(definition)).or_raise());
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
        return Err(Problem::too_large(
            "payload_too_large",
            format!("the payload has {megabytes} MiB as text, more than the 10 MiB a job may hold"),
        )
        .hint("Store large inputs elsewhere and pass a reference, or split the job."));
    }
    let compiled = cache::get(uuid(tool_id))?;
    let Some(schema) = &compiled.tool.payload_schema else { return Ok(()) };
    let payload: Value = serde_json::from_str(payload)
        .map_err(|_| Problem::bad("payload_invalid", "the payload is nested too deeply: at most 128 levels"))?;
    schema.check(&payload).map_err(|violation| {
        let place = if violation.path.is_empty() { "the top level" } else { &violation.path };
        Problem::bad(
            "payload_invalid",
            format!("the payload for tool {} breaks its payload_schema at {place}: {}", compiled.name, violation.message),
        )
        .hint(format!(
            "select definition -> 'payload_schema' from steward.tool where name = '{}' order by version desc limit 1 shows the schema.",
            compiled.name
        ))
    })
}
