//! What limits have to do with an enqueue, as this backend remembers it beside an admission (`admission.rs`), and what the job in hand may cost.
//!
//! Most enqueues need no look at limits: those that park stop a job at its claim, and what is left for enqueue is that the job can ever fit, and its unit
//! of each quota. So the most that a job may use is remembered with the quotas. Limits that refuse amounts, or that cover a tag or a model, are asked each
//! time, and every now and then all are, for the backlog of parked jobs.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use steward_core::engine::definition::Tool;
use steward_core::engine::metering::{Measure, depends_on_payload, measure};
use uuid::Uuid;

use crate::admission::Admission;
use crate::api::requests::{Job, prepared};
use crate::cache::Compiled;
use crate::convert::pg_uuid;
use crate::price_cache;
use crate::quotas::Quota;

/// Once a second is often enough to see that the backlog of parked jobs is full. Ten times a second, in 16 sessions, took a fifteenth of the time
/// of all enqueues.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Kept at most; beyond it all are forgotten, as they are worth nothing after a second.
const MOST_GUARDS: usize = 1000;

/// Workspace, user and tool version.
pub type Key = (Uuid, Uuid, Uuid);

/// What an enqueue has to look at.
pub struct Guard {
    /// More nano-dollars never fit; None is any.
    pub most_cost: Option<i64>,
    /// More tokens never fit; None is any.
    pub most_tokens: Option<i64>,
    /// Of each of them a job takes a unit.
    pub quotas: Rc<[Quota]>,
    /// In microseconds as Postgres counts them.
    pub until: i64,
    /// When it was looked up.
    pub looked_at: Instant,
}

/// The most that a job may use.
#[derive(Default)]
pub struct Bound {
    /// Nano-dollars; None where its tool can cost nothing.
    pub cost: Option<i64>,
    /// Tokens.
    pub tokens: Option<i64>,
    /// The model that it asks.
    pub model: Option<String>,
}

thread_local! {
    static GUARDS: RefCell<HashMap<Key, Guard>> = RefCell::default();
}

/// Remembers what an enqueue has to look at.
pub fn remember(key: Key, guard: Guard) {
    GUARDS.with_borrow_mut(|guards| {
        if guards.len() >= MOST_GUARDS {
            guards.clear();
        }
        guards.insert(key, guard);
    });
}

/// Forgets everything.
pub fn forget() {
    GUARDS.with_borrow_mut(HashMap::clear);
}

impl Guard {
    fn is_current(&self, now: i64) -> bool {
        now < self.until && self.looked_at.elapsed() <= LOOK_EVERY
    }

    fn admits(&self, bound: &Bound) -> bool {
        let fits = |need: Option<i64>, most: Option<i64>| need.zip(most).is_none_or(|(need, most)| need <= most);
        fits(bound.cost, self.most_cost) && fits(bound.tokens, self.most_tokens)
    }
}

/// What a job may use that may go the short way, and the quotas of which it takes a unit; None where all limits have to be looked at.
pub fn admits(admission: Admission, compiled: &Compiled, payload: &str, now: i64) -> Option<(Bound, Rc<[Quota]>)> {
    let key = (admission.workspace, admission.user, admission.tool);
    if !GUARDS.with_borrow(|guards| guards.get(&key).is_some_and(|guard| guard.is_current(now))) {
        return None;
    }
    let bound = bound_of(key, compiled, payload, now)?;
    let quotas = GUARDS.with_borrow(|guards| guards.get(&key).filter(|guard| guard.admits(&bound)).map(|guard| guard.quotas.clone()))?;
    Some((bound, quotas))
}

/// None where that takes a look at a table, or an error.
fn bound_of((workspace, user, tool_id): Key, compiled: &Compiled, payload: &str, now: i64) -> Option<Bound> {
    if !is_metered(&compiled.tool) {
        return Some(Bound::default());
    }
    if !depends_on_payload(&compiled.tool) {
        return Some(Bound { cost: compiled.tool.pricing.flat().map(i64::from), ..Bound::default() });
    }
    let prices = price_cache::remembered(&compiled.provider.as_ref()?.price_list)?;
    let token = "0".repeat(64);
    let [tool_id, workspace_id, user_id, job_id] = [tool_id, workspace, user, Uuid::nil()].map(pg_uuid);
    let job = Job { tool_id, job_id, attempt: i32::MAX, workspace_id, user_id, payload, token: Some(&token) };
    match measure(&compiled.tool, &prepared(job).ok()?).ok()? {
        Measure::Flat(cost) => Some(Bound { cost: Some(cost), ..Bound::default() }),
        Measure::Tokens { model, input, output } => {
            let price = price_cache::get(prices.find(&model, now)?).ok()?;
            let cost = price.most(u64::try_from(input).ok()?, u64::try_from(output).ok()?)?;
            Some(Bound { cost: Some(cost), tokens: Some(input.saturating_add(output)), model: Some(model) })
        }
    }
}

/// As the column `is_metered` of `steward.tool`.
fn is_metered(tool: &Tool) -> bool {
    let executor = tool.completed.get("executor").and_then(serde_json::Value::as_str);
    matches!(executor, Some("http" | "external" | "script")) || tool.completed.get("price").is_some_and(|price| !price.is_null())
}
