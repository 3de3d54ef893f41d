//! Logistic regression with a quadratic penalty, by Newton's method (iteratively reweighted least squares).
//!
//! With y = 1 for a lead that was won and p = 1 / (1 + exp(-(intercept + x·w))), the weights minimise
//!
//! ```text
//! sum of -(y ln p + (1 - y) ln(1 - p))  +  l2 / 2 · |w|²
//! ```
//!
//! The intercept is not penalised. Each round solves H d = g with the gradient g = X'(p - y) + l2 w and H = X'WX + l2, W = p (1 - p), and steps by -d, or by
//! half of it, and so on, while the objective does not fall. A lead has a weight in few columns, so X'WX is summed over pairs of those. Leads that a column
//! separates have no finite weights without the penalty, and with it they have.
//!
//! It ends when the next step promises a fall, g·d / 2, below a bound; that step is still made, and being Newton's it squares the error that is left.

use super::algebra::Square;
use super::interrupt::Interrupt;
use super::matrix::Matrix;

/// The promised fall of the objective, in nats over all leads, at which a model's weights are found: to about nine digits.
pub const EXACT: f64 = 1e-10;
/// The same for weights that only serve to calibrate others. By chance alone the weights of 128 columns miss the true ones by 64 nats; this spares a round of three.
pub const NEARLY: f64 = 0.1;
/// Columns at most: the equations of 2,000 take 32 MB and half a second a round.
pub const MOST_COLUMNS: usize = 2000;
/// Rounds at most; the bank's leads take seven.
const MOST_ROUNDS: u32 = 100;
/// Halvings of a step at most: then it is below what an f64 adds.
const MOST_HALVINGS: u32 = 40;
/// The part of the objective that rounding may raise it by.
const ROUNDING: f64 = 1e-13;

/// Weights that were found.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// Log-odds of a lead that has no weight anywhere.
    pub intercept: f64,
    /// Of each column.
    pub weights: Vec<f64>,
    /// How many equations were solved.
    pub rounds: u32,
    /// Whether the last step promised less than the bound.
    pub converged: bool,
}

impl Fit {
    /// Where Newton's method begins when nothing is known: no weights, and the share of leads that were won.
    #[must_use]
    pub fn start(matrix: &Matrix, rows: &[u32], won: &[bool]) -> Self {
        let wins = super::count(rows.iter().filter(|row| won[**row as usize]).count());
        let losses = super::count(rows.len()) - wins;
        // Half a lead on each side: leads that were all won have finite odds, too.
        Self { intercept: ((wins + 0.5) / (losses + 0.5)).ln(), weights: vec![0.0; matrix.width()], rounds: 0, converged: false }
    }

    /// The log-odds of a lead.
    #[must_use]
    pub fn log_odds(&self, matrix: &Matrix, row: u32) -> f64 {
        self.intercept + matrix.dot(row, &self.weights)
    }
}

/// The leads whose weights are to be found.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    /// All leads, encoded.
    pub matrix: &'a Matrix,
    /// Those that count.
    pub rows: &'a [u32],
    /// Who was won, of all leads.
    pub won: &'a [bool],
    /// The penalty.
    pub l2: f64,
    /// Asked every thousand leads and at each pivot.
    pub interrupt: Interrupt<'a>,
}

/// Finds the weights of some leads, beginning somewhere.
#[must_use]
pub fn fit(task: Task<'_>, begin: Fit, bound: f64) -> Fit {
    let matrix = task.matrix;
    let size = matrix.width() + 1;
    let (mut hessian, mut step) = (Square::zeros(size), vec![0.0; size]);
    let mut at = Point::of(&task, begin);
    for round in 1..=MOST_ROUNDS {
        task.sum_up(&at, &mut hessian, &mut step);
        let gradient = step.clone();
        hessian.factor(task.interrupt);
        hessian.solve(&mut step);
        let promised: f64 = gradient.iter().zip(&step).map(|(slope, step)| slope * step).sum::<f64>() / 2.0;
        let next = at.after(&task, &step);
        at.fit.rounds = round;
        at.fit.converged = promised <= bound;
        let Some(mut next) = next else { return at.fit };
        (next.fit.rounds, next.fit.converged) = (round, at.fit.converged);
        if next.fit.converged {
            return next.fit;
        }
        at = next;
    }
    at.fit
}

/// Weights, with what was computed of them.
struct Point {
    fit: Fit,
    log_odds: Vec<f64>,
    objective: f64,
}

impl Point {
    fn of(task: &Task<'_>, fit: Fit) -> Self {
        let log_odds: Vec<f64> = task.interrupt.over(task.rows).map(|row| fit.log_odds(task.matrix, *row)).collect();
        let losses =
            task.interrupt.over(task.rows).zip(&log_odds).map(|(row, log_odds)| loss(*log_odds, task.won[*row as usize])).sum::<f64>();
        let objective = losses + task.l2 / 2.0 * fit.weights.iter().map(|weight| weight * weight).sum::<f64>();
        Self { fit, log_odds, objective }
    }

    /// After as much of a step as does not raise the objective; none when no part of it does.
    fn after(&self, task: &Task<'_>, step: &[f64]) -> Option<Self> {
        let allowed = self.objective * (1.0 + ROUNDING);
        (0..MOST_HALVINGS)
            .map(|halvings| Self::of(task, self.moved(step, 0.5_f64.powi(halvings as i32))))
            .find(|point| point.objective <= allowed)
    }

    fn moved(&self, step: &[f64], part: f64) -> Fit {
        let weights: Vec<f64> = self.fit.weights.iter().zip(step).map(|(weight, step)| weight - part * step).collect();
        let intercept = self.fit.intercept - part * step.last().copied().unwrap_or(0.0);
        Fit { intercept, weights, ..self.fit }
    }
}

impl Task<'_> {
    /// Sums up the gradient and the upper triangle of the second derivatives; the intercept comes last in both.
    fn sum_up(&self, at: &Point, hessian: &mut Square, gradient: &mut [f64]) {
        let intercept = self.matrix.width();
        hessian.clear();
        gradient.fill(0.0);
        for (row, log_odds) in self.interrupt.over(self.rows).zip(&at.log_odds) {
            let probability = logistic(*log_odds);
            let residual = probability - if self.won[*row as usize] { 1.0 } else { 0.0 };
            let curvature = probability * (1.0 - probability);
            let (columns, weights) = self.matrix.row(*row);
            for (place, (column, weight)) in columns.iter().zip(weights).enumerate() {
                gradient[*column as usize] += residual * weight;
                add_pairs(hessian.row_mut(*column as usize), curvature * weight, &columns[place..], &weights[place..]);
                hessian.row_mut(*column as usize)[intercept] += curvature * weight;
            }
            gradient[intercept] += residual;
            hessian.row_mut(intercept)[intercept] += curvature;
        }
        for (column, weight) in at.fit.weights.iter().enumerate() {
            gradient[column] += self.l2 * weight;
            hessian.row_mut(column)[column] += self.l2;
        }
    }
}

/// Adds the products of one column with those from it on: the innermost loop, 136 additions for a lead of sixteen features.
#[inline]
fn add_pairs(row: &mut [f64], factor: f64, columns: &[u32], weights: &[f64]) {
    for (column, weight) in columns.iter().zip(weights) {
        row[*column as usize] += factor * weight;
    }
}

/// 1 / (1 + exp(-x)), without overflow.
#[must_use]
pub fn logistic(log_odds: f64) -> f64 {
    let small = (-log_odds.abs()).exp();
    if log_odds >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) }
}

/// -ln of the probability of what happened, without overflow.
fn loss(log_odds: f64, won: bool) -> f64 {
    let wrong = if won { -log_odds } else { log_odds };
    wrong.max(0.0) + (-wrong.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probability_and_loss_stay_finite_however_large_the_log_odds() {
        assert_eq!((logistic(0.0), logistic(-800.0), logistic(800.0)), (0.5, 0.0, 1.0));
        assert!((logistic(2.0) + logistic(-2.0) - 1.0).abs() < 1e-15);
        assert_eq!((loss(1e9, true), loss(1e9, false)), (0.0, 1e9));
        assert!((loss(0.3, true) + logistic(0.3).ln()).abs() < 1e-15);
    }
}
