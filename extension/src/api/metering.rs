//! The most that jobs may use, and what they did use.

use chrono::{DateTime, Utc};
use pgrx::Uuid as PgUuid;
use pgrx::prelude::*;
use steward_core::engine::definition::Form;
use steward_core::engine::evidence::{Execution, execution};
use steward_core::engine::metering::{Measure, measure};
use steward_core::engine::outcome::Outcome;
use steward_core::money::admission::{Admission, Demand, Metric, Room, admit as admit_batch};
use steward_core::money::billing::{Bill, Evidence, Held, Price, bill};

use crate::api::requests::{Job, prepared, set_outcome_aside, unprepared};
use crate::cache::{self, Compiled};
use crate::convert::uuid;
use crate::error::OrRaise;
use crate::{prepared as kept, price_cache};

/// The most that the next attempt of a job may use; its request is kept for `prepare_job`. A job whose request cannot be made is over, with its
/// outcome set aside.
#[pg_extern(volatile, parallel_restricted)]
#[expect(clippy::too_many_arguments, clippy::type_complexity, reason = "one for each column that SQL has")]
pub fn measure_job(
    tool_id: PgUuid,
    job_id: PgUuid,
    attempt: i32,
    workspace_id: PgUuid,
    user_id: PgUuid,
    payload: &str,
    token: Option<&str>,
    is_member: bool,
    is_rehearsed: bool,
) -> TableIterator<
    'static,
    (
        name!(is_over, bool),
        name!(flat, Option<i64>),
        name!(model, Option<String>),
        name!(price_list, Option<String>),
        name!(input_tokens, Option<i64>),
        name!(output_tokens, Option<i64>),
    ),
> {
    let compiled = cache::get(uuid(tool_id)).or_raise();
    let job = Job { tool_id, job_id, attempt, workspace_id, user_id, payload, token };
    let measured = job.request(is_member, is_rehearsed).and_then(|request| {
        let measured = measure(&compiled.tool, &request).map_err(|problem| unprepared(problem.code, problem.message))?;
        kept::keep(uuid(job_id), request, payload.len() + 1024);
        Ok(measured)
    });
    TableIterator::once(match measured {
        Ok(measured) => (false, flat(&measured), model(&measured), price_list(&compiled), tokens(&measured).0, tokens(&measured).1),
        Err(outcome) => {
            set_outcome_aside(outcome, job_id, attempt);
            kept::keep_over(uuid(job_id));
            (true, Some(0), None, None, None, None)
        }
    })
}

/// The same for a payload that is enqueued. Raises what a claim would set aside.
#[pg_extern(volatile, parallel_restricted)]
#[expect(clippy::type_complexity, reason = "pgrx reads the columns of the table from this type")]
pub fn measure_payload(
    tool_id: PgUuid,
    workspace_id: PgUuid,
    user_id: PgUuid,
    payload: &str,
) -> TableIterator<
    'static,
    (
        name!(flat, Option<i64>),
        name!(model, Option<String>),
        name!(price_list, Option<String>),
        name!(input_tokens, Option<i64>),
        name!(output_tokens, Option<i64>),
    ),
> {
    let compiled = cache::get(uuid(tool_id)).or_raise();
    let measured = match compiled.tool.pricing.flat() {
        Some(amount) => Measure::Flat(amount.into()),
        None => {
            // As long as those of a real attempt will be.
            let token = "0".repeat(64);
            let nobody = PgUuid::from_bytes([0; 16]);
            let job = Job { tool_id, job_id: nobody, attempt: i32::MAX, workspace_id, user_id, payload, token: Some(&token) };
            measure(&compiled.tool, &prepared(job).or_raise()).or_raise()
        }
    };
    TableIterator::once((flat(&measured), model(&measured), price_list(&compiled), tokens(&measured).0, tokens(&measured).1))
}

fn flat(measured: &Measure) -> Option<i64> {
    if let Measure::Flat(amount) = measured { Some(*amount) } else { None }
}

fn model(measured: &Measure) -> Option<String> {
    if let Measure::Tokens { model, .. } = measured { Some(model.clone()) } else { None }
}

fn tokens(measured: &Measure) -> (Option<i64>, Option<i64>) {
    if let Measure::Tokens { input, output, .. } = measured { (Some(*input), Some(*output)) } else { (None, None) }
}

fn price_list(compiled: &Compiled) -> Option<String> {
    compiled.provider.as_ref().map(|provider| provider.price_list.clone())
}

#[pg_extern(volatile, parallel_unsafe)]
pub fn kept_token(job_id: PgUuid) -> String {
    kept::token(uuid(job_id))
}

#[pg_extern(volatile, parallel_unsafe)]
pub fn forget_prepared() {
    kept::forget();
}

/// What is posted for an attempt that is over.
pub fn posted(compiled: &Compiled, outcome: &Outcome, held: Held, price_id: Option<PgUuid>, now: DateTime<Utc>) -> Bill {
    let evidence = match execution(&compiled.tool, outcome) {
        Execution::Unsent => Evidence::Unsent,
        Execution::Unconnected => Evidence::Unconnected,
        Execution::Refused => Evidence::NotExecuted,
        Execution::Done => Evidence::Executed,
        Execution::Unknown => Evidence::Unknown,
    };
    let usage = match (&compiled.extractor, evidence) {
        (Some(counting), Evidence::Executed) => outcome.body_json().ok().and_then(|body| counting.extractor().read(&body)),
        _ => None,
    };
    let model = price_id.and_then(|id| price_cache::get(uuid(id)).ok());
    let price = match (&compiled.tool.pricing.form, &model) {
        (Form::Free, _) => Price::Flat(0),
        (Form::Call(amount), _) => Price::Flat((*amount).into()),
        (Form::AtMost(_), _) => Price::Reported,
        (Form::Tokens(_), Some(model)) => Price::Counted(model),
        (Form::Tokens(_), None) => Price::Unknown,
    };
    bill(price, evidence, usage.as_ref(), held, now)
}

/// Which jobs of a batch fit: `stopped_by` is null where one does, else the number of a room, from 0.
#[pg_extern(immutable, parallel_safe)]
#[expect(clippy::too_many_arguments, clippy::type_complexity, reason = "one for each column that SQL has")]
pub fn admit(
    groups: Vec<i32>,
    costs: Vec<i64>,
    tokens: Vec<i64>,
    counts_job: Vec<bool>,
    is_kept_for: Vec<bool>,
    pair_groups: Vec<i32>,
    pair_rooms: Vec<i32>,
    metrics: Array<&str>,
    lefts: Vec<i64>,
    kept: Vec<i64>,
    is_shadow: Vec<bool>,
) -> TableIterator<'static, (name!(stopped_by, Vec<Option<i32>>), name!(taken, Vec<i64>), name!(turned_away, Vec<i64>))> {
    let index = |number: i32| usize::try_from(number).unwrap_or(0);
    let demands: Vec<Demand> = groups
        .iter()
        .zip(costs)
        .zip(tokens)
        .zip(counts_job.into_iter().zip(is_kept_for))
        .map(|(((group, cost), tokens), (counts_job, is_kept_for))| Demand { group: index(*group), cost, tokens, counts_job, is_kept_for })
        .collect();
    let mut rooms_of = vec![Vec::new(); pair_groups.iter().chain(&groups).map(|group| index(*group) + 1).max().unwrap_or(0)];
    for (group, room) in pair_groups.iter().zip(pair_rooms) {
        rooms_of[index(*group)].push(index(room));
    }
    let rooms: Vec<Room> = metrics
        .iter()
        .zip(lefts)
        .zip(kept.into_iter().zip(is_shadow))
        .filter_map(|((metric, left), (kept, is_shadow))| Some(Room { metric: Metric::read(metric?)?, left, kept, is_shadow }))
        .collect();
    let Admission { stopped_by, taken, turned_away } = admit_batch(&demands, &rooms_of, &rooms);
    let stopped_by = stopped_by.into_iter().map(|room| room.and_then(|room| i32::try_from(room).ok())).collect();
    TableIterator::once((stopped_by, taken, turned_away))
}
