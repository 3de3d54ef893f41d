//! Rubrics: from what is known of a lead to its score, as a sum of contributions.
//!
//! The contributions to a score, in this order: one for each term, one for each group (what its cap took away), `total` (what scaling, rounding and the bounds
//! made of the sum), and `likelihood` where the rubric has one. Their sum is the score, exactly: all are whole thousandths of a point.

mod check;
mod compiled;
pub mod definition;
mod evaluate;
mod headcount;
pub mod points;
pub mod reason;
mod total;
mod words;

use definition::Definition;
use points::{MOST_POINTS, Points};

use super::decay::Signal;
use super::value::Value;
use crate::error::Problem;
use compiled::Compiled;

/// A rubric, ready to score.
#[derive(Debug, Clone)]
pub struct Rubric {
    definition: Definition,
    fields: Vec<String>,
    terms: Vec<Compiled>,
    groups: Vec<Vec<usize>>,
}

/// What is known of a lead, field by field: of those that [`Rubric::fields`] names.
pub trait Fields {
    /// The value of a field, by its place in that list.
    fn value(&self, field: usize) -> Value<'_>;
}

impl Fields for [Value<'_>] {
    fn value(&self, field: usize) -> Value<'_> {
        self.get(field).cloned().unwrap_or(Value::Missing)
    }
}

/// What a score is made from besides fields.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// What the lead did, in the order in which it happened.
    pub signals: &'a [Signal<'a>],
    /// The moment the score is for, in microseconds.
    pub now: i64,
    /// What a model says.
    pub learned: Option<Learned>,
}

/// What a model has learned.
#[derive(Debug, Clone, Copy)]
pub struct Learned {
    /// How likely the lead is to be won.
    pub probability: f64,
    /// The share of leads that are won.
    pub base: f64,
}

/// A score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// Its contributions, in thousandths of a point.
    pub contributions: Vec<i32>,
    /// When it is to be computed again if nothing else changes, in microseconds.
    pub due_at: Option<i64>,
}

/// Why a contribution is what it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The contribution.
    pub term: String,
    /// The group of a term.
    pub group: Option<String>,
    /// What it was computed from, as short text.
    pub input: Option<String>,
    /// What it gives.
    pub points: Points,
    /// The rule that decided, in words.
    pub reason: String,
}

impl Rubric {
    /// Reads a rubric.
    ///
    /// # Errors
    /// `rubric_invalid`, with the place and the rule.
    pub fn parse(definition: &serde_json::Value) -> Result<Self, Problem> {
        let definition = check::read(definition)?;
        check::all(&definition)?;
        let mut fields = Vec::new();
        let reading = definition.terms.iter().filter(|term| matches!(term.rule, definition::Rule::Signals { .. })).count();
        let step = definition.total.point() / f64::from(u32::try_from(reading.max(1)).unwrap_or(u32::MAX));
        let terms = definition.terms.iter().map(|term| Compiled::of(&term.rule, step, &mut fields)).collect();
        let of_group = |name: &String| {
            let is_in = |(index, term): (usize, &definition::Term)| (term.group.as_ref() == Some(name)).then_some(index);
            definition.terms.iter().enumerate().filter_map(is_in).collect()
        };
        let groups = definition.groups.keys().map(of_group).collect();
        Ok(Self { definition, fields, terms, groups })
    }

    /// Reads a rubric that somebody writes now, whose fields have to be there: one that is misspelt would give everybody nothing.
    ///
    /// # Errors
    /// `rubric_invalid`, with the place and the rule.
    pub fn define(definition: &serde_json::Value) -> Result<Self, Problem> {
        let rubric = Self::parse(definition)?;
        check::fields(&rubric.definition)?;
        Ok(rubric)
    }

    /// It, with everything that was left out.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// The fields it reads, by name.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// Names of the contributions to its scores.
    pub fn contributions(&self) -> Vec<String> {
        let terms = self.definition.terms.iter().map(|term| term.name.clone());
        let groups = self.definition.groups.keys().map(|group| format!("cap of {group}"));
        let ends = std::iter::once("total").chain(self.definition.likelihood.map(|_| "likelihood")).map(str::to_owned);
        terms.chain(groups).chain(ends).collect()
    }

    /// Whether its scores change by themselves as time goes by, and with signals.
    pub fn reads_signals(&self) -> bool {
        self.definition.terms.iter().any(|term| matches!(term.rule, definition::Rule::Signals { .. }))
    }

    /// The word for a score; None for a rubric without words.
    pub fn heat(&self, score: Points) -> Option<&str> {
        let found = self.definition.heat.iter().find(|heat| heat.min.is_none_or(|min| score >= min));
        found.map(|heat| heat.label.as_str())
    }

    /// The score of a lead.
    pub fn score(&self, lead: &(impl Fields + ?Sized), beside: &Beside) -> Score {
        evaluate::score(self, lead, beside)
    }

    /// Why the score of a lead is what it is, contribution by contribution.
    pub fn explain(&self, lead: &(impl Fields + ?Sized), beside: &Beside) -> Vec<Reason> {
        reason::explain(self, lead, beside)
    }
}

/// Terms at most: a hundred of the most points fit the 32 bits of a contribution.
const MOST_TERMS: usize = 100;
const _: () = assert!(MOST_POINTS * 1000.0 * (MOST_TERMS as f64) < i32::MAX as f64);

#[cfg(test)]
mod tests;
