//! A rubric as people write it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::points::Points;
use super::total::{Heat, Likelihood, Total};
use crate::leads::decay::SignalRule;
use crate::leads::fold::Fold;

/// What a lead is scored by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Where points come from, in the order in which they are told.
    pub terms: Vec<Term>,
    /// What terms of a group give together, at most.
    #[serde(default)]
    pub groups: BTreeMap<String, Group>,
    /// From the sum of all points to the score.
    #[serde(default)]
    pub total: Total,
    /// From the score to a word, the hottest first; the last has no `min`.
    #[serde(default)]
    pub heat: Vec<Heat>,
    /// How much the likelihood counts that a model has learned; without it the rubric stands alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likelihood: Option<Likelihood>,
}

/// One source of points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// Its name, as it is told.
    pub name: String,
    /// The group that its points count in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// How points come about.
    #[serde(flatten)]
    pub rule: Rule,
}

/// How points come about from fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// The first band that the number lies in.
    Bands {
        /// The first of these that is there.
        field: OneOrMore,
        /// Which number of it.
        #[serde(default)]
        of: Measure,
        /// What a band's number is compared as.
        #[serde(default)]
        compare: Compare,
        /// Beginnings and points, the highest first.
        bands: Vec<(f64, Points)>,
        /// Below all bands, or without a number.
        #[serde(default, rename = "else")]
        otherwise: Points,
    },
    /// The first group of words of which the text contains one.
    Contains {
        /// Their texts, a blank between them.
        field: OneOrMore,
        /// Words and points, the first that fits counts.
        any: Vec<Words>,
        /// Another text; without it as without a text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        any_value: Option<Points>,
        /// Without a text.
        #[serde(default, rename = "else")]
        otherwise: Points,
        /// What does not count in comparing.
        #[serde(default)]
        fold: Fold,
    },
    /// So many points for each value of a list.
    Count {
        /// The field; what is no list counts as one value.
        field: OneOrMore,
        /// Points for each.
        each: Points,
        /// At most.
        max: Points,
    },
    /// Points by what the text is.
    Map {
        /// The first of these that is there.
        field: OneOrMore,
        /// Texts and their points.
        values: BTreeMap<String, Points>,
        /// For every other text, and without one.
        #[serde(default, rename = "else")]
        otherwise: Points,
        /// What does not count in comparing.
        #[serde(default)]
        fold: Fold,
    },
    /// So many points for each field that is there.
    Presence {
        /// The fields.
        field: OneOrMore,
        /// Points for each.
        each: Points,
    },
    /// Points on straight lines between the corners of a curve, flat beyond its ends.
    Curve {
        /// The first of these that is there.
        field: OneOrMore,
        /// Which number of it.
        #[serde(default)]
        of: Measure,
        /// Numbers, rising, and their points.
        corners: Vec<(f64, Points)>,
        /// Without a number.
        #[serde(default, rename = "else")]
        otherwise: Points,
    },
    /// The number itself.
    Value {
        /// The first of these that is there.
        field: OneOrMore,
        /// Not less.
        min: Points,
        /// Not more.
        max: Points,
        /// Without a number.
        #[serde(default, rename = "else")]
        otherwise: Points,
    },
    /// What a lead did, the less the longer ago.
    Signals {
        /// Kinds of signals; `*` is every other kind.
        signals: BTreeMap<String, SignalRule>,
        /// At most.
        max: Points,
    },
}

/// A field or several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    /// One.
    One(String),
    /// Several.
    More(Vec<String>),
}

impl OneOrMore {
    /// Them all.
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::More(names) => names,
        }
    }
}

/// Which number of a field counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The number that it is, or that its text says.
    #[default]
    Number,
    /// The middle of a range of people such as `51-200 employees`.
    Headcount,
    /// Characters of its text.
    Length,
}

/// When a number is in a band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// At its beginning and above.
    #[default]
    AtLeast,
    /// Above its beginning only.
    Above,
}

/// Words that give points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// One of them suffices.
    pub of: Vec<String>,
    /// What it gives.
    pub points: Points,
}

/// A group of terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// What its terms give together, at most.
    pub max: Points,
}

impl Rule {
    /// The fields it reads.
    pub fn fields(&self) -> &[String] {
        match self {
            Self::Bands { field, .. }
            | Self::Contains { field, .. }
            | Self::Count { field, .. }
            | Self::Map { field, .. }
            | Self::Presence { field, .. }
            | Self::Curve { field, .. }
            | Self::Value { field, .. } => field.names(),
            Self::Signals { .. } => &[],
        }
    }
}
