//! A term, ready to be asked: fields by place, words folded.

use std::collections::BTreeMap;

use super::definition::{Compare, Measure, Rule};
use super::headcount::{headcount, is_grouped};
use super::points::Points;
use super::words::WordGroups;
use super::{Beside, Fields};
use crate::leads::decay::worth;
use crate::leads::value::Value;

/// A term without names.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// Places of its fields in the rubric's list.
    pub fields: Vec<usize>,
    rule: Rule,
    /// The words that its text is searched for.
    words: Option<WordGroups>,
    /// Texts of a map, folded.
    texts: BTreeMap<String, Points>,
    /// Points that its signals may lose before the score is looked at again.
    step: f64,
}

/// What decided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Hit {
    /// Nothing was there, or nothing fitted.
    Otherwise,
    /// A band, by its place.
    Band(usize),
    /// A word, by the places of its group and of it.
    Word(usize, usize),
    /// A text without any of the words.
    AnyValue,
    /// So many values.
    Counted(usize),
    /// A text of the map.
    Mapped,
    /// A number.
    Number(f64),
    /// So many signals.
    Signals(usize, Option<i64>),
}

impl Compiled {
    /// The term of a rule; names of fields that are new are put into the list. The step is that of its signals.
    pub fn of(rule: &Rule, step: f64, fields: &mut Vec<String>) -> Self {
        let place = |name: &String| {
            fields.iter().position(|known| known == name).unwrap_or_else(|| {
                fields.push(name.clone());
                fields.len() - 1
            })
        };
        let places = rule.fields().iter().map(place).collect();
        let words = match rule {
            Rule::Contains { any, fold, .. } => Some(WordGroups::of(any, *fold)),
            _ => None,
        };
        let texts = match rule {
            Rule::Map { values, fold, .. } => values.iter().map(|(text, points)| (fold.of(text.trim()), *points)).collect(),
            _ => BTreeMap::new(),
        };
        Self { fields: places, rule: rule.clone(), words, texts, step }
    }

    /// Points, and what decided.
    pub fn points(&self, lead: &(impl Fields + ?Sized), beside: &Beside) -> (Points, Hit) {
        match &self.rule {
            Rule::Bands { of, compare, bands, otherwise, .. } => {
                let number = measured(&self.first(lead), *of);
                let is_in = |begin: f64, number: f64| if *compare == Compare::Above { number > begin } else { number >= begin };
                let found = number.and_then(|number| bands.iter().position(|(begin, _)| is_in(*begin, number)));
                found.map_or((*otherwise, Hit::Otherwise), |band| (bands[band].1, Hit::Band(band)))
            }
            Rule::Contains { any, any_value, otherwise, .. } => {
                match self.words.as_ref().and_then(|words| words.find(self.fields.iter().map(|field| lead.value(*field)))) {
                    None => (*otherwise, Hit::Otherwise),
                    Some(Some((group, word))) => (any[group].points, Hit::Word(group, word)),
                    Some(None) => (any_value.unwrap_or(*otherwise), Hit::AnyValue),
                }
            }
            Rule::Count { each, max, .. } => {
                let count = count(&self.first(lead));
                let points = each.0.saturating_mul(i64::try_from(count).unwrap_or(i64::MAX));
                (Points(if max.0 >= 0 { points.min(max.0) } else { points.max(max.0) }).within(), Hit::Counted(count))
            }
            Rule::Map { otherwise, fold, .. } => {
                let value = self.first(lead);
                let text = value.text().map(|text| fold.of(text.trim()));
                text.and_then(|text| self.texts.get(&text)).map_or((*otherwise, Hit::Otherwise), |points| (*points, Hit::Mapped))
            }
            Rule::Presence { each, .. } => {
                let count = self.fields.iter().filter(|field| !lead.value(**field).is_missing()).count();
                (Points(each.0.saturating_mul(i64::try_from(count).unwrap_or(i64::MAX))).within(), Hit::Counted(count))
            }
            Rule::Curve { of, corners, otherwise, .. } => {
                let number = measured(&self.first(lead), *of);
                number.map_or((*otherwise, Hit::Otherwise), |number| (on_curve(corners, number), Hit::Number(number)))
            }
            Rule::Value { min, max, otherwise, .. } => self.first(lead).number().map_or((*otherwise, Hit::Otherwise), |number| {
                (Points::not_above(number).clamp(*min, (*max).max(*min)), Hit::Number(number))
            }),
            Rule::Signals { signals, max } => {
                let worth = worth(signals, beside.signals, beside.now, self.step);
                let points = Points::nearest(worth.points).clamp(Points(-max.0.abs()), Points(max.0.abs()));
                (points, Hit::Signals(worth.counted, worth.due_at))
            }
        }
    }

    /// The first of its fields that is there.
    pub fn first<'l>(&self, lead: &'l (impl Fields + ?Sized)) -> Value<'l> {
        self.fields.iter().map(|field| lead.value(*field)).find(|value| !value.is_missing()).unwrap_or(Value::Missing)
    }

    /// Its rule.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::List(values) => values.iter().filter(|value| !value.is_missing()).count(),
        other => usize::from(!other.is_missing()),
    }
}

/// The number of a value that a rule looks at. A text that is not there has no length: it is below all bands.
fn measured(value: &Value, measure: Measure) -> Option<f64> {
    match measure {
        Measure::Number => value.number(),
        // What is grouped would be a number, too: a thousand times smaller.
        Measure::Headcount => match value {
            Value::Text(text) if is_grouped(text.trim()) => headcount(text),
            other => other.number().or_else(|| headcount(&other.text()?)),
        },
        #[expect(clippy::cast_precision_loss, reason = "a text is shorter than 2^52 characters")]
        Measure::Length => value.text().map(|text| text.chars().count() as f64),
    }
}

fn on_curve(corners: &[(f64, Points)], number: f64) -> Points {
    let after = corners.iter().position(|(at, _)| number < *at);
    match after {
        Some(0) => corners[0].1,
        None => corners.last().map_or(Points::ZERO, |corner| corner.1),
        Some(after) => {
            let ((from, low), (to, high)) = (corners[after - 1], corners[after]);
            Points::nearest(low.as_f64() + (high.as_f64() - low.as_f64()) * (number - from) / (to - from))
        }
    }
}
