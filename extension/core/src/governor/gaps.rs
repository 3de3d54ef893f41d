//! The law of the gaps between the actions of a day.
//!
//! As long as there is time, a gap is uniform between its least and its most. Where a day has more actions than that leaves time for, it is the law of maximum
//! entropy with the mean that there is time for: an exponential, cut to the same interval. The mean is chosen so that a day overruns its window one time in a
//! hundred only; were it chosen to fill the window, half of all draws would have to be thrown away, and what is left would follow another law than the one stated.

/// Standard deviations below the room, of the sum of a day's gaps: a normal variable is above them once in a hundred.
const SPARE: f64 = 2.33;
/// A mean nearer to the least gap than this share of it makes a day that is nearly periodic.
const LEAST_SLACK: f64 = 0.15;
/// Steps of the bisection; each halves an interval of the tilt that begins at 1,000 per width: to a millionth of a millionth of it.
const STEPS: usize = 40;

/// A density proportional to exp(-tilt · x) between the least and the most gap, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Law {
    least: f64,
    most: f64,
    /// Per second; 0 is uniform.
    tilt: f64,
}

impl Law {
    /// The law of so many gaps that fit into a room, in seconds; None where they do not.
    #[must_use]
    pub fn of(least: f64, most: f64, gaps: u32, room: f64) -> Option<Self> {
        let law = |tilt: f64| Self { least, most, tilt };
        if law(0.0).fits(gaps, room) {
            return Some(law(0.0));
        }
        if !Self::exists(least, most, gaps, room) {
            return None;
        }
        let (mut low, mut high) = (0.0, steepest(least, most));
        for _ in 0..STEPS {
            let middle = f64::midpoint(low, high);
            if law(middle).fits(gaps, room) { high = middle } else { low = middle }
        }
        Some(law(high))
    }

    /// Whether so many gaps fit into a room by some law, which takes less to say than by which.
    #[must_use]
    pub fn exists(least: f64, most: f64, gaps: u32, room: f64) -> bool {
        let law = |tilt: f64| Self { least, most, tilt };
        let leaves_slack = || least < most && f64::from(gaps) * least * (1.0 + LEAST_SLACK) <= room;
        law(0.0).fits(gaps, room) || leaves_slack() && law(steepest(least, most)).fits(gaps, room)
    }

    /// Whether the sum of so many gaps overruns a room once in a hundred times at most.
    fn fits(self, gaps: u32, room: f64) -> bool {
        gaps == 0 || f64::from(gaps) * self.mean() + SPARE * (f64::from(gaps).sqrt() * self.deviation()) <= room
    }

    fn width(self) -> f64 {
        self.most - self.least
    }

    /// Whether the tilt is so small that its formulas lose their digits.
    fn is_flat(self) -> bool {
        self.tilt * self.width() < 1e-4
    }

    /// In seconds.
    #[must_use]
    pub fn mean(self) -> f64 {
        if self.is_flat() {
            return f64::midpoint(self.least, self.most);
        }
        self.least + 1.0 / self.tilt - self.width() / (self.tilt * self.width()).exp_m1()
    }

    /// The standard deviation, in seconds.
    #[must_use]
    pub fn deviation(self) -> f64 {
        if self.is_flat() {
            return self.width() / 12.0_f64.sqrt();
        }
        let cut = self.width() / (2.0 * (self.tilt * self.width() / 2.0).sinh());
        (1.0 / (self.tilt * self.tilt) - cut * cut).max(0.0).sqrt()
    }

    /// The share of gaps up to one.
    #[must_use]
    pub fn below(self, gap: f64) -> f64 {
        let past = (gap - self.least).clamp(0.0, self.width());
        if self.width() == 0.0 {
            return if gap < self.least { 0.0 } else { 1.0 };
        }
        if self.is_flat() {
            return past / self.width();
        }
        (-self.tilt * past).exp_m1() / (-self.tilt * self.width()).exp_m1()
    }

    /// The gap below which a share of them is.
    #[must_use]
    pub fn at(self, share: f64) -> f64 {
        if self.is_flat() {
            return self.least + share * self.width();
        }
        let past = -(share * (-self.tilt * self.width()).exp_m1()).ln_1p() / self.tilt;
        (self.least + past).clamp(self.least, self.most)
    }
}

/// The most actions whose gaps fit into a room, in seconds, and leave it unlike a clock.
#[must_use]
pub fn most_actions(least: f64, most: f64, room: f64) -> u32 {
    if room < 0.0 {
        return 0;
    }
    (1..10_000).take_while(|actions| Law::exists(least, most, actions - 1, room)).last().unwrap_or(0)
}

/// The tilt at which nearly all gaps are the least one.
fn steepest(least: f64, most: f64) -> f64 {
    1000.0 / (most - least)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: f64 = 900.0;
    const MOST: f64 = 2700.0;
    /// Twelve hours less two minutes at each end.
    const ROOM: f64 = 43_200.0 - 240.0;

    #[test]
    fn few_actions_have_uniform_gaps_and_many_have_shorter_ones() {
        let law = |actions: u32| Law::of(LEAST, MOST, actions - 1, ROOM).map(|law| (law.tilt * 60.0, law.mean() / 60.0));
        assert_eq!(law(20).map(|(tilt, mean)| (tilt, mean.round())), Some((0.0, 30.0)));
        let (tilt, mean) = law(32).unwrap_or_default();
        assert!((0.1..0.25).contains(&tilt) && (19.0..22.7).contains(&mean), "{tilt} {mean}");
        let (_, mean) = law(40).unwrap_or_default();
        assert!((16.2..17.9).contains(&mean), "{mean}");
        assert_eq!(law(50), None);
    }

    #[test]
    fn a_window_holds_what_its_shortest_gaps_leave_room_for() {
        let most = most_actions(LEAST, MOST, ROOM);
        assert!((40..=44).contains(&most), "{most}");
        // 09 to 18 without 12 to 14.
        let most = most_actions(LEAST, MOST, 7.0 * 3600.0);
        assert!((23..=27).contains(&most), "{most}");
        assert_eq!((most_actions(LEAST, MOST, 0.0), most_actions(LEAST, MOST, -1.0), most_actions(600.0, 600.0, 6000.0)), (1, 0, 11));
    }

    #[test]
    fn share_and_gap_are_inverse_to_each_other_and_the_mean_is_that_of_the_density() {
        for actions in [20, 28, 36, 40] {
            let Some(law) = Law::of(LEAST, MOST, actions - 1, ROOM) else { unreachable!("{actions} fit") };
            let shares: Vec<f64> = (0..10_000).map(|n| (f64::from(n) + 0.5) / 10_000.0).collect();
            assert!(shares.iter().all(|share| (law.below(law.at(*share)) - share).abs() < 1e-9), "{actions}");
            let mean = shares.iter().map(|share| law.at(*share)).sum::<f64>() / 10_000.0;
            let square = shares.iter().map(|share| (law.at(*share) - mean).powi(2)).sum::<f64>() / 10_000.0;
            assert!(
                (mean - law.mean()).abs() < 0.5 && (square.sqrt() - law.deviation()).abs() < 1.0,
                "{actions}: {mean}, {}",
                square.sqrt()
            );
        }
    }
}
