//! How a tool's failures are treated: waits between tries, what follows a call whose outcome is unknown.

use serde_json::{Value, json};

use super::fields::{Fields, invalid};
use super::pricing::Pricing;
use crate::dollars::NanoDollars;
use crate::error::Problem;

/// How long to wait before the next try: exponential with full jitter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    /// Ceiling of the first wait, in seconds; it doubles each time.
    pub base_seconds: f64,
    /// Ceiling of every wait, in seconds.
    pub max_seconds: f64,
}

/// What happens to a call whose outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnLost {
    /// It is made again: a repeat costs at most money.
    Retry,
    /// It waits for somebody to say how it ended.
    InDoubt,
}

/// Whether a call does something in the world that a repeat would do twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only computes an answer.
    None,
    /// It sends, publishes or changes something elsewhere.
    External,
}

/// What the tool says; without a word of it nothing is repeated that acts on the world or costs more than may be spent twice.
pub(super) fn on_lost_of(said: Option<OnLost>, effect: Effect, pricing: &Pricing, repeat_up_to: Option<NanoDollars>) -> OnLost {
    let is_dear = pricing.flat().zip(repeat_up_to).is_some_and(|(price, most)| price > most);
    said.unwrap_or(if effect == Effect::External || is_dear { OnLost::InDoubt } else { OnLost::Retry })
}

pub(super) fn backoff_of(source: Option<&Value>) -> Result<Backoff, Problem> {
    let empty = json!({});
    let mut fields = Fields::of(source.unwrap_or(&empty), "/backoff")?;
    let base_seconds = fields.number("base_seconds", 0.0, 86_400.0)?.unwrap_or(2.0);
    let max_seconds = fields.number("max_seconds", 0.0, 86_400.0)?.unwrap_or(600.0_f64.max(base_seconds));
    fields.finish()?;
    if max_seconds < base_seconds {
        return Err(invalid("/backoff/max_seconds", "must not be below base_seconds"));
    }
    Ok(Backoff { base_seconds, max_seconds })
}

pub(super) fn statuses_of(source: Option<&Value>) -> Result<Vec<u16>, Problem> {
    let Some(source) = source else { return Ok(Vec::new()) };
    let list = source.as_array().ok_or_else(|| invalid("/not_executed", "must be a list of HTTP statuses"))?;
    list.iter()
        .enumerate()
        .map(|(index, value)| {
            let status = value.as_u64().filter(|status| (400..=599).contains(status)).and_then(|status| u16::try_from(status).ok());
            status.ok_or_else(|| invalid(&format!("/not_executed/{index}"), "must be an HTTP status from 400 to 599"))
        })
        .collect()
}
