//! From outcome to decision.

use chrono::{DateTime, Utc};
use pgrx::JsonB;
use pgrx::Uuid as PgUuid;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use serde_json::{Value, json};
use steward_core::engine::decision::{Circumstances, Decision, Next, decide};
use steward_core::engine::feedback::{Cooldown, Covers};
use steward_core::engine::outcome::{Credential, Outcome, Phase, text_without_nul, without_nul};
use steward_core::money::billing::{Bill, Held, Kind};

use crate::api::metering::posted;
use crate::cache;
use crate::convert::{chrono, uuid};
use crate::error::OrRaise;

/// The decisions on a batch, in its order, as the columns that SQL writes. `rate_limited` is how many earlier attempts `attempts` leaves out.
#[pg_extern(name = "decide_outcomes", volatile, parallel_restricted)]
#[expect(clippy::too_many_arguments, clippy::type_complexity, reason = "pgrx reads the columns of the table from this type")]
pub fn decide_outcomes_and_bills(
    tool_ids: Vec<PgUuid>,
    outcomes: Array<&str>,
    attempts: Vec<i32>,
    tries: Vec<i32>,
    now: TimestampWithTimeZone,
    rate_limited: Vec<i32>,
    held: Vec<Option<i64>>,
    held_tokens: Vec<Option<i64>>,
    price_ids: Vec<Option<PgUuid>>,
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
        name!(billing, Option<&'static str>),
        name!(cost, Option<i64>),
        name!(tokens, Option<i64>),
        name!(calls, Option<i32>),
        name!(reported, Option<i64>),
        name!(cooldown, Option<JsonB>),
    ),
> {
    let at = chrono(now);
    let holds = held.into_iter().zip(held_tokens).zip(price_ids);
    let holds = holds.map(|((cost, tokens), price_id)| Some((Held { cost: cost?, tokens: tokens.unwrap_or(0) }, price_id))).collect();
    let decided = decide_all(tool_ids, &outcomes, Counts { attempts, rate_limited, tries, holds }, at);
    TableIterator::new(
        decided
            .map(|Row { decision, state, status, credential, bill }| {
                let Decision { next, burned, delay, result, usage, code, message, cooldown } = decision;
                (
                    word(next),
                    state,
                    i32::from(burned),
                    delay.as_secs_f64(),
                    status,
                    stored(usage),
                    stored(result),
                    code.map(text_without_nul),
                    message.map(text_without_nul),
                    bill.map(|bill| billing(bill.kind)),
                    bill.map(|bill| bill.cost),
                    bill.map(|bill| bill.tokens),
                    bill.map(|bill| bill.calls),
                    bill.and_then(|bill| bill.reported),
                    cooldown.map(|cooldown| JsonB(shown(&cooldown, credential, at))),
                )
            })
            .collect::<Vec<_>>(),
    )
}

/// What the SQL of 0.1.0 calls between the exchange of the library and its upgrade.
#[pg_extern(sql = false)]
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
    let (rate_limited, holds) = (vec![0; attempts.len()], vec![None; attempts.len()]);
    let decided = decide_all(tool_ids, &outcomes, Counts { attempts, rate_limited, tries, holds }, chrono(now));
    TableIterator::new(
        decided
            .map(|Row { decision, state, status, .. }| {
                let Decision { next, burned, delay, result, usage, code, message, .. } = decision;
                let (code, message) = (code.map(text_without_nul), message.map(text_without_nul));
                (word(next), state, i32::from(burned), delay.as_secs_f64(), status, stored(usage), stored(result), code, message)
            })
            .collect::<Vec<_>>(),
    )
}

struct Row {
    decision: Decision,
    state: &'static str,
    status: Option<i32>,
    credential: Option<Credential>,
    bill: Option<Bill>,
}

struct Counts {
    /// What is set aside for each attempt, and by which price; None where it can cost nothing.
    holds: Vec<Option<(Held, Option<PgUuid>)>>,
    attempts: Vec<i32>,
    rate_limited: Vec<i32>,
    tries: Vec<i32>,
}

fn decide_all(tool_ids: Vec<PgUuid>, outcomes: &Array<&str>, counts: Counts, now: DateTime<Utc>) -> impl Iterator<Item = Row> {
    let count = |number: i32| u32::try_from(number).unwrap_or(0);
    let counts = counts.attempts.into_iter().zip(counts.rate_limited).zip(counts.tries.into_iter().zip(counts.holds));
    tool_ids.into_iter().zip(outcomes.iter()).zip(counts).map(move |((tool_id, outcome), ((attempt, rate_limited), (tries, hold)))| {
        let compiled = cache::get(uuid(tool_id)).or_raise();
        let outcome = Outcome::parse(outcome.unwrap_or("null")).or_raise();
        let held = hold.map_or(0, |(held, _)| held.cost);
        let at =
            Circumstances { attempt: count(attempt), rate_limited: count(rate_limited), tries: count(tries), now, held, random: draw() };
        let decision = decide(&compiled.tool, &outcome, at);
        let state = state(decision.next, outcome.phase);
        let bill = hold.map(|(held, price_id)| posted(&compiled, &outcome, held, price_id, now));
        Row { decision, state, status: outcome.status.map(i32::from), credential: outcome.credential, bill }
    })
}

fn stored(value: Option<Value>) -> Option<JsonB> {
    value.filter(|value| !value.is_null()).map(|value| JsonB(without_nul(value)))
}

/// `credential` is null where no secret was used, or a worker of an older release does not say.
fn shown(cooldown: &Cooldown, credential: Option<Credential>, now: DateTime<Utc>) -> Value {
    let covers = match cooldown.covers {
        Covers::Model => "model",
        Covers::Credential => "credential",
    };
    let credential = credential.map(|Credential { secrets, own }| without_nul(json!({ "secrets": secrets, "own": own })));
    let seconds = cooldown.until.signed_duration_since(now).to_std().unwrap_or_default().as_secs_f64();
    json!({ "seconds": seconds, "covers": covers, "reason": cooldown.reason, "code": cooldown.code, "credential": credential })
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

fn billing(kind: Kind) -> &'static str {
    match kind {
        Kind::None => "none",
        Kind::Void => "void",
        Kind::Posted => "posted",
        Kind::Estimate => "posted_estimate",
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
