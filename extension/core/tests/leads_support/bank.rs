//! Leads of a bank's telephone campaign (`tests/data/NOTICE`).

use std::process::Command;

use steward_core::leads::model::rows::{Lead, Rows};

use super::{Table, path};

/// All that was known before the call. Its length was not, and is not in the checkout.
pub const FEATURES: [&str; 15] = [
    "Age",
    "Job",
    "Marital (Status)",
    "Education",
    "Default",
    "Balance",
    "Housing",
    "Loan",
    "Contact",
    "Day",
    "Month",
    "Campaign",
    "Pdays",
    "Previous",
    "Poutcome",
];

/// All 45,211 leads.
pub fn table() -> Table {
    let file = path("tests/data/bank.csv.gz");
    let unpacked = Command::new("gzip").args(["-dc", &file]).output().unwrap();
    assert!(unpacked.status.success(), "gzip cannot read {file}");
    Table::of(&String::from_utf8(unpacked.stdout).unwrap()).unwrap()
}

/// Leads with fields of the table. Of time no more is known than their order.
pub fn leads(table: &Table, fields: &[&str]) -> Rows {
    let outcome = table.index("Output");
    table.leads(fields, |index, row| Lead { key: index as u64, at: index as i64, won: row[outcome] == "yes" })
}
