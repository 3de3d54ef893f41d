//! Models: leads streamed into a training, and likelihoods of leads. See `sql/147_models.sql`.

use pgrx::datum::{Internal, TimestampWithTimeZone};
use pgrx::fcinfo::{pg_arg_is_null, pg_getarg, pg_getarg_datum_raw};
use pgrx::prelude::*;
use pgrx::{JsonB, PgMemoryContexts, pg_sys};
use serde_json::{Value as Json, json};
use steward_core::error::Problem;
use steward_core::leads::model::definition::Definition;
use steward_core::leads::model::fitted::Model;
use steward_core::leads::model::interrupt::Interrupt;
use steward_core::leads::model::reliability::Figures;
use steward_core::leads::model::rows::{Lead, Rows};
use steward_core::leads::model::split::key;
use steward_core::leads::model::train::{Answer, evaluate, train};
use steward_core::leads::rubric::Fields;
use steward_core::leads::value::Value;

use crate::call_site::{self, kept_of_id};
use crate::convert::micros;
use crate::error::{OrRaise, raise};
use crate::stored::jsonb_value::{read, text_of};
use crate::stored::lead_row::{Layout, LeadRow, take_apart};

/// What an aggregate gathers: leads with their outcomes, and what the rubric says of each.
struct Gathered {
    task: Task,
    layout: Option<Layout>,
    fields: Vec<String>,
    rows: Rows,
    scores: Vec<f64>,
}

enum Task {
    Train(Definition),
    Evaluate(Model),
}

/// The arguments of the functions that gather, by their places.
mod argument {
    pub const STATE: usize = 0;
    pub const TASK: usize = 1;
    pub const LEAD: usize = 2;
    pub const KEY: usize = 3;
    pub const WON: usize = 4;
    pub const AT: usize = 5;
    pub const SCORE: usize = 6;
}

fn values<'r>(row: &'r LeadRow<'_>, fields: &[String]) -> Vec<Value<'r>> {
    (0..fields.len()).map(|field| row.value(field)).collect()
}

impl Gathered {
    fn new(task: Task) -> Self {
        let fields: Vec<String> = match &task {
            Task::Train(definition) => definition.fields().into_iter().map(str::to_owned).collect(),
            Task::Evaluate(model) => model.fields().into_iter().map(str::to_owned).collect(),
        };
        Self { task, layout: None, rows: Rows::new(fields.len()), fields, scores: Vec::new() }
    }

    unsafe fn push(&mut self, call: pg_sys::FunctionCallInfo, memory: pg_sys::MemoryContext) {
        // SAFETY: the arguments are what the SQL below says; the memory is that of the aggregate.
        unsafe {
            let key = pg_getarg::<&str>(call, argument::KEY).map_or(0, |text| key(text.as_bytes()));
            let won = pg_getarg::<bool>(call, argument::WON).unwrap_or_default();
            let at = pg_getarg::<TimestampWithTimeZone>(call, argument::AT).map_or(0, micros);
            let row = take_apart(call, argument::LEAD, &mut self.layout, &self.fields, memory);
            self.rows.push(&values(&row, &self.fields), Lead { key, at, won });
            self.rows.check().or_raise();
            self.scores.push(pg_getarg::<f64>(call, argument::SCORE).unwrap_or(f64::NAN));
        }
    }

    /// What the rubric says of some of the leads; None where it says nothing of any.
    fn of_rubric(&self, chosen: &[u32]) -> Option<Figures> {
        let scores: Vec<f64> = chosen.iter().map(|row| self.scores[*row as usize]).collect();
        let won: Vec<bool> = chosen.iter().map(|row| self.rows.leads()[*row as usize].won).collect();
        scores.iter().any(|score| !score.is_nan()).then(|| Figures::of_scores(&scores, &won))
    }

    fn end(&self) -> Json {
        let interrupt = Interrupt(&|| {
            pgrx::check_for_interrupts!();
        });
        match &self.task {
            Task::Train(definition) => match train(definition, &self.rows, interrupt).or_raise() {
                Answer::TooLittle(too_little) => json!({"too_little": too_little}),
                Answer::Trained(trained) => json!({"definition": definition, "model": trained.model, "figures": trained.figures,
                    "rubric": self.of_rubric(&trained.held_out), "alarms": trained.alarms}),
            },
            Task::Evaluate(model) => {
                let unseen = |row: &u32| model.hold_out.holds(&self.rows.leads()[*row as usize]);
                let chosen: Vec<u32> = interrupt.over((0..).take(self.rows.leads().len())).filter(unseen).collect();
                json!({"figures": evaluate(model, &self.rows, &chosen, interrupt), "rubric": self.of_rubric(&chosen)})
            }
        }
    }
}

unsafe fn gather(call: pg_sys::FunctionCallInfo, task: impl FnOnce(&str) -> Task) -> Internal {
    // SAFETY: Postgres calls it for an aggregate, whose memory holds the state; nothing else does.
    unsafe {
        let mut memory: pg_sys::MemoryContext = std::ptr::null_mut();
        if pg_sys::AggCheckCallContext(call, &raw mut memory) == 0 {
            raise(
                Problem::bad("not_in_an_aggregate", "this function is a part of aggregates")
                    .hint("Call steward.train_model or steward.evaluate_model."),
            );
        }
        let state: *mut Gathered = if pg_arg_is_null(call, argument::STATE) {
            let task = task(text_of(call, argument::TASK).unwrap_or("null"));
            PgMemoryContexts::For(memory).leak_and_drop_on_delete(Gathered::new(task))
        } else {
            pg_getarg_datum_raw(call, argument::STATE).cast_mut_ptr()
        };
        if !pg_arg_is_null(call, argument::LEAD) {
            (*state).push(call, memory);
        }
        Internal::from(Some(pg_sys::Datum::from(state)))
    }
}

/// Adds a lead to a training. The definition of the first one counts.
#[pg_extern(sql = "
create function steward.gather_to_train(state internal, definition jsonb, lead anyelement, key text, won boolean, at timestamptz, score float8) returns internal
    language c immutable as 'MODULE_PATHNAME', '@FUNCTION_NAME@';
")]
pub fn gather_to_train(call: pg_sys::FunctionCallInfo) -> Internal {
    // SAFETY: its SQL has the arguments that gather reads.
    unsafe { gather(call, |definition| Task::Train(Definition::define(&read(definition, "model_invalid"), &[]).or_raise())) }
}

/// Adds a lead to an evaluation. The model of the first one counts.
#[pg_extern(sql = "
create function steward.gather_to_evaluate(state internal, model jsonb, lead anyelement, key text, won boolean, at timestamptz, score float8) returns internal
    language c immutable as 'MODULE_PATHNAME', '@FUNCTION_NAME@';
")]
pub fn gather_to_evaluate(call: pg_sys::FunctionCallInfo) -> Internal {
    // SAFETY: as above.
    unsafe { gather(call, |model| Task::Evaluate(Model::parse(model).or_raise())) }
}

/// What came of a training or an evaluation; null without any lead.
#[pg_extern(sql = "
create function steward.gathered(state internal) returns jsonb
    language c immutable as 'MODULE_PATHNAME', '@FUNCTION_NAME@';
")]
pub fn gathered(mut state: Internal) -> Option<JsonB> {
    // SAFETY: a state is made by gather only.
    unsafe { state.get_mut::<Gathered>() }.map(|gathered| JsonB(gathered.end()))
}

/// What a training without any lead says, of a definition that may be trained: what is wrong with another one is told at once, not when there are leads.
#[pg_extern(sql = "
create function steward.nothing_learned(definition jsonb) returns jsonb
    language c immutable parallel safe strict as 'MODULE_PATHNAME', '@FUNCTION_NAME@';
")]
pub fn nothing_learned(call: pg_sys::FunctionCallInfo) -> Option<JsonB> {
    // SAFETY: its one argument is a jsonb.
    let definition = read(unsafe { text_of(call, 0) }?, "model_invalid");
    // Which fields leads have is not known yet; a definition that names none has some of them then.
    let otherwise = if definition.get("features").is_none() { vec!["segment".to_owned()] } else { Vec::new() };
    Definition::define(&definition, &otherwise).or_raise();
    Some(JsonB(json!({"too_little": {"leads": 0, "wins": 0, "reason": "no lead has an outcome yet, so the rubric stands"}})))
}

/// What a call site keeps of each model, with the rows that it is asked about.
struct Ready {
    model: Model,
    fields: Vec<String>,
    layout: Option<Layout>,
}

impl Ready {
    fn of(model: Model) -> Self {
        Self { fields: model.fields().into_iter().map(str::to_owned).collect(), model, layout: None }
    }
}

unsafe fn with_model<R>(call: pg_sys::FunctionCallInfo, act: impl FnOnce(&Model, &[Value]) -> R) -> Option<R> {
    // SAFETY: the arguments are id, model and a composite value; the call site keeps nothing else.
    unsafe {
        let ready = kept_of_id(call, || Some(Ready::of(Model::parse(text_of(call, 1)?).or_raise())))?;
        if pg_arg_is_null(call, 2) {
            return None;
        }
        let row = take_apart(call, 2, &mut ready.layout, &ready.fields, call_site::memory(call));
        Some(act(&ready.model, &values(&row, &ready.fields)))
    }
}

/// How likely a lead is to be won. The id stands for the model: what it names never changes.
#[pg_extern(sql = "
create function steward.lead_likelihood(model_id uuid, model jsonb, lead anyelement) returns float8
    language c immutable parallel safe cost 100 as 'MODULE_PATHNAME', '@FUNCTION_NAME@';
")]
pub fn lead_likelihood(call: pg_sys::FunctionCallInfo) -> Option<f64> {
    // SAFETY: its SQL has the arguments that with_model reads.
    unsafe { with_model(call, |model, values| model.score(values).probability) }
}

/// Why a lead is as likely to be won: an array of objects with field, value and `log_odds`, and at last the base.
#[pg_extern(sql = "
create function steward.likelihood_reasons(model_id uuid, model jsonb, lead anyelement) returns jsonb
    language c immutable parallel safe cost 1000 as 'MODULE_PATHNAME', '@FUNCTION_NAME@';
")]
pub fn likelihood_reasons(call: pg_sys::FunctionCallInfo) -> Option<JsonB> {
    let reasons = |model: &Model, values: &[Value]| {
        let found = model.score(values);
        let labels = model.labels(values).into_iter().chain(std::iter::repeat(String::new()));
        let parts = model.features.iter().zip(found.parts).zip(labels);
        let told = parts.map(|((feature, part), label)| json!({"field": feature.field, "value": label, "log_odds": part}));
        told.chain(std::iter::once(json!({"field": null, "value": null, "log_odds": found.base}))).collect()
    };
    // SAFETY: as above.
    unsafe { with_model(call, reasons) }.map(JsonB)
}
