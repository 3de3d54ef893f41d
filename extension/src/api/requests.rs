//! From payload to request.

use std::cell::RefCell;

use pgrx::prelude::*;
use pgrx::{JsonB, Uuid as PgUuid};
use serde_json::{Value, json};
use steward_core::engine::outcome::OutcomeKey;
use steward_core::engine::request::prepare;
use steward_core::error::Problem;

use crate::cache;
use crate::convert::{pg_uuid, uuid};
use crate::error::OrRaise;
use crate::prepared::{self as kept, Found};

/// `{"request": …}`, or `{"problem": {"code", "message", "hint", "sqlstate"}}`, the hint perhaps null.
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
    JsonB(match prepared(Job { tool_id, job_id, attempt, workspace_id, user_id, payload, token }) {
        Ok(request) => json!({ "request": request }),
        Err(problem) => json!({ "problem": {
            "code": problem.code, "message": problem.message, "hint": problem.advice(), "sqlstate": problem.kind.sqlstate(),
        } }),
    })
}

/// What a request is made of.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    pub tool_id: PgUuid,
    pub job_id: PgUuid,
    pub attempt: i32,
    pub workspace_id: PgUuid,
    pub user_id: PgUuid,
    pub payload: &'a str,
    pub token: Option<&'a str>,
}

impl Job<'_> {
    /// The request of a claimed job, or the outcome of one that ends at its claim.
    pub fn request(self, is_member: bool, is_rehearsed: bool) -> Result<Value, Value> {
        if !is_member {
            return Err(unprepared("membership_ended", "the user of the job is no longer a member of its workspace".to_owned()));
        }
        match prepared(self) {
            Ok(request) if is_rehearsed => Err(json!({ "phase": "rehearsed", "body": request.to_string() })),
            Ok(request) => Ok(request),
            Err(problem) => Err(unprepared(problem.code, problem.message)),
        }
    }
}

/// The outcome of a job whose request cannot be made.
pub fn unprepared(code: &str, message: String) -> Value {
    json!({ "phase": "unprepared", "code": code, "error": message })
}

/// # Errors
/// When the request cannot be made.
pub fn prepared(job: Job<'_>) -> Result<Value, Problem> {
    let compiled = cache::get(uuid(job.tool_id)).or_raise();
    let payload = serde_json::from_str::<Value>(job.payload).map_err(|error| {
        Problem::bad("render_failed", format!("the payload cannot be read: {error}"))
            .hint("Enqueue the job again with a payload that can be read.")
    })?;
    let context = json!({ "payload": payload, "job": {
        "id": uuid(job.job_id).to_string(), "attempt": job.attempt, "tool": compiled.name,
        "workspace_id": uuid(job.workspace_id).to_string(), "user_id": uuid(job.user_id).to_string(), "completion_token": job.token,
    } });
    let mut interrupt = || {
        pgrx::check_for_interrupts!();
    };
    prepare(&compiled.tool, compiled.provider.as_ref(), context, &mut interrupt)
}

thread_local! {
    /// Outcomes of jobs that end at their claim.
    static SET_ASIDE: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The request of a claimed job. Null where the job ends here, with its outcome set aside: one that cannot be rendered must not end the claim
/// of its whole batch.
#[pg_extern(volatile, parallel_restricted)]
#[expect(clippy::too_many_arguments, reason = "one for each column that SQL has")]
pub fn prepare_job(
    tool_id: PgUuid,
    job_id: PgUuid,
    attempt: i32,
    workspace_id: PgUuid,
    user_id: PgUuid,
    payload: &str,
    token: Option<&str>,
    is_member: bool,
    is_rehearsed: bool,
) -> Option<JsonB> {
    let job = Job { tool_id, job_id, attempt, workspace_id, user_id, payload, token };
    let request = match kept::take(uuid(job_id)) {
        Found::Over => return None,
        Found::Request(request) => Ok(request),
        Found::Nothing => job.request(is_member, is_rehearsed),
    };
    match request {
        Ok(request) => Some(JsonB(request)),
        Err(outcome) => {
            set_outcome_aside(outcome, job_id, attempt);
            None
        }
    }
}

/// Keeps the outcome of a job that ends at its claim.
pub fn set_outcome_aside(mut outcome: Value, job_id: PgUuid, attempt: i32) {
    outcome["job_id"] = json!(uuid(job_id).to_string());
    outcome["attempt"] = json!(attempt);
    SET_ASIDE.with_borrow_mut(|outcomes| outcomes.push(outcome.to_string()));
}

/// The outcomes that `prepare_job` has set aside since the last call.
#[pg_extern(volatile, parallel_restricted)]
pub fn set_aside() -> Vec<String> {
    SET_ASIDE.take()
}

/// Which attempts outcomes tell of, in their order. Postgres' own `->>` would do, but refuses a document with the character NUL in it.
#[pg_extern(immutable, parallel_safe)]
pub fn outcome_keys(outcomes: Array<&str>) -> TableIterator<'static, (name!(job_id, PgUuid), name!(attempt, i32))> {
    let keys: Vec<OutcomeKey> = outcomes.iter().map(|text| OutcomeKey::parse(text.unwrap_or("null")).or_raise()).collect();
    TableIterator::new(keys.into_iter().map(|key| (pg_uuid(key.job_id), key.attempt)))
}
