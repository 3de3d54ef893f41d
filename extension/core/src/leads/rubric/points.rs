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
