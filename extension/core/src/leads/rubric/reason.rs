//! Why a contribution is what it is, in words.

use super::compiled::{Compiled, Hit};
use super::definition::{Compare, Measure, Rule};
use super::evaluate::finish;
use super::points::Points;
use super::{Beside, Fields, Reason, Rubric};
use crate::leads::value::Value;

/// Characters of a text that are shown.
const SHOWN: usize = 60;
/// Reasons that a list of leads has room for.
const TOP: usize = 3;

pub fn explain(rubric: &Rubric, lead: &(impl Fields + ?Sized), beside: &Beside) -> Vec<Reason> {
    let definition = rubric.definition();
    let found: Vec<(Points, Hit)> = rubric.terms.iter().map(|term| term.points(lead, beside)).collect();
    let mut points: Vec<Points> = found.iter().map(|(points, _)| *points).collect();
    finish(rubric, &mut points, beside);
    let mut reasons: Vec<Reason> = rubric
        .terms
        .iter()
        .zip(&definition.terms)
        .zip(&found)
        .map(|((compiled, term), (points, hit))| Reason {
            term: term.name.clone(),
            group: term.group.clone(),
            input: input(compiled, lead, *hit),
            points: *points,
            reason: why(compiled.rule(), *hit),
        })
        .collect();
    let mut sum: i64 = points[..found.len()].iter().map(|points| points.0).sum();
    for (contribution, points) in rubric.contributions().into_iter().zip(points).skip(found.len()) {
        let reason = adjusted(rubric, &contribution, Points(sum), beside);
        reasons.push(Reason { term: contribution, group: None, input: Some(Points(sum).as_f64().to_string()), points, reason });
        sum += points.0;
    }
    reasons
}

/// The contributions to a score that give most, with their points, the largest first; not what scaling made of their sum.
pub fn top(contributions: &[&str], points: &[i32]) -> Vec<String> {
    let mut giving: Vec<(&str, i32)> = contributions
        .iter()
        .copied()
        .zip(points.iter().copied())
        .filter(|(contribution, points)| *points > 0 && *contribution != "total")
        .collect();
    giving.sort_by_key(|(_, points)| std::cmp::Reverse(*points));
    giving.into_iter().take(TOP).map(|(contribution, points)| format!("{contribution} +{}", Points(i64::from(points)).as_f64())).collect()
}

fn adjusted(rubric: &Rubric, contribution: &str, sum: Points, beside: &Beside) -> String {
    let definition = rubric.definition();
    let total = &definition.total;
    if let Some(group) = contribution.strip_prefix("cap of ") {
        return format!("{group} gives at most {}", definition.groups[group].max.as_f64());
    }
    match (contribution, definition.likelihood, beside.learned) {
        ("likelihood", Some(likelihood), Some(learned)) => format!(
            "{} of the score is {} × p / (p + base), where p = {:.4} is how likely it is to be won and base = {:.4} how many are",
            likelihood.weight,
            total.to.as_f64(),
            learned.probability,
            learned.base
        ),
        ("likelihood", ..) => "no model has learned enough yet: the rubric stands".to_owned(),
        _ => format!(
            "{} of {} points are {} of {}, to {} after the point, from {} to {}",
            sum.as_f64(),
            total.of.as_f64(),
            total.score(sum).as_f64(),
            total.to.as_f64(),
            digits(total.decimals),
            total.min.as_f64(),
            total.max.as_f64()
        ),
    }
}

fn input(term: &Compiled, lead: &(impl Fields + ?Sized), hit: Hit) -> Option<String> {
    match (term.rule(), hit) {
        (Rule::Signals { .. }, Hit::Signals(count, _)) => Some(format!("signals: {count}")),
        (Rule::Presence { field, .. }, _) => {
            let there = field.names().iter().zip(&term.fields).filter(|(_, place)| !lead.value(**place).is_missing());
            Some(there.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "))
        }
        (Rule::Bands { of: Measure::Length, .. } | Rule::Curve { of: Measure::Length, .. }, _) => {
            term.first(lead).text().map(|text| format!("{} characters", text.chars().count()))
        }
        (Rule::Contains { .. }, _) => {
            let texts: Vec<Value> = term.fields.iter().map(|field| lead.value(*field)).collect();
            Value::List(texts).text().map(|text| shown(&text))
        }
        _ => term.first(lead).text().map(|text| shown(&text)),
    }
}

fn digits(decimals: u32) -> String {
    match decimals {
        0 => "no digit".to_owned(),
        1 => "one digit".to_owned(),
        more => format!("{more} digits"),
    }
}

/// As much of a text as a table has room for.
fn shown(text: &str) -> String {
    let mut letters = text.trim().chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    let begin: String = letters.by_ref().take(SHOWN).collect();
    if letters.next().is_some() { format!("{begin}…") } else { begin }
}

fn why(rule: &Rule, hit: Hit) -> String {
    match (rule, hit) {
        (Rule::Bands { of, compare, bands, .. }, Hit::Band(band)) => {
            let than = if *compare == Compare::Above { "more than" } else { "at least" };
            format!("{than} {}{}", bands[band].0, unit(*of))
        }
        (Rule::Contains { any, .. }, Hit::Word(group, word)) => format!("contains {}", shown(&any[group].of[word])),
        (Rule::Contains { .. }, Hit::AnyValue) => "contains none of the words".to_owned(),
        (Rule::Count { each, max, .. }, Hit::Counted(count)) => format!("{count} × {}, at most {}", each.as_f64(), max.as_f64()),
        (Rule::Presence { field, each }, Hit::Counted(count)) => {
            format!("{count} of {} fields are there, {} each", field.names().len(), each.as_f64())
        }
        (Rule::Map { .. }, Hit::Mapped) => "is on the list".to_owned(),
        (Rule::Curve { of, .. }, Hit::Number(number)) => format!("on the curve at {number}{}", unit(*of)),
        (Rule::Value { min, max, .. }, Hit::Number(_)) => format!("the number itself, from {} to {}", min.as_f64(), max.as_f64()),
        (Rule::Signals { .. }, Hit::Signals(count, _)) => format!("signals that count: {count}, the less the longer ago"),
        (Rule::Bands { of, bands, .. }, _) => {
            bands.last().map_or_else(String::new, |last| format!("not in a band: they begin at {}{}", last.0, unit(*of)))
        }
        (Rule::Map { .. }, _) => "is not on the list".to_owned(),
        (Rule::Contains { .. }, _) => "is not there".to_owned(),
        _ => "is no number, or not there".to_owned(),
    }
}

fn unit(measure: Measure) -> &'static str {
    match measure {
        Measure::Number => "",
        Measure::Headcount => " people",
        Measure::Length => " characters",
    }
}
