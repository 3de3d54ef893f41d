//! Scores: rubrics compiled once for a statement, rows read without JSON text. See `sql/143_rubrics.sql` and `sql/148_scores.sql`.

use pgrx::datum::{Internal, TimestampWithTimeZone};
use pgrx::fcinfo::{pg_arg_is_null, pg_getarg};
use pgrx::prelude::*;
use pgrx::{Array, JsonB, pg_sys};
use serde_json::json;
use steward_core::leads::decay::Signal;
use steward_core::leads::rubric::{Beside, Learned, Reason, Rubric};

use crate::call_site::{kept_of_id, memory};
use crate::convert::{micros, timestamp};
use crate::error::OrRaise;
use crate::stored::int_array;
use crate::stored::jsonb_value::{read, text_of};
use crate::stored::lead_row::{Layout, LeadRow, take_apart};

/// What a call site keeps of each rubric, with the rows that it is asked about.
struct Compiled {
    rubric: Rubric,
    layout: Option<Layout>,
}

/// Signals of a lead as arrays: kind, value, moment, day.
type Signals = (Vec<String>, Vec<f64>, Vec<i64>, Vec<i32>);

/// The arguments of a score, by their places.
mod argument {
    pub const RUBRIC: usize = 1;
    pub const LEAD: usize = 2;
    pub const KINDS: usize = 3;
    pub const AMOUNTS: usize = 4;
    pub const MOMENTS: usize = 5;
    pub const DAYS: usize = 6;
    pub const NOW: usize = 7;
    pub const PROBABILITY: usize = 8;
    pub const BASE: usize = 9;
}

impl Compiled {
    /// The rubric of a call; its definition is read only when it is new here.
    unsafe fn of<'c>(call: pg_sys::FunctionCallInfo) -> Option<&'c mut Self> {
        // SAFETY: the arguments are what the SQL of the functions below says; nothing else is kept there.
        unsafe {
            kept_of_id(call, || {
                let definition = read(text_of(call, argument::RUBRIC)?, "rubric_invalid");
                Some(Self { rubric: Rubric::parse(&definition).or_raise(), layout: None })
            })
        }
    }

    unsafe fn row(&mut self, call: pg_sys::FunctionCallInfo) -> Option<(&Rubric, LeadRow<'_>)> {
        // SAFETY: the argument is a composite value, and lives as long as the call.
        unsafe {
            (!pg_arg_is_null(call, argument::LEAD))
                .then(|| (&self.rubric, take_apart(call, argument::LEAD, &mut self.layout, self.rubric.fields(), memory(call))))
        }
    }
}

unsafe fn signals(call: pg_sys::FunctionCallInfo) -> Signals {
    // SAFETY: the arguments are the arrays that the SQL says.
    unsafe {
        let kinds = pg_getarg::<Array<&str>>(call, argument::KINDS);
        let values = pg_getarg::<Array<f64>>(call, argument::AMOUNTS);
        let moments = pg_getarg::<Array<TimestampWithTimeZone>>(call, argument::MOMENTS);
        let days = pg_getarg::<Array<i32>>(call, argument::DAYS);
        let (Some(kinds), Some(values), Some(moments), Some(days)) = (kinds, values, moments, days) else { return Signals::default() };
        (
            kinds.iter().flatten().map(str::to_owned).collect(),
            values.iter().flatten().collect(),
            moments.iter().flatten().map(micros).collect(),
            days.iter().flatten().collect(),
        )
    }
}

/// Does something with the rubric, the row and what is beside it.
unsafe fn with_lead<R>(call: pg_sys::FunctionCallInfo, act: impl FnOnce(&Rubric, &LeadRow, &Beside) -> R) -> Option<R> {
    // SAFETY: the caller's call is one of a function below.
    unsafe {
        let (rubric, row) = Compiled::of(call)?.row(call)?;
        let (kinds, values, moments, days) = signals(call);
        let signals: Vec<Signal> =
            kinds.iter().zip(values).zip(moments).zip(days).map(|(((kind, value), at), day)| Signal { kind, value, at, day }).collect();
        let now = pg_getarg::<TimestampWithTimeZone>(call, argument::NOW).map_or(0, micros);
        let learned = pg_getarg::<f64>(call, argument::PROBABILITY).zip(pg_getarg::<f64>(call, argument::BASE));
        let learned = learned.map(|(probability, base)| Learned { probability, base });
        Some(act(rubric, &row, &Beside { signals: &signals, now, learned }))
    }
}

/// Contributions to the scores of a lead, in thousandths of a point. The id stands for the rubric: what it names never changes.
#[pg_extern(sql = "
create function steward.score_contributions(rubric_id uuid, rubric jsonb, lead anyelement, kinds text[], amounts float8[], moments timestamptz[], days int[],
    now timestamptz, probability float8, base float8) returns int[]
    language c stable parallel safe cost 100 as 'MODULE_PATHNAME', '@FUNCTION_NAME@';
")]
pub fn score_contributions(call: pg_sys::FunctionCallInfo) -> Internal {
    // SAFETY: its SQL has the arguments that with_lead reads, and says what it returns.
    Internal::from(unsafe { with_lead(call, |rubric, row, beside| int_array::of(&rubric.score(row, beside).contributions)) })
}

/// When a score is to be computed again because what the lead did has become worth less.
#[pg_extern(sql = "
create function steward.score_due_at(rubric_id uuid, rubric jsonb, lead anyelement, kinds text[], amounts float8[], moments timestamptz[], days int[],
    now timestamptz, probability float8, base float8) returns timestamptz
    language c stable parallel safe cost 100 as 'MODULE_PATHNAME', '@FUNCTION_NAME@';
")]
pub fn score_due_at(call: pg_sys::FunctionCallInfo) -> Option<TimestampWithTimeZone> {
    // SAFETY: as above.
    unsafe { with_lead(call, |rubric, row, beside| rubric.score(row, beside).due_at).flatten().map(timestamp) }
}

/// Why the contributions to a score are what they are: an array of objects with term, group, input, points in thousandths, reason.
#[pg_extern(sql = "
create function steward.score_reasons(rubric_id uuid, rubric jsonb, lead anyelement, kinds text[], amounts float8[], moments timestamptz[], days int[],
    now timestamptz, probability float8, base float8) returns jsonb
    language c stable parallel safe cost 1000 as 'MODULE_PATHNAME', '@FUNCTION_NAME@';
")]
pub fn score_reasons(call: pg_sys::FunctionCallInfo) -> Option<JsonB> {
    // SAFETY: as above.
    let reasons = unsafe { with_lead(call, |rubric, row, beside| rubric.explain(row, beside)) };
    let told = |reason: Reason| json!({"term": reason.term, "group": reason.group, "input": reason.input, "points": reason.points.0, "reason": reason.reason});
    reasons.map(|reasons| JsonB(reasons.into_iter().map(told).collect()))
}
