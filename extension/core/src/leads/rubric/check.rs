//! What a rubric must keep to. Each refusal names the place and the rule.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::MOST_TERMS;
use super::definition::{Definition, Rule, Term};
use super::points::Points;
use crate::error::Problem;
use crate::leads::decay::SignalRule;
use crate::leads::intake::field::unreadable;

/// Bands, words, corners and kinds of signals of a term at most.
const MOST_ENTRIES: usize = 1000;
/// Characters of a name at most.
const MOST_NAME: usize = 100;
/// Days of a decay at most: a hundred years.
const MOST_DAYS: f64 = 36_525.0;

fn refused(place: &str, rule: impl std::fmt::Display) -> Problem {
    Problem::bad("rubric_invalid", format!("at {place}: {rule}"))
}

/// Reads a definition; terms one by one, so that what is wrong with one names it.
pub fn read(definition: &Value) -> Result<Definition, Problem> {
    for (index, term) in definition.get("terms").and_then(Value::as_array).into_iter().flatten().enumerate() {
        Term::deserialize(term).map_err(|error| refused(&format!("/terms/{index}"), error))?;
    }
    Definition::deserialize(definition).map_err(|error| refused("/", error))
}

/// Everything that its types do not say.
pub fn all(definition: &Definition) -> Result<(), Problem> {
    if definition.terms.is_empty() || definition.terms.len() > MOST_TERMS {
        return Err(refused("/terms", format_args!("a rubric has 1 to {MOST_TERMS} terms")));
    }
    let mut names: BTreeSet<&str> = BTreeSet::from(["total", "likelihood"]);
    for (index, term) in definition.terms.iter().enumerate() {
        let place = format!("/terms/{index}");
        name(&place, &term.name)?;
        if !names.insert(&term.name) || term.name.starts_with("cap of ") {
            return Err(refused(&format!("{place}/name"), "each contribution to a score has a name of its own"));
        }
        if let Some(group) = term.group.as_ref().filter(|group| !definition.groups.contains_key(*group)) {
            name(&place, group)?;
            return Err(refused(&format!("{place}/group"), format_args!("there is no group {group} in /groups")));
        }
        rule(&place, &term.rule)?;
    }
    for (group, bounds) in &definition.groups {
        name("/groups", group)?;
        if bounds.max < Points::ZERO {
            return Err(refused(&format!("/groups/{group}/max"), "a group gives at most 0 or more"));
        }
    }
    total(definition)?;
    heat(definition)
}

/// Whether leads have the fields that its terms read.
pub fn fields(definition: &Definition) -> Result<(), Problem> {
    for (index, term) in definition.terms.iter().enumerate() {
        if let Some((problem, hint)) = term.rule.fields().iter().find_map(|field| unreadable(field)) {
            return Err(refused(&format!("/terms/{index}/field"), problem).hint(hint));
        }
    }
    Ok(())
}

fn name(place: &str, name: &str) -> Result<(), Problem> {
    if name.trim().is_empty() || name.chars().count() > MOST_NAME || name.chars().any(char::is_control) {
        return Err(refused(place, format_args!("a name has 1 to {MOST_NAME} characters, and none that controls")));
    }
    Ok(())
}

fn rule(place: &str, rule: &Rule) -> Result<(), Problem> {
    if rule.fields().iter().any(|field| field.trim().is_empty()) || rule.fields().is_empty() && !matches!(rule, Rule::Signals { .. }) {
        return Err(refused(&format!("{place}/field"), "name a field, such as segment or attributes.headcount"));
    }
    let entries = match rule {
        Rule::Bands { bands, .. } => bands.len(),
        Rule::Contains { any, .. } => any.iter().map(|words| words.of.len()).sum(),
        Rule::Map { values, .. } => values.len(),
        Rule::Curve { corners, .. } => corners.len(),
        Rule::Signals { signals, .. } => signals.len(),
        Rule::Count { .. } | Rule::Presence { .. } | Rule::Value { .. } => 1,
    };
    if entries == 0 || entries > MOST_ENTRIES || rule.fields().len() > MOST_ENTRIES {
        return Err(refused(place, format_args!("a term has 1 to {MOST_ENTRIES} bands, words, texts, corners or kinds")));
    }
    match rule {
        Rule::Bands { bands, .. } if !bands.is_sorted_by(|one, next| one.0 > next.0) => {
            Err(refused(&format!("{place}/bands"), "bands begin with the highest, and each has a beginning of its own"))
        }
        Rule::Curve { corners, .. } if !corners.is_sorted_by(|one, next| one.0 < next.0) => {
            Err(refused(&format!("{place}/corners"), "corners begin with the lowest, and each has a number of its own"))
        }
        Rule::Contains { any, .. } if any.iter().flat_map(|words| &words.of).any(String::is_empty) => {
            Err(refused(&format!("{place}/any"), "an empty word is in every text"))
        }
        Rule::Value { min, max, .. } if min > max => Err(refused(&format!("{place}/min"), "min is above max")),
        Rule::Signals { signals, .. } => signals.iter().try_for_each(|(kind, rule)| signal(&format!("{place}/signals/{kind}"), rule)),
        _ => Ok(()),
    }
}

fn signal(place: &str, rule: &SignalRule) -> Result<(), Problem> {
    let is_life = |days: f64| days > 0.0 && days <= MOST_DAYS;
    if rule.half_life_days.is_some() && rule.linear_days.is_some() {
        return Err(refused(place, "either half_life_days or linear_days"));
    }
    if !rule.half_life_days.into_iter().chain(rule.linear_days).all(is_life) {
        return Err(refused(place, format_args!("a decay takes more than 0 and at most {MOST_DAYS} days")));
    }
    if rule.per_day.is_some_and(|most| most < Points::ZERO) {
        return Err(refused(&format!("{place}/per_day"), "a day gives at most 0 or more"));
    }
    Ok(())
}

fn total(definition: &Definition) -> Result<(), Problem> {
    let total = &definition.total;
    if total.of <= Points::ZERO || total.to <= Points::ZERO {
        return Err(refused("/total", "of and to are more than 0"));
    }
    if total.min > total.max {
        return Err(refused("/total/min", "min is above max"));
    }
    if total.decimals > 3 {
        return Err(refused("/total/decimals", "a score has at most 3 digits after the point"));
    }
    if definition.likelihood.is_some_and(|likelihood| !(0.0..=1.0).contains(&likelihood.weight)) {
        return Err(refused("/likelihood/weight", "a weight is between 0 and 1"));
    }
    Ok(())
}

fn heat(definition: &Definition) -> Result<(), Problem> {
    let Some((last, above)) = definition.heat.split_last() else { return Ok(()) };
    let mut labels = BTreeSet::new();
    for heat in &definition.heat {
        name("/heat", &heat.label)?;
        if !labels.insert(&heat.label) {
            return Err(refused("/heat", "each word stands once"));
        }
    }
    if last.min.is_some() || above.iter().any(|heat| heat.min.is_none()) || !above.is_sorted_by(|one, next| one.min > next.min) {
        return Err(refused("/heat", "words begin with the hottest, each with a lower min, and the last has none"));
    }
    Ok(())
}
