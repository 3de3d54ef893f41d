//! How much a training may hold in memory. A backend has no bound of its own: what is too much takes the server down, not the statement.

use super::rows::Rows;
use crate::error::Problem;

/// Values of leads at most: 16 bytes each (4 of code, 12 in the matrix), so 1 GB. A million leads may have 61 features.
pub const MOST_CELLS: usize = 1 << 26;
/// What a lead takes beside its values, in those: some 100 bytes of key, time, outcome, score, and of lists that have a number for each lead.
pub const OF_LEAD: usize = 6;
/// Bytes of distinct values at most, each with what finds it again.
pub const MOST_BYTES: usize = 1 << 30;
/// Bytes of counts of teams at most.
const MOST_TEAM_BYTES: usize = 1 << 30;
/// What a column of a team takes.
const OF_COLUMN: usize = 8;

/// What is allowed.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Values of leads, a lead counting as six more.
    pub cells: usize,
    /// Bytes of distinct values.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { cells: MOST_CELLS, bytes: MOST_BYTES }
    }
}

fn too_large(what: String) -> Problem {
    Problem::too_large("training_too_large", what)
}

impl Limits {
    /// Whether rows may be held, and as many again.
    ///
    /// # Errors
    /// `training_too_large`, which says what is too much.
    pub fn check(self, rows: &Rows) -> Result<(), Problem> {
        let (leads, fields) = (rows.leads().len(), rows.fields());
        if leads.saturating_mul(fields + OF_LEAD) > self.cells {
            let most = self.cells / (fields + OF_LEAD);
            return Err(too_large(format!(
                "more than {most} leads with {fields} fields each take more than the {} that a training may hold",
                bytes(self.cells * 16)
            ))
            .hint("Name fewer features, or train on fewer leads: those of a workspace of their own."));
        }
        if rows.bytes() > self.bytes {
            let held = bytes(self.bytes);
            return Err(too_large(format!("the different values of {leads} leads take more than the {held} that a training may hold"))
                .hint("Leave out features that differ from lead to lead, such as texts and long lists: nothing can be learned of a value that one lead has."));
        }
        Ok(())
    }
}

/// Whether a matrix may have so many weights.
///
/// # Errors
/// `training_too_large`: leads with lists have several in a field.
pub fn check_weights(weights: usize) -> Result<(), Problem> {
    if weights <= MOST_CELLS {
        return Ok(());
    }
    Err(too_large(format!("the values of the leads, those of lists each by itself, are {weights}, and {MOST_CELLS} can be trained on"))
        .hint("Leave out features that are long lists, or raise level_leads."))
}

/// Whether so many teams may be counted apart.
///
/// # Errors
/// `training_too_large`.
pub fn check_teams(teams: usize, columns: usize) -> Result<(), Problem> {
    if teams.saturating_mul(columns).saturating_mul(OF_COLUMN) <= MOST_TEAM_BYTES {
        return Ok(());
    }
    let most = bytes(MOST_TEAM_BYTES);
    Err(too_large(format!("counts of {teams} teams in {columns} columns take more than {most}"))
        .hint("Name a team that many leads share, or fewer features."))
}

fn bytes(bytes: usize) -> String {
    const KILO: usize = 1 << 10;
    match bytes {
        giga if giga >= KILO * KILO * KILO => format!("{} GB", giga / (KILO * KILO * KILO)),
        mega if mega >= KILO * KILO => format!("{} MB", mega / (KILO * KILO)),
        other => format!("{other} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leads::model::rows::Lead;
    use crate::leads::value::Value;

    fn rows(leads: u32, value: impl Fn(u32) -> Value<'static>) -> Rows {
        let mut rows = Rows::new(2);
        (0..leads).for_each(|n| rows.push(&[value(n)], Lead { key: n.into(), at: 0, won: true }));
        rows
    }

    fn refusal(limits: Limits, rows: &Rows) -> Option<String> {
        limits.check(rows).err().map(|problem| {
            assert_eq!((problem.code, problem.kind.sqlstate()), ("training_too_large", "54000"));
            problem.message
        })
    }

    #[test]
    fn leads_times_fields_are_counted() {
        let limits = Limits { cells: 80, bytes: usize::MAX };
        assert_eq!(refusal(limits, &rows(10, |_| Value::Missing)), None);
        let told = "more than 10 leads with 2 fields each take more than the 1280 bytes that a training may hold";
        assert_eq!(refusal(limits, &rows(11, |_| Value::Missing)).as_deref(), Some(told));
    }

    #[test]
    fn a_text_counts_once_however_many_leads_have_it() {
        let limits = Limits { cells: usize::MAX, bytes: 10_000 };
        assert_eq!(refusal(limits, &rows(1000, |n| Value::of_text(format!("level {}", n % 10)))), None);
        let told = "the different values of 1000 leads take more than the 10000 bytes that a training may hold";
        assert_eq!(refusal(limits, &rows(1000, |n| Value::of_text(format!("level {n}")))).as_deref(), Some(told));
        assert!(refusal(limits, &rows(1000, |n| Value::Number(n.into()))).is_some());
    }

    #[test]
    fn the_texts_of_a_list_count_each() {
        let list = |n: u32| Value::List((0..1000).map(|k| Value::of_text(format!("{n} {k}"))).collect());
        let held = rows(10, list).bytes();
        assert!(held >= 10 * 1000 * 2 * 24, "{held}");
    }

    #[test]
    fn weights_and_teams_have_bounds_of_their_own() {
        assert!(check_weights(MOST_CELLS).is_ok() && check_weights(MOST_CELLS + 1).is_err());
        assert!(check_teams(100, 2000).is_ok() && check_teams(1_000_000, 2000).is_err() && check_teams(usize::MAX, 2).is_err());
    }
}
