//! Price files, the names of models, and the file that comes with the extension.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use steward_core::money::import::{PriceFile, PriceRow};
use steward_core::money::matching::{Clause, with_dashed_dates};
use steward_core::money::price::ModelPrice;
use steward_core::money::usage::Usage;

fn shipped() -> PriceFile {
    PriceFile::parse(&serde_json::from_str(include_str!("../../../packaging/prices/genai-prices.json")).unwrap()).unwrap()
}

fn one_model(prices: &Value) -> Value {
    json!([{ "id": "p", "models": [{ "id": "m", "match": { "equals": "m" }, "prices": prices }] }])
}

type Spans = Vec<(Option<DateTime<Utc>>, Option<DateTime<Utc>>, Value)>;

fn spans(prices: &Value) -> Spans {
    PriceFile::parse(&one_model(prices)).unwrap().rows.into_iter().map(|row| (row.valid_from, row.valid_to, row.prices)).collect()
}

fn date(text: &str) -> Option<DateTime<Utc>> {
    Some(format!("{text}T00:00:00Z").parse().unwrap())
}

/// What genai-prices would take, for a name and a day.
fn found<'a>(file: &'a PriceFile, provider: &str, name: &str, at: &str) -> Option<&'a PriceRow> {
    let (name, at) = (name.to_lowercase(), date(at).unwrap());
    file.rows.iter().find(|row| {
        row.provider == provider
            && row.valid_from.is_none_or(|from| from <= at)
            && row.valid_to.is_none_or(|to| at < to)
            && Clause::parse(&row.matches).unwrap().matches(&name)
    })
}

#[test]
fn the_shipped_file_is_read_whole() {
    let file = shipped();
    assert_eq!(file.source.as_deref(), Some("genai-prices 0.2.3"));
    assert!(file.rows.len() > 2_500, "{}", file.rows.len());
    for row in &file.rows {
        let price = ModelPrice::parse(&row.prices).unwrap();
        assert!(price.is_unknown() || price.most(0, 0).is_some(), "{} {}", row.provider, row.model);
    }
}

#[test]
fn the_shipped_file_knows_models_by_the_names_they_go_by() {
    let file = shipped();
    for (provider, name, model, nanos) in [
        ("openai", "gpt-4o-mini", "gpt-4o-mini", 150_000 + 600_000),
        ("openai", "GPT-4o-mini-2024-07-18", "gpt-4o-mini", 150_000 + 600_000),
        ("azure", "gpt-4o-mini", "openai/gpt-4o-mini", 150_000 + 600_000),
        ("google", "claude-3-5-haiku@20241022", "claude-3-5-haiku", 800_000 + 4_000_000),
        ("anthropic", "claude-3-5-haiku-20241022", "claude-3-5-haiku-latest", 800_000 + 4_000_000),
    ] {
        let row = found(&file, provider, name, "2026-10-01").unwrap();
        let cost = ModelPrice::parse(&row.prices).unwrap().cost(&Usage::tokens(1000, 1000), date("2026-10-01").unwrap());
        assert_eq!((row.model.as_str(), cost), (model, Ok(nanos)), "{name}");
    }
    assert_eq!(found(&file, "openai", "nothing-like-it", "2026-10-01"), None);
}

#[test]
fn a_list_of_dates_becomes_spans() {
    let (a, b, c) = (json!({ "input_mtok": 1 }), json!({ "input_mtok": 2 }), json!({ "input_mtok": 3 }));
    assert_eq!(spans(&a), [(None, None, a.clone())]);
    assert_eq!(
        spans(&json!([{ "prices": a }, { "constraint": { "start_date": "2026-01-01" }, "prices": b }])),
        [(None, date("2026-01-01"), a.clone()), (date("2026-01-01"), None, b.clone())]
    );
    // Nothing counts before the first date but the first price; a price that does not change begins no span.
    assert_eq!(
        spans(&json!([
            { "constraint": { "start_date": "2026-01-01" }, "prices": a },
            { "constraint": { "start_date": "2026-02-01" }, "prices": b },
        ])),
        [(None, date("2026-02-01"), a.clone()), (date("2026-02-01"), None, b.clone())]
    );
    // The last in the list that has begun counts, not the one that began last.
    assert_eq!(
        spans(&json!([
            { "prices": a },
            { "constraint": { "start_date": "2026-02-01" }, "prices": b },
            { "constraint": { "start_date": "2026-01-01" }, "prices": c },
        ])),
        [(None, date("2026-01-01"), a.clone()), (date("2026-01-01"), None, c.clone())]
    );
    let evening = json!({ "start_time": "18:00:00Z", "end_time": "20:00:00Z" });
    assert_eq!(
        spans(&json!([
            { "prices": a },
            { "constraint": { "start_date": "2026-01-01" }, "prices": b },
            { "constraint": evening, "prices": c },
        ])),
        [
            (None, date("2026-01-01"), json!([{ "prices": a }, { "constraint": evening, "prices": c }])),
            (date("2026-01-01"), None, json!([{ "prices": b }, { "constraint": evening, "prices": c }])),
        ]
    );
}

#[test]
fn a_file_that_cannot_be_meant_is_refused_with_its_place() {
    let model = |key: &str, value: Value| {
        let mut file = one_model(&json!({ "input_mtok": 1 }));
        file[0]["models"][0][key] = value;
        file
    };
    let twice = json!({ "id": "m", "match": { "equals": "m" }, "prices": {} });
    for (file, message) in [
        (json!(1), "at the top level: must be a list of providers with at least one"),
        (json!({ "providers": [] }), "at /providers: must be a list of providers with at least one"),
        (json!({ "source": 1, "providers": [] }), "at /source: must be a text of 1 to 200 characters"),
        (json!([1]), "at /0: must be an object with id and models"),
        (json!([{ "models": [] }]), "at /0/id: must be a text of 1 to 200 characters"),
        (json!([{ "id": "p" }]), "at /0/models: must be a list of models with at least one"),
        (json!([{ "id": "p", "models": [twice] }, { "id": "p", "models": [twice] }]), "at /1/id: stands in the file twice"),
        (json!([{ "id": "p", "models": [twice, twice] }]), "at /0/models/1/id: is the id of another model of this provider, too"),
        (
            json!({ "providers": [{ "id": "p", "models": [twice], "fallback_model_providers": ["q"] }] }),
            "at /providers/0/fallback_model_providers/0: is no other provider of this file",
        ),
        (
            model("match", json!({ "like": "m" })),
            "at /0/models/0/match: must be an object with one key: equals, starts_with, ends_with, contains, regex, or, and",
        ),
        (model("match", json!({ "or": [{ "equals": "" }] })), "at /0/models/0/match/or/0/equals: must be a text of 1 to 1000 characters"),
        (
            model("match", json!({ "regex": "(a)\\1" })),
            "at /0/models/0/match/regex: must be a regular expression without backreferences and lookaround, and not too large",
        ),
        (
            model("prices", json!({ "input_mtok": "x" })),
            "at /0/models/0/prices/input_mtok: must be an amount of US dollars, from 0 to 1000000",
        ),
        (
            model("prices", json!([{ "prices": { "input": 1 } }])),
            "at /0/models/0/prices/0/prices/input: is not a known price, such as input_mtok or requests_kcount",
        ),
        (
            model("prices", json!([{ "constraint": { "start_date": "soon" }, "prices": {} }])),
            "at /0/models/0/prices/0/constraint/start_date: must be a date such as 2026-09-01",
        ),
        (model("prices", Value::Null), "at /0/models/0/prices: must be an object of prices"),
    ] {
        let problem = PriceFile::parse(&file).unwrap_err();
        assert_eq!((problem.code, problem.message.as_str()), ("price_file_malformed", message), "{file}");
    }
}

#[test]
fn a_name_fits_a_clause_in_either_case() {
    let excluding = "^(?!.*-[tT][tT][sS](?:$|-))";
    for (clause, fits, does_not) in [
        (json!({ "equals": "GPT-4" }), "gpt-4", "gpt-4o"),
        (json!({ "starts_with": "gpt-4" }), "gpt-4o", "a-gpt-4"),
        (json!({ "ends_with": "mini" }), "o4-mini", "mini-4"),
        (json!({ "contains": "SONNET" }), "claude-sonnet-4", "claude-haiku"),
        (json!({ "regex": "^o[134]" }), "o3-mini", "gpt-o3"),
        (json!({ "or": [{ "equals": "a" }, { "equals": "b" }] }), "b", "c"),
        (json!({ "and": [{ "starts_with": "a" }, { "ends_with": "b" }] }), "ab", "abc"),
        (json!({ "regex": excluding }), "gemini-2.5-pro", "gemini-2.5-pro-tts"),
        (json!({ "regex": excluding }), "gemini-2.5-pro-ttss", "gemini-2.5-pro-tts-1"),
        (json!({ "regex": "^(?!a[)])(?:a|b)$" }), "a", "c"),
    ] {
        let parsed = Clause::parse(&clause).unwrap();
        assert!(parsed.matches(fits) && !parsed.matches(does_not), "{clause}");
    }
    assert!(Clause::parse(&json!({ "regex": "^(?!a)b|c" })).is_err());
}

#[test]
fn clauses_cannot_be_deep_enough_to_hurt() {
    let deep = (0..20).fold(json!({ "equals": "a" }), |inner, _| json!({ "or": [inner] }));
    assert!(Clause::parse(&deep).is_err());
}

#[test]
fn compact_dates_are_written_with_dashes() {
    for (name, dashed) in [
        ("gpt-5.2-20251211", Some("gpt-5.2-2025-12-11")),
        ("gpt-20251211:free", Some("gpt-2025-12-11:free")),
        ("a-20250101-20250102", Some("a-2025-01-01-2025-01-02")),
        ("gpt-20251311", None),
        ("gpt-202512111", None),
        ("gpt-19991211", None),
        ("gpt20251211", None),
        ("模型-20251211", Some("模型-2025-12-11")),
        ("", None),
    ] {
        assert_eq!(with_dashed_dates(name).as_deref(), dashed, "{name}");
    }
}
