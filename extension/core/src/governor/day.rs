//! The seconds at which the actions of a day are planned.

use super::draws::Draws;
use super::gaps::Law;

/// Draws of all gaps of a day; one in a hundred overruns its window, so this many in a row do not come.
const REDRAWS: usize = 100;

/// A part of a day in which something may be done: milliseconds since some moment, the last one excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its first millisecond.
    pub starts_at: i64,
    /// The first millisecond after it.
    pub ends_at: i64,
}

/// How far actions are apart, in milliseconds. A break between two of them makes it longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// At least.
    pub least: i64,
    /// At most.
    pub most: i64,
}

/// Time that there is, in seconds.
#[must_use]
pub fn room(parts: &[Part]) -> f64 {
    seconds(parts.iter().map(length).sum())
}

fn length(part: &Part) -> i64 {
    part.ends_at.saturating_sub(part.starts_at).max(0)
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of a few days are far below 2^53")]
fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}

/// Up, so that a gap is never shorter than it was drawn.
#[expect(clippy::cast_possible_truncation, reason = "seconds of a few days")]
fn millis(seconds: f64) -> i64 {
    (seconds * 1000.0).ceil() as i64
}

/// When each of so many actions is done, in order; None where the parts, which are in order and apart from each other, do not hold them.
///
/// The gaps are drawn from their law, and what they leave of the time is before the first action and after the last, in a drawn proportion.
#[must_use]
pub fn place(parts: &[Part], gap: Gap, actions: u32, draws: &mut Draws) -> Option<Vec<i64>> {
    let Some(gaps) = actions.checked_sub(1) else { return Some(Vec::new()) };
    let total: i64 = parts.iter().map(length).sum();
    if total == 0 {
        return None;
    }
    let law = Law::of(seconds(gap.least), seconds(gap.most), gaps, seconds(total - 1))?;
    let mut drawn = || -> Vec<i64> { (0..gaps).map(|_| millis(law.at(draws.unit())).max(gap.least)).collect() };
    let (gaps, left) = (0..REDRAWS).find_map(|_| {
        let gaps = drawn();
        let left = total - 1 - gaps.iter().sum::<i64>();
        (left >= 0).then_some((gaps, left))
    })?;
    let mut at = millis(draws.unit() * seconds(left)).min(left);
    let mut placed = vec![instant(parts, at)?];
    for gap in gaps {
        at += gap;
        placed.push(instant(parts, at)?);
    }
    Some(placed)
}

/// How much of the time has passed at a moment.
pub(super) fn passed(parts: &[Part], at: i64) -> i64 {
    parts.iter().map(|part| at.clamp(part.starts_at, part.ends_at.max(part.starts_at)) - part.starts_at).sum()
}

/// The moment at which so much of the time has passed.
pub(super) fn instant(parts: &[Part], mut passed: i64) -> Option<i64> {
    for part in parts {
        if passed < length(part) {
            return Some(part.starts_at + passed);
        }
        passed -= length(part);
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::governor::gaps::most_actions;

    const HOUR: i64 = 3_600_000;
    const GAP: Gap = Gap { least: 900_000, most: 2_700_000 };

    fn part(from: i64, to: i64) -> Part {
        Part { starts_at: from * HOUR, ends_at: to * HOUR }
    }

    #[test]
    fn a_break_is_free_and_makes_only_its_own_gap_longer() {
        let parts = [part(9, 12), part(14, 18)];
        for seed in 0..200 {
            let placed = place(&parts, GAP, 14, &mut Draws::new(&[seed; 32], &["day"])).unwrap_or_default();
            assert_eq!(placed.len(), 14);
            assert!(placed.iter().all(|at| parts.iter().any(|part| (part.starts_at..part.ends_at).contains(at))), "{placed:?}");
            let long = placed.windows(2).filter(|pair| pair[1] - pair[0] > GAP.most).count();
            assert!(long <= 1, "{placed:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_not_placed() {
        let mut draws = Draws::new(&[1; 32], &["day"]);
        assert_eq!(place(&[part(9, 10)], GAP, 6, &mut draws), None);
        assert_eq!(place(&[], GAP, 1, &mut draws), None);
        assert_eq!(place(&[], GAP, 0, &mut draws), Some(Vec::new()));
        assert_eq!(place(&[part(9, 10)], GAP, 1, &mut draws).map(|placed| placed.len()), Some(1));
    }

    #[test]
    fn no_minute_and_no_edge_of_the_window_is_preferred() {
        let parts = [part(9, 21)];
        let mut placed = Vec::new();
        for seed in 0..500_u32 {
            let actions = 20 + seed % 16;
            placed.extend(place(&parts, GAP, actions, &mut Draws::new(&[3; 32], &[&seed.to_string()])).unwrap_or_default());
        }
        let count = seconds(placed.len() as i64 * 1000);
        for harmonic in [1.0, 6.0, 12.0] {
            let angles = placed.iter().map(|at| std::f64::consts::TAU * harmonic * seconds(*at) / 3600.0);
            let (sin, cos) = angles.fold((0.0, 0.0), |(sin, cos), angle| (sin + angle.sin(), cos + angle.cos()));
            // Rayleigh: the resultant of uniform angles is longer once in a thousand times.
            let resultant = sin.hypot(cos) / count;
            assert!(resultant < (1000.0_f64.ln() / count).sqrt(), "harmonic {harmonic}: {resultant}");
        }
        let share = |from: i64, to: i64| seconds(placed.iter().filter(|at| (from..to).contains(*at)).count() as i64 * 1000) / count;
        let uniform = 5.0 / 720.0;
        for share in [share(9 * HOUR, 9 * HOUR + 300_000), share(21 * HOUR - 300_000, 21 * HOUR)] {
            assert!(share <= 2.0 * uniform, "{share}");
        }
    }

    proptest! {
        #[test]
        fn every_action_is_inside_and_no_gap_is_too_short(parts in prop::collection::vec((1_i64..20_000_000, 1_i64..30_000_000), 1..4), actions in 0_u32..60, seed: [u8; 32]) {
            let mut from = 0;
            let parts: Vec<Part> = parts.into_iter().map(|(pause, length)| {
                let starts_at = from + pause;
                from = starts_at + length;
                Part { starts_at, ends_at: from }
            }).collect();
            let fits = actions <= most_actions(900.0, 2700.0, room(&parts) - 0.001);
            match place(&parts, GAP, actions, &mut Draws::new(&seed, &[])) {
                Some(placed) => {
                    prop_assert_eq!(placed.len(), actions as usize);
                    prop_assert!(placed.windows(2).all(|pair| pair[1] - pair[0] >= GAP.least));
                    prop_assert!(placed.iter().all(|at| parts.iter().any(|part| (part.starts_at..part.ends_at).contains(at))));
                }
                None => prop_assert!(!fits),
            }
        }
    }
}
