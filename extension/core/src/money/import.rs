//! A price file as rows. It is in the form of genai-prices: a list of providers, or an object with `providers` and a `source` in words.
//!
//! A provider has an `id`, `models`, and perhaps `fallback_model_providers`: names of providers whose models it offers at their prices, taken in
//! behind its own, one step far. A model has an `id`, the clause `match` of the names it goes by, and `prices`. Other keys are for people. The order
//! of models counts: the first that matches is the one.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::extractor::Extractor;
use super::matching::Clause;
use super::price::ModelPrice;
use super::span::spans_of;
use super::{child, malformed};
use crate::error::Problem;

/// Characters of the id of a provider or model, and of the source.
const LONGEST: usize = 200;
/// Models of a file; the shipped one has 2,330.
const MOST_MODELS: usize = 100_000;

/// The price of a model for a time.
#[derive(Debug, PartialEq)]
pub struct PriceRow {
    /// Where it stands in the file, as a JSON pointer.
    pub place: String,
    /// Id of the provider.
    pub provider: String,
    /// The how-manieth of the provider's models, from 0.
    pub position: i32,
    /// Id of the model; `other/id` where it is taken in from another provider.
    pub model: String,
    /// Which names it goes by.
    pub matches: Value,
    /// An object of prices, or a list with times of day; empty where the price is not known.
    pub prices: Value,
    /// Since when; None is since ever.
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when; None is for good.
    pub valid_to: Option<DateTime<Utc>>,
}

/// What a file holds.
#[derive(Debug, PartialEq)]
pub struct PriceFile {
    /// Where the prices come from, in words, where the file says it.
    pub source: Option<String>,
    /// The rows.
    pub rows: Vec<PriceRow>,
}

impl PriceFile {
    /// Reads and checks a whole file.
    ///
    /// # Errors
    /// `price_file_malformed`, naming the place.
    pub fn parse(file: &Value) -> Result<Self, Problem> {
        let (list, place) = match file {
            Value::Object(object) => (object.get("providers"), "/providers"),
            _ => (Some(file), ""),
        };
        let source = file.get("source").filter(|source| !source.is_null()).map(|source| name_of(Some(source), "/source")).transpose()?;
        let list = list.and_then(Value::as_array).filter(|list| !list.is_empty());
        let list = list.ok_or_else(|| malformed(place, "must be a list of providers with at least one"))?;
        let providers: Vec<Provider<'_>> =
            list.iter().enumerate().map(|(index, value)| Provider::parse(value, child(place, index))).collect::<Result<_, _>>()?;
        if providers.iter().map(|provider| provider.models.len()).sum::<usize>() > MOST_MODELS {
            return Err(malformed(place, format!("has more than {MOST_MODELS} models")));
        }
        let mut known = BTreeSet::new();
        if let Some(twice) = providers.iter().find(|provider| !known.insert(provider.id)) {
            return Err(malformed(&child(&twice.place, "id"), "stands in the file twice"));
        }
        let mut rows = Vec::new();
        for provider in &providers {
            for (position, (model, id)) in provider.with_fallback(&providers)?.into_iter().enumerate() {
                rows.extend(model.rows(provider.id, position, &id)?);
            }
        }
        Ok(Self { source: source.map(str::to_owned), rows })
    }
}

struct Provider<'a> {
    place: String,
    id: &'a str,
    models: Vec<Model<'a>>,
    fallback: Vec<&'a str>,
}

struct Model<'a> {
    place: String,
    id: &'a str,
    fields: &'a Map<String, Value>,
}

impl<'a> Provider<'a> {
    fn parse(value: &'a Value, place: String) -> Result<Self, Problem> {
        let object = value.as_object().ok_or_else(|| malformed(&place, "must be an object with id and models"))?;
        let id = name_of(object.get("id"), &child(&place, "id"))?;
        let models_place = child(&place, "models");
        let list = object.get("models").and_then(Value::as_array).filter(|list| !list.is_empty());
        let list = list.ok_or_else(|| malformed(&models_place, "must be a list of models with at least one"))?;
        let models = list.iter().enumerate().map(|(index, value)| {
            let place = child(&models_place, index);
            let fields = value.as_object().ok_or_else(|| malformed(&place, "must be an object with id, match and prices"))?;
            Ok(Model { id: name_of(fields.get("id"), &child(&place, "id"))?, place, fields })
        });
        let models: Vec<Model<'a>> = models.collect::<Result<_, _>>()?;
        let mut known = BTreeSet::new();
        if let Some(twice) = models.iter().find(|model| !known.insert(model.id)) {
            return Err(malformed(&child(&twice.place, "id"), "is the id of another model of this provider, too"));
        }
        let extractors = object.get("extractors").and_then(Value::as_array).into_iter().flatten().enumerate();
        for (index, extractor) in extractors {
            Extractor::parse_at(extractor, &child(&child(&place, "extractors"), index))?;
        }
        let fallback_place = child(&place, "fallback_model_providers");
        let fallback = match object.get("fallback_model_providers") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(list)) => list
                .iter()
                .enumerate()
                .map(|(index, value)| name_of(Some(value), &child(&fallback_place, index)))
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(malformed(&fallback_place, "must be a list of ids of providers")),
        };
        Ok(Self { place, id, models, fallback })
    }

    /// Its models and those it takes in, each with the id that it has here.
    fn with_fallback<'b>(&'b self, all: &'b [Self]) -> Result<Vec<(&'b Model<'a>, String)>, Problem> {
        let mut models: Vec<(&Model<'a>, String)> = self.models.iter().map(|model| (model, model.id.to_owned())).collect();
        let own: BTreeSet<&str> = self.models.iter().map(|model| model.id).collect();
        for (index, name) in self.fallback.iter().enumerate() {
            let other = all.iter().find(|other| other.id == *name && other.id != self.id);
            let place = child(&child(&self.place, "fallback_model_providers"), index);
            let other = other.ok_or_else(|| malformed(&place, "is no other provider of this file"))?;
            let taken = other.models.iter().map(|model| (model, format!("{name}/{}", model.id)));
            models.extend(taken.filter(|(_, id)| !own.contains(id.as_str())));
        }
        Ok(models)
    }
}

impl Model<'_> {
    fn rows(&self, provider: &str, position: usize, id: &str) -> Result<Vec<PriceRow>, Problem> {
        let matches = self.fields.get("match").unwrap_or(&Value::Null);
        Clause::parse_at(matches, &child(&self.place, "match"))?;
        let prices_place = child(&self.place, "prices");
        let prices = self.fields.get("prices").ok_or_else(|| malformed(&prices_place, "is missing"))?;
        let position = i32::try_from(position).map_err(|_| malformed(&self.place, "is one of too many models"))?;
        // The prices themselves are looked at where they stand in the file, so that a refusal names that place.
        let items = prices.as_array().map_or(1, Vec::len);
        for index in 0..items {
            let (value, place) = match prices.get(index) {
                Some(item) => (item.get("prices").unwrap_or(&Value::Null), child(&child(&prices_place, index), "prices")),
                None => (prices, prices_place.clone()),
            };
            ModelPrice::parse_at(value, &place)?;
        }
        spans_of(prices, &prices_place)?
            .into_iter()
            .map(|span| {
                // For its times of day.
                ModelPrice::parse_at(&span.prices, &prices_place)?;
                Ok(PriceRow {
                    place: self.place.clone(),
                    provider: provider.to_owned(),
                    position,
                    model: id.to_owned(),
                    matches: matches.clone(),
                    prices: span.prices,
                    valid_from: span.from,
                    valid_to: span.to,
                })
            })
            .collect()
    }
}

fn name_of<'a>(value: Option<&'a Value>, place: &str) -> Result<&'a str, Problem> {
    let text = value.and_then(Value::as_str);
    let text = text.filter(|text| !text.is_empty() && text.chars().count() <= LONGEST && !text.contains('\0'));
    text.ok_or_else(|| malformed(place, format!("must be a text of 1 to {LONGEST} characters")))
}
