//! How well scores rank leads, whatever scores: of a model, or points of a rubric.
//!
//! Leads of one score are in no order, so each figure is the mean over all orders they could be in.

use serde::Serialize;

/// Deviations of a normal variable within which it is 95 times in a hundred.
const WITHIN_95: f64 = 1.959_963_984_540_054;

/// The probability that a lead that was won has a higher score than one that was lost, a tie counting half.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Auc {
    /// 0.5 is what chance gives.
    pub value: f64,
    /// Where its interval of 95 % begins.
    pub low: f64,
    /// And where it ends.
    pub high: f64,
}

impl Auc {
    /// Whether the interval holds what chance gives.
    #[must_use]
    pub fn may_be_chance(&self) -> bool {
        self.low <= 0.5 && self.high >= 0.5
    }

    /// Of scores, with the interval of `DeLong`, `DeLong` and Clarke-Pearson (Biometrics 44, 1988); none when all leads were won, or all lost.
    ///
    /// With m won and n lost leads, a won lead's part is the share of lost ones below it, a lost lead's the share of won ones above; ties count
    /// half. AUC is the mean of either, and its variance is var(parts of won) / m + var(parts of lost) / n. The parts follow from one sort, as Sun and
    /// Xu showed (IEEE Signal Processing Letters 21, 2014), where comparing all pairs took m · n steps.
    #[must_use]
    pub fn of(scores: &[f64], won: &[bool]) -> Option<Self> {
        Self::of_groups(&groups(scores, won))
    }

    /// The same of groups of leads that have one score each, the highest first.
    #[must_use]
    pub fn of_groups(groups: &[Group]) -> Option<Self> {
        let wins: f64 = groups.iter().map(|group| group.wins).sum();
        let losses: f64 = groups.iter().map(Group::losses).sum();
        if wins == 0.0 || losses == 0.0 {
            return None;
        }
        let (mut won_above, mut lost_above) = (0.0, 0.0);
        let (mut of_won, mut of_lost) = (Moments::default(), Moments::default());
        for group in groups {
            let lost_below = losses - lost_above - group.losses();
            of_won.add((lost_below + group.losses() / 2.0) / losses, group.wins);
            of_lost.add((won_above + group.wins / 2.0) / wins, group.losses());
            won_above += group.wins;
            lost_above += group.losses();
        }
        let value = of_won.sum / wins;
        let reach = WITHIN_95 * (of_won.variance() / wins + of_lost.variance() / losses).sqrt();
        // A single lead on a side has no variance, and so an infinite reach.
        Some(Self { value, low: (value - reach).max(0.0), high: (value + reach).min(1.0) })
    }
}

/// Leads that have one score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    /// How many.
    pub leads: f64,
    /// How many of them were won.
    pub wins: f64,
    /// Of each.
    pub score: f64,
}

impl Group {
    fn losses(&self) -> f64 {
        self.leads - self.wins
    }
}

/// Groups of leads by their score, the highest first. What is no number comes last.
#[must_use]
pub fn groups(scores: &[f64], won: &[bool]) -> Vec<Group> {
    let number = |score: f64| if score.is_nan() { f64::NEG_INFINITY } else { score };
    let mut sorted: Vec<(f64, bool)> = scores.iter().map(|score| number(*score)).zip(won.iter().copied()).collect();
    sorted.sort_unstable_by(|(one, _), (other, _)| other.total_cmp(one));
    let of_tie = |tie: &[(f64, bool)]| {
        let wins = tie.iter().filter(|(_, won)| *won).count();
        Group { leads: super::count(tie.len()), wins: super::count(wins), score: tie[0].0 }
    };
    sorted.chunk_by(|(one, _), (other, _)| one == other).map(of_tie).collect()
}

#[derive(Default)]
struct Moments {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, part: f64, times: f64) {
        self.count += times;
        self.sum += part * times;
        self.squares += part * part * times;
    }

    fn variance(&self) -> f64 {
        let mean = self.sum / self.count;
        if self.count > 1.0 { (self.squares - self.count * mean * mean).max(0.0) / (self.count - 1.0) } else { f64::INFINITY }
    }
}

/// A tenth of all leads by their score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Decile {
    /// How many leads it has: a tenth of all, which need not be whole.
    pub leads: f64,
    /// How many of them were won.
    pub wins: f64,
    /// Their share.
    pub rate: f64,
    /// That share by the share of all leads.
    pub lift: f64,
    /// The share of all that were won that this and the deciles before it hold.
    pub captured: f64,
    /// The mean score of its leads.
    pub score: f64,
}

/// Ten equal parts of all leads, the best first; none when there is no lead, or none that was won.
#[must_use]
pub fn deciles(groups: &[Group]) -> Vec<Decile> {
    let (leads, wins) = groups.iter().fold((0.0, 0.0), |(leads, wins), group| (leads + group.leads, wins + group.wins));
    if wins == 0.0 {
        return Vec::new();
    }
    let mut captured = 0.0;
    let of_part = |[of_leads, of_wins, of_scores]: [f64; 3]| {
        captured += of_wins;
        let rate = of_wins / of_leads;
        Decile { leads: of_leads, wins: of_wins, rate, lift: rate * leads / wins, captured: captured / wins, score: of_scores / of_leads }
    };
    tenths(groups).into_iter().map(of_part).collect()
}

/// Leads, wins and scores summed up in ten parts of equally many leads. A group on the border is divided, its wins with it in proportion.
#[must_use]
pub fn tenths(groups: &[Group]) -> Vec<[f64; 3]> {
    let size = groups.iter().map(|group| group.leads).sum::<f64>() / 10.0;
    let mut parts = vec![[0.0; 3]; 10];
    let (mut part, mut room) = (0, size);
    for group in groups {
        let mut left = group.leads;
        while left > 0.0 {
            // What rounding leaves over goes into the last part.
            let taken = if part == 9 { left } else { left.min(room) };
            let share = [taken, group.wins * (taken / group.leads), group.score * taken];
            parts[part].iter_mut().zip(share).for_each(|(sum, share)| *sum += share);
            left -= taken;
            room -= taken;
            if room <= 0.0 && part < 9 {
                (part, room) = (part + 1, size);
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests;
