//! Leads whose outcome is known: for each feature every distinct value once, and for each lead which of them it has.
//!
//! The codes of a million leads of sixteen features take 64 MB, however long their texts are; and what is computed of a value is computed once for all
//! leads that share it.

use std::collections::HashMap;

use super::cell::Cell;
use super::limits::Limits;
use crate::error::Problem;
use crate::leads::value::Value;

/// Bytes of a distinct value without its texts, which are there twice: as the value, and as the key that finds it.
const OF_VALUE: usize = 100;

/// What is known of a lead beside its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lead {
    /// Tells it from others for good, such as 64 bits of its id: splits and folds are drawn by it.
    pub key: u64,
    /// When its outcome came, in microseconds.
    pub at: i64,
    /// Whether it was won; otherwise it was lost.
    pub won: bool,
}

/// Leads with what features read of their fields.
#[derive(Debug, Default)]
pub struct Rows {
    columns: Vec<Column>,
    leads: Vec<Lead>,
    bytes: usize,
}

/// A field of all leads.
#[derive(Debug, Default)]
pub struct Column {
    /// Each distinct value once.
    pub cells: Vec<Cell<'static>>,
    /// For each lead which of them it has.
    pub codes: Vec<u32>,
    by_number: HashMap<u64, u32>,
    by_name: HashMap<String, u32>,
    by_names: HashMap<Vec<String>, u32>,
    missing: Option<u32>,
}

impl Rows {
    /// No leads yet, of so many fields.
    #[must_use]
    pub fn new(fields: usize) -> Self {
        Self { columns: (0..fields).map(|_| Column::default()).collect(), leads: Vec::new(), bytes: 0 }
    }

    /// Adds a lead by its fields, in the order of [`super::definition::Definition::fields`]; a field that is not given is missing.
    pub fn push(&mut self, values: &[Value<'_>], lead: Lead) {
        for (index, column) in self.columns.iter_mut().enumerate() {
            self.bytes += column.push(values.get(index).map_or(Cell::Missing, Cell::of));
        }
        self.leads.push(lead);
    }

    /// Whether so much may be held; asked after each lead, so that what is too much is not gathered first.
    ///
    /// # Errors
    /// `training_too_large`.
    pub fn check(&self) -> Result<(), Problem> {
        Limits::default().check(self)
    }

    /// How many fields each lead has.
    #[must_use]
    pub fn fields(&self) -> usize {
        self.columns.len()
    }

    /// What the distinct values take, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// All leads.
    #[must_use]
    pub fn leads(&self) -> &[Lead] {
        &self.leads
    }

    /// A field of all leads; none when there is no such field.
    #[must_use]
    pub fn column(&self, index: usize) -> Option<&Column> {
        self.columns.get(index)
    }

    /// Who was won, of all leads.
    #[must_use]
    pub fn won(&self) -> Vec<bool> {
        self.leads.iter().map(|lead| lead.won).collect()
    }
}

impl Column {
    /// Adds what a lead has, and says how many bytes that took: none where another one has the same.
    fn push(&mut self, cell: Cell<'_>) -> usize {
        let next = u32::try_from(self.cells.len()).unwrap_or(u32::MAX);
        let code = match &cell {
            Cell::Missing => *self.missing.get_or_insert(next),
            Cell::Number(number) => *self.by_number.entry(number.to_bits()).or_insert(next),
            // Not by `entry`, which would need the text as its own before it is known to be new.
            Cell::Level(name) => match self.by_name.get(name.as_ref()) {
                Some(code) => *code,
                None => *self.by_name.entry(name.clone().into_owned()).or_insert(next),
            },
            Cell::Levels(names) => *self.by_names.entry(names.iter().map(|name| name.clone().into_owned()).collect()).or_insert(next),
        };
        self.codes.push(code);
        if code != next {
            return 0;
        }
        let bytes = OF_VALUE + 2 * cell.bytes();
        self.cells.push(cell.into_owned());
        bytes
    }

    /// What a lead has.
    #[must_use]
    pub fn cell(&self, lead: u32) -> &Cell<'static> {
        &self.cells[self.codes[lead as usize] as usize]
    }

    /// How many of some leads have each of the distinct values.
    #[must_use]
    pub fn counts(&self, chosen: &[u32]) -> Vec<u32> {
        let mut counts = vec![0; self.cells.len()];
        for lead in chosen {
            counts[self.codes[*lead as usize] as usize] += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_kept_once_and_a_field_that_is_not_given_is_missing() {
        let mut rows = Rows::new(2);
        let lead = Lead { key: 0, at: 0, won: true };
        for text in ["a", "b", " a "] {
            rows.push(&[Value::of_text(text), Value::List(vec![Value::of_text(text)])], lead);
        }
        rows.push(&[Value::Number(1.0)], lead);
        rows.push(&[Value::Number(1.0), Value::Missing], lead);
        let codes = |index: usize| rows.column(index).map(|column| column.codes.clone());
        assert_eq!((codes(0), codes(1)), (Some(vec![0, 1, 0, 2, 2]), Some(vec![0, 1, 0, 2, 2])));
        assert_eq!(rows.column(0).map(|column| column.counts(&[0, 2, 4])), Some(vec![2, 0, 1]));
        assert_eq!(rows.won().len(), 5);
        assert!(rows.column(2).is_none());
    }
}
