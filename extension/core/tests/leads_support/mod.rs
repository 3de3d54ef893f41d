//! What the tests of the model share: leads of public data sets, hostile ones, and definitions.
#![allow(dead_code, reason = "each test binary uses its part of it")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod bank;
pub mod hostile;
pub mod maven;
pub mod odoo;
pub mod seeds;

use serde_json::{Value as Json, json};
use steward_core::leads::model::definition::Definition;
use steward_core::leads::model::rows::{Lead, Rows};
use steward_core::leads::value::Value;

/// A table of texts: the names of its columns, and its rows.
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Of text without quotes; none when it has no first line.
    pub fn of(text: &str) -> Option<Self> {
        let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<String>>());
        Some(Self { columns: lines.next()?, rows: lines.collect() })
    }

    pub fn index(&self, column: &str) -> usize {
        self.columns.iter().position(|name| name == column).unwrap()
    }

    /// Adds a column whose value a row decides.
    pub fn add(&mut self, column: &str, value: impl Fn(usize, &[String]) -> String) {
        self.columns.push(column.to_owned());
        for (index, row) in self.rows.iter_mut().enumerate() {
            let value = value(index, row);
            row.push(value);
        }
    }

    /// The rows as leads with some columns as their fields.
    pub fn leads(&self, columns: &[&str], lead: impl Fn(usize, &[String]) -> Lead) -> Rows {
        let columns: Vec<usize> = columns.iter().map(|column| self.index(column)).collect();
        let mut rows = Rows::new(columns.len());
        for (index, row) in self.rows.iter().enumerate() {
            let values: Vec<Value<'_>> = columns.iter().map(|column| Value::of_text(row[*column].as_str())).collect();
            rows.push(&values, lead(index, row));
        }
        rows
    }
}

/// A file of the checkout, wherever the test was started.
pub fn path(of: &str) -> String {
    format!("{}/../../{of}", env!("CARGO_MANIFEST_DIR"))
}

/// A file of the data that lies beside the checkout, or where `STEWARD_DATA` says; none where it does not, which is said.
pub fn shared(file: &str) -> Option<Table> {
    let folder = std::env::var("STEWARD_DATA").unwrap_or_else(|_| path("../shared/data"));
    let text = std::fs::read_to_string(format!("{folder}/{file}"));
    if text.is_err() {
        println!("skipped: there is no {folder}/{file}; STEWARD_DATA says where else to look");
    }
    text.ok().and_then(|text| Table::of(&text))
}

/// A definition with features and other settings.
pub fn definition(method: &str, features: &[&str], settings: Json) -> Definition {
    let mut written = json!({ "method": method, "features": features });
    written.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    Definition::parse(&written, &[]).unwrap()
}

/// All leads of rows.
pub fn all(rows: &Rows) -> Vec<u32> {
    (0..rows.leads().len() as u32).collect()
}
