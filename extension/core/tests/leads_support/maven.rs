//! A synthetic pipeline in which nothing tells what will be won. Its licence is not stated: it is read where it lies, and not part of the checkout.

use steward_core::leads::model::rows::{Lead, Rows};

use super::shared;

/// Not the value of a deal, which a lost one has none of.
pub const FEATURES: [&str; 3] = ["sales_agent", "product", "account"];

/// The deals that were won or lost, by the day they were closed; none where the file is not.
pub fn leads() -> Option<Rows> {
    let mut table = shared("maven_sales_pipeline.csv")?;
    let (stage, closed) = (table.index("deal_stage"), table.index("close_date"));
    table.rows.retain(|row| ["Won", "Lost"].contains(&row[stage].as_str()));
    Some(table.leads(&FEATURES, |index, row| Lead { key: index as u64, at: day(&row[closed]), won: row[stage] == "Won" }))
}

/// A date as month/day/year, as a number that rises with time.
fn day(date: &str) -> i64 {
    let parts: Vec<i64> = date.split('/').map(|part| part.parse().unwrap()).collect();
    parts[2] * 372 + parts[0] * 31 + parts[1]
}
