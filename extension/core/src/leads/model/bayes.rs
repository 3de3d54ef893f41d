//! Naive Bayes by Odoo's rules for frequencies.
//!
//! For each team and each value of a feature it is counted how many leads with it were won and lost, from 0.1 on both sides: a value that one lead
//! had is not impossible on the other side. A lead's score for «won» is the share of leads that were won times, over its features, the share of
//! its value among the values of won leads; the same for «lost»; its probability is the one by the sum of both. In logarithms
//! that is a base and a weight for each value:
//!
//! ```text
//! log-odds = ln(won / lost) + sum over features of ln(won(value) / won(feature)) - ln(lost(value) / lost(feature))
//! ```
//!
//! What is not there and values that were never seen are left out, as are those of a list that fewer than 50 leads had. A lead that was won came through
//! every stage; one that was lost, through those up to its own; so the first stage counts all leads, gives the base, and is what the other
//! stages are shares of. A team without leads, and a lead without a team, has the sum of all teams.

use std::collections::BTreeMap;

use super::cell::Cell;
use super::encoder::Encoding;
use super::interrupt::Interrupt;
use super::matrix::{Encoder, Matrix};
use super::rows::Column;

/// What each count begins with.
const BEGINNING: f64 = 0.1;
/// Leads that a value of a list needs: a tag on three leads says nothing.
const LEADS_OF_TAG: u32 = 50;
/// Teams with frequencies of their own at most, the largest; the others have the sum.
const MOST_TEAMS: usize = 100;

/// A base and the weight of each column.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear {
    /// Whose it is; none for the leads that have no team, or one without its own.
    pub team: Option<String>,
    /// Log-odds of a lead that has no weight anywhere.
    pub intercept: f64,
    /// Of each column.
    pub weights: Vec<f64>,
}

/// How many leads of a team were won and lost, in all and with a weight in each column.
struct Counts {
    leads: [u32; 2],
    columns: Vec<[u32; 2]>,
}

/// The team of a value.
#[must_use]
pub fn team_of(cell: &Cell<'_>) -> Option<String> {
    let mut team = None;
    if !matches!(cell, Cell::Levels(_)) {
        cell.each_level(|name| team = Cell::is_level(name).then(|| name.to_owned()));
    }
    team
}

/// Counts some leads. The first is the sum of all teams, the others follow in the order of their names; none when all leads were won, or all lost.
#[must_use]
pub fn fit(
    matrix: &Matrix,
    encoder: &Encoder,
    rows: &[u32],
    won: &[bool],
    teams: Option<&Column>,
    interrupt: Interrupt<'_>,
) -> Option<Vec<Linear>> {
    let mut by_team: BTreeMap<Option<String>, Vec<u32>> = BTreeMap::new();
    for row in interrupt.over(rows) {
        by_team.entry(teams.and_then(|teams| team_of(teams.cell(*row)))).or_default().push(*row);
    }
    let mut counts: Vec<(Option<String>, Counts)> =
        by_team.into_iter().map(|(team, rows)| (team, Counts::of(matrix, encoder, &rows, won, interrupt))).collect();
    let sums: Vec<&Counts> = counts.iter().map(|(_, counts)| counts).collect();
    if (0..2).any(|side| sums.iter().all(|counts| counts.leads[side] == 0)) {
        return None;
    }
    let all = linear(None, encoder, &sums);
    if teams.is_none() {
        return Some(vec![all]);
    }
    counts.retain(|(team, _)| team.is_some());
    counts.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.leads[0] + counts.leads[1]));
    counts.truncate(MOST_TEAMS);
    counts.sort_by(|(one, _), (other, _)| one.cmp(other));
    let of_teams = counts.into_iter().map(|(team, counts)| linear(team, encoder, &[&counts]));
    Some(std::iter::once(all).chain(of_teams).collect())
}

impl Counts {
    fn of(matrix: &Matrix, encoder: &Encoder, rows: &[u32], won: &[bool], interrupt: Interrupt<'_>) -> Self {
        let mut counts = Self { leads: [0, 0], columns: vec![[0, 0]; matrix.width()] };
        let stages = encoder.stages();
        for row in interrupt.over(rows) {
            let side = if won[*row as usize] { 0 } else { 1 };
            counts.leads[side] += 1;
            let (columns, _) = matrix.row(*row);
            for column in columns.iter().map(|column| *column as usize) {
                match &stages {
                    Some(stages) if stages.contains(&column) => counts.came_through(stages, column, side),
                    _ => counts.columns[column][side] += 1,
                }
            }
        }
        counts
    }

    /// Counts a lead in all stages when it was won, else in those up to its own: in the first at least, for it was a lead.
    fn came_through(&mut self, stages: &std::ops::Range<usize>, own: usize, side: usize) {
        let missing = stages.end - 1;
        let last = if side == 0 {
            missing - 1
        } else if own == missing {
            stages.start
        } else {
            own
        };
        self.columns[stages.start..=last].iter_mut().for_each(|counts| counts[side] += 1);
    }

    /// The counts of a column with their beginnings; nothing where no lead was.
    fn begun(&self, column: usize) -> [f64; 2] {
        begun(self.columns[column])
    }
}

fn begun(counts: [u32; 2]) -> [f64; 2] {
    if counts == [0, 0] { [0.0, 0.0] } else { counts.map(|leads| f64::from(leads) + BEGINNING) }
}

fn sum(of: impl Iterator<Item = [f64; 2]>) -> [f64; 2] {
    of.fold([0.0, 0.0], |sum, next| [sum[0] + next[0], sum[1] + next[1]])
}

/// ln(won / lost).
fn log_odds([won, lost]: [f64; 2]) -> f64 {
    won.ln() - lost.ln()
}

/// The base and the weights of the leads of some teams together.
fn linear(team: Option<String>, encoder: &Encoder, teams: &[&Counts]) -> Linear {
    let of_column = |column: usize| sum(teams.iter().map(|counts| counts.begun(column)));
    let leads_of = |column: usize| teams.iter().flat_map(|counts| counts.columns[column]).sum::<u32>();
    let all = match encoder.stages() {
        Some(stages) => of_column(stages.start),
        None => sum(teams.iter().map(|counts| begun(counts.leads))),
    };
    let mut weights = vec![0.0; encoder.width()];
    for (feature, encoding) in encoder.encodings.iter().enumerate() {
        let seen = encoder.offsets[feature]..encoder.offsets[feature] + encoding.missing();
        let whole = if matches!(encoding, Encoding::Stages { .. }) { all } else { sum(seen.clone().map(of_column)) };
        let least = if encoder.is_list[feature] { LEADS_OF_TAG } else { 1 };
        for column in seen.filter(|column| leads_of(*column) >= least) {
            weights[column] = log_odds(of_column(column)) - log_odds(whole);
        }
    }
    Linear { team, intercept: log_odds(all), weights }
}
