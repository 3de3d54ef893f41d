//! From encoded leads to weights, their calibration, and the model that is made of both.

use super::bayes::{self, Linear};
use super::calibration::Calibration;
use super::definition::{Definition, Method};
use super::fitted::{Fitted, Model, Table, VERSION};
use super::interrupt::Interrupt;
use super::limits::check_teams;
use super::logistic::{self, EXACT, Fit, MOST_COLUMNS, NEARLY};
use super::matrix::{Encoder, Matrix};
use super::rows::{Column, Rows};
use super::split::{FOLDS, HoldOut, fold};
use crate::error::Problem;

/// Fits a model to the chosen leads, whichever they are; `hold_out` is only noted. The seed draws the folds that calibrate it.
///
/// # Errors
/// `model_invalid` when the features make too many columns, or when the leads, or those of four folds, have one outcome only; `training_too_large`.
pub fn fit(
    definition: &Definition,
    rows: &Rows,
    chosen: &[u32],
    hold_out: HoldOut,
    seed: u64,
    interrupt: Interrupt<'_>,
) -> Result<Model, Problem> {
    let encoder = Encoder::fit(definition, rows, chosen, interrupt);
    if definition.method == Method::Logistic && encoder.width() > MOST_COLUMNS {
        let made = format!("the features make {} columns, and {MOST_COLUMNS} can be trained", encoder.width());
        return Err(Problem::bad("model_invalid", made).hint("Name fewer features, or raise level_leads."));
    }
    let task = Task { definition, rows, encoder: &encoder, matrix: Matrix::build(rows, &encoder, interrupt)?, won: rows.won(), interrupt };
    let learned = task.learn(chosen, None)?;
    let calibration = if definition.calibrate { task.calibrate(chosen, &learned, seed)? } else { Calibration::NONE };
    Ok(task.model(chosen, &learned, calibration, hold_out))
}

/// Weights, and how they were found.
struct Learned {
    tables: Vec<Linear>,
    rounds: u32,
    converged: bool,
}

struct Task<'a> {
    definition: &'a Definition,
    rows: &'a Rows,
    encoder: &'a Encoder,
    matrix: Matrix,
    won: Vec<bool>,
    interrupt: Interrupt<'a>,
}

impl Task<'_> {
    /// Weights of some leads. Those of a part of them are near to those of all, where the search begins then.
    fn learn(&self, chosen: &[u32], near: Option<&Learned>) -> Result<Learned, Problem> {
        if self.definition.method == Method::Bayes {
            check_teams(self.teams().map_or(1, |teams| teams.cells.len()), self.encoder.width())?;
            let tables = bayes::fit(&self.matrix, self.encoder, chosen, &self.won, self.teams(), self.interrupt).ok_or_else(one_outcome)?;
            return Ok(Learned { tables, rounds: 0, converged: true });
        }
        let begin = match near.and_then(|near| near.tables.first()) {
            Some(near) => Fit { intercept: near.intercept, weights: near.weights.clone(), rounds: 0, converged: false },
            None => Fit::start(&self.matrix, chosen, &self.won),
        };
        let bound = if near.is_some() { NEARLY } else { EXACT };
        let task = logistic::Task { matrix: &self.matrix, rows: chosen, won: &self.won, l2: self.definition.l2, interrupt: self.interrupt };
        let Fit { intercept, weights, rounds, converged } = logistic::fit(task, begin, bound);
        Ok(Learned { tables: vec![Linear { team: None, intercept, weights }], rounds, converged })
    }

    fn teams(&self) -> Option<&Column> {
        self.definition.team.as_ref().and_then(|_| self.rows.column(self.encoder.encodings.len()))
    }

    /// The log-odds of leads, each by the weights of its team.
    fn log_odds(&self, learned: &Learned, leads: &[u32]) -> Vec<f64> {
        let table = |lead: u32| -> Option<&Linear> {
            let team = self.teams().and_then(|teams| bayes::team_of(teams.cell(lead)));
            let own = team.and_then(|team| learned.tables.iter().find(|table| table.team.as_ref() == Some(&team)));
            own.or(learned.tables.first())
        };
        let of = |lead: &u32| table(*lead).map_or(0.0, |table| table.intercept + self.matrix.dot(*lead, &table.weights));
        self.interrupt.over(leads).map(of).collect()
    }

    /// Platt's calibration on what each fold gets from the others, then the intercept for all.
    fn calibrate(&self, chosen: &[u32], learned: &Learned, seed: u64) -> Result<Calibration, Problem> {
        let fold_of = |lead: u32| fold(seed, self.rows.leads()[lead as usize].key);
        let (mut unseen, mut outcomes) = (Vec::with_capacity(chosen.len()), Vec::with_capacity(chosen.len()));
        for of in 0..FOLDS {
            let (this, others): (Vec<u32>, Vec<u32>) = self.interrupt.over(chosen).partition(|lead| fold_of(**lead) == of);
            let from_others = self.learn(&others, Some(learned))?;
            unseen.extend(self.log_odds(&from_others, &this));
            outcomes.extend(this.iter().map(|lead| self.won[*lead as usize]));
        }
        let wins = super::count(outcomes.iter().filter(|won| **won).count());
        Ok(Calibration::fit(&unseen, &outcomes, self.interrupt).with_mean(
            &self.log_odds(learned, chosen),
            wins / super::count(chosen.len()),
            self.interrupt,
        ))
    }

    fn model(&self, chosen: &[u32], learned: &Learned, calibration: Calibration, hold_out: HoldOut) -> Model {
        let won = chosen.iter().copied().filter(|lead| self.won[*lead as usize]);
        let wins = won.clone().count();
        let (leads_in, wins_in) = (self.matrix.column_leads(chosen.iter().copied()), self.matrix.column_leads(won));
        let fields = self.definition.fields().into_iter();
        let features = fields.zip(&self.encoder.encodings).zip(self.encoder.columns()).map(|((field, encoding), columns)| Fitted {
            field: field.to_owned(),
            encoding: encoding.clone(),
            leads: leads_in[columns.clone()].to_vec(),
            wins: wins_in[columns].to_vec(),
        });
        let counted = |leads: usize| u32::try_from(leads).unwrap_or(u32::MAX);
        Model {
            version: VERSION,
            method: self.definition.method,
            features: features.collect(),
            team: self.definition.team.clone(),
            tables: learned.tables.iter().map(|linear| self.table(linear, chosen)).collect(),
            calibration,
            hold_out,
            leads: counted(chosen.len()),
            wins: counted(wins),
            rounds: learned.rounds,
            converged: learned.converged,
        }
    }

    /// The weights of a team by features, with what its training leads have of each on average.
    fn table(&self, linear: &Linear, chosen: &[u32]) -> Table {
        let is_of_team = |lead: &&u32| self.teams().and_then(|teams| bayes::team_of(teams.cell(**lead))) == linear.team;
        let of_team: Vec<u32> =
            if linear.team.is_some() { self.interrupt.over(chosen).filter(is_of_team).copied().collect() } else { chosen.to_vec() };
        let (sums, leads) = (self.matrix.column_sums(&of_team), super::count(of_team.len()));
        let seen = self.matrix.column_leads(of_team.iter().copied());
        let mut table = Table { team: linear.team.clone(), intercept: linear.intercept, weights: Vec::new(), means: Vec::new() };
        for columns in self.encoder.columns() {
            let mean = columns.clone().map(|column| linear.weights[column] * sums[column]).sum::<f64>() / leads;
            // Nothing was learned of a column without leads: the regression leaves it what the average lead has. Odoo's rules leave it out.
            let is_blank = |column: usize| seen[column] == 0 && self.definition.method == Method::Logistic;
            table.weights.push(columns.map(|column| if is_blank(column) { mean } else { linear.weights[column] }).collect());
            table.means.push(mean);
        }
        table
    }
}

fn one_outcome() -> Problem {
    Problem::bad("model_invalid", "the leads of a part were all won, or all lost").hint("Train when more leads have an outcome.")
}
