//! A lead as it is told of: fields that change, fields that a person keeps.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::identity::Identity;
use super::row::Row;
use super::{Fields, Flaw, address, field, text};
use crate::error::Problem;

/// Attributes of a lead, and bytes of them as JSON, at most: rows that name others each time would make one grow without an end.
pub const ATTRIBUTES: usize = 1000;
pub const ATTRIBUTES_BYTES: usize = 1 << 20;

/// Who tells of leads, and when.
#[derive(Debug, Clone)]
pub struct Teller {
    /// Whether a person does: what they set nothing else changes.
    pub is_person: bool,
    /// As a field holds a time.
    pub now: String,
}

impl Teller {
    /// `now` as SQL writes it: in UTC, to the microsecond.
    pub fn new(is_person: bool, now: &str) -> Self {
        Self { is_person, now: field::json(now) }
    }
}

/// A lead, with what was done to it.
#[derive(Debug, Clone, Default)]
pub struct Lead {
    /// None: it is new.
    pub id: Option<String>,
    /// What it holds now.
    pub fields: Fields,
    /// The same of what tells it apart: thousands of leads may share a domain, and each row looks at all of them.
    pub identity: Identity,
    /// Fields whose value a person has set.
    kept: BTreeSet<String>,
    /// What the fields that were changed held before.
    before: BTreeMap<String, Option<String>>,
    /// Fields that a person set now and had not set before.
    claims: BTreeSet<String>,
}

/// What became of the fields that were told.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub set: Vec<String>,
    pub unchanged: Vec<String>,
    pub kept: Vec<String>,
    /// Whether there is anything to write: a value, or that a person stands for it.
    pub changed: bool,
}

/// What is to be written of a lead, as JSON objects.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    /// Columns of its row, attributes as a whole.
    pub columns: String,
    pub before: String,
    pub after: String,
    pub claims: Vec<String>,
}

/// A lead as SQL tells it: the columns of its row, and its provider id in the plain form.
#[derive(Deserialize)]
struct Stored<'a> {
    provider: Option<String>,
    #[serde(borrow)]
    lead: BTreeMap<&'a str, &'a RawValue>,
}

impl Lead {
    /// Reads a lead that there is.
    pub fn read(stored: &str) -> Result<Self, Problem> {
        let unreadable = |error: serde_json::Error| Problem::bad("lead_invalid", error.to_string());
        let Stored { provider, lead } = serde_json::from_str(stored).map_err(unreadable)?;
        let read = |name: &str| lead.get(name).map_or("null", |raw| raw.get());
        let attributes: BTreeMap<String, &RawValue> = serde_json::from_str(read("attributes")).map_err(unreadable)?;
        let attributes = attributes.into_iter().map(|(name, raw)| (format!("{}{name}", field::ATTRIBUTE), raw));
        let columns = field::KNOWN.iter().filter_map(|name| Some(((*name).to_owned(), *lead.get(name)?)));
        // What is stored was let in before, whatever would be today.
        let held = |(name, raw): (String, &RawValue)| {
            let value = field::value(&name, raw).unwrap_or_else(|_| Some(raw.get().to_owned()))?;
            Some((name, value))
        };
        let fields = columns.chain(attributes).filter_map(held).collect();
        let id = serde_json::from_str(read("id")).map_err(unreadable)?;
        let kept = serde_json::from_str(read("person_fields")).map_err(unreadable)?;
        let identity = Identity::of(|name| text(&fields, name), provider.as_deref());
        Ok(Self { id: Some(id), fields, identity, kept, ..Self::default() })
    }

    /// Takes over what is told: a value for a field, none where it is to be empty. `provider` is the plain form of the provider id that is told.
    /// With a flaw nothing is taken over.
    pub fn tell(&mut self, told: Row, provider: Option<&str>, teller: &Teller) -> Result<Told, Flaw> {
        let by_person = teller.is_person;
        if provider == Some("") {
            return Err(Flaw::of("provider_id", "an id expected"));
        }
        self.check_room(&told)?;
        let derived_before = self.derived_domain();
        let names_domain = told.fields.contains_key("domain");
        let dates_outcome = told.fields.get("outcome_at").is_some_and(Option::is_some);
        let mut report = Told::default();
        for (name, value) in told.fields {
            let is_same_person = || name == "provider_id" && provider.is_some() && self.identity.provider.as_deref() == provider;
            let is_same = self.fields.get(&name) == value.as_ref() || is_same_person();
            if !is_same && !by_person && self.kept.contains(&name) {
                report.kept.push(name);
                continue;
            }
            // A field of a form that was left blank is no word on a lead that has nothing there.
            let is_said = !is_same || value.is_some();
            report.changed |= by_person && is_said && !self.kept.contains(&name) && self.claims.insert(name.clone());
            if is_same {
                report.unchanged.push(name);
                continue;
            }
            if name == "provider_id" {
                self.identity.provider = provider.map(str::to_owned);
            }
            self.set(&name, value);
            report.set.push(name);
        }
        if !names_domain {
            report.set.extend(self.follow(derived_before, by_person));
        }
        if !dates_outcome {
            self.date_outcome(&mut report, teller);
        }
        self.identity = Identity::of(|name| text(&self.fields, name), self.identity.provider.as_deref());
        report.changed |= !report.set.is_empty();
        Ok(report)
    }

    fn check_room(&self, Row { fields: told }: &Row) -> Result<(), Flaw> {
        let is_new = |name: &&String| name.starts_with(field::ATTRIBUTE) && !self.fields.contains_key(*name);
        let held = || self.fields.iter().filter(|(name, _)| name.starts_with(field::ATTRIBUTE));
        if held().count() + told.keys().filter(is_new).count() > ATTRIBUTES {
            return Err(Flaw::whole("the lead would have more than 1,000 attributes"));
        }
        let attributes = |(name, value): (&String, &Option<String>)| {
            if name.starts_with(field::ATTRIBUTE) { name.len() + value.as_ref().map_or(0, String::len) } else { 0 }
        };
        let others = held().filter(|(name, _)| !told.contains_key(*name)).map(|(name, value)| name.len() + value.len());
        if others.sum::<usize>() + told.iter().map(attributes).sum::<usize>() > ATTRIBUTES_BYTES {
            return Err(Flaw::whole("the attributes of the lead would be larger than 1 MB"));
        }
        Ok(())
    }

    fn set(&mut self, name: &str, value: Option<String>) {
        let old = match value {
            Some(value) => self.fields.insert(name.to_owned(), value),
            None => self.fields.remove(name),
        };
        self.before.entry(name.to_owned()).or_insert(old);
    }

    fn derived_domain(&self) -> Option<String> {
        address::derived(text(&self.fields, "website").as_deref(), text(&self.fields, "email").as_deref())
    }

    /// A domain that nobody told follows what it was derived from. The name of the field, where it changed.
    fn follow(&mut self, derived_before: Option<String>, by_person: bool) -> Option<String> {
        let derived = self.derived_domain();
        let held = text(&self.fields, "domain");
        let is_derived = held.is_none() || held == derived_before;
        if derived == derived_before && held.is_some() || !is_derived || held == derived || self.kept.contains("domain") && !by_person {
            return None;
        }
        self.set("domain", derived.map(|host| field::json(&host)));
        if by_person {
            self.claims.insert("domain".to_owned());
        }
        Some("domain".to_owned())
    }

    /// An outcome that comes without its time is of now, and its time goes with it. One that is back at what it was before the call has its time back.
    fn date_outcome(&mut self, report: &mut Told, teller: &Teller) {
        let is_told = |name: &str| report.set.iter().any(|set| set == name);
        if !is_told("outcome") && !is_told("outcome_at") || !teller.is_person && self.kept.contains("outcome_at") {
            return;
        }
        let outcome = self.fields.get("outcome").cloned();
        let before = |name: &str| self.before.get(name).map_or_else(|| self.fields.get(name), Option::as_ref);
        let time = match &outcome {
            None if is_told("outcome") => None,
            None => return,
            Some(_) if before("outcome") == outcome.as_ref() && before("outcome_at").is_some() => before("outcome_at").cloned(),
            Some(_) => Some(teller.now.clone()),
        };
        if self.fields.get("outcome_at") == time.as_ref() {
            return;
        }
        let is_back = before("outcome_at") == time.as_ref();
        self.set("outcome_at", time);
        let Told { set, unchanged, .. } = report;
        [&mut *set, &mut *unchanged].into_iter().for_each(|names| names.retain(|name| name != "outcome_at"));
        if is_back { unchanged } else { set }.push("outcome_at".to_owned());
        if teller.is_person {
            self.claims.insert("outcome_at".to_owned());
        }
    }

    /// Whether there is anything to write.
    pub fn is_changed(&self) -> bool {
        let differs = |(name, old): (&String, &Option<String>)| self.fields.get(name) != old.as_ref();
        self.id.is_none() || !self.claims.is_empty() || self.before.iter().any(differs)
    }

    /// What is to be written; none where everything is as it was.
    pub fn change(&self) -> Option<Change> {
        let differs = |(name, old): &(&String, &Option<String>)| self.fields.get(*name) != old.as_ref();
        let mut before: BTreeMap<&str, Option<&str>> =
            self.before.iter().filter(differs).map(|(name, old)| (name.as_str(), old.as_deref())).collect();
        // A person who says what is there already stands for it from now on: that is a version, too.
        for name in &self.claims {
            before.entry(name).or_insert_with(|| self.fields.get(name).map(String::as_str));
        }
        if before.is_empty() && self.id.is_some() {
            return None;
        }
        let after = before.keys().map(|name| (*name, self.fields.get(*name).map(String::as_str)));
        let columns = after.clone().filter(|(name, _)| !name.starts_with(field::ATTRIBUTE)).collect::<Vec<_>>();
        let attributes = self.fields.iter().filter_map(|(name, value)| Some((name.strip_prefix(field::ATTRIBUTE)?, Some(value.as_str()))));
        let attributes = object(attributes);
        let is_new = self.id.is_none();
        let has_attributes = is_new || before.keys().any(|name| name.starts_with(field::ATTRIBUTE));
        let whole = has_attributes.then_some(("attributes", Some(attributes.as_str())));
        Some(Change {
            columns: object(columns.into_iter().chain(whole)),
            after: object(after),
            before: if is_new { "{}".to_owned() } else { object(before.iter().map(|(name, old)| (*name, *old))) },
            claims: self.claims.iter().cloned().collect(),
        })
    }
}

fn object<'a>(members: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let members: Vec<String> = members.map(|(name, value)| format!("{}:{}", field::json(name), value.unwrap_or("null"))).collect();
    format!("{{{}}}", members.join(","))
}
