//! How the values of a field become columns of a matrix.
//!
//! A field has a column for each of its levels or bins, and one for «not there»; the columns of all features stand beside one another.
//! What was never seen in training falls into a column of its own kind (`other`, the outermost bin), never out of the model.

use serde::{Deserialize, Serialize};

use super::cell::Cell;

pub mod learn;

/// Deviations from the mean at which a standardised number is cut, so that one mistyped number does not decide alone.
const MOST_DEVIATIONS: f64 = 5.0;

/// How values of a field become columns. The last column is always that of a missing value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "snake_case")]
pub enum Encoding {
    /// A column for each level, then `other`.
    Levels {
        /// In the order of their bytes.
        levels: Vec<String>,
    },
    /// A column for each bin.
    Deciles {
        /// The greatest number of each bin but the last, rising.
        cuts: Vec<f64>,
    },
    /// One column, which holds (number - mean) / deviation, cut at ± 5.
    Standard {
        /// Of the training leads.
        mean: f64,
        /// Of the training leads; above 0.
        deviation: f64,
    },
    /// A column for each stage.
    Stages {
        /// From the first to the last.
        stages: Vec<String>,
    },
}

impl Encoding {
    /// How many columns there are.
    #[must_use]
    pub fn width(&self) -> usize {
        1 + match self {
            Self::Levels { levels } => levels.len() + 1,
            Self::Deciles { cuts } => cuts.len() + 1,
            Self::Standard { .. } => 1,
            Self::Stages { stages } => stages.len(),
        }
    }

    /// The column of a missing value.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.width() - 1
    }

    /// Calls with each column that a value has a weight in, from the first, and with the weight: 1 but for a standardised number.
    pub fn encode(&self, cell: &Cell<'_>, mut call: impl FnMut(usize, f64)) {
        match self {
            Self::Levels { levels } => encode_levels(levels, cell, |column| call(column, 1.0)),
            Self::Deciles { cuts } => {
                let bin = |number: f64| cuts.partition_point(|cut| *cut < number);
                call(cell.number().map_or(self.missing(), bin), 1.0);
            }
            Self::Standard { mean, deviation } => match cell.number() {
                Some(number) => call(0, ((number - mean) / deviation).clamp(-MOST_DEVIATIONS, MOST_DEVIATIONS)),
                None => call(1, 1.0),
            },
            Self::Stages { stages } => {
                let mut stage = None;
                cell.each_level(|name| stage = stages.iter().position(|stage| stage.trim() == name));
                call(stage.unwrap_or(self.missing()), 1.0);
            }
        }
    }

    /// What a column stands for, in words.
    #[must_use]
    pub fn label(&self, column: usize) -> String {
        if column >= self.missing() {
            return "missing".to_owned();
        }
        match self {
            Self::Levels { levels } => levels.get(column).map_or("other", String::as_str).to_owned(),
            Self::Deciles { cuts } => bin_label(cuts, column),
            Self::Standard { .. } => "deviations from the mean".to_owned(),
            Self::Stages { stages } => stages.get(column).map_or_else(String::new, Clone::clone),
        }
    }

    /// Whether it can encode without panicking or leaving the finite numbers, whoever wrote it.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        match self {
            Self::Levels { levels } => levels.is_sorted_by(|one, next| one < next),
            Self::Deciles { cuts } => cuts.is_sorted_by(|one, next| one < next) && cuts.iter().all(|cut| cut.is_finite()),
            Self::Standard { mean, deviation } => mean.is_finite() && *deviation > 0.0 && deviation.is_finite(),
            Self::Stages { stages } => !stages.is_empty(),
        }
    }
}

/// The column of each level of a value, and that of `other` once, however many of them are not known.
fn encode_levels(levels: &[String], cell: &Cell<'_>, mut call: impl FnMut(usize)) {
    let (mut is_there, mut has_other) = (false, false);
    cell.each_level(|name| {
        is_there = true;
        match levels.binary_search_by(|level| level.as_str().cmp(name)) {
            Ok(column) => call(column),
            Err(_) => has_other = true,
        }
    });
    if has_other {
        call(levels.len());
    } else if !is_there {
        call(levels.len() + 1);
    }
}

fn bin_label(cuts: &[f64], bin: usize) -> String {
    match (bin.checked_sub(1).and_then(|before| cuts.get(before)), cuts.get(bin)) {
        (None, None) => "any number".to_owned(),
        (None, Some(most)) => format!("up to {most}"),
        (Some(above), None) => format!("above {above}"),
        (Some(above), Some(most)) => format!("above {above} to {most}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leads::value::Value;

    fn encode(encoding: &Encoding, value: Value<'_>) -> Vec<(usize, f64)> {
        let mut columns = Vec::new();
        encoding.encode(&Cell::of(&value), |column, weight| columns.push((column, weight)));
        columns
    }

    fn texts(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_level_that_is_not_known_is_other_and_nothing_is_missing() {
        let encoding = Encoding::Levels { levels: texts(&["2", "a", "true"]) };
        for (value, column) in
            [(Value::Number(2.0), 0), (Value::of_text("a"), 1), (Value::Flag(true), 2), (Value::of_text("b"), 3), (Value::Missing, 4)]
        {
            assert_eq!(encode(&encoding, value), [(column, 1.0)]);
        }
        let list = Value::List(["z", "a", "y", "2"].map(Value::of_text).to_vec());
        assert_eq!(encode(&encoding, list), [(0, 1.0), (1, 1.0), (3, 1.0)]);
        assert_eq!([0, 3, 4].map(|column| encoding.label(column)), ["2", "other", "missing"]);
    }

    #[test]
    fn a_bin_ends_with_its_cut_and_the_outermost_have_no_end() {
        let encoding = Encoding::Deciles { cuts: vec![0.0, 10.0] };
        for (number, bin) in [(f64::MIN, 0), (0.0, 0), (1e-9, 1), (10.0, 1), (f64::MAX, 2)] {
            assert_eq!(encode(&encoding, Value::Number(number)), [(bin, 1.0)]);
        }
        assert_eq!(encode(&encoding, Value::of_text("many")), [(3, 1.0)]);
        assert_eq!([0, 1, 2, 3].map(|bin| encoding.label(bin)), ["up to 0", "above 0 to 10", "above 10", "missing"]);
    }

    #[test]
    fn a_standardised_number_is_cut_where_it_is_beyond_belief() {
        let encoding = Encoding::Standard { mean: 10.0, deviation: 2.0 };
        for (number, deviations) in [(13.0, 1.5), (f64::MAX, 5.0), (f64::MIN, -5.0)] {
            assert_eq!(encode(&encoding, Value::Number(number)), [(0, deviations)]);
        }
        assert_eq!(encode(&encoding, Value::Missing), [(1, 1.0)]);
    }

    #[test]
    fn a_stage_keeps_its_place_and_an_unknown_one_is_missing() {
        let encoding = Encoding::Stages { stages: texts(&["new", "asked", "won"]) };
        assert_eq!(encode(&encoding, Value::of_text("asked")), [(1, 1.0)]);
        assert_eq!(encode(&encoding, Value::of_text("lost")), [(3, 1.0)]);
        assert_eq!(encoding.label(1), "asked");
    }
}
