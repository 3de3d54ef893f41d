//! A model as it is stored, and what it says of a lead.
//!
//! ```text
//! log-odds    = base + sum of parts
//! base        = slope · (intercept + sum of means) + calibration's intercept: what the average training lead has
//! part        = slope · (weights of the feature's columns - mean of the feature over the training leads)
//! probability = 1 / (1 + exp(-log-odds)), kept within 0.01 % and 99.99 %
//! ```
//!
//! So a part says by how much a field moves a lead away from the average one, and all parts are 0 for it.

use std::borrow::Borrow;

use serde::{Deserialize, Serialize};

use super::bayes::team_of;
use super::calibration::Calibration;
use super::cell::Cell;
use super::definition::Method;
use super::encoder::Encoding;
use super::logistic::logistic;
use super::rows::Rows;
use super::split::HoldOut;
use crate::error::Problem;
use crate::leads::value::Value;

/// The shape of what is stored.
pub const VERSION: u32 = 1;
/// No lead is surer than this, or less sure: Odoo's bounds.
const SUREST: [f64; 2] = [0.0001, 0.9999];
/// A stored number beyond this was not written by this module.
const LARGEST: f64 = 1e9;

/// A model that was trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// [`VERSION`].
    pub version: u32,
    /// How its weights were learned.
    pub method: Method,
    /// What it reads of a lead.
    pub features: Vec<Fitted>,
    /// The field of teams, behind the features.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The weights: for all leads, then for teams in the order of their names.
    pub tables: Vec<Table>,
    /// What is done to log-odds.
    pub calibration: Calibration,
    /// The leads that it was not trained on.
    pub hold_out: HoldOut,
    /// How many leads it was trained on.
    pub leads: u32,
    /// How many of them were won.
    pub wins: u32,
    /// How many equations were solved for its weights; 0 where they are counts.
    pub rounds: u32,
    /// Whether they led to the end.
    pub converged: bool,
}

/// A field with its encoding and what the training leads were in each of its columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// A known name or `attributes.<key>`.
    pub field: String,
    /// How its values become columns.
    #[serde(flatten)]
    pub encoding: Encoding,
    /// Training leads in each column.
    pub leads: Vec<u32>,
    /// How many of them were won.
    pub wins: Vec<u32>,
}

/// Weights of the leads of a team.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Whose they are; null for all others.
    pub team: Option<String>,
    /// Log-odds of a lead that has no weight anywhere.
    pub intercept: f64,
    /// Of each feature's columns.
    pub weights: Vec<Vec<f64>>,
    /// What the training leads have of each feature on average.
    pub means: Vec<f64>,
}

/// What a model says of a lead.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Likelihood {
    /// That it is won.
    pub probability: f64,
    /// The base and the sum of the parts.
    pub log_odds: f64,
    /// Log-odds of the average training lead.
    pub base: f64,
    /// By how much each feature moves the lead away from it.
    pub parts: Vec<f64>,
}

fn invalid(what: &str) -> Problem {
    Problem::bad("model_invalid", format!("the stored model {what}")).hint("Train the model again with steward.train_model.")
}

impl Model {
    /// Reads a stored model.
    ///
    /// # Errors
    /// `model_invalid` when it is not what [`Model::to_json`] writes.
    pub fn parse(json: &str) -> Result<Self, Problem> {
        let model: Self = serde_json::from_str(json).map_err(|error| invalid(&format!("cannot be read: {error}")))?;
        if model.version != VERSION {
            return Err(invalid("has a version that is not known here"));
        }
        if !model.is_sound() {
            return Err(invalid("has weights that do not fit its features"));
        }
        Ok(model)
    }

    /// What is stored. Numbers are written so that they are read as the same.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| unreachable!("there is no map whose keys are no text"))
    }

    /// The fields of a lead that [`Model::score`] takes, in their order: the features (which come first among the parts, too), then the team.
    #[must_use]
    pub fn fields(&self) -> Vec<&str> {
        self.features.iter().map(|feature| feature.field.as_str()).chain(self.team.as_deref()).collect()
    }

    /// How likely a lead is to be won, and why. A field that is not given is missing.
    #[must_use]
    pub fn score(&self, values: &[Value<'_>]) -> Likelihood {
        self.weigh(|index| values.get(index).map_or(Cell::Missing, Cell::of))
    }

    /// The same of a lead among rows.
    #[must_use]
    pub fn score_row(&self, rows: &Rows, row: u32) -> Likelihood {
        self.weigh(|index| rows.column(index).map_or(&Cell::Missing, |column| column.cell(row)))
    }

    fn weigh<'c, C: Borrow<Cell<'c>>>(&self, cell: impl Fn(usize) -> C) -> Likelihood {
        let table = self.table(self.team.as_ref().and_then(|_| team_of(cell(self.features.len()).borrow())).as_deref());
        let (mut base, mut sum) = (table.intercept, 0.0);
        let mut parts = Vec::with_capacity(self.features.len());
        for (index, (feature, mean)) in self.features.iter().zip(&table.means).enumerate() {
            let weights = &table.weights[index];
            let mut has = 0.0;
            feature.encoding.encode(cell(index).borrow(), |column, weight| has += weights[column] * weight);
            let part = self.calibration.slope * (has - mean);
            base += mean;
            sum += part;
            parts.push(part);
        }
        let base = self.calibration.apply(base);
        let [least, most] = SUREST;
        Likelihood { probability: logistic(base + sum).clamp(least, most), log_odds: base + sum, base, parts }
    }

    /// What each feature's value of a lead is for the model, in words: a level, a bin, `other` or `missing`.
    #[must_use]
    pub fn labels(&self, values: &[Value<'_>]) -> Vec<String> {
        let label = |(index, feature): (usize, &Fitted)| {
            let mut labels = Vec::new();
            let cell = values.get(index).map_or(Cell::Missing, Cell::of);
            feature.encoding.encode(&cell, |column, _| labels.push(feature.encoding.label(column)));
            labels.join(", ")
        };
        self.features.iter().enumerate().map(label).collect()
    }

    /// The weights of a team, or those of all.
    fn table(&self, team: Option<&str>) -> &Table {
        let (all, teams) = (&self.tables[0], &self.tables[1..]);
        let own = team.and_then(|team| teams.binary_search_by(|table| table.team.as_deref().cmp(&Some(team))).ok());
        own.map_or(all, |index| &teams[index])
    }

    /// Whether it can score without panicking or leaving the finite numbers, whoever wrote it.
    fn is_sound(&self) -> bool {
        let is_number = |number: &f64| number.abs() <= LARGEST;
        let fits = |table: &Table| {
            table.weights.len() == self.features.len()
                && table.means.len() == self.features.len()
                && self.features.iter().zip(&table.weights).all(|(feature, weights)| weights.len() == feature.encoding.width())
                && table.weights.iter().flatten().chain(&table.means).chain([&table.intercept]).all(is_number)
        };
        let teams = self.tables.iter().map(|table| &table.team);
        self.tables.first().is_some_and(|table| table.team.is_none())
            && teams.is_sorted_by(|one, next| one < next)
            && self.features.iter().all(|feature| feature.encoding.is_sound())
            && self.tables.iter().all(fits)
            && [self.calibration.slope, self.calibration.intercept].iter().all(is_number)
    }
}

#[cfg(test)]
mod tests;
