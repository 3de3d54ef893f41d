//! Leads as rows of a matrix of which only what is not zero is kept: sixteen numbers a lead, whatever the number of levels.

use super::cell::Cell;
use super::definition::Definition;
use super::encoder::{Encoding, learn};
use super::interrupt::Interrupt;
use super::limits::check_weights;
use super::rows::{Column, Rows};
use crate::error::Problem;
use crate::leads::value::Value;

/// The encodings of all features; the columns of one stand behind those of the one before.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoder {
    /// Of the features, in their order, and of the stages behind them.
    pub encodings: Vec<Encoding>,
    /// Where the columns of each begin, and where the last ones end.
    pub offsets: Vec<usize>,
    /// Whether a training lead had a list of levels.
    pub is_list: Vec<bool>,
}

impl Encoder {
    /// Learns the encodings from the chosen leads.
    #[must_use]
    pub fn fit(definition: &Definition, rows: &Rows, chosen: &[u32], interrupt: Interrupt<'_>) -> Self {
        let level_leads = definition.level_leads.unwrap_or(1);
        let columns: Vec<&Column> = (0..definition.features.len()).filter_map(|index| rows.column(index)).collect();
        let of_features = definition.features.iter().zip(&columns);
        let mut encodings: Vec<Encoding> = of_features
            .inspect(|_| interrupt.ask())
            .map(|(feature, column)| learn::learn(column, chosen, feature.encoding, level_leads))
            .collect();
        let has_list = |column: &&Column| interrupt.over(chosen).any(|lead| matches!(column.cell(*lead), Cell::Levels(_)));
        let mut is_list: Vec<bool> = columns.iter().map(has_list).collect();
        if let Some(stages) = &definition.stages {
            encodings.push(Encoding::Stages { stages: stages.order.clone() });
            is_list.push(false);
        }
        Self { offsets: offsets(&encodings), encodings, is_list }
    }

    /// How many columns there are.
    #[must_use]
    pub fn width(&self) -> usize {
        self.offsets.last().copied().unwrap_or(0)
    }

    /// The columns of each feature.
    pub fn columns(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        self.offsets.windows(2).map(|pair| pair[0]..pair[1])
    }

    /// The columns of the stages; the last of them is that of a lead without one.
    #[must_use]
    pub fn stages(&self) -> Option<std::ops::Range<usize>> {
        let last = self.encodings.len().checked_sub(1)?;
        matches!(self.encodings[last], Encoding::Stages { .. }).then(|| self.offsets[last]..self.offsets[last + 1])
    }

    /// The columns that a lead has a weight in, in their order, with the weights.
    #[must_use]
    pub fn encode(&self, values: &[Value<'_>]) -> Vec<(usize, f64)> {
        let mut all = Vec::with_capacity(self.encodings.len());
        for (index, encoding) in self.encodings.iter().enumerate() {
            let cell = values.get(index).map_or(Cell::Missing, Cell::of);
            encoding.encode(&cell, |column, weight| all.push((self.offsets[index] + column, weight)));
        }
        all
    }
}

/// Where the columns of each encoding begin, and where the last ones end.
fn offsets(encodings: &[Encoding]) -> Vec<usize> {
    let widths = encodings.iter().scan(0, |end, encoding| {
        *end += encoding.width();
        Some(*end)
    });
    std::iter::once(0).chain(widths).collect()
}

/// Rows of columns and weights.
#[derive(Debug)]
pub struct Matrix {
    ends: Vec<usize>,
    columns: Vec<u32>,
    weights: Vec<f64>,
    width: usize,
}

impl Matrix {
    /// All leads, encoded. Each distinct value is encoded once.
    ///
    /// # Errors
    /// `training_too_large` when lists make too many weights.
    pub fn build(rows: &Rows, encoder: &Encoder, interrupt: Interrupt<'_>) -> Result<Self, Problem> {
        let features = encoder.encodings.iter().zip(&encoder.offsets).enumerate();
        let coded: Vec<(&Column, Coded)> = features
            .filter_map(|(index, (encoding, offset))| rows.column(index).map(|column| (column, Coded::of(column, encoding, *offset))))
            .collect();
        let leads = rows.leads().len();
        let weights = coded.iter().inspect(|_| interrupt.ask()).map(|(column, coded)| coded.weights_of(column)).sum();
        check_weights(weights)?;
        let mut matrix = Self {
            ends: Vec::with_capacity(leads),
            columns: Vec::with_capacity(weights),
            weights: Vec::with_capacity(weights),
            width: encoder.width(),
        };
        for lead in interrupt.over(0..leads) {
            for (column, coded) in &coded {
                let (columns, weights) = coded.entries(column.codes[lead]);
                matrix.columns.extend_from_slice(columns);
                matrix.weights.extend_from_slice(weights);
            }
            matrix.ends.push(matrix.columns.len());
        }
        Ok(matrix)
    }

    /// How many columns there are.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Columns of a lead, rising, and its weights in them.
    #[must_use]
    pub fn row(&self, lead: u32) -> (&[u32], &[f64]) {
        let lead = lead as usize;
        let begin = if lead == 0 { 0 } else { self.ends[lead - 1] };
        (&self.columns[begin..self.ends[lead]], &self.weights[begin..self.ends[lead]])
    }

    /// The sum over a lead's columns of its weight there times another one.
    #[must_use]
    pub fn dot(&self, lead: u32, with: &[f64]) -> f64 {
        let (columns, weights) = self.row(lead);
        let mut sum = 0.0;
        for (column, weight) in columns.iter().zip(weights) {
            sum += with[*column as usize] * weight;
        }
        sum
    }

    /// The sum of the weights in each column, over some leads.
    #[must_use]
    pub fn column_sums(&self, chosen: &[u32]) -> Vec<f64> {
        let mut sums = vec![0.0; self.width];
        for lead in chosen {
            let (columns, weights) = self.row(*lead);
            columns.iter().zip(weights).for_each(|(column, weight)| sums[*column as usize] += weight);
        }
        sums
    }

    /// How many of some leads have a weight in each column.
    #[must_use]
    pub fn column_leads(&self, chosen: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut leads = vec![0; self.width];
        for lead in chosen {
            self.row(lead).0.iter().for_each(|column| leads[*column as usize] += 1);
        }
        leads
    }
}

/// What each distinct value of a field is encoded as.
#[derive(Debug, Default)]
pub struct Coded {
    ends: Vec<usize>,
    columns: Vec<u32>,
    weights: Vec<f64>,
}

impl Coded {
    /// Encodes each distinct value, its columns beginning at an offset.
    #[must_use]
    pub fn of(column: &Column, encoding: &Encoding, offset: usize) -> Self {
        let mut coded = Self::default();
        for cell in &column.cells {
            encoding.encode(cell, |index, weight| {
                coded.columns.push(u32::try_from(offset + index).unwrap_or(u32::MAX));
                coded.weights.push(weight);
            });
            coded.ends.push(coded.columns.len());
        }
        coded
    }

    /// How many distinct values there are.
    #[must_use]
    pub fn values(&self) -> usize {
        self.ends.len()
    }

    /// Weights that the leads of a field have together.
    fn weights_of(&self, column: &Column) -> usize {
        column.codes.iter().map(|code| self.entries(*code).0.len()).sum()
    }

    /// Columns and weights of the value with a code.
    #[must_use]
    pub fn entries(&self, code: u32) -> (&[u32], &[f64]) {
        let code = code as usize;
        let begin = if code == 0 { 0 } else { self.ends[code - 1] };
        (&self.columns[begin..self.ends[code]], &self.weights[begin..self.ends[code]])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::leads::model::rows::Lead;

    #[test]
    fn a_row_of_the_matrix_is_what_the_encoder_says_of_the_lead() {
        let features = json!(["a", { "field": "b", "as": "standard" }, "c"]);
        let written = json!({ "method": "logistic", "features": features, "level_leads": 1 });
        let Ok(definition) = Definition::parse(&written, &[]) else { unreachable!("it is valid") };
        let leads = [
            [Value::of_text("x"), Value::Number(1.0), Value::List(vec![Value::of_text("p"), Value::of_text("q")])],
            [Value::of_text("y"), Value::Missing, Value::of_text("q")],
            [Value::Missing, Value::Number(3.0), Value::Missing],
        ];
        let mut rows = Rows::new(3);
        leads.iter().for_each(|values| rows.push(values, Lead { key: 0, at: 0, won: true }));
        let encoder = Encoder::fit(&definition, &rows, &[0, 1], Interrupt::NEVER);
        let Ok(matrix) = Matrix::build(&rows, &encoder, Interrupt::NEVER) else { unreachable!("three leads are few") };
        assert_eq!((encoder.offsets.clone(), encoder.is_list.clone(), matrix.width()), (vec![0, 4, 6, 10], vec![false, false, true], 10));
        for (lead, values) in (0..).zip(&leads) {
            let (columns, weights) = matrix.row(lead);
            let row: Vec<(usize, f64)> = columns.iter().zip(weights).map(|(column, weight)| (*column as usize, *weight)).collect();
            assert_eq!(row, encoder.encode(values));
        }
        assert_eq!(matrix.column_leads(0..3), [1, 1, 0, 1, 2, 1, 1, 2, 0, 1]);
        assert_eq!(matrix.column_sums(&[0, 1])[7], 2.0);
        assert_eq!(matrix.dot(0, &[1.0; 10]), 3.0);
    }
}
