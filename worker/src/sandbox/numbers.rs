//! Integers and numbers within the bounds of a schema.

use serde_json::{Map, Value, json};

use super::seed::Seeded;

/// How far above its lower bound a number without an upper bound goes.
const SPAN: f64 = 9.0;

/// Hundredths are fine enough for a made-up number.
const STEPS_PER_ONE: f64 = 100.0;

/// Up to here a double holds every integer (2^53).
const EXACT: f64 = 9_007_199_254_740_992.0;

/// An integer that fits `schema`.
pub(super) fn integer(schema: &Map<String, Value>, random: &mut Seeded) -> Result<Value, String> {
    let step = step(schema, 1.0)?;
    if step.fract() != 0.0 {
        return Err("the sandbox makes integers only for a whole 'multipleOf'".to_owned());
    }
    Ok(json!(on_grid(schema, step, random)? as i64))
}

/// A number that fits `schema`: on a grid when `multipleOf` asks for one, else with two decimals where they fit.
pub(super) fn number(schema: &Map<String, Value>, random: &mut Seeded) -> Result<Value, String> {
    if schema.contains_key("multipleOf") {
        let step = step(schema, 1.0)?;
        return Ok(json!(on_grid(schema, step, random)?));
    }
    let (lower, upper) = bounds(schema);
    let raw = lower.at + random.fraction() * (upper.at - lower.at);
    let rounded = (raw * STEPS_PER_ONE).round() / STEPS_PER_ONE;
    let middle = lower.at + (upper.at - lower.at) / 2.0;
    let fitting = [rounded, raw, middle].into_iter().find(|x| lower.allows_below(*x) && upper.allows_above(*x));
    fitting.map(|x| json!(x)).ok_or_else(|| empty(&lower, &upper))
}

/// One end of a range.
struct Bound {
    at: f64,
    exclusive: bool,
}

impl Bound {
    fn allows_below(&self, x: f64) -> bool {
        x > self.at || (x == self.at && !self.exclusive)
    }

    fn allows_above(&self, x: f64) -> bool {
        x < self.at || (x == self.at && !self.exclusive)
    }
}

fn empty(lower: &Bound, upper: &Bound) -> String {
    format!("no number lies between {} and {}", lower.at, upper.at)
}

/// The tighter of the two keywords at each end. Without a keyword: from 1, or where the other end allows.
fn bounds(schema: &Map<String, Value>) -> (Bound, Bound) {
    let read = |name: &str| schema.get(name).and_then(Value::as_f64);
    let lower = match (read("minimum"), read("exclusiveMinimum")) {
        (Some(at), Some(other)) if at > other => Some(Bound { at, exclusive: false }),
        (_, Some(at)) => Some(Bound { at, exclusive: true }),
        (at, None) => at.map(|at| Bound { at, exclusive: false }),
    };
    let upper = match (read("maximum"), read("exclusiveMaximum")) {
        (Some(at), Some(other)) if at < other => Some(Bound { at, exclusive: false }),
        (_, Some(at)) => Some(Bound { at, exclusive: true }),
        (at, None) => at.map(|at| Bound { at, exclusive: false }),
    };
    let lower = lower.unwrap_or_else(|| {
        let at = upper.as_ref().map_or(1.0, |upper| if upper.at > 1.0 { 1.0 } else { upper.at - SPAN });
        Bound { at, exclusive: false }
    });
    let upper = upper.unwrap_or(Bound { at: lower.at + SPAN, exclusive: false });
    (lower, upper)
}

fn step(schema: &Map<String, Value>, absent: f64) -> Result<f64, String> {
    match schema.get("multipleOf") {
        None => Ok(absent),
        Some(value) => value.as_f64().filter(|step| *step > 0.0).ok_or_else(|| "'multipleOf' must be above 0".to_owned()),
    }
}

/// A multiple of `step` within the bounds.
fn on_grid(schema: &Map<String, Value>, step: f64, random: &mut Seeded) -> Result<f64, String> {
    let (lower, mut upper) = bounds(schema);
    let mut first = (lower.at / step).ceil();
    first += f64::from(!lower.allows_below(first * step));
    if !has_upper(schema) {
        // The span counts steps then, or a large step would leave no multiple at all.
        upper = Bound { at: (first + SPAN) * step, exclusive: false };
    }
    let mut last = (upper.at / step).floor();
    last -= f64::from(!upper.allows_above(last * step));
    if first > last {
        return Err(empty(&lower, &upper));
    }
    let exact = |multiple: f64| (multiple * step).abs() <= EXACT;
    if !exact(first) || !exact(last) {
        // Beyond these ends neighbouring integers are no doubles; an end within them, or 0 between both, will do.
        let near = [first, last, 0.0].into_iter().find(|x| exact(*x) && (first..=last).contains(x));
        return near.map(|x| x * step).ok_or_else(|| "the bounds are too large for the sandbox".to_owned());
    }
    Ok((first + random.below((last - first) as u64 + 1) as f64) * step)
}

fn has_upper(schema: &Map<String, Value>) -> bool {
    schema.contains_key("maximum") || schema.contains_key("exclusiveMaximum")
}
