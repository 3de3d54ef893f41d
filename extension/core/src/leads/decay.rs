//! What signals are worth at a moment: each the less the longer ago, and of a kind no more in a day than its cap.
//!
//! A function of the set of signals alone: one that arrives late, or out of order, gives what it would have given in time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rubric::points::{MOST_POINTS, Points};

/// Microseconds of a day of 24 hours.
pub const DAY_MICROS: f64 = 86_400_000_000.0;
/// A score is not due sooner than this after it was computed, in microseconds. The search for the moment is no finer for a life of a hundred years, and a
/// rubric that makes a thousand points of one would have its scores computed all the time.
const SOONEST: i64 = 60_000_000;
/// Halvings after which a signal is worth nothing: a thousandth of what it was.
const HALVINGS: f64 = 10.0;
/// Steps of the search for the moment of the next refresh: they end within a minute for a life of a hundred years.
const STEPS: u32 = 26;

/// What a kind of signals is worth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalRule {
    /// Points for a signal of value 1.
    pub points: Points,
    /// Days after which half of them are left. Without this and `linear_days` they stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half_life_days: Option<f64>,
    /// Days after which nothing is left, falling evenly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linear_days: Option<f64>,
    /// Points of this kind in a day at most, the earliest signals first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<Points>,
}

impl SignalRule {
    /// The share that is left of a signal after so many days; all of it before it has happened.
    fn left(&self, days: f64) -> f64 {
        let days = days.max(0.0);
        match (self.half_life_days, self.linear_days) {
            (Some(half_life), _) if days < half_life * HALVINGS => (-days / half_life).exp2(),
            (Some(_), _) => 0.0,
            (None, Some(life)) => (1.0 - days / life).max(0.0),
            (None, None) => 1.0,
        }
    }

    /// Days after which nothing is left.
    fn life(&self) -> f64 {
        self.half_life_days.map(|half_life| half_life * HALVINGS).or(self.linear_days).unwrap_or(0.0)
    }
}

/// Something that a lead did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signal<'a> {
    /// What it was.
    pub kind: &'a str,
    /// How much of it.
    pub value: f64,
    /// When, in microseconds.
    pub at: i64,
    /// Its day in the workspace's zone, by any count of days.
    pub day: i32,
}

/// What signals are worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Worth {
    /// Points, now.
    pub points: f64,
    /// Signals that count something.
    pub counted: usize,
    /// When they will have fallen by the step that was asked for, or to what stays of them; None where they will fall no more.
    pub due_at: Option<i64>,
}

struct Counted<'r> {
    rule: &'r SignalRule,
    points: f64,
    at: i64,
}

impl Counted<'_> {
    fn worth(&self, now: i64) -> f64 {
        self.points * self.rule.left(days(self.at, now))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a microsecond in a hundred years does not matter here")]
fn days(from: i64, to: i64) -> f64 {
    to.saturating_sub(from) as f64 / DAY_MICROS
}

/// What signals are worth now, in the order in which they happened. The step is how many points they may lose before they are looked at again.
pub fn worth(rules: &BTreeMap<String, SignalRule>, signals: &[Signal], now: i64, step: f64) -> Worth {
    let counted = capped(rules, signals);
    let points: f64 = counted.iter().map(|signal| signal.worth(now)).sum();
    Worth { points, counted: counted.iter().filter(|signal| signal.worth(now) != 0.0).count(), due_at: due_at(&counted, now, step) }
}

/// Each with what its day leaves it.
fn capped<'r>(rules: &'r BTreeMap<String, SignalRule>, signals: &[Signal]) -> Vec<Counted<'r>> {
    let mut taken: BTreeMap<(&str, i32), f64> = BTreeMap::new();
    let mut counted = Vec::with_capacity(signals.len());
    for signal in signals {
        let Some(rule) = rules.get(signal.kind).or_else(|| rules.get("*")) else { continue };
        let asked = (rule.points.as_f64() * signal.value).clamp(-MOST_POINTS, MOST_POINTS);
        if asked.is_nan() {
            continue; // would take all that its day leaves
        }
        let points = match rule.per_day {
            Some(cap) => {
                let taken = taken.entry((signal.kind, signal.day)).or_default();
                let points = asked.abs().min(cap.as_f64() - *taken).max(0.0);
                *taken += points;
                points.copysign(asked)
            }
            None => asked,
        };
        counted.push(Counted { rule, points, at: signal.at });
    }
    counted
}

/// Of gains and losses alike: until then the sum has moved less than that, whichever fall. What falls by less than a step in all its life is due at its end,
/// or a score would keep for ever what nothing is left of.
fn due_at(counted: &[Counted], now: i64, step: f64) -> Option<i64> {
    let weight = |at: i64| counted.iter().map(|signal| signal.worth(at).abs()).sum::<f64>();
    let life = counted.iter().map(|signal| signal.rule.life()).fold(0.0, f64::max);
    let last_at = counted.iter().map(|signal| signal.at).max()?.max(now);
    #[expect(clippy::cast_possible_truncation, reason = "a definition allows lives of at most a hundred years")]
    let end = last_at.saturating_add((life * DAY_MICROS) as i64 + 1);
    let (begun, left) = (weight(now), weight(end));
    if begun <= left {
        return None;
    }
    let goal = (begun - step).max(left);
    let (mut before, mut after) = (now, end);
    for _ in 0..STEPS {
        let middle = before + (after - before) / 2;
        if weight(middle) > goal { before = middle } else { after = middle }
    }
    Some(after.max(now.saturating_add(SOONEST)))
}

#[cfg(test)]
mod tests;
