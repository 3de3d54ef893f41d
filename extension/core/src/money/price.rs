//! What a call costs: the rates of a model, applied to what its provider counted.
//!
//! What is counted in narrow units is billed at their rates, where the price has them, and the rest at the wider rate: cached tokens without a
//! rate of their own cost what other input does, as genai-prices has it and as bills are written. What has no rate at all, not even a wider
//! one, makes the cost unknown, which is an error here and no zero: genai-prices would call it free.

use chrono::{DateTime, NaiveTime, Utc};
use serde_json::Value;

use super::rates::{PER_NANO, Rate, Rates, rates_of};
use super::unit::Unit;
use super::usage::Usage;
use super::{child, malformed};
use crate::error::Problem;

/// Prices of a model by time of day; more than any provider has.
const MOST_TIMES: usize = 48;

/// The price of a model, as a row of `steward.price` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPrice {
    /// The last that is active counts, and the first where none is. Never empty.
    times: Vec<(Option<Daily>, Rates)>,
}

/// From when to when, each day, in UTC; over midnight where the end is before the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Daily {
    start: NaiveTime,
    end: NaiveTime,
}

impl Daily {
    fn parse(value: &Value, place: &str) -> Result<Self, Problem> {
        let object = value.as_object().filter(|object| object.len() == 2);
        let object = object.ok_or_else(|| malformed(place, "must have start_time and end_time"))?;
        let time = |key: &str| {
            let time = object.get(key).and_then(Value::as_str).and_then(utc_time);
            time.ok_or_else(|| malformed(&child(place, key), "must be a time of day such as 16:30:00Z"))
        };
        Ok(Self { start: time("start_time")?, end: time("end_time")? })
    }

    fn is_active(self, at: NaiveTime) -> bool {
        if self.end < self.start { at >= self.start || at < self.end } else { self.start <= at && at < self.end }
    }
}

/// A time of day with an offset or none, which is UTC.
fn utc_time(text: &str) -> Option<NaiveTime> {
    let text = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    let (clock, offset) = match text.rfind(['+', '-']) {
        Some(at) => (&text[..at], Some(&text[at..])),
        None => (text, None),
    };
    let clock: NaiveTime = clock.parse().ok()?;
    let Some(offset) = offset else { return Some(clock) };
    let ahead: NaiveTime = offset[1..].parse().ok()?;
    let ahead = ahead.signed_duration_since(NaiveTime::MIN);
    Some(if offset.starts_with('+') { clock.overflowing_sub_signed(ahead).0 } else { clock.overflowing_add_signed(ahead).0 })
}

impl ModelPrice {
    /// Reads an object of prices, or a list of `{"constraint": {"start_time", "end_time"}, "prices"}`.
    ///
    /// # Errors
    /// `price_file_malformed`, naming the place within the value.
    pub fn parse(value: &Value) -> Result<Self, Problem> {
        Self::parse_at(value, "")
    }

    pub(super) fn parse_at(value: &Value, place: &str) -> Result<Self, Problem> {
        let Some(list) = value.as_array() else { return Ok(Self { times: vec![(None, rates_of(value, place)?)] }) };
        if list.is_empty() || list.len() > MOST_TIMES {
            return Err(malformed(place, format!("must be an object of prices, or a list of 1 to {MOST_TIMES}")));
        }
        let times = list.iter().enumerate().map(|(index, item)| {
            let place = child(place, index);
            let daily = item.get("constraint").filter(|constraint| !constraint.is_null());
            let daily = daily.map(|constraint| Daily::parse(constraint, &child(&place, "constraint"))).transpose()?;
            Ok((daily, rates_of(item.get("prices").unwrap_or(&Value::Null), &child(&place, "prices"))?))
        });
        Ok(Self { times: times.collect::<Result<_, _>>()? })
    }

    /// Whether it has no price of anything, so that nothing is known of what a call costs.
    pub fn is_unknown(&self) -> bool {
        self.times.iter().all(|(_, rates)| rates.is_empty())
    }

    /// What a call cost, in nano-dollars, rounded up once.
    ///
    /// # Errors
    /// `price_incomplete` where something was counted that has no price, `usage_invalid` where a part is more than the whole, `cost_too_large`.
    pub fn cost(&self, usage: &Usage, at: DateTime<Utc>) -> Result<i64, Problem> {
        let at = at.time();
        let active = self.times.iter().rev().find(|(daily, _)| daily.is_none_or(|daily| daily.is_active(at)));
        let Some((_, rates)) = active.or(self.times.first()) else { return Err(unpriced(Unit::REQUESTS)) };
        if rates.is_empty() {
            return Err(unpriced(Unit::REQUESTS));
        }
        for (unit, count) in usage.counts().filter(|(unit, _)| *unit != Unit::REQUESTS) {
            let is_counted = |(wide, _): &(Unit, Rate)| wide.covers(unit) && usage.get(*wide) >= count;
            if !rates.iter().any(is_counted) {
                return Err(unpriced(unit));
            }
        }
        let mut leaves: Vec<(Unit, u64)> = Vec::with_capacity(rates.len());
        let mut sum: u128 = 0;
        for (unit, rate) in rates {
            let count = if *unit == Unit::REQUESTS { usage.get(*unit).max(1) } else { usage.get(*unit) };
            let within =
                leaves.iter().filter(|(narrow, _)| unit.covers(*narrow)).try_fold(0_u64, |sum, (_, count)| sum.checked_add(*count));
            let rest = within.and_then(|within| count.checked_sub(within)).ok_or_else(|| {
                Problem::bad("usage_invalid", format!("the parts of {} are more than the whole", unit.name()))
                    .hint("Check where the extractor reads it: cached tokens count as input, reasoning as output.")
            })?;
            leaves.push((*unit, rest));
            let amount = u128::from(rest).checked_mul(rate.of_call(usage.input_tokens()));
            sum = amount.and_then(|amount| sum.checked_add(amount)).ok_or_else(too_large)?;
        }
        nanos(sum).ok_or_else(too_large)
    }

    /// The most that a call costs with at most so many input and output tokens, whatever they are billed as and whenever; None where that is not
    /// known or does not fit.
    pub fn most(&self, input_tokens: u64, output_tokens: u64) -> Option<i64> {
        self.most_within(&Usage::tokens(input_tokens, output_tokens))
    }

    /// The most that a call costs whose widest units are counted at most so often: all input, all output, web searches, images, seconds. The
    /// narrower ones are left aside, because any of them may be all of it. One call where no `requests` are counted.
    pub fn most_within(&self, limits: &Usage) -> Option<i64> {
        let bounds = self.times.iter().map(|(_, rates)| {
            let wide = || limits.counts().filter(|(unit, _)| *unit != Unit::REQUESTS && unit.widest() == *unit);
            let calls = rates.iter().any(|(unit, _)| *unit == Unit::REQUESTS).then(|| (Unit::REQUESTS, limits.get(Unit::REQUESTS).max(1)));
            let amounts = wide().chain(calls).map(|(root, count)| {
                let within = rates.iter().filter(|(unit, _)| root.covers(*unit));
                within.map(|(_, rate)| rate.highest(limits.input_tokens())).max()?.checked_mul(u128::from(count))
            });
            let sum = amounts.into_iter().try_fold(0_u128, |sum, amount| sum.checked_add(amount?))?;
            if rates.is_empty() { None } else { nanos(sum) }
        });
        bounds.collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    /// Lowest and highest rate of each unit, over tiers and times of day.
    pub(super) fn ranges(&self) -> std::collections::BTreeMap<Unit, (u128, u128)> {
        let mut ranges = std::collections::BTreeMap::new();
        for (unit, rate) in self.times.iter().flat_map(|(_, rates)| rates) {
            let (low, high) = rate.range();
            let range = ranges.entry(*unit).or_insert((low, high));
            *range = (range.0.min(low), range.1.max(high));
        }
        ranges
    }
}

fn nanos(sum: u128) -> Option<i64> {
    i64::try_from(sum.div_ceil(PER_NANO)).ok()
}

fn unpriced(unit: Unit) -> Problem {
    Problem::bad("price_incomplete", format!("the price has no {}, and {} were counted", unit.price_key(), unit.name()))
        .hint("Import a price that has it: select steward.import_prices(…).")
}

fn too_large() -> Problem {
    Problem::too_large("cost_too_large", "the cost does not fit into 64 bits of nano-dollars")
        .hint("Check what was counted, and the price.")
}
