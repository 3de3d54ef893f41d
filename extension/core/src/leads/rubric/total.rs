//! From the sum of points to the score.

use serde::{Deserialize, Serialize};

use super::Learned;
use super::points::Points;

/// From the sum of points to the score: times `to / of`, rounded, and kept within `min` and `max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Total {
    /// Points that make a full score.
    pub of: Points,
    /// The full score.
    pub to: Points,
    /// Digits after the point that the score keeps; halves go up.
    pub decimals: u32,
    /// Not less: a total below nothing would hide a lead that comes back.
    pub min: Points,
    /// Not more.
    pub max: Points,
}

impl Default for Total {
    fn default() -> Self {
        let hundred = Points(100_000);
        Self { of: hundred, to: hundred, decimals: 0, min: Points::ZERO, max: hundred }
    }
}

/// A word for scores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heat {
    /// The word.
    pub label: String,
    /// From this score on; the last word has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Points>,
}

/// How a learned likelihood enters the score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Likelihood {
    /// Share of it in the score, 0 to 1.
    pub weight: f64,
}

impl Total {
    /// The score that a sum makes: scaled, rounded with halves going up, and kept within its bounds. In whole thousandths throughout.
    pub fn score(&self, sum: Points) -> Points {
        let unit = self.unit();
        let (scaled, whole) = (i128::from(sum.0) * i128::from(self.to.0), i128::from(self.of.0) * i128::from(unit));
        let units = (2 * scaled + whole).div_euclid(2 * whole);
        let score = i64::try_from(units * i128::from(unit)).unwrap_or(i64::MAX);
        Points(score.clamp(self.min.0, self.max.0.max(self.min.0)))
    }

    /// Points of terms that make one point of the score.
    pub fn point(&self) -> f64 {
        self.of.as_f64() / self.to.as_f64()
    }

    /// Thousandths in the smallest step of a score.
    fn unit(&self) -> i64 {
        10_i64.pow(3_u32.saturating_sub(self.decimals))
    }

    /// The score with what a model has learned in it: a share of the rubric's score gives way to the same share of `to × p / (p + base)`, where `base` is the share of
    /// leads that are won. A lead as likely as any other counts as half of a full score, whatever the base is.
    pub fn blend(&self, score: Points, likelihood: Likelihood, learned: Option<Learned>) -> Points {
        let Some(learned) = learned else { return score };
        let odds = learned.probability + learned.base;
        if !odds.is_finite() || odds <= 0.0 {
            return score;
        }
        let likely = self.to.as_f64() * learned.probability / odds;
        let mixed = score.as_f64() * (1.0 - likelihood.weight) + likely * likelihood.weight;
        let unit = self.unit();
        let rounded = Points(Points::nearest(mixed).0.saturating_add(unit / 2).div_euclid(unit) * unit);
        Points(rounded.0.clamp(self.min.0, self.max.0.max(self.min.0)))
    }
}
