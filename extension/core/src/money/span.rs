//! Prices that begin on a date, as rows that each count for a time.
//!
//! In a list of prices the last whose constraint is fulfilled counts, and the first where none is; the last to begin need not stand last. So a
//! list is cut at its dates, and of each piece the prices that can count in it are kept, with their times of day and without the dates.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use super::{child, malformed};
use crate::error::Problem;

/// Prices of one model in a list; the shipped data has 6.
const MOST_PRICES: usize = 100;

/// What counts from one time to another.
#[derive(Debug, PartialEq)]
pub struct Span {
    /// Since when; None is since ever.
    pub from: Option<DateTime<Utc>>,
    /// Until when; None is for good.
    pub to: Option<DateTime<Utc>>,
    /// An object of prices, or a list with times of day.
    pub prices: Value,
}

/// One item of the list.
struct Entry<'a> {
    since: Option<NaiveDate>,
    daily: Option<&'a Value>,
    prices: &'a Value,
}

/// The spans of `prices`, in the order of time.
///
/// # Errors
/// `price_file_malformed`, where the list or a constraint is none. What the prices are is not looked at.
pub fn spans_of(prices: &Value, place: &str) -> Result<Vec<Span>, Problem> {
    let Some(list) = prices.as_array() else { return Ok(vec![Span { from: None, to: None, prices: prices.clone() }]) };
    if list.is_empty() || list.len() > MOST_PRICES {
        return Err(malformed(place, format!("must be an object of prices, or a list of 1 to {MOST_PRICES}")));
    }
    let entries: Vec<Entry<'_>> =
        list.iter().enumerate().map(|(index, item)| entry_of(item, &child(place, index))).collect::<Result<_, _>>()?;
    let mut dates: Vec<NaiveDate> = entries.iter().filter_map(|entry| entry.since).collect();
    dates.sort_unstable();
    dates.dedup();
    let starts = || std::iter::once(None).chain(dates.iter().copied().map(Some));
    let ends = dates.iter().copied().map(Some).chain([None]);
    let midnight = |date: NaiveDate| date.and_time(chrono::NaiveTime::MIN).and_utc();
    let mut spans: Vec<Span> = Vec::new();
    for (start, end) in starts().zip(ends) {
        let prices = counting(&entries, start);
        match spans.last_mut() {
            Some(last) if last.prices == prices => last.to = end.map(midnight),
            _ => spans.push(Span { from: start.map(midnight), to: end.map(midnight), prices }),
        }
    }
    Ok(spans)
}

fn entry_of<'a>(item: &'a Value, place: &str) -> Result<Entry<'a>, Problem> {
    let object = item.as_object().ok_or_else(|| malformed(place, "must be an object with prices, and perhaps a constraint"))?;
    if let Some(key) = object.keys().find(|key| !["constraint", "prices"].contains(&key.as_str())) {
        return Err(malformed(&child(place, key), "is not a known key: constraint, prices"));
    }
    let prices = object.get("prices").ok_or_else(|| malformed(&child(place, "prices"), "is missing"))?;
    let Some(constraint) = object.get("constraint").filter(|constraint| !constraint.is_null()) else {
        return Ok(Entry { since: None, daily: None, prices });
    };
    let Some(date) = constraint.get("start_date") else { return Ok(Entry { since: None, daily: Some(constraint), prices }) };
    let place = child(&child(place, "constraint"), "start_date");
    let date = date.as_str().and_then(|date| date.parse().ok()).ok_or_else(|| malformed(&place, "must be a date such as 2026-09-01"))?;
    if constraint.as_object().is_some_and(|constraint| constraint.len() > 1) {
        return Err(malformed(&place, "cannot stand beside another constraint"));
    }
    Ok(Entry { since: Some(date), daily: None, prices })
}

/// The prices that can count from a date on until the next one.
fn counting(entries: &[Entry<'_>], start: Option<NaiveDate>) -> Value {
    let is_begun = |entry: &&Entry<'_>| entry.since.is_none_or(|since| start.is_some_and(|start| since <= start));
    let begun: Vec<&Entry<'_>> = entries.iter().filter(is_begun).collect();
    // What stands before one that always counts never does; without such a one it is the first of all.
    let first = begun.iter().rposition(|entry| entry.daily.is_none());
    let always = first.and_then(|first| begun.get(first)).map(|entry| entry.prices).or(entries.first().map(|entry| entry.prices));
    let after = first.map_or(0, |first| first + 1);
    let by_time: Vec<Value> = begun[after..].iter().map(|entry| json!({ "constraint": entry.daily, "prices": entry.prices })).collect();
    let always = always.cloned().unwrap_or_default();
    if by_time.is_empty() { always } else { std::iter::once(json!({ "prices": always })).chain(by_time).collect() }
}
