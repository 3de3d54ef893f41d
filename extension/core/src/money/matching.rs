//! Which names of a model a price is for: the clauses of genai-prices.
//!
//! Names and words are compared in lower case. A pattern is searched in the lower-case name, so its own letters must be lower-case to fit; it is of
//! the kind that takes linear time, and as an exception may begin with `^(?!…)`, which the shipped data does: that is, without harm to the time,
//! "does not begin with …, and begins with the rest".

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::{child, malformed};
use crate::error::Problem;

/// How deep clauses may stand in one another.
const DEEPEST: usize = 10;
/// Clauses in one list; the shipped data has 20.
const MOST_CLAUSES: usize = 1000;
/// Characters of a word or pattern.
const LONGEST: usize = 1000;
/// Bytes that a compiled pattern may take.
const LARGEST_PATTERN: usize = 1 << 20;

/// A clause over the name of a model.
#[derive(Debug)]
pub enum Clause {
    /// The name is this.
    Equals(String),
    /// The name begins with this.
    StartsWith(String),
    /// The name ends with this.
    EndsWith(String),
    /// The name has this in it.
    Contains(String),
    /// The name fits the pattern, and not the other one.
    Pattern {
        /// Searched in the name.
        fits: Box<Regex>,
        /// What a leading `^(?!…)` excludes.
        unless: Option<Box<Regex>>,
    },
    /// One of them fits.
    Or(Vec<Self>),
    /// All of them fit.
    And(Vec<Self>),
}

impl Clause {
    /// Reads a clause: `{"starts_with": "gpt-4o"}`, `{"or": [ … ]}`.
    ///
    /// # Errors
    /// `price_file_malformed`, naming the place within the value.
    pub fn parse(value: &Value) -> Result<Self, Problem> {
        Self::parse_at(value, "")
    }

    pub(super) fn parse_at(value: &Value, place: &str) -> Result<Self, Problem> {
        Self::parse_within(value, place, DEEPEST)
    }

    fn parse_within(value: &Value, place: &str, depth: usize) -> Result<Self, Problem> {
        let known = "must be an object with one key: equals, starts_with, ends_with, contains, regex, or, and";
        let object = value.as_object().filter(|object| object.len() == 1);
        let (key, value) = object.and_then(|object| object.iter().next()).ok_or_else(|| malformed(place, known))?;
        let inner = child(place, key);
        let word = || {
            let text = value.as_str().filter(|text| !text.is_empty() && text.chars().count() <= LONGEST && !text.contains('\0'));
            text.ok_or_else(|| malformed(&inner, format!("must be a text of 1 to {LONGEST} characters")))
        };
        let clauses = || {
            let list = value.as_array().filter(|list| !list.is_empty() && list.len() <= MOST_CLAUSES);
            let list = list.ok_or_else(|| malformed(&inner, format!("must be a list of 1 to {MOST_CLAUSES} clauses")))?;
            let depth = depth.checked_sub(1).ok_or_else(|| malformed(&inner, format!("stands deeper than {DEEPEST} clauses")))?;
            list.iter()
                .enumerate()
                .map(|(index, value)| Self::parse_within(value, &child(&inner, index), depth))
                .collect::<Result<Vec<_>, _>>()
        };
        match key.as_str() {
            "equals" => Ok(Self::Equals(word()?.to_lowercase())),
            "starts_with" => Ok(Self::StartsWith(word()?.to_lowercase())),
            "ends_with" => Ok(Self::EndsWith(word()?.to_lowercase())),
            "contains" => Ok(Self::Contains(word()?.to_lowercase())),
            "regex" => pattern_of(word()?, &inner),
            "or" => Ok(Self::Or(clauses()?)),
            "and" => Ok(Self::And(clauses()?)),
            _ => Err(malformed(place, known)),
        }
    }

    /// Whether the name, in lower case, fits.
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Self::Equals(word) => name == word,
            Self::StartsWith(word) => name.starts_with(word.as_str()),
            Self::EndsWith(word) => name.ends_with(word.as_str()),
            Self::Contains(word) => name.contains(word.as_str()),
            Self::Pattern { fits, unless } => !unless.as_ref().is_some_and(|unless| unless.is_match(name)) && fits.is_match(name),
            Self::Or(clauses) => clauses.iter().any(|clause| clause.matches(name)),
            Self::And(clauses) => clauses.iter().all(|clause| clause.matches(name)),
        }
    }
}

fn pattern_of(pattern: &str, place: &str) -> Result<Clause, Problem> {
    let compiled = |pattern: &str| {
        let built = RegexBuilder::new(pattern).size_limit(LARGEST_PATTERN).build();
        built
            .map(Box::new)
            .map_err(|_| malformed(place, "must be a regular expression without backreferences and lookaround, and not too large"))
    };
    let Some(rest) = pattern.strip_prefix("^(?!") else { return Ok(Clause::Pattern { fits: compiled(pattern)?, unless: None }) };
    let end = outside_groups(rest, ')').ok_or_else(|| malformed(place, "has a group that does not end"))?;
    let (excluded, rest) = (&rest[..end], &rest[end + 1..]);
    let unless = Some(compiled(&format!("^(?:{excluded})"))?);
    // It would not be bound to what is excluded.
    if outside_groups(rest, '|').is_some() {
        return Err(malformed(place, "must put alternatives into a group"));
    }
    Ok(Clause::Pattern { fits: compiled(&format!("^(?:{rest})"))?, unless })
}

/// Where a character stands in a pattern outside of its groups, classes and escapes: the bracket that ends the group whose inside this is.
fn outside_groups(pattern: &str, wanted: char) -> Option<usize> {
    let (mut depth, mut in_class, mut is_escaped) = (0_u32, false, false);
    for (at, c) in pattern.char_indices() {
        match c {
            _ if is_escaped => {
                is_escaped = false;
                continue;
            }
            _ if c == wanted && depth == 0 && !in_class => return Some(at),
            '\\' => is_escaped = true,
            ']' => in_class = false,
            '[' => in_class = true,
            '(' if !in_class => depth += 1,
            ')' if !in_class => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// The name with its compact dates (`-20251211`, as gateways write them) in the form with dashes; None where it has none. Only for a name that fits
/// no price as it is.
pub fn with_dashed_dates(name: &str) -> Option<String> {
    let bytes = name.as_bytes();
    let mut dashed = String::with_capacity(name.len() + 2);
    let (mut copied, mut at) = (0, 0);
    while at + 9 <= bytes.len() {
        let is_end = matches!(bytes.get(at + 9), None | Some(b'-' | b':'));
        let digits =
            name.get(at + 1..at + 9).filter(|digits| digits.starts_with("20") && digits.bytes().all(|digit| digit.is_ascii_digit()));
        let date =
            digits.filter(|_| bytes[at] == b'-' && is_end).and_then(|digits| chrono::NaiveDate::parse_from_str(digits, "%Y%m%d").ok());
        if let Some(date) = date {
            dashed.push_str(&name[copied..=at]);
            dashed.push_str(&date.to_string());
            at += 9;
            copied = at;
        } else {
            at += 1;
        }
    }
    if copied == 0 {
        return None;
    }
    dashed.push_str(&name[copied..]);
    Some(dashed)
}
