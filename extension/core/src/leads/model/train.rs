//! From leads whose outcome is known to a model with honest figures, or to the reason why there is none.

use serde::Serialize;

use super::definition::{Definition, Split};
use super::fit::fit;
use super::fitted::Model;
use super::interrupt::Interrupt;
use super::leakage::{Alarm, alarms};
use super::reliability::Figures;
use super::rows::Rows;
use super::split::HoldOut;
use crate::error::Problem;

/// What became of a training.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// There is too little to learn from: the rubric stands.
    TooLittle(TooLittle),
    /// There is a model.
    Trained(Box<Trained>),
}

/// Why there is no model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TooLittle {
    /// Leads whose outcome is known.
    pub leads: u32,
    /// How many of them were won.
    pub wins: u32,
    /// How many leads are needed.
    pub need_leads: u32,
    /// And how many that were won.
    pub need_wins: u32,
    /// A sentence for people.
    pub reason: String,
}

/// A model, and how far to believe it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// As it is stored.
    pub model: Model,
    /// Its figures on leads that it was not trained on.
    pub figures: Figures,
    /// Those leads, by their index in the rows.
    pub held_out: Vec<u32>,
    /// Features that are too good to be true.
    pub alarms: Vec<Alarm>,
}

/// Trains a model on a part of the leads and tests it on the others.
///
/// # Errors
/// `model_invalid` when the features make too many columns, or when no later leads can be held out; `training_too_large`.
pub fn train(definition: &Definition, rows: &Rows, interrupt: Interrupt<'_>) -> Result<Answer, Problem> {
    if let Some(too_little) = too_little(definition, rows, &all(rows)) {
        return Ok(Answer::TooLittle(too_little));
    }
    let hold_out = HoldOut::of(&definition.split, rows.leads())?;
    let (held_out, chosen): (Vec<u32>, Vec<u32>) = all(rows).into_iter().partition(|row| hold_out.holds(&rows.leads()[*row as usize]));
    for (part, leads) in [("training leads", &chosen), ("leads held out", &held_out)] {
        if let Some(one_sided) = one_sided(definition, rows, leads, part) {
            return Ok(Answer::TooLittle(one_sided));
        }
    }
    let seed = match definition.split {
        Split::Random { seed, .. } => seed,
        Split::Time { .. } => 0,
    };
    let model = fit(definition, rows, &chosen, hold_out, seed, interrupt)?;
    let alarms = alarms(definition, rows, &chosen, seed, interrupt);
    let figures = evaluate(&model, rows, &held_out, interrupt);
    Ok(Answer::Trained(Box::new(Trained { model, figures, held_out, alarms })))
}

fn all(rows: &Rows) -> Vec<u32> {
    (0..).take(rows.leads().len()).collect()
}

/// The figures of a model on some leads.
#[must_use]
pub fn evaluate(model: &Model, rows: &Rows, chosen: &[u32], interrupt: Interrupt<'_>) -> Figures {
    let probabilities: Vec<f64> = interrupt.over(chosen).map(|row| model.score_row(rows, *row).probability).collect();
    let won: Vec<bool> = chosen.iter().map(|row| rows.leads()[*row as usize].won).collect();
    Figures::of_probabilities(&probabilities, &won)
}

fn too_little(definition: &Definition, rows: &Rows, chosen: &[u32]) -> Option<TooLittle> {
    let (leads, wins, need_leads, need_wins) = counted(definition, rows, chosen);
    let reason =
        format!("{leads} leads have an outcome and {wins} of them were won: {need_leads} and {need_wins} are needed, so the rubric stands");
    (leads < need_leads || wins < need_wins).then_some(TooLittle { leads, wins, need_leads, need_wins, reason })
}

fn one_sided(definition: &Definition, rows: &Rows, chosen: &[u32], part: &str) -> Option<TooLittle> {
    let (leads, wins, need_leads, need_wins) = counted(definition, rows, chosen);
    let reason = format!("{wins} of {leads} {part} were won: some of each outcome are needed, so the rubric stands");
    (wins == 0 || wins == leads).then_some(TooLittle { leads, wins, need_leads, need_wins, reason })
}

fn counted(definition: &Definition, rows: &Rows, chosen: &[u32]) -> (u32, u32, u32, u32) {
    let wins = chosen.iter().map(|row| u32::from(rows.leads()[*row as usize].won)).sum();
    (u32::try_from(chosen.len()).unwrap_or(u32::MAX), wins, definition.min_leads, definition.min_wins)
}
