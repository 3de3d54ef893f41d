//! The rates of one price: dollars for a unit, perhaps more or less of them for calls with a large input.

use serde_json::Value;

use super::unit::Unit;
use super::{child, decimal, malformed};
use crate::error::Problem;

/// A dollar in the whole numbers that rates are: 9 x 10^21, because every price is for a divisor of 9 x 10^9 units and has twelve decimals.
const DECIMALS: usize = 12;
const COMMON_MULTIPLE: u64 = 9_000_000_000;
/// Of them in a nano-dollar.
pub const PER_NANO: u128 = 9_000_000_000_000;
/// More than anybody asks for a million tokens: a price beyond it is a mistake in its unit.
const MOST_DOLLARS: u64 = 1_000_000;
/// Tiers of one rate; genai-prices knows two.
const MOST_TIERS: usize = 100;

/// The rates of a price, from the narrowest unit to the widest.
pub type Rates = Vec<(Unit, Rate)>;

/// What one unit costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    base: u128,
    /// Above how many input tokens of a call which rate is that of all its units, in rising order.
    tiers: Vec<(u64, u128)>,
}

impl Rate {
    fn parse(value: &Value, unit: Unit, place: &str) -> Result<Self, Problem> {
        let Some(object) = value.as_object() else { return Ok(Self { base: amount(value, unit, place)?, tiers: Vec::new() }) };
        if let Some(key) = object.keys().find(|key| !["base", "tiers"].contains(&key.as_str())) {
            return Err(malformed(&child(place, key), "is not a known key: a price in tiers has base and tiers"));
        }
        let base = amount(object.get("base").unwrap_or(&Value::Null), unit, &child(place, "base"))?;
        let place = child(place, "tiers");
        let list = object.get("tiers").and_then(Value::as_array).filter(|list| list.len() <= MOST_TIERS);
        let list = list.ok_or_else(|| malformed(&place, format!("must be a list of up to {MOST_TIERS} tiers")))?;
        let mut tiers = Vec::with_capacity(list.len());
        for (index, tier) in list.iter().enumerate() {
            let place = child(&place, index);
            let start = tier.get("start").and_then(Value::as_u64);
            let start = start.ok_or_else(|| malformed(&child(&place, "start"), "must be a whole number of tokens"))?;
            tiers.push((start, amount(tier.get("price").unwrap_or(&Value::Null), unit, &child(&place, "price"))?));
        }
        tiers.sort_by_key(|(start, _)| *start);
        Ok(Self { base, tiers })
    }

    /// The rate of a call with so many input tokens.
    pub fn of_call(&self, input_tokens: u64) -> u128 {
        self.tiers.iter().rev().find(|(start, _)| input_tokens > *start).map_or(self.base, |(_, rate)| *rate)
    }

    /// The highest rate of a call with at most so many input tokens.
    pub fn highest(&self, input_tokens: u64) -> u128 {
        self.tiers.iter().filter(|(start, _)| input_tokens > *start).map(|(_, rate)| *rate).fold(self.base, u128::max)
    }

    /// The lowest and the highest rate of any call.
    pub fn range(&self) -> (u128, u128) {
        let all = || self.tiers.iter().map(|(_, rate)| *rate);
        (all().fold(self.base, u128::min), all().fold(self.base, u128::max))
    }
}

fn amount(value: &Value, unit: Unit, place: &str) -> Result<u128, Problem> {
    let dollars = decimal::dollars(value, DECIMALS, MOST_DOLLARS);
    let dollars = dollars.ok_or_else(|| malformed(place, format!("must be an amount of US dollars, from 0 to {MOST_DOLLARS}")))?;
    Ok(dollars * u128::from(COMMON_MULTIPLE / unit.per()))
}

/// The rates of a price, from the narrowest unit to the widest.
///
/// # Errors
/// `price_file_malformed`. What is priced narrowly must be priced widely, and what two prices have in common has a price of its own, as
/// genai-prices demands: otherwise something is counted twice or not at all.
pub fn rates_of(value: &Value, place: &str) -> Result<Rates, Problem> {
    let object = value.as_object().ok_or_else(|| malformed(place, "must be an object of prices"))?;
    let mut rates = Vec::with_capacity(object.len());
    for (key, value) in object.iter().filter(|(_, value)| !value.is_null()) {
        let place = child(place, key);
        let unit = Unit::of_price(key).ok_or_else(|| malformed(&place, "is not a known price, such as input_mtok or requests_kcount"))?;
        rates.push((unit, Rate::parse(value, unit, &place)?));
    }
    rates.sort_by_key(|(unit, _)| (std::cmp::Reverse(unit.narrowness()), *unit));
    let is_priced = |wanted: Unit| rates.iter().any(|(unit, _)| *unit == wanted);
    for (index, (unit, _)) in rates.iter().enumerate() {
        if let Some(wider) = Unit::all().find(|wider| wider.covers(*unit) && !is_priced(*wider)) {
            return Err(malformed(place, format!("{} needs {}, which counts the same and more", unit.price_key(), wider.price_key())));
        }
        for (other, _) in &rates[index + 1..] {
            let Some(join) = unit.join(*other) else { continue };
            if !join.0.is_some_and(is_priced) {
                let name = join.0.map_or("a price of what is both, and there is none", Unit::price_key);
                return Err(malformed(place, format!("{} and {} need {name}", unit.price_key(), other.price_key())));
            }
        }
    }
    Ok(rates)
}
