//! From payload to request, and from outcome to decision.

use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use pgrx::{JsonB, Uuid as PgUuid};
use serde_json::{Value, json};
use steward_core::engine::decision::{Circumstances, Decision, Next, decide};
use steward_core::engine::outcome::{Outcome, OutcomeKey, Phase, text_without_nul, without_nul};
use steward_core::engine::request::prepare;
use steward_core::error::Problem;

use crate::cache;
use crate::convert::{chrono, pg_uuid, uuid};
use crate::error::OrRaise;

/// `{"request": …}`, or `{"problem": {"code", "message", "hint", "sqlstate"}}`, the hint perhaps null: a job that cannot be rendered
/// must not end the claim of its whole batch.
#[pg_extern(volatile, parallel_restricted)]
pub fn prepare_request(
    tool_id: PgUuid,
    job_id: PgUuid,
    attempt: i32,
    workspace_id: PgUuid,
    user_id: PgUuid,
    payload: &str,
    token: Option<&str>,
) -> JsonB {
    let compiled = cache::get(uuid(tool_id)).or_raise();
    let job = json!({
        "id": uuid(job_id).to_string(), "attempt": attempt, "tool": compiled.name,
        "workspace_id": uuid(workspace_id).to_string(), "user_id": uuid(user_id).to_string(), "completion_token": token,
    });
    let mut interrupt = || {
        pgrx::check_for_interrupts!();
    };
    let prepared = serde_json::from_str::<Value>(payload)
        .map_err(|error| {
            Problem::bad("render_failed", format!("the payload cannot be read: {error}"))
                .hint("Enqueue the job again with a payload that can be read.")
        })
        .and_then(|payload| {
            let context = json!({ "payload": payload, "job": job });
            prepare(&compiled.tool, compiled.provider.as_ref(), context, &mut interrupt)
        });
    JsonB(match prepared {
        Ok(request) => json!({ "request": request }),
        Err(problem) => json!({ "problem": {
            "code": problem.code, "message": problem.message, "hint": problem.advice(), "sqlstate": problem.kind.sqlstate(),
        } }),
    })
}

/// Which attempts outcomes tell of, in their order. Postgres' own `->>` would do, but refuses a document with the character NUL in it.
#[pg_extern(immutable, parallel_safe)]
pub fn outcome_keys(outcomes: Array<&str>) -> TableIterator<'static, (name!(job_id, PgUuid), name!(attempt, i32))> {
    let keys: Vec<OutcomeKey> = outcomes.iter().map(|text| OutcomeKey::parse(text.unwrap_or("null")).or_raise()).collect();
    TableIterator::new(keys.into_iter().map(|key| (pg_uuid(key.job_id), key.attempt)))
}

/// The decisions on a batch, in its order, as the columns that SQL writes.
#[pg_extern(volatile, parallel_restricted)]
#[expect(clippy::type_complexity, reason = "pgrx reads the columns of the table from this type")]
pub fn decide_outcomes(
    tool_ids: Vec<PgUuid>,
    outcomes: Array<&str>,
    attempts: Vec<i32>,
    tries: Vec<i32>,
    now: TimestampWithTimeZone,
) -> TableIterator<
    'static,
    (
        name!(decision, &'static str),
        name!(state, &'static str),
        name!(burned, i32),
        name!(delay_seconds, f64),
        name!(http_status, Option<i32>),
        name!(usage, Option<JsonB>),
        name!(result, Option<JsonB>),
        name!(error_code, Option<String>),
        name!(error_message, Option<String>),
    ),
> {
    let now = chrono(now);
    let counts =
        attempts.into_iter().zip(tries).map(|(attempt, tries)| (u32::try_from(attempt).unwrap_or(0), u32::try_from(tries).unwrap_or(0)));
    let decided = tool_ids.into_iter().zip(outcomes.iter()).zip(counts).map(|((tool_id, outcome), (attempt, tries))| {
        let compiled = cache::get(uuid(tool_id)).or_raise();
        let outcome = Outcome::parse(outcome.unwrap_or("null")).or_raise();
        let Decision { next, burned, delay, result, usage, code, message } =
            decide(&compiled.tool, &outcome, Circumstances { attempt, tries, now, random: draw() });
        let json = |value: Option<Value>| value.filter(|value| !value.is_null()).map(|value| JsonB(without_nul(value)));
        (
            word(next),
            state(next, outcome.phase),
            i32::from(burned),
            delay.as_secs_f64(),
            outcome.status.map(i32::from),
            json(usage),
            json(result),
            code.map(text_without_nul),
            message.map(text_without_nul),
        )
    });
    TableIterator::new(decided.collect::<Vec<_>>())
}

/// From 0 (included) to 1 (excluded), from the same generator as Postgres' own strong random bytes.
fn draw() -> f64 {
    let (high, _) = uuid::Uuid::new_v4().as_u64_pair();
    // The top 32 bits hold no version bits.
    f64::from(u32::try_from(high >> 32).unwrap_or(0)) / 4_294_967_296.0
}

fn state(next: Next, phase: Phase) -> &'static str {
    match (next, phase) {
        (Next::Release, _) | (_, Phase::Unsent | Phase::Rehearsed) => "released",
        (_, Phase::Lost) => "lost",
        _ => "finished",
    }
}

fn word(next: Next) -> &'static str {
    match next {
        Next::Succeed => "succeed",
        Next::Fail => "fail",
        Next::Retry => "retry",
        Next::Release => "release",
        Next::Await => "await",
        Next::InDoubt => "in_doubt",
    }
}
