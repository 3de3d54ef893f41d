//! Rows that come in: what each is about, and that the same rows again change nothing.

use proptest::prelude::*;
use steward_core::leads::intake::book::{Book, Entry, Outcome};
use steward_core::leads::intake::lead::{Lead, Teller};
use steward_core::leads::intake::row::{ROW_BYTES, Row};

/// A row as text; its provider id is plain already.
fn entry(number: usize, raw: &str) -> Entry {
    let row = Row::read(raw);
    let provider = row.as_ref().ok().and_then(|row| row.text("provider_id"));
    Entry { number, row, provider, is_erased: false }
}

fn taken(leads: Vec<Lead>, rows: &[String]) -> Book {
    taken_at("2026-01-31T09:00:00.000000Z", leads, rows)
}

fn taken_at(now: &str, leads: Vec<Lead>, rows: &[String]) -> Book {
    let teller = Teller::new(false, now);
    let mut book = Book::of(leads);
    rows.iter().enumerate().for_each(|(place, raw)| book.enter(entry(place + 1, raw), &teller));
    book
}

/// The leads as they are after what is to be written was written.
fn stored(book: &Book) -> Vec<Lead> {
    let kept = |(id, lead): (usize, &Lead)| {
        let members = |prefix: bool| {
            let fields = lead.fields.iter().filter(move |(name, _)| name.starts_with("attributes.") == prefix);
            fields.map(|(name, value)| format!("\"{}\":{value}", name.trim_start_matches("attributes."))).collect::<Vec<_>>().join(",")
        };
        let provider = lead.identity.provider.as_ref().map_or("null".to_owned(), |id| format!("\"{id}\""));
        let known = format!("{{\"id\":\"{id}\",\"person_fields\":[],\"attributes\":{{{}}},{}}}", members(true), members(false));
        Lead::read(&format!("{{\"provider\":{provider},\"lead\":{known}}}")).expect("a lead")
    };
    book.leads.iter().enumerate().map(kept).collect()
}

fn outcomes(book: &Book) -> Vec<Outcome> {
    book.report().iter().map(|line| line.outcome).collect()
}

/// People known by one provider id and one address each, told of by any part of that; companies by their domain.
fn rows() -> impl Strategy<Value = Vec<String>> {
    let person = (0..6_u8, 1..4_u8, prop::option::of("[a-c]"), prop::option::of(0..3_u8), prop::option::of("won|lost"));
    let person = person.prop_map(|(who, keys, title, size, outcome)| {
        let part = |is_there: bool, words: String| is_there.then_some(words);
        let parts = [
            part(keys & 1 > 0, format!("\"provider_id\":\"p{who}\"")),
            part(keys & 2 > 0, format!("\"email\":\"e{who}@c{}.example\"", who % 2)),
            part(true, format!("\"full_name\":\"Person {who}\"")),
            title.map(|title| format!("\"title\":\"{title}\"")),
            size.map(|size| format!("\"size\":{size}")),
            outcome.map(|outcome| format!("\"Outcome\":\"{outcome}\"")),
        ];
        format!("{{{}}}", parts.into_iter().flatten().collect::<Vec<_>>().join(","))
    });
    prop::collection::vec(person, 1..20)
}

proptest! {
    #[test]
    fn the_same_rows_again_change_nothing(rows in rows()) {
        let first = taken(Vec::new(), &rows);
        let again = taken_at("2026-02-01T09:00:00.000000Z", stored(&first), &rows);
        // Who was two leads until a row named both keys is told of by rows of two leads for ever.
        prop_assume!(!outcomes(&first).contains(&Outcome::Rejected));
        prop_assert!(outcomes(&again).iter().all(|outcome| *outcome == Outcome::Unchanged), "{:?}", again.report());
        prop_assert!(again.leads.iter().all(|lead| lead.change().is_none()));
    }

    #[test]
    fn nobody_is_there_twice(rows in rows()) {
        let book = taken(Vec::new(), &rows);
        let mut keys: Vec<String> = book.leads.iter().flat_map(|lead| [lead.identity.provider.clone(), lead.identity.email.clone()]).flatten().collect();
        let all = keys.len();
        keys.sort();
        keys.dedup();
        prop_assert_eq!(keys.len(), all);
    }

    #[test]
    fn no_text_breaks_a_row(raw in ".{0,200}") {
        let _ = Row::read(&raw);
        let _ = Row::read(&format!("{{\"email\": {raw}}}"));
    }
}

fn outcome_at(book: &Book) -> Option<&str> {
    book.leads[0].fields.get("outcome_at").map(String::as_str)
}

#[test]
fn an_outcome_without_a_time_is_of_when_it_comes() {
    let told = |row: &str| vec![format!("{{\"provider_id\":\"p\",{row}}}")];
    let lost = taken(Vec::new(), &told("\"outcome\":\"lost\",\"outcome_at\":\"2025-01-01\""));
    assert_eq!(outcome_at(&lost), Some("\"2025-01-01T00:00:00.000000Z\""));
    let same = taken_at("2026-03-01T00:00:00.000000Z", stored(&lost), &told("\"outcome\":\"lost\",\"outcome_at\":\"\",\"title\":\"x\""));
    assert_eq!(outcome_at(&same), outcome_at(&lost));
    let won = taken_at("2026-03-01T00:00:00.000000Z", stored(&lost), &told("\"outcome\":\"won\""));
    assert_eq!(outcome_at(&won), Some("\"2026-03-01T00:00:00.000000Z\""));
    let first = taken(Vec::new(), &told("\"outcome\":\"won\""));
    assert_eq!(outcome_at(&first), Some("\"2026-01-31T09:00:00.000000Z\""));
}

#[test]
fn two_spellings_of_one_column_are_a_problem_of_the_row() {
    let row = Row::read("{\" E-MAIL\":1,\"Email \":\"a@b.example\",\"WEBSITE\":\"b.example\"}").expect("a row");
    assert_eq!(row.fields.keys().collect::<Vec<_>>(), ["attributes. E-MAIL", "email", "website"]);
    let flaw = Row::read("{\"Email\":\"a@b.example\",\"email\":\"c@d.example\"}").expect_err("two");
    assert_eq!((flaw.column.as_deref(), flaw.problem), (Some("email"), "the row has this column twice, in two spellings"));
}

#[test]
fn a_row_of_more_than_a_megabyte_is_refused_unread() {
    let flaw = Row::read(&" ".repeat(ROW_BYTES + 1)).expect_err("too large");
    assert_eq!((flaw.column, flaw.problem), (None, "the row is larger than 1 MB"));
}

#[test]
fn thousands_who_share_a_domain_are_told_apart_quickly() {
    let rows: Vec<String> = (0..10_000).map(|n| format!("{{\"full_name\":\"Person {n}\",\"email\":\"e{n}@c.example\"}}")).collect();
    let book = taken(Vec::new(), &rows);
    assert_eq!(book.leads.len(), 10_000);
}

/// Ten thousand rows among 300,000 leads of one domain: looked at one by one that would be three thousand million pairs, a quarter of an hour in this build.
#[test]
fn a_row_does_not_look_at_each_lead_of_its_domain() {
    let lead = |n: u32| {
        let known =
            format!("\"id\":\"{n}\",\"domain\":\"c.example\",\"full_name\":\"Person {n}\",\"person_fields\":[],\"attributes\":{{}}");
        Lead::read(&format!("{{\"provider\":null,\"lead\":{{{known}}}}}")).expect("a lead")
    };
    let rows: Vec<String> =
        (295_000..305_000).map(|n| format!("{{\"domain\":\"c.example\",\"full_name\":\"Person {n}\",\"size\":1}}")).collect();
    let book = taken((0..300_000).map(lead).collect(), &rows);
    let of = |outcome: Outcome| outcomes(&book).into_iter().filter(|of| *of == outcome).count();
    assert_eq!((of(Outcome::Merged), of(Outcome::Inserted), book.leads.len()), (5000, 5000, 305_000));
}
