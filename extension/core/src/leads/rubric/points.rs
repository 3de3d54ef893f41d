//! Points, in whole thousandths: sums of them are exact.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Thousandths in a point.
pub const THOUSANDTHS: i64 = 1000;
/// The most points a term gives or takes: a hundred terms of it fit the 32 bits that the ledger keeps each contribution in.
pub const MOST_POINTS: f64 = 10_000.0;

/// A number of points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Points(pub i64);

impl Points {
    /// None.
    pub const ZERO: Self = Self(0);

    /// The nearest thousandth, within what a term may give. Halves go up, as JavaScript's `Math.round` lets them.
    pub fn nearest(points: f64) -> Self {
        let within = points.clamp(-MOST_POINTS, MOST_POINTS);
        #[expect(clippy::cast_possible_truncation, reason = "it is within ten million")]
        Self((within * 1000.0 + 0.5).floor() as i64)
    }

    /// The last thousandth that is not above it, within what a term may give: a number is not taken over an edge that it did not reach.
    /// What is written with three digits stays what it is, although the nearest f64 may be below it.
    pub fn not_above(points: f64) -> Self {
        let within = points.clamp(-MOST_POINTS, MOST_POINTS);
        let nearest = Self::nearest(within);
        if nearest.as_f64() > within { Self(nearest.0 - 1) } else { nearest }
    }

    /// It, within what a term may give.
    pub fn within(self) -> Self {
        let most = Self::nearest(MOST_POINTS).0;
        Self(self.0.clamp(-most, most))
    }

    /// As a number of points.
    pub fn as_f64(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "thousandths of at most a million points")]
        let thousandths = self.0 as f64;
        thousandths / 1000.0
    }
}

impl Serialize for Points {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % THOUSANDTHS == 0 { serializer.serialize_i64(self.0 / THOUSANDTHS) } else { serializer.serialize_f64(self.as_f64()) }
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let points = f64::deserialize(deserializer)?;
        if points.abs() > MOST_POINTS {
            return Err(serde::de::Error::custom(format_args!("{points} points are more than {MOST_POINTS} either way")));
        }
        Ok(Self::nearest(points))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_never_taken_over_an_edge_that_it_did_not_reach() {
        for (number, thousandths) in
            [(8.9999, 8999), (8.9995, 8999), (8.9996, 8999), (9.0004, 9000), (-0.0004, -1), (-1.0, -1000), (1e300, 10_000_000)]
        {
            assert_eq!(Points::not_above(number).0, thousandths, "{number}");
        }
        assert_eq!(Points::not_above(-1e300), Points::nearest(-MOST_POINTS));
    }

    #[test]
    fn what_has_three_digits_stays_what_it_is() {
        for thousandths in -100_000..=100_000 {
            let written = format!("{}e-3", thousandths).parse().expect("a number");
            assert_eq!(Points::not_above(written).0, thousandths, "{written}");
        }
    }
}
