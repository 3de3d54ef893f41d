//! Numbers that look random, are the same whenever the same thing is drawn, and cannot be foretold without the secret of the account.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A stream of numbers: HMAC-SHA256 of what is drawn and of how many blocks came before.
pub struct Draws {
    keyed: Hmac<Sha256>,
    block: u64,
    left: Vec<u64>,
}

impl Draws {
    /// What is drawn is told by its parts, such as the version of a policy, a local date, and `cap`.
    #[must_use]
    pub fn new(secret: &[u8; 32], parts: &[&str]) -> Self {
        // A key of 32 bytes is one of any length.
        let mut keyed = Hmac::<Sha256>::new_from_slice(secret).unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
        for part in parts {
            // The length keeps "a", "bc" apart from "ab", "c".
            keyed.update(&(part.len() as u64).to_be_bytes());
            keyed.update(part.as_bytes());
        }
        Self { keyed, block: 0, left: Vec::new() }
    }

    fn next(&mut self) -> u64 {
        if self.left.is_empty() {
            let mut keyed = self.keyed.clone();
            keyed.update(&self.block.to_be_bytes());
            self.block += 1;
            let bytes = keyed.finalize().into_bytes();
            let words = bytes.chunks_exact(8).map(|word| word.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)));
            self.left.extend(words);
        }
        self.left.pop().unwrap_or_default()
    }

    /// A number from 0 to below 1, one of 2^53.
    pub fn unit(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits are what an f64 holds exactly")]
        let numerator = (self.next() >> 11) as f64;
        numerator / 9_007_199_254_740_992.0
    }

    /// A whole number below another, each with the same probability.
    ///
    /// # Panics
    /// When there is none below it.
    pub fn below(&mut self, most: u128) -> u128 {
        assert!(most > 0, "nothing is below 0");
        // What is above the last whole multiple would make the small ones likelier.
        let fair = u128::MAX - u128::MAX % most;
        loop {
            let drawn = u128::from(self.next()) << 64 | u128::from(self.next());
            if drawn < fair {
                return drawn % most;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(secret: u8, parts: &[&str]) -> f64 {
        Draws::new(&[secret; 32], parts).unit()
    }

    #[test]
    fn the_same_is_drawn_again_and_anything_else_is_not() {
        let drawn = first(1, &["3", "2026-03-29", "cap"]);
        assert_eq!(drawn, first(1, &["3", "2026-03-29", "cap"]));
        for other in [first(2, &["3", "2026-03-29", "cap"]), first(1, &["3", "2026-03-30", "cap"]), first(1, &["32", "026-03-29", "cap"])] {
            assert_ne!(drawn, other);
        }
    }

    #[test]
    fn every_number_of_a_range_comes_as_often_as_another() {
        let mut draws = Draws::new(&[7; 32], &["fair"]);
        let mut seen = [0_u32; 21];
        for _ in 0..21_000 {
            seen[usize::try_from(draws.below(21)).unwrap_or(0)] += 1;
        }
        // Chi-squared with 20 degrees of freedom is above 45.3 once in a thousand times.
        let squared: f64 = seen.iter().map(|count| (f64::from(*count) - 1000.0).powi(2) / 1000.0).sum();
        assert!(squared < 45.3, "{squared}: {seen:?}");
    }

    #[test]
    fn units_are_below_one_and_fill_the_range() {
        let mut draws = Draws::new(&[7; 32], &["units"]);
        let drawn: Vec<f64> = (0..10_000).map(|_| draws.unit()).collect();
        assert!(drawn.iter().all(|unit| (0.0..1.0).contains(unit)));
        let mean = drawn.iter().sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
    }
}
