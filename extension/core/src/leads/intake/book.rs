//! All rows of a call, one after the other, each in the light of those before it.
//!
//! A row is about the lead with its provider id, or else the one with its e-mail address. If neither is known, it may be about a lead of its domain
//! that it does not contradict (provider id, e-mail, full name: see `site`): one that says exactly as much, or else the only one. Otherwise
//! it is a new lead. What a row said counts for those after it, and what a lead holds at the end is compared with what it held at the beginning:
//! rows that contradict one another in one file leave everything as it was when the file comes again.

use std::collections::HashMap;

use super::lead::{Lead, Teller};
use super::row::Row;
use super::site::Site;
use super::{Flaw, address, text};

/// What became of a row, or of a field of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Inserted,
    Merged,
    Unchanged,
    Rejected,
    /// Not a row, but a field of one: a person had set another value, which stays.
    KeptPerson,
}

impl Outcome {
    pub fn word(self) -> &'static str {
        match self {
            Self::Inserted => "inserted",
            Self::Merged => "merged",
            Self::Unchanged => "unchanged",
            Self::Rejected => "rejected",
            Self::KeptPerson => "kept_person",
        }
    }
}

/// A line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The row, the first being 1.
    pub number: usize,
    pub outcome: Outcome,
    /// Its lead, as an index into the leads of the book.
    pub lead: Option<usize>,
    pub flaw: Option<Flaw>,
}

/// A row to be entered.
pub struct Entry {
    pub number: usize,
    pub row: Result<Row, Flaw>,
    /// The provider id in its plain form.
    pub provider: Option<String>,
    /// Whether it is about somebody who was erased.
    pub is_erased: bool,
}

/// The leads that rows may be about, and the report so far.
#[derive(Debug, Default)]
pub struct Book {
    pub leads: Vec<Lead>,
    pub lines: Vec<Line>,
    by_provider: HashMap<String, usize>,
    by_email: HashMap<String, usize>,
    by_domain: HashMap<String, Site>,
}

impl Book {
    /// A book of the leads that there are.
    pub fn of(leads: Vec<Lead>) -> Self {
        let mut book = Self { leads, ..Self::default() };
        (0..book.leads.len()).for_each(|place| book.index(place));
        book
    }

    /// Enters a row: the report gets a line for it, and one for each field that a person keeps.
    pub fn enter(&mut self, entry: Entry, teller: &Teller) {
        let number = entry.number;
        if let Err(flaw) = self.accept(entry, teller) {
            self.lines.push(Line { number, outcome: Outcome::Rejected, lead: None, flaw: Some(flaw) });
        }
    }

    fn accept(&mut self, entry: Entry, teller: &Teller) -> Result<(), Flaw> {
        let row = entry.row?;
        let provider = entry.provider.as_deref();
        if entry.is_erased {
            return Err(Flaw::whole("erased: the workspace has erased this person"));
        }
        let found = self.find(&row, provider)?;
        let (place, first) = match found {
            Some(place) => (place, Outcome::Merged),
            None => (self.leads.len(), Outcome::Inserted),
        };
        if found.is_some() {
            self.forget(place);
        } else {
            self.leads.push(Lead::default());
        }
        let told = self.leads[place].tell(row.without_blanks(), provider, teller);
        if told.is_err() && found.is_none() {
            self.leads.pop();
        } else {
            self.index(place);
        }
        let report = told?;
        let outcome = if report.changed { first } else { Outcome::Unchanged };
        self.lines.push(Line { number: entry.number, outcome, lead: Some(place), flaw: None });
        let kept = report.kept.iter().map(|name| Flaw::of(name, "a person had set another value, which stays"));
        self.lines.extend(kept.map(|flaw| Line {
            number: entry.number,
            outcome: Outcome::KeptPerson,
            lead: Some(place),
            flaw: Some(flaw),
        }));
        Ok(())
    }

    fn find(&self, row: &Row, provider: Option<&str>) -> Result<Option<usize>, Flaw> {
        let identity = row.identity(provider);
        let email = identity.email.as_ref();
        let by_provider = provider.and_then(|key| self.by_provider.get(key));
        let by_email = email.and_then(|key| self.by_email.get(key));
        if let (Some(one), Some(other)) = (by_provider, by_email)
            && one != other
        {
            return Err(Flaw::of("email", "conflict: provider_id and email belong to two leads"));
        }
        if let Some(place) = by_provider.or(by_email) {
            return Ok(Some(*place));
        }
        let domain = row.domain();
        if provider.is_none() && email.is_none() && domain.is_none() {
            return Err(Flaw::whole("no identity: provider_id, email, domain or website expected"));
        }
        Ok(domain.and_then(|host| self.by_domain.get(&host)?.find(&identity)))
    }

    fn index(&mut self, place: usize) {
        let Keys { provider, email, domain } = Keys::of(&self.leads[place]);
        provider.into_iter().for_each(|key| _ = self.by_provider.insert(key, place));
        email.into_iter().for_each(|key| _ = self.by_email.insert(key, place));
        domain.into_iter().for_each(|key| self.by_domain.entry(key).or_default().insert(place, &self.leads[place].identity));
    }

    fn forget(&mut self, place: usize) {
        let Keys { provider, email, domain } = Keys::of(&self.leads[place]);
        provider.iter().for_each(|key| _ = self.by_provider.remove(key));
        email.iter().for_each(|key| _ = self.by_email.remove(key));
        let site = domain.and_then(|key| self.by_domain.get_mut(&key));
        site.into_iter().for_each(|site| site.remove(place, &self.leads[place].identity));
    }

    /// The report: what came back to where it was is unchanged.
    pub fn report(&self) -> Vec<Line> {
        let changed: Vec<bool> = self.leads.iter().map(Lead::is_changed).collect();
        let is_back = |line: &Line| line.outcome == Outcome::Merged && line.lead.is_some_and(|place| !changed[place]);
        self.lines.iter().cloned().map(|line| if is_back(&line) { Line { outcome: Outcome::Unchanged, ..line } } else { line }).collect()
    }
}

struct Keys {
    provider: Option<String>,
    email: Option<String>,
    domain: Option<String>,
}

impl Keys {
    fn of(lead: &Lead) -> Self {
        let domain = text(&lead.fields, "domain").filter(|host| !address::is_shared(host));
        Self { provider: lead.identity.provider.clone(), email: lead.identity.email.clone(), domain }
    }
}
