//! Features that are too good to have been known before the outcome.
//!
//! A field that is filled in when a deal is won predicts it perfectly and is worth nothing. Two things tell it: the feature alone ranks leads
//! almost without a mistake, or one of its values has practically only won leads, or none where many were to be expected. The
//! feature's own weights are found on four folds and used on the fifth, or a field with a value for each lead would look perfect.

use serde::Serialize;

use super::definition::{self, As, Definition};
use super::encoder::{Encoding, learn};
use super::interrupt::Interrupt;
use super::matrix::Coded;
use super::ranking::{Auc, Group};
use super::rows::{Column, Rows};
use super::split::{FOLDS, fold};

/// AUC of a feature by itself from which on it is named. The best of the bank's honest features has 0.65, and the length of the call, known only when
/// the outcome is, 0.80.
const SUSPICIOUS_AUC: f64 = 0.95;
/// Share of won leads from which on a value has practically only those.
const PURE: f64 = 0.99;
/// Leads of the other side that a pure value should have had, at the share of all leads: by chance none of 20 comes once in 500 million times.
const EXPECTED: f64 = 20.0;
/// Share of all leads that a pure value needs: one customer who always buys is no leak.
const LEAST_SHARE: f64 = 0.01;
/// What the weight of a value is drawn to the average by, in leads.
const AVERAGE_LEADS: f64 = 10.0;

/// A feature that should be looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alarm {
    /// The feature.
    pub field: String,
    /// AUC of its values alone, on training leads that their weights were not found on.
    pub auc: f64,
    /// Values that are practically only won, or never.
    pub pure: Vec<Pure>,
}

/// A value whose leads nearly all had one outcome.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pure {
    /// The level or bin.
    pub value: String,
    /// Training leads that have it.
    pub leads: u32,
    /// How many of them were won.
    pub wins: u32,
}

/// The features of training leads that are suspicious. The seed draws the folds.
#[must_use]
pub fn alarms(definition: &Definition, rows: &Rows, chosen: &[u32], seed: u64, interrupt: Interrupt<'_>) -> Vec<Alarm> {
    let folds: Vec<usize> = chosen.iter().map(|row| fold(seed, rows.leads()[*row as usize].key) as usize).collect();
    let won: Vec<bool> = chosen.iter().map(|row| rows.leads()[*row as usize].won).collect();
    let columns = definition.features.iter().enumerate().filter_map(|(index, feature)| rows.column(index).map(|column| (feature, column)));
    let alarm_of = |(feature, column): (&definition::Feature, &Column)| {
        interrupt.ask();
        // A standardised number has no value of its own.
        let wish = feature.encoding.map(|wish| if wish == As::Standard { As::Deciles } else { wish });
        let encoding = learn::learn(column, chosen, wish, definition.level_leads.unwrap_or(1));
        alarm(&feature.field, &Feature::of(column, chosen, encoding), &folds, &won)
    };
    columns.filter_map(alarm_of).collect()
}

/// A feature by itself.
struct Feature {
    encoding: Encoding,
    coded: Coded,
    /// For each chosen lead the code of its value.
    codes: Vec<u32>,
}

impl Feature {
    fn of(column: &Column, chosen: &[u32], encoding: Encoding) -> Self {
        let coded = Coded::of(column, &encoding, 0);
        Self { encoding, coded, codes: chosen.iter().map(|row| column.codes[*row as usize]).collect() }
    }

    /// Leads and wins in each column and fold.
    fn counts(&self, folds: &[usize], won: &[bool]) -> Vec<[[u32; 2]; FOLDS as usize]> {
        let mut counts = vec![[[0, 0]; FOLDS as usize]; self.encoding.width()];
        for ((code, fold), won) in self.codes.iter().zip(folds).zip(won) {
            for column in self.coded.entries(*code).0 {
                let [leads, wins] = &mut counts[*column as usize][*fold];
                *leads += 1;
                *wins += u32::from(*won);
            }
        }
        counts
    }
}

fn alarm(field: &str, feature: &Feature, folds: &[usize], won: &[bool]) -> Option<Alarm> {
    let counts = feature.counts(folds, won);
    let share = super::count(won.iter().filter(|won| **won).count()) / super::count(won.len());
    let auc = own_auc(feature, &counts, folds, won, share)?;
    let sums =
        counts.iter().map(|folds| folds.iter().fold([0, 0], |[leads, wins], [of_leads, of_wins]| [leads + of_leads, wins + of_wins]));
    let pure: Vec<Pure> = sums
        .enumerate()
        .filter(|(_, [leads, wins])| is_pure(f64::from(*leads), f64::from(*wins), super::count(won.len()), share))
        .map(|(column, [leads, wins])| Pure { value: feature.encoding.label(column), leads, wins })
        .collect();
    (auc >= SUSPICIOUS_AUC || !pure.is_empty()).then(|| Alarm { field: field.to_owned(), auc, pure })
}

fn is_pure(leads: f64, wins: f64, all: f64, share: f64) -> bool {
    let is_won = wins >= PURE * leads && leads * (1.0 - share) >= EXPECTED;
    let is_lost = wins == 0.0 && leads * share >= EXPECTED;
    leads >= LEAST_SHARE * all && (is_won || is_lost)
}

/// AUC of a feature's values, each weighed by what the other folds say of it.
fn own_auc(feature: &Feature, counts: &[[[u32; 2]; FOLDS as usize]], folds: &[usize], won: &[bool], share: f64) -> Option<f64> {
    let prior = (share / (1.0 - share)).ln();
    let weights: Vec<Vec<f64>> =
        (0..FOLDS as usize).map(|fold| counts.iter().map(|of| weight(of, fold, share) - prior).collect()).collect();
    // Leads of one fold and one value have one score: 50 groups of a field with ten bins, where each lead by itself took sixteen sorts of all.
    let values = feature.coded.values();
    let mut groups = vec![Group { leads: 0.0, wins: 0.0, score: 0.0 }; FOLDS as usize * values];
    for ((code, fold), won) in feature.codes.iter().zip(folds).zip(won) {
        let group = &mut groups[fold * values + *code as usize];
        group.leads += 1.0;
        group.wins += f64::from(u8::from(*won));
    }
    groups.iter_mut().enumerate().for_each(|(index, group)| group.score = feature.score(&weights[index / values], index % values));
    groups.sort_unstable_by(|one, other| other.score.total_cmp(&one.score));
    let merged: Vec<Group> = groups.chunk_by(|one, other| one.score == other.score).map(together).collect();
    Auc::of_groups(&merged).map(|auc| auc.value)
}

/// Log-odds of a column's leads in all folds but one, drawn to the average.
fn weight(of_folds: &[[u32; 2]; FOLDS as usize], without: usize, share: f64) -> f64 {
    let others = of_folds.iter().enumerate().filter(|(fold, _)| *fold != without);
    let (leads, wins) = others.fold((0.0, 0.0), |(leads, wins), (_, of)| (leads + f64::from(of[0]), wins + f64::from(of[1])));
    let (wins, losses) = (wins + AVERAGE_LEADS * share, leads - wins + AVERAGE_LEADS * (1.0 - share));
    (wins / losses).ln()
}

fn together(groups: &[Group]) -> Group {
    let sum = |of: fn(&Group) -> f64| groups.iter().map(of).sum();
    Group { leads: sum(|group| group.leads), wins: sum(|group| group.wins), score: groups[0].score }
}

impl Feature {
    fn score(&self, weights: &[f64], code: usize) -> f64 {
        let (columns, _) = self.coded.entries(u32::try_from(code).unwrap_or(u32::MAX));
        columns.iter().map(|column| weights[*column as usize]).sum()
    }
}
