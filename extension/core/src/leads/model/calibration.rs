//! Log-odds made to fit leads that the weights have not seen.
//!
//! Platt scaling: probability = 1 / (1 + exp(-(slope · log-odds + intercept))), the two found by maximum likelihood on the log-odds that each
//! fold of the training leads gets from what the other folds teach. Weights that were found together are too sure of themselves: naive Bayes counts what its
//! features share once for each of them, and gets a slope of 0.38 on the bank's leads, where the regression gets 0.98. The intercept is then found again, so that the
//! mean probability of the training leads is the share that was won.
//!
//! Platt: Probabilistic outputs for support vector machines, 1999; targets and Newton's method as in Lin, Lin and Weng: A note on Platt's
//! probabilistic outputs, 2007.

use serde::{Deserialize, Serialize};

use super::interrupt::Interrupt;

/// A slope below this is taken for it: where a model has no signal, its order is kept and its probabilities are the share that was won.
const LEAST_SLOPE: f64 = 0.01;
/// Rounds at most; ten are many.
const MOST_ROUNDS: u32 = 100;
/// A step below this is the last.
const LAST_STEP: f64 = 1e-10;
/// Halvings of a step at most: then it is below what an f64 adds.
const MOST_HALVINGS: u32 = 40;
/// Added to second derivatives, which leads with one and the same log-odds, or beyond any doubt, leave at 0.
const LEAST_CURVATURE: f64 = 1e-9;

/// What is done to log-odds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// They are multiplied by it.
    pub slope: f64,
    /// And it is added.
    pub intercept: f64,
}

impl Calibration {
    /// Changes nothing.
    pub const NONE: Self = Self { slope: 1.0, intercept: 0.0 };

    /// Calibrated log-odds.
    #[must_use]
    pub fn apply(self, log_odds: f64) -> f64 {
        self.slope * log_odds + self.intercept
    }

    /// Platt's slope and intercept of unseen leads; no slope is below 0.01.
    #[must_use]
    pub fn fit(log_odds: &[f64], won: &[bool], interrupt: Interrupt<'_>) -> Self {
        let wins = super::count(won.iter().filter(|won| **won).count());
        let losses = super::count(won.len()) - wins;
        // What a Bayesian with a flat prior expects of the next lead: with 1 and 0 leads that are separated would have an infinite slope.
        let (of_won, of_lost) = ((wins + 1.0) / (wins + 2.0), 1.0 / (losses + 2.0));
        let targets: Vec<(f64, f64)> = log_odds.iter().zip(won).map(|(odds, won)| (*odds, if *won { of_won } else { of_lost })).collect();
        let found = Self::NONE.minimise(&targets, true, interrupt);
        let slope = found.slope.max(LEAST_SLOPE);
        Self { slope, ..found }.minimise(&targets, false, interrupt)
    }

    /// The same slope with the intercept at which the mean probability of some leads is a share.
    #[must_use]
    pub fn with_mean(self, log_odds: &[f64], share: f64, interrupt: Interrupt<'_>) -> Self {
        // The loss is least where the probabilities are those that happened in the sum.
        let targets: Vec<(f64, f64)> = log_odds.iter().map(|odds| (*odds, share)).collect();
        self.minimise(&targets, false, interrupt)
    }

    /// Newton's method on the log loss, which is convex; a step that raises it is halved.
    fn minimise(self, targets: &[(f64, f64)], with_slope: bool, interrupt: Interrupt<'_>) -> Self {
        let (mut at, mut here) = (self, Derivatives::of(self, targets, interrupt));
        for _ in 0..MOST_ROUNDS {
            let [slope, intercept] = if with_slope { here.step() } else { [0.0, here.intercept / (here.of_intercept + LEAST_CURVATURE)] };
            let after = |halvings: u32| {
                let part = 0.5_f64.powi(halvings as i32);
                let next = Self { slope: at.slope - part * slope, intercept: at.intercept - part * intercept };
                (next, Derivatives::of(next, targets, interrupt))
            };
            let lower = (0..MOST_HALVINGS).map(after).find(|(_, there)| there.loss <= here.loss);
            let Some((next, there)) = lower else { break };
            let is_last = (next.slope - at.slope).abs() + (next.intercept - at.intercept).abs() < LAST_STEP;
            (at, here) = (next, there);
            if is_last {
                break;
            }
        }
        at
    }
}

/// The log loss with its first and second derivatives by slope and intercept.
#[derive(Default)]
struct Derivatives {
    loss: f64,
    slope: f64,
    intercept: f64,
    of_slope: f64,
    both: f64,
    of_intercept: f64,
}

impl Derivatives {
    fn of(at: Calibration, targets: &[(f64, f64)], interrupt: Interrupt<'_>) -> Self {
        let mut sum = Self::default();
        for (log_odds, target) in interrupt.over(targets) {
            let calibrated = at.apply(*log_odds);
            let small = (-calibrated.abs()).exp();
            let probability = if calibrated >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
            let (residual, curvature) = (probability - target, probability * (1.0 - probability));
            sum.loss += calibrated.max(0.0) + small.ln_1p() - target * calibrated;
            sum.slope += residual * log_odds;
            sum.intercept += residual;
            sum.of_slope += curvature * log_odds * log_odds;
            sum.both += curvature * log_odds;
            sum.of_intercept += curvature;
        }
        sum
    }

    fn step(&self) -> [f64; 2] {
        let (of_slope, of_intercept) = (self.of_slope + LEAST_CURVATURE, self.of_intercept + LEAST_CURVATURE);
        let determinant = of_slope * of_intercept - self.both * self.both;
        let steps = [self.slope * of_intercept - self.intercept * self.both, self.intercept * of_slope - self.slope * self.both];
        steps.map(|step| step / determinant)
    }
}

#[cfg(test)]
mod tests {
    use super::super::logistic::logistic;
    use super::*;

    /// Leads whose log-odds are spread evenly, of which so many are won as some calibration of them says.
    fn leads(truth: Calibration) -> (Vec<f64>, Vec<bool>) {
        let odds = (0..200).map(|n| f64::from(n) / 50.0 - 2.0);
        let many = odds.flat_map(|odds| {
            let wins = (logistic(truth.apply(odds)) * 200.0).round() as usize;
            (0..200).map(move |n| (odds, n < wins))
        });
        many.unzip()
    }

    #[test]
    fn the_slope_and_intercept_that_made_the_outcomes_are_found() {
        for truth in [Calibration::NONE, Calibration { slope: 0.4, intercept: -1.0 }, Calibration { slope: 2.0, intercept: 0.5 }] {
            let (odds, won) = leads(truth);
            let found = Calibration::fit(&odds, &won, Interrupt::NEVER);
            assert!((found.slope - truth.slope).abs() < 0.02 && (found.intercept - truth.intercept).abs() < 0.02, "{found:?} {truth:?}");
        }
    }

    #[test]
    fn the_mean_probability_becomes_the_share_that_is_wanted() {
        let (odds, _) = leads(Calibration::NONE);
        for share in [0.001, 0.117, 0.5, 0.99] {
            let found = Calibration { slope: 0.7, intercept: 3.0 }.with_mean(&odds, share, Interrupt::NEVER);
            let mean = odds.iter().map(|odds| logistic(found.apply(*odds))).sum::<f64>() / odds.len() as f64;
            assert!(found.slope == 0.7 && (mean - share).abs() < 1e-9, "{mean} {share}");
        }
    }

    #[test]
    fn log_odds_that_say_nothing_or_the_contrary_get_the_least_slope() {
        let (odds, won) = leads(Calibration { slope: -1.0, intercept: 0.0 });
        assert_eq!(Calibration::fit(&odds, &won, Interrupt::NEVER).slope, LEAST_SLOPE);
        let found = Calibration::fit(&[1.0; 4], &[true, false, false, false], Interrupt::NEVER);
        assert!(found.slope.is_finite() && found.intercept.is_finite());
    }

    #[test]
    fn leads_that_are_separated_have_a_finite_slope() {
        let odds: Vec<f64> = (0..100).map(f64::from).collect();
        let won: Vec<bool> = (0..100).map(|n| n >= 50).collect();
        let found = Calibration::fit(&odds, &won, Interrupt::NEVER);
        assert!(found.slope.is_finite() && found.slope > 0.1, "{found:?}");
    }
}
