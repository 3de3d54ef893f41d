//! Where the answers of a provider say what was counted, as data, in the form of genai-prices:
//!
//! ```json
//! {"root": "usage", "mappings": [{"path": "input_tokens", "dest": "input_tokens", "required": true},
//!  {"path": "cache_read_input_tokens", "dest": "input_tokens", "required": false},
//!  {"path": "cache_read_input_tokens", "dest": "cache_read_tokens", "required": false}]}
//! ```
//!
//! A path is a key, or a list of keys; `{"type": "array-match", "field", "match"}` in it stands for the first item of a list whose field fits.
//! What several mappings say of one destination is added: so an extractor says whether cached tokens stand beside the input or in it. The
//! destination `reported_dollars` is ours: what the provider says that the call costs.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::matching::Clause;
use super::unit::Unit;
use super::usage::{Usage, count, reported, reported_key};
use super::{child, malformed};
use crate::error::Problem;

/// What comes with the extension, by name; [`Extractor::shipped_names`] lists them.
static SHIPPED: LazyLock<BTreeMap<String, Extractor>> = LazyLock::new(|| {
    let all: BTreeMap<String, Value> = serde_json::from_str(include_str!("extractors.json")).unwrap_or_default();
    all.into_iter().filter_map(|(name, value)| Some((name, Extractor::parse(&value).ok()?))).collect()
});

/// Where an answer says what was counted.
#[derive(Debug)]
pub struct Extractor {
    root: Vec<Step>,
    mappings: Vec<Mapping>,
}

#[derive(Debug)]
struct Mapping {
    path: Vec<Step>,
    destination: Destination,
    required: bool,
}

#[derive(Debug)]
enum Destination {
    Count(Unit),
    Reported,
}

#[derive(Debug)]
enum Step {
    Key(String),
    Item { field: String, clause: Clause },
}

impl Extractor {
    /// Reads an extractor.
    ///
    /// # Errors
    /// `price_file_malformed`, naming the place within the value.
    pub fn parse(value: &Value) -> Result<Self, Problem> {
        Self::parse_at(value, "")
    }

    pub(super) fn parse_at(value: &Value, place: &str) -> Result<Self, Problem> {
        let root = match value.get("root") {
            None | Some(Value::Null) => Vec::new(),
            Some(root) => path_of(root, &child(place, "root"))?,
        };
        let place = child(place, "mappings");
        let list = value.get("mappings").and_then(Value::as_array).filter(|list| !list.is_empty() && list.len() <= 100);
        let list = list.ok_or_else(|| malformed(&place, "must be a list of 1 to 100 mappings"))?;
        let mappings = list.iter().enumerate().map(|(index, mapping)| {
            let place = child(&place, index);
            let destination = match mapping.get("dest").and_then(Value::as_str) {
                Some(name) if name == reported_key() => Some(Destination::Reported),
                Some(name) => Unit::of_usage(name).map(Destination::Count),
                None => None,
            };
            let destination =
                destination.ok_or_else(|| malformed(&child(&place, "dest"), "must be something that is counted, such as input_tokens"))?;
            let path = path_of(mapping.get("path").unwrap_or(&Value::Null), &child(&place, "path"))?;
            Ok(Mapping { path, destination, required: mapping.get("required").and_then(Value::as_bool).unwrap_or(true) })
        });
        Ok(Self { root, mappings: mappings.collect::<Result<_, _>>()? })
    }

    /// The extractor of this name that comes with the extension.
    pub fn shipped(name: &str) -> Option<&'static Self> {
        SHIPPED.get(name)
    }

    /// Names of the extractors that come with the extension.
    pub fn shipped_names() -> impl Iterator<Item = &'static str> {
        SHIPPED.keys().map(String::as_str)
    }

    /// What an answer says that was counted; None where it does not say it, or says what cannot be: a negative or absurd number. That is no zero,
    /// and the caller books the upper bound.
    pub fn read(&self, body: &Value) -> Option<Usage> {
        let root = at(body, &self.root)?;
        let mut usage = Usage::default();
        let mut is_said = false;
        for mapping in &self.mappings {
            let found = at(root, &mapping.path).filter(|value| !value.is_null());
            let Some(value) = found else {
                if mapping.required {
                    return None;
                }
                continue;
            };
            match mapping.destination {
                Destination::Count(unit) => usage.add(unit, count(value)?),
                Destination::Reported => usage.reported = Some(reported(value)?),
            }
            is_said = true;
        }
        is_said.then_some(usage)
    }
}

fn path_of(value: &Value, place: &str) -> Result<Vec<Step>, Problem> {
    let step = |value: &Value, place: &str| match value {
        Value::String(key) => Ok(Step::Key(key.clone())),
        Value::Object(object) if object.get("type").and_then(Value::as_str) == Some("array-match") => {
            let field = object.get("field").and_then(Value::as_str);
            let field = field.ok_or_else(|| malformed(&child(place, "field"), "must be the name of a field"))?.to_owned();
            Ok(Step::Item { field, clause: Clause::parse_at(object.get("match").unwrap_or(&Value::Null), &child(place, "match"))? })
        }
        _ => Err(malformed(place, "must be a key, or an object of type array-match")),
    };
    match value {
        Value::Array(list) if (1..=20).contains(&list.len()) => {
            list.iter().enumerate().map(|(index, value)| step(value, &child(place, index))).collect()
        }
        Value::String(_) => Ok(vec![step(value, place)?]),
        _ => Err(malformed(place, "must be a key, or a list of 1 to 20 of them")),
    }
}

fn at<'a>(value: &'a Value, path: &[Step]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.as_object()?.get(key),
        Step::Item { field, clause } => value
            .as_array()?
            .iter()
            .find(|item| item.get(field).and_then(Value::as_str).is_some_and(|text| clause.matches(&text.to_lowercase()))),
    })
}
