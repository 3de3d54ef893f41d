//! What somebody tells of leads, and which lead each row of it is about.
//!
//! ```text
//! address  e-mail addresses, and the domain that a lead belongs to
//! field    names of fields, and what may stand in one
//! row      a row that came in -> its fields, or what is wrong with it
//! identity what tells leads apart that share a domain
//! lead     a lead as it is told of: fields that change, fields that a person keeps
//! site     the leads of a domain                    -> the one that a row may be about
//! book     all rows of a call, one after the other -> what became of each, and what is to be written of each lead
//! ```
//!
//! A field is named as a rubric names it: `email`, or `attributes.headcount` for what no column holds. Its value is the text of its JSON, a text
//! always written by `serde_json` and a time always in UTC, so that two values are the same exactly when their texts are.
//! Numbers are never read: they stay as they came, whatever their length.

use std::collections::BTreeMap;

pub mod address;
pub mod book;
pub mod field;
pub mod identity;
pub mod lead;
pub mod row;
mod site;

/// Values of a lead by the name of their field, each as JSON.
pub type Fields = BTreeMap<String, String>;

/// Why a row, or a change, is not taken in. Never quotes a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The column that is wrong, as the row names it; none where it is the row.
    pub column: Option<String>,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl Flaw {
    /// What is wrong with a column.
    pub fn of(column: &str, problem: &'static str) -> Self {
        // As long as a name may be, for the report is read by people.
        Self { column: Some(column.chars().take(field::NAME_CHARS).collect()), problem }
    }

    /// What is wrong with the row as a whole.
    pub fn whole(problem: &'static str) -> Self {
        Self { column: None, problem }
    }
}

/// The text in a value; none where it is no text.
pub fn decoded(value: &str) -> Option<String> {
    // Nearly all texts have nothing to decode.
    let plain = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|inner| !inner.contains('\\'));
    plain.map(str::to_owned).or_else(|| serde_json::from_str(value).ok())
}

/// The text in a field; none where it is no text.
pub fn text(fields: &Fields, name: &str) -> Option<String> {
    decoded(fields.get(name)?)
}
