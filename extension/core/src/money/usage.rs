//! What a provider counted in one call, in the same words for all providers: cached input is input, reasoning is output.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::decimal;
use super::unit::Unit;
use crate::error::Problem;

/// More of anything than one call can have: what is above it is no count.
pub const MOST_COUNTED: u64 = 1_000_000_000_000;
/// More dollars than one call costs.
const MOST_DOLLARS: u64 = 1_000_000;
/// Name of the provider's own amount, beside those of the units.
pub(super) const fn reported_key() -> &'static str {
    "reported_dollars"
}

/// What was counted. What is not in it was not counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Usage {
    counts: BTreeMap<Unit, u64>,
    /// What the provider says that it costs, in nano-dollars, rounded up.
    pub reported: Option<i64>,
}

impl Usage {
    /// Input and output tokens, and nothing said of what they are.
    pub fn tokens(input_tokens: u64, output_tokens: u64) -> Self {
        Self::default().with(Unit::INPUT, input_tokens).with(Unit::OUTPUT, output_tokens)
    }

    /// The same with a count of something.
    #[must_use]
    pub fn with(mut self, unit: Unit, count: u64) -> Self {
        self.counts.remove(&unit);
        self.add(unit, count);
        self
    }

    pub(super) fn add(&mut self, unit: Unit, count: u64) {
        if count > 0 {
            let sum = self.counts.entry(unit).or_insert(0);
            *sum = sum.saturating_add(count);
        }
    }

    /// How much of it was counted.
    pub fn get(&self, unit: Unit) -> u64 {
        self.counts.get(&unit).copied().unwrap_or(0)
    }

    /// All input tokens, cached ones included.
    pub fn input_tokens(&self) -> u64 {
        self.get(Unit::INPUT)
    }

    /// All output tokens, reasoning included.
    pub fn output_tokens(&self) -> u64 {
        self.get(Unit::OUTPUT)
    }

    /// What was counted, zeros left out.
    pub fn counts(&self) -> impl Iterator<Item = (Unit, u64)> {
        self.counts.iter().map(|(unit, count)| (*unit, *count))
    }

    /// Reads what [`Usage::to_value`] wrote: `{"input_tokens": 10, "reported_dollars": "0.04"}`.
    ///
    /// # Errors
    /// `usage_invalid`, naming the key.
    pub fn parse(value: &Value) -> Result<Self, Problem> {
        let invalid = |key: &str, what: &str| {
            Problem::bad("usage_invalid", format!("at /{key}: {what}"))
                .hint("Pass counts by name, such as {\"input_tokens\": 10, \"output_tokens\": 5}.")
        };
        let object = value.as_object().ok_or_else(|| invalid("", "must be an object"))?;
        let mut usage = Self::default();
        for (key, value) in object.iter().filter(|(_, value)| !value.is_null()) {
            if key == reported_key() {
                usage.reported = Some(reported(value).ok_or_else(|| invalid(key, "must be an amount of US dollars"))?);
            } else {
                let unit = Unit::of_usage(key).ok_or_else(|| invalid(key, "is nothing that is counted"))?;
                usage.add(unit, count(value).ok_or_else(|| invalid(key, "must be a number from 0 to 10^12"))?);
            }
        }
        Ok(usage)
    }

    /// As JSON, by the names of the units.
    pub fn to_value(&self) -> Value {
        let mut object: Map<String, Value> = self.counts().map(|(unit, count)| (unit.name().to_owned(), json!(count))).collect();
        if let Some(nanos) = self.reported {
            object.insert(reported_key().to_owned(), json!(format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000)));
        }
        Value::Object(object)
    }
}

/// A count as providers write it. Parts of a second are a whole one: never less than what is billed.
pub(super) fn count(value: &Value) -> Option<u64> {
    match value.as_u64() {
        Some(count) => (count <= MOST_COUNTED).then_some(count),
        None => u64::try_from(decimal::dollars(value, 0, MOST_COUNTED).filter(|_| value.is_number())?).ok(),
    }
}

/// Dollars as a provider writes them, in nano-dollars.
pub(super) fn reported(value: &Value) -> Option<i64> {
    i64::try_from(decimal::dollars(value, 9, MOST_DOLLARS)?).ok()
}
