//! Prices: the file that comes with the extension, files of others as rows, the price of a model, and what a call costs.

use std::rc::Rc;

use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use pgrx::{JsonB, Uuid as PgUuid};
use serde_json::Value;
use steward_core::error::Problem;
use steward_core::money::import::PriceFile;
use steward_core::money::matching::Clause;
use steward_core::money::moves::furthest_move;
use steward_core::money::price::ModelPrice;
use steward_core::money::usage::Usage;
use uuid::Uuid;

use crate::convert::{POSTGRES_EPOCH_MICROS, chrono, micros, pg_uuid, timestamp, uuid};
use crate::error::OrRaise;
use crate::price_cache::{self, Prices, Row};

fn json(text: &str) -> Result<Value, Problem> {
    serde_json::from_str(text).map_err(|error| Problem::bad_json("price_file_malformed", format!("the prices cannot be read: {error}")))
}

#[pg_extern(immutable, parallel_safe)]
pub fn shipped_prices() -> JsonB {
    JsonB(json(include_str!("../../../packaging/prices/genai-prices.json")).or_raise())
}

/// The rows of a price file.
#[pg_extern(immutable, parallel_safe)]
#[expect(clippy::type_complexity, reason = "pgrx reads the columns of the table from this type")]
pub fn price_rows(
    prices: &str,
) -> TableIterator<
    'static,
    (
        name!(place, String),
        name!(provider, String),
        name!(position, i32),
        name!(model, String),
        name!(matches, JsonB),
        name!(prices, JsonB),
        name!(valid_from, TimestampWithTimeZone),
        name!(valid_to, Option<TimestampWithTimeZone>),
    ),
> {
    let file = json(prices).and_then(|prices| PriceFile::parse(&prices)).or_raise();
    let time = |time: chrono::DateTime<chrono::Utc>| timestamp(time.timestamp_micros().saturating_sub(POSTGRES_EPOCH_MICROS));
    TableIterator::new(file.rows.into_iter().map(move |row| {
        let valid_from = row.valid_from.map_or_else(TimestampWithTimeZone::negative_infinity, time);
        (row.place, row.provider, row.position, row.model, JsonB(row.matches), JsonB(row.prices), valid_from, row.valid_to.map(time))
    }))
}

/// The first price that is more than ten times as high or low in the new prices; null where none is.
#[pg_extern(immutable, parallel_safe)]
pub fn price_moved(old: &str, new: &str) -> Option<&'static str> {
    furthest_move(&json(old).or_raise(), &json(new).or_raise()).or_raise()
}

/// Null where the provider's prices are not in this backend; zeros where the price of the model is not known.
#[pg_extern(volatile, parallel_unsafe)]
pub fn remembered_price(provider: &str, model: &str, at: TimestampWithTimeZone) -> Option<PgUuid> {
    let prices = price_cache::remembered(provider)?;
    Some(pg_uuid(prices.find(model, micros(at)).unwrap_or(Uuid::nil())))
}

/// The same from the rows of the provider, which this backend takes in where it may.
#[pg_extern(volatile, parallel_unsafe)]
#[expect(clippy::too_many_arguments, reason = "one for each column that SQL has")]
pub fn price_among(
    provider: &str,
    model: &str,
    at: TimestampWithTimeZone,
    ids: Vec<PgUuid>,
    matches: Array<&str>,
    valid_from: Vec<TimestampWithTimeZone>,
    valid_to: Vec<TimestampWithTimeZone>,
    known: Vec<bool>,
) -> PgUuid {
    let columns = ids.into_iter().zip(matches.iter()).zip(valid_from.into_iter().zip(valid_to)).zip(known);
    let rows = columns.map(|(((id, clause), (from, to)), is_known)| {
        let clause = json(clause.unwrap_or("null")).and_then(|clause| Clause::parse(&clause))?;
        Ok(Row { id: uuid(id), clause, valid: micros(from)..micros(to), is_known })
    });
    let prices = Rc::new(Prices::of(rows.collect::<Result<_, Problem>>().or_raise()));
    let found = prices.find(model, micros(at)).unwrap_or(Uuid::nil());
    price_cache::remember(provider, prices);
    pg_uuid(found)
}

#[pg_extern(volatile, parallel_restricted)]
pub fn price_is_compiled(price_id: PgUuid) -> bool {
    price_cache::contains(uuid(price_id))
}

#[pg_extern(volatile, parallel_restricted)]
pub fn compile_price(price_id: PgUuid, prices: &str) {
    price_cache::insert(uuid(price_id), json(prices).and_then(|prices| ModelPrice::parse(&prices)).or_raise());
}

#[pg_extern(volatile, parallel_restricted)]
pub fn price_cost(price_id: PgUuid, usage: &str, at: TimestampWithTimeZone) -> i64 {
    // What is no JSON is no object either, and is refused as such.
    let usage = Usage::parse(&serde_json::from_str(usage).unwrap_or_default()).or_raise();
    price_cache::get(uuid(price_id)).or_raise().cost(&usage, chrono(at)).or_raise()
}

/// Null where the bound is not known, or a count is negative.
#[pg_extern(volatile, parallel_restricted)]
pub fn price_most(price_id: PgUuid, input_tokens: i64, output_tokens: i64) -> Option<i64> {
    let price = price_cache::get(uuid(price_id)).or_raise();
    price.most(u64::try_from(input_tokens).ok()?, u64::try_from(output_tokens).ok()?)
}
