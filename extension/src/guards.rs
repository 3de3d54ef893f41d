//! What limits have to do with an enqueue, as this backend remembers it beside an admission (`admission.rs`), and what the job in hand may cost.
//!
//! Most enqueues need no look at limits: those that park stop a job at its claim, and what is left for enqueue is that the job can ever fit. So the
//! most that a job may cost is remembered, and the tables are asked only where there are quotas; and every now and then for the backlog of parked jobs.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::{Duration, Instant};

use steward_core::engine::definition::Tool;
use steward_core::engine::metering::{Measure, depends_on_payload, measure};
use uuid::Uuid;

use crate::api::requests::{Job, prepared};
use crate::cache::Compiled;
use crate::convert::pg_uuid;
use crate::price_cache;

/// Ten times a second is often enough to see that the backlog of parked jobs is full, and nothing beside 10,000 enqueues a second.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Workspace, user and tool version.
pub type Key = (Uuid, Uuid, Uuid);

#[derive(Clone, Copy)]
struct Guard {
    most_cost: Option<i64>,
    is_always: bool,
    /// Microseconds as Postgres counts them.
    until: i64,
    looked_at: Option<Instant>,
}

/// The most that a job may use.
#[derive(Clone, Default)]
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
    /// Whose enqueue is in hand.
    static CURRENT: Cell<Option<Key>> = const { Cell::new(None) };
    static BOUND: RefCell<Bound> = RefCell::default();
}

/// Remembers what an enqueue has to look at.
pub fn remember(key: Key, most_cost: Option<i64>, is_always: bool, until: i64) {
    GUARDS.with_borrow_mut(|guards| guards.insert(key, Guard { most_cost, is_always, until, looked_at: None }));
}

/// Forgets everything.
pub fn forget() {
    GUARDS.with_borrow_mut(HashMap::clear);
}

/// Whether a job may go the short way; what it may cost is in hand then.
pub fn admits(key: Key, compiled: &Compiled, payload: &str, now: i64) -> bool {
    let Some(guard) = GUARDS.with_borrow(|guards| guards.get(&key).copied()).filter(|guard| now < guard.until) else { return false };
    let Some(bound) = bound_of(key, compiled, payload, now) else { return false };
    if bound.cost.zip(guard.most_cost).is_some_and(|(cost, most)| cost > most) {
        return false;
    }
    CURRENT.set(Some(key));
    BOUND.replace(bound);
    true
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

/// What the job in hand may use.
pub fn bound() -> Bound {
    BOUND.with_borrow(Clone::clone)
}

/// Whether the limits have to be looked at for the job in hand.
pub fn is_due() -> bool {
    let guard = CURRENT.get().and_then(|key| GUARDS.with_borrow(|guards| guards.get(&key).copied()));
    guard.is_none_or(|guard| guard.is_always || guard.looked_at.is_none_or(|at| at.elapsed() > LOOK_EVERY))
}

/// Notes that they were looked at, and refused nothing.
pub fn note() {
    if let Some(key) = CURRENT.get() {
        GUARDS.with_borrow_mut(|guards| {
            guards.entry(key).and_modify(|guard| guard.looked_at = Some(Instant::now()));
        });
    }
}
