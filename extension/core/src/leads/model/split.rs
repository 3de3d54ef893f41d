//! Which leads a model must not learn from, so that its figures are honest.

use serde::{Deserialize, Serialize};

use super::definition::Split;
use super::rows::Lead;
use crate::error::Problem;

/// Folds of the training leads; each is predicted by what the others teach.
pub const FOLDS: u32 = 5;
/// Keeps the folds apart from the split, which may be drawn with the same seed: the digits of pi after the point, in hexadecimal.
const OF_FOLDS: u64 = 0x243f_6a88_85a3_08d3;

/// The leads held out. What it says of a lead depends on no other, so it says the same when more leads have come.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum HoldOut {
    /// Leads whose outcome came after a moment, in microseconds.
    Time {
        /// The last outcome that the model may know.
        after: i64,
    },
    /// Leads whose draw by their key is below a share.
    Random {
        /// Draws them.
        seed: u64,
        /// From 0 to 1.
        share: f64,
    },
}

impl HoldOut {
    /// Where a split divides some leads.
    ///
    /// # Errors
    /// `model_invalid` when the outcomes of all leads came at one moment, so that there is no later part.
    pub fn of(split: &Split, leads: &[Lead]) -> Result<Self, Problem> {
        match *split {
            Split::Random { holdout, seed } => Ok(Self::Random { seed, share: holdout }),
            Split::Time { holdout } => last_known(leads, holdout).map(|after| Self::Time { after }),
        }
    }

    /// Whether a lead is held out.
    #[must_use]
    pub fn holds(&self, lead: &Lead) -> bool {
        match *self {
            Self::Time { after } => lead.at > after,
            Self::Random { seed, share } => unit(mix(lead.key ^ mix(seed))) < share,
        }
    }
}

/// The moment that divides leads nearest to the wanted share. Leads of one moment are on one side.
fn last_known(leads: &[Lead], holdout: f64) -> Result<i64, Problem> {
    let mut times: Vec<i64> = leads.iter().map(|lead| lead.at).collect();
    times.sort_unstable();
    let wanted = super::count(times.len()) * (1.0 - holdout);
    let borders = (1..times.len()).filter(|known| times[known - 1] < times[*known]);
    let nearest = borders.min_by(|one, other| (super::count(*one) - wanted).abs().total_cmp(&(super::count(*other) - wanted).abs()));
    nearest.map(|known| times[known - 1]).ok_or_else(|| {
        Problem::bad("model_invalid", "the outcomes of all leads came at one moment, so no later ones can be held out")
            .hint("Split at random: \"split\": {\"kind\": \"random\"}.")
    })
}

/// A key of what identifies a lead, such as the bytes of its id (FNV-1a, whose weak mixing the draws make up for).
#[must_use]
pub fn key(id: &[u8]) -> u64 {
    id.iter().fold(0xcbf2_9ce4_8422_2325, |key, byte| (key ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The fold of a lead, below [`FOLDS`].
#[must_use]
pub fn fold(seed: u64, key: u64) -> u32 {
    // The remainder of 64 bits by 5 is uniform to one part in 10^18.
    (mix(key ^ mix(seed ^ OF_FOLDS)) % u64::from(FOLDS)) as u32
}

/// `SplitMix64` (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): a bijection that leaves no pattern of its argument.
fn mix(state: u64) -> u64 {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

/// A number from 0 to below 1, one of 2^53.
fn unit(drawn: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what an f64 holds exactly")]
    let numerator = (drawn >> 11) as f64;
    numerator / 9_007_199_254_740_992.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads(times: &[i64]) -> Vec<Lead> {
        (0..).zip(times).map(|(key, at)| Lead { key, at: *at, won: false }).collect()
    }

    fn after(times: &[i64], holdout: f64) -> Option<i64> {
        last_known(&leads(times), holdout).ok()
    }

    #[test]
    fn the_draw_is_that_of_the_published_generator() {
        // The first numbers from the state 0 and from 1234567 (prng.di.unimi.it/splitmix64.c).
        assert_eq!((mix(0), mix(1_234_567)), (0xe220_a839_7b1d_cdaf, 6_457_827_717_110_365_317));
    }

    #[test]
    fn a_key_is_the_published_hash() {
        // Test vectors of FNV-1a by Fowler, Noll and Vo.
        assert_eq!((key(b""), key(b"a"), key(b"foobar")), (0xcbf2_9ce4_8422_2325, 0xaf63_dc4c_8601_ec8c, 0x8594_4171_f739_67e8));
    }

    #[test]
    fn the_last_share_by_time_is_held_out_and_one_moment_is_never_divided() {
        assert_eq!(after(&[5, 1, 2, 4, 3, 6, 7, 8, 9, 10], 0.3), Some(7));
        assert_eq!(after(&[1, 2, 2, 2, 2, 2, 2, 2, 2, 2], 0.3), Some(1));
        assert_eq!(after(&[1, 1, 1, 1, 1, 1, 1, 1, 1, 2], 0.3), Some(1));
        assert_eq!((after(&[1, 1], 0.3), after(&[], 0.3)), (None, None));
    }

    #[test]
    fn a_random_split_holds_its_share_and_another_seed_other_leads() {
        let leads = leads(&[0; 20_000]);
        let held = |seed: u64| -> Vec<bool> { leads.iter().map(|lead| HoldOut::Random { seed, share: 0.3 }.holds(lead)).collect() };
        let (one, other) = (held(1), held(2));
        let share = |held: &[bool]| held.iter().filter(|held| **held).count();
        // Five deviations of a binomial variable: 65 each.
        assert!(share(&one).abs_diff(6000) < 325 && share(&other).abs_diff(6000) < 325, "{} {}", share(&one), share(&other));
        let both = one.iter().zip(&other).filter(|(one, other)| **one && **other).count();
        assert!(both.abs_diff(1800) < 205, "{both}");
        assert_eq!(one, held(1));
    }

    #[test]
    fn folds_are_equally_large_and_have_nothing_to_do_with_the_split_of_the_same_seed() {
        let leads = leads(&[0; 20_000]);
        let mut of_held = [0_usize; FOLDS as usize];
        for lead in leads.iter().filter(|lead| HoldOut::Random { seed: 1, share: 0.5 }.holds(lead)) {
            of_held[fold(1, lead.key) as usize] += 1;
        }
        assert!(of_held.iter().all(|leads| leads.abs_diff(2000) < 210), "{of_held:?}");
    }
}
