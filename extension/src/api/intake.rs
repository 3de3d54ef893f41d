//! Leads that come in: see `sql/141_import_leads.sql` and `sql/142_lead_history.sql`.

use pgrx::prelude::*;
use pgrx::{Array, Uuid as PgUuid};
use serde_json::value::RawValue;
use steward_core::error::Problem;
use steward_core::leads::intake::Flaw;
use steward_core::leads::intake::book::{Book, Entry, Line, Outcome};
use steward_core::leads::intake::lead::{Lead, Teller, Told};
use steward_core::leads::intake::row::{self, Row};
use uuid::Uuid;

use crate::convert::pg_uuid;
use crate::error::OrRaise;

fn elements(rows: &str) -> Vec<&RawValue> {
    row::elements(rows).ok_or_else(|| Problem::bad("leads_invalid", "rows is no list")).or_raise()
}

fn number(place: usize) -> i32 {
    i32::try_from(place).unwrap_or(i32::MAX)
}

/// What each row is looked up by, all rows in their order.
#[pg_extern(immutable, parallel_safe)]
#[expect(clippy::type_complexity, reason = "a row of SQL")]
pub fn lead_row_keys(
    rows: &str,
) -> TableIterator<
    'static,
    (
        name!(number, i32),
        name!(provider_id, Option<String>),
        name!(email, Option<String>),
        name!(linkedin_url, Option<String>),
        name!(domain, Option<String>),
    ),
> {
    let keys = elements(rows).into_iter().map(|raw| {
        pgrx::check_for_interrupts!();
        row::keys(raw)
    });
    let keys: Vec<_> = keys.collect();
    TableIterator::new((1..).zip(keys).map(|(number, keys)| (number, keys.provider_id, keys.email, keys.linkedin_url, keys.domain)))
}

/// A line of the report, which has a number, or what is to be written of a lead, which has none.
type Merged = (
    Option<i32>,
    &'static str,
    Option<PgUuid>,
    Option<String>,
    Option<&'static str>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<Vec<String>>,
);

/// `leads`: those that rows may be about; `providers`: the plain form of the provider id of each row; `now`: when outcomes are that come without a time.
#[pg_extern(volatile, parallel_restricted)]
#[expect(clippy::type_complexity, reason = "a row of SQL")]
pub fn merge_lead_rows(
    rows: &str,
    providers: Array<&str>,
    erased: Array<i32>,
    leads: Array<&str>,
    by_person: bool,
    now: &str,
) -> TableIterator<
    'static,
    (
        name!(number, Option<i32>),
        name!(outcome, &'static str),
        name!(lead_id, Option<PgUuid>),
        name!(column_name, Option<String>),
        name!(problem, Option<&'static str>),
        name!(columns, Option<String>),
        name!(before, Option<String>),
        name!(after, Option<String>),
        name!(claims, Option<Vec<String>>),
    ),
> {
    let known = leads.iter().flatten().map(|lead| {
        pgrx::check_for_interrupts!();
        Lead::read(lead).or_raise()
    });
    let erased: Vec<i32> = erased.iter().flatten().collect();
    let mut book = Book::of(known.collect());
    let teller = Teller::new(by_person, now);
    for ((place, raw), provider) in elements(rows).into_iter().enumerate().zip(providers.iter()) {
        pgrx::check_for_interrupts!();
        let is_erased = erased.binary_search(&number(place + 1)).is_ok();
        let entry = Entry { number: place + 1, row: Row::read(raw.get()), provider: provider.map(str::to_owned), is_erased };
        book.enter(entry, &teller);
    }
    let ids: Vec<PgUuid> = book.leads.iter().map(id_of).collect();
    let lines = book.report().into_iter().map(|line| told(line, &ids));
    let writes = book.leads.iter().zip(&ids).filter_map(|(lead, id)| written(lead, *id));
    TableIterator::new(lines.chain(writes).collect::<Vec<Merged>>())
}

fn id_of(lead: &Lead) -> PgUuid {
    let known = lead.id.as_deref().and_then(|id| Uuid::parse_str(id).ok());
    pg_uuid(known.unwrap_or_else(Uuid::now_v7))
}

fn told(line: Line, ids: &[PgUuid]) -> Merged {
    let (column, problem) = line.flaw.map_or((None, None), |flaw| (flaw.column, Some(flaw.problem)));
    (Some(number(line.number)), line.outcome.word(), line.lead.map(|place| ids[place]), column, problem, None, None, None, None)
}

fn written(lead: &Lead, id: PgUuid) -> Option<Merged> {
    pgrx::check_for_interrupts!();
    let change = lead.change()?;
    let outcome = if lead.id.is_some() { Outcome::Merged } else { Outcome::Inserted };
    Some((None, outcome.word(), Some(id), None, None, Some(change.columns), Some(change.before), Some(change.after), Some(change.claims)))
}

/// What becomes of one lead when somebody changes it: a row for each field, and one without a field that says what is to be written, if anything is.
#[pg_extern(immutable, parallel_safe)]
#[expect(clippy::type_complexity, reason = "a row of SQL")]
pub fn change_lead(
    lead: &str,
    changes: &str,
    provider: Option<&str>,
    by_person: bool,
    now: &str,
) -> TableIterator<
    'static,
    (
        name!(field, Option<String>),
        name!(outcome, Option<&'static str>),
        name!(columns, Option<String>),
        name!(before, Option<String>),
        name!(after, Option<String>),
        name!(claims, Option<Vec<String>>),
    ),
> {
    let refused = |flaw: Flaw| {
        let place = flaw.column.filter(|column| !column.is_empty()).map(|column| format!("{column}: ")).unwrap_or_default();
        Problem::bad("lead_invalid", format!("{place}{}", flaw.problem)).hint("Correct it and call again; nothing was changed.")
    };
    let mut lead = Lead::read(lead).or_raise();
    let row = Row::read(changes).map_err(refused).or_raise();
    let Told { set, unchanged, kept, .. } = lead.tell(row, provider, &Teller::new(by_person, now)).map_err(refused).or_raise();
    let words = [(set, "set"), (unchanged, "unchanged"), (kept, "kept_person")];
    let fields =
        words.into_iter().flat_map(|(names, word)| names.into_iter().map(move |name| (Some(name), Some(word), None, None, None, None)));
    let change = lead.change().map(|it| (None, None, Some(it.columns), Some(it.before), Some(it.after), Some(it.claims)));
    TableIterator::new(fields.chain(change).collect::<Vec<_>>())
}
