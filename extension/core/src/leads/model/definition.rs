//! What a model shall learn from, as people write it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Problem;
use crate::leads::intake::field::unreadable;

mod check;

/// Share of leads that are held out, unless something else is said.
const HOLDOUT: f64 = 0.3;
/// Below so many leads, or so many that were won, the figures of a model say little: what Salesforce asks for before it trains one of its own.
const LEAST_LEADS: u32 = 1000;
const LEAST_WINS: u32 = 120;
/// Leads that a level needs to have a weight of its own in the regression, where rarer ones share one.
const LEVEL_LEADS: u32 = 20;
/// What is predicted.
const OUTCOME: &str = "outcome";

/// How weights are learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Penalised logistic regression.
    Logistic,
    /// Naive Bayes by Odoo's rules for frequencies.
    Bayes,
}

/// How a field becomes columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum As {
    /// One for each value.
    Levels,
    /// One for each of ten bins, equally large in the training leads.
    Deciles,
    /// One that holds how many deviations a number is from the mean.
    Standard,
}

/// A field to learn from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value")]
pub struct Feature {
    /// A known name or `attributes.<key>`.
    pub field: String,
    /// Without it the training leads decide: a field of numbers has deciles, any other one levels.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    pub encoding: Option<As>,
}

/// Which leads are held out for the figures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Split {
    /// Those whose outcome came last: what a model will meet.
    Time {
        /// Their share.
        #[serde(default = "holdout")]
        holdout: f64,
    },
    /// Any.
    Random {
        /// Their share.
        #[serde(default = "holdout")]
        holdout: f64,
        /// Draws them.
        #[serde(default = "first_seed")]
        seed: u64,
    },
}

/// The stages of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stages {
    /// The field that says how far a lead came.
    pub field: String,
    /// Its values from the first to the last.
    pub order: Vec<String>,
}

/// A definition with everything that was left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// How weights are learned.
    pub method: Method,
    /// What is learned from.
    #[serde(default)]
    pub features: Vec<Feature>,
    /// What is predicted: `outcome`.
    #[serde(default = "outcome")]
    pub target: String,
    /// Which leads are held out.
    #[serde(default = "by_time")]
    pub split: Split,
    /// Penalty of the regression: half of it times the sum of squared weights is added to the log loss. It is 1 / C of scikit-learn.
    #[serde(default = "one")]
    pub l2: f64,
    /// With fewer leads nothing is trained.
    #[serde(default = "least_leads")]
    pub min_leads: u32,
    /// With fewer that were won nothing is trained.
    #[serde(default = "least_wins")]
    pub min_wins: u32,
    /// Training leads that a level needs for a weight of its own: 20, and 1 for `bayes`.
    #[serde(default)]
    pub level_leads: Option<u32>,
    /// How far leads came, for `bayes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stages: Option<Stages>,
    /// The field by whose values frequencies are kept apart, for `bayes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Whether log-odds are made to fit leads that the weights have not seen; without it, `bayes` gives Odoo's own figures.
    #[serde(default = "yes")]
    pub calibrate: bool,
}

fn holdout() -> f64 {
    HOLDOUT
}
fn first_seed() -> u64 {
    1
}
fn outcome() -> String {
    OUTCOME.to_owned()
}
fn by_time() -> Split {
    Split::Time { holdout: HOLDOUT }
}
fn one() -> f64 {
    1.0
}
fn least_leads() -> u32 {
    LEAST_LEADS
}
fn least_wins() -> u32 {
    LEAST_WINS
}
fn yes() -> bool {
    true
}

impl TryFrom<Value> for Feature {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            field: String,
            #[serde(rename = "as")]
            encoding: Option<As>,
        }
        match value {
            Value::String(field) => Ok(Self { field, encoding: None }),
            Value::Object(_) => {
                let written: Written = serde_json::from_value(value).map_err(|error| format!("a feature: {error}"))?;
                Ok(Self { field: written.field, encoding: written.encoding })
            }
            _ => Err("a feature is the name of a field, or {\"field\": …, \"as\": \"levels\", \"deciles\" or \"standard\"}".to_owned()),
        }
    }
}

fn invalid(what: impl std::fmt::Display) -> Problem {
    Problem::bad("model_invalid", what.to_string())
}

impl Definition {
    /// Reads a definition and completes it; one that names no features has those given.
    ///
    /// # Errors
    /// `model_invalid`, which says what to change.
    pub fn parse(value: &Value, otherwise: &[String]) -> Result<Self, Problem> {
        let mut definition: Self = serde_json::from_value(value.clone()).map_err(invalid)?;
        if definition.features.is_empty() {
            definition.features = otherwise.iter().map(|field| Feature { field: field.clone(), encoding: None }).collect();
        }
        definition.level_leads.get_or_insert(if definition.method == Method::Bayes { 1 } else { LEVEL_LEADS });
        definition.check()?;
        Ok(definition)
    }

    /// The same of what somebody writes now, whose fields have to be there: nothing is learned of one that is misspelt.
    ///
    /// # Errors
    /// `model_invalid`, which says what to change.
    pub fn define(value: &Value, otherwise: &[String]) -> Result<Self, Problem> {
        let definition = Self::parse(value, otherwise)?;
        match definition.fields().into_iter().find_map(unreadable) {
            Some((problem, hint)) => Err(invalid(problem).hint(hint)),
            None => Ok(definition),
        }
    }

    /// The fields of a lead that [`super::rows::Rows::push`] and [`super::fitted::Model::score`] take, in their order.
    #[must_use]
    pub fn fields(&self) -> Vec<&str> {
        let features = self.features.iter().map(|feature| feature.field.as_str());
        features.chain(self.stages.as_ref().map(|stages| stages.field.as_str())).chain(self.team.as_deref()).collect()
    }
}

#[cfg(test)]
mod tests;
