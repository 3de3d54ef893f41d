//! The caps of the days of a week.
//!
//! `joint` draws them together, uniformly over all vectors with each in its range and every sum within its bound, by exact counting. Spending first come, first
//! served would be cut on the last days of each second week (of 20 to 40 on five days under 150, 49 %, and the fifth day would have 24.6 on
//! average where the others have 30); this gives every day of a week 27.9 on average, and no week is cut. `independent` draws each for itself.

use super::draws::Draws;

/// What the cap of a day may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// At least.
    pub least: u32,
    /// At most.
    pub most: u32,
}

impl Range {
    /// The same with no more than a window holds, or another limit admits.
    #[must_use]
    pub fn within(self, most: u32) -> Self {
        Self { least: self.least.min(most), most: self.most.min(most) }
    }
}

/// One cap, each of its range with the same probability.
pub fn independent(range: Range, draws: &mut Draws) -> u32 {
    let width = u128::from(range.most.saturating_sub(range.least)) + 1;
    range.least + u32::try_from(draws.below(width)).unwrap_or(0)
}

/// The caps of consecutive days: day n and those before it sum to at most `bounds[n]`. A day without a range that fits has a cap below its range.
///
/// Bounds are what is left of the week cap in the seven days that end with each day, so that a week does not have to begin on a Monday.
pub fn joint(ranges: &[Range], bounds: &[u32], draws: &mut Draws) -> Vec<u32> {
    let ranges = fitting(ranges, bounds);
    let ways = count(&ranges, bounds);
    let mut caps = Vec::with_capacity(ranges.len());
    let mut sum = 0_u32;
    for (day, range) in ranges.iter().enumerate() {
        let of = |cap: u32| ways[day + 1].get((sum + cap) as usize).copied().unwrap_or(0);
        let mut left = draws.below((range.least..=range.most).map(of).sum::<u128>().max(1));
        let drawn = (range.least..=range.most).find(|cap| match left.checked_sub(of(*cap)) {
            Some(rest) => {
                left = rest;
                false
            }
            None => true,
        });
        let cap = drawn.unwrap_or(range.least);
        sum += cap;
        caps.push(cap);
    }
    caps
}

/// Ranges that at least one vector fits: where the least of all days is too much already, the last days give way.
fn fitting(ranges: &[Range], bounds: &[u32]) -> Vec<Range> {
    let mut room: Vec<u32> = bounds.to_vec();
    // What a later day may not pass, an earlier one may not either.
    for day in (1..room.len()).rev() {
        room[day - 1] = room[day - 1].min(room[day]);
    }
    let mut least = 0_u32;
    let fits = |(range, room): (&Range, &u32)| {
        let range = Range { least: range.least.min(room.saturating_sub(least)), most: range.most.min(room.saturating_sub(least)) };
        least += range.least;
        range
    };
    ranges.iter().zip(&room).map(fits).collect()
}

/// `ways[day][sum]`: in how many ways the days from `day` on can go on from a sum.
fn count(ranges: &[Range], bounds: &[u32]) -> Vec<Vec<u128>> {
    let widest = bounds.iter().copied().max().unwrap_or(0) as usize;
    let mut ways = vec![vec![0_u128; widest + 1]; ranges.len() + 1];
    ways[ranges.len()].fill(1);
    for day in (0..ranges.len()).rev() {
        let bound = bounds[day] as usize;
        // Sums of the ways of the next day, of all sums below one: each range is a difference of two, where adding it up took 21 steps.
        let mut below = vec![0_u128; bound + 2];
        for sum in 0..=bound {
            below[sum + 1] = below[sum].saturating_add(ways[day + 1][sum]);
        }
        for (sum, ways) in ways[day].iter_mut().enumerate().take(bound + 1) {
            let [first, last] = [ranges[day].least, ranges[day].most + 1].map(|cap| (sum + cap as usize).min(bound + 1));
            *ways = below[last] - below[first];
        }
    }
    // A sum that a day may not reach has no way on.
    for (day, bound) in bounds.iter().enumerate() {
        ways[day + 1].iter_mut().skip(*bound as usize + 1).for_each(|ways| *ways = 0);
    }
    ways
}

#[cfg(test)]
mod tests;
