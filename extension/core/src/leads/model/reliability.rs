//! Whether probabilities are what happens, and all figures of a model or a rubric together.

use serde::Serialize;

use super::ranking::{Auc, Decile, deciles, groups, tenths};

/// A probability nearer to 0 or 1 than this counts as this in the log loss, so that one lead cannot make it infinite.
const LEAST_PROBABILITY: f64 = 1e-15;

/// The figures of scores.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// How many leads they are of.
    pub leads: u32,
    /// How many of them were won.
    pub wins: u32,
    /// None when all leads were won, or all lost.
    pub auc: Option<Auc>,
    /// Ten equal parts of all leads, the best first.
    pub deciles: Vec<Decile>,
    /// None for scores that are no probabilities.
    pub reliability: Option<Reliability>,
}

/// How far probabilities are what happens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reliability {
    /// Mean squared difference of probability and outcome (Brier 1950).
    pub brier: f64,
    /// Expected calibration error: the mean over ten bins of equally many leads of the difference between mean probability and share that was won.
    pub ece: f64,
    /// Mean of -ln of the probability of what happened.
    pub log_loss: f64,
}

impl Figures {
    /// Of any scores: whatever is likelier to be won has a higher one.
    #[must_use]
    pub fn of_scores(scores: &[f64], won: &[bool]) -> Self {
        let groups = groups(scores, won);
        let counted = |leads: usize| u32::try_from(leads).unwrap_or(u32::MAX);
        Self {
            leads: counted(won.len()),
            wins: counted(won.iter().filter(|won| **won).count()),
            auc: Auc::of_groups(&groups),
            deciles: deciles(&groups),
            reliability: None,
        }
    }

    /// Of probabilities from 0 to 1.
    #[must_use]
    pub fn of_probabilities(probabilities: &[f64], won: &[bool]) -> Self {
        Self { reliability: Reliability::of(probabilities, won), ..Self::of_scores(probabilities, won) }
    }

    /// The lift of the best tenth of leads.
    #[must_use]
    pub fn top_lift(&self) -> Option<f64> {
        self.deciles.first().map(|decile| decile.lift)
    }
}

impl Reliability {
    /// Of probabilities from 0 to 1; none without any.
    #[must_use]
    pub fn of(probabilities: &[f64], won: &[bool]) -> Option<Self> {
        let leads = super::count(won.len());
        let pairs = || probabilities.iter().zip(won.iter().map(|won| if *won { 1.0 } else { 0.0 }));
        let loss = |probability: f64, won: f64| -(1.0 - (probability - won).abs()).max(LEAST_PROBABILITY).ln();
        let apart = |[_, wins, sum]: [f64; 3]| (sum - wins).abs();
        (leads > 0.0).then(|| Self {
            brier: pairs().map(|(probability, won)| (probability - won).powi(2)).sum::<f64>() / leads,
            ece: tenths(&groups(probabilities, won)).into_iter().map(apart).sum::<f64>() / leads,
            log_loss: pairs().map(|(probability, won)| loss(*probability, won)).sum::<f64>() / leads,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_those_of_their_definitions() {
        let (probabilities, won) = ([0.9, 0.6, 0.4, 0.1], [true, false, true, false]);
        let Some(of) = Reliability::of(&probabilities, &won) else { unreachable!("there are leads") };
        assert!((of.brier - (0.01 + 0.36 + 0.36 + 0.01) / 4.0).abs() < 1e-12, "{of:?}");
        assert!((of.log_loss + (2.0 * 0.9_f64.ln() + 2.0 * 0.4_f64.ln()) / 4.0).abs() < 1e-12, "{of:?}");
        // A bin has 0.4 leads: two of the first lead, one that it shares with the second, and so on.
        let apart = 0.04 + 0.04 + 0.10 + 0.24 + 0.24;
        assert!((of.ece - 2.0 * apart / 4.0).abs() < 1e-12, "{of:?}");
    }

    #[test]
    fn probabilities_that_are_what_happens_have_no_calibration_error() {
        let probabilities: Vec<f64> = (0..1000).map(|n| f64::from(n / 100) / 10.0 + 0.05).collect();
        let won: Vec<bool> = (0..1000).map(|n| n % 100 < n / 100 * 10 + 5).collect();
        let of = Reliability::of(&probabilities, &won);
        assert!(of.is_some_and(|of| of.ece < 1e-12), "{of:?}");
        let shifted: Vec<f64> = probabilities.iter().map(|probability| probability * 0.5).collect();
        let of = Reliability::of(&shifted, &won);
        assert!(of.is_some_and(|of| (of.ece - 0.25).abs() < 1e-9), "{of:?}");
    }

    #[test]
    fn a_certain_mistake_has_a_finite_loss_and_no_lead_has_no_figures() {
        assert!(Reliability::of(&[0.0], &[true]).is_some_and(|of| of.log_loss < 35.0));
        assert_eq!(Reliability::of(&[], &[]), None);
        let figures = Figures::of_scores(&[], &[]);
        assert!(figures.auc.is_none() && figures.deciles.is_empty() && figures.top_lift().is_none());
    }
}
