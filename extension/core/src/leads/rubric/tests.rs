use serde_json::{Value as Json, json};

use super::*;

fn rubric(definition: Json) -> Rubric {
    Rubric::parse(&definition).expect("a rubric")
}

fn contributions(rubric: &Rubric, values: &[Value]) -> Vec<f64> {
    rubric.score(values, &Beside::default()).contributions.iter().map(|contribution| f64::from(*contribution) / 1000.0).collect()
}

fn code(definition: Json) -> String {
    let problem = Rubric::parse(&definition).expect_err("it is refused");
    assert_eq!(problem.code, "rubric_invalid");
    problem.message
}

fn text(text: &str) -> Value<'_> {
    Value::of_text(text)
}

#[test]
fn a_band_begins_at_its_number_or_above_it_as_the_rubric_says() {
    let at_least = rubric(json!({"terms": [{"name": "size", "kind": "bands", "field": "n", "bands": [[50, 9], [20, 6]], "else": 1}]}));
    let above = rubric(
        json!({"terms": [{"name": "size", "kind": "bands", "field": "n", "compare": "above", "bands": [[50, 9], [20, 6]], "else": 1}]}),
    );
    for (number, expected_at_least, expected_above) in
        [("50", 9.0, 6.0), ("50.5", 9.0, 9.0), ("20", 6.0, 1.0), ("x", 1.0, 1.0), ("NaN", 1.0, 1.0)]
    {
        assert_eq!(contributions(&at_least, &[text(number)])[0], expected_at_least, "{number}");
        assert_eq!(contributions(&above, &[text(number)])[0], expected_above, "{number}");
    }
}

#[test]
fn people_are_counted_in_thousands_where_a_text_groups_them() {
    let rubric = rubric(
        json!({"terms": [{"name": "size", "kind": "curve", "field": "n", "of": "headcount", "corners": [[0, 0], [10_000, 10_000]]}]}),
    );
    let texts = [
        ("1.001", 1001.0),
        ("10.000", 10_000.0),
        ("1,001", 1001.0),
        ("1.5", 1.5),
        ("0.500", 0.5),
        ("1001", 1001.0),
        ("51-200 employees", 125.5),
    ];
    for (people, expected) in texts {
        assert_eq!(contributions(&rubric, &[text(people)])[0], expected, "{people}");
    }
    assert_eq!(contributions(&rubric, &[Value::Number(1.001)])[0], 1.001, "a number is what it is");
}

#[test]
fn a_rank_that_is_just_below_a_word_stays_below_it() {
    let rubric = rubric(
        json!({"terms": [{"name": "rank", "kind": "value", "field": "n", "min": 0, "max": 10}], "total": {"of": 10, "to": 10, "decimals": 3},
        "heat": [{"label": "HOT", "min": 9}, {"label": "WARM", "min": 7}, {"label": "COLD"}]}),
    );
    for (rank, word) in [("8.9996", "WARM"), ("9", "HOT"), ("9.0004", "HOT"), ("6.9999", "COLD"), ("7.000", "WARM")] {
        let score = rubric
            .score([text(rank)].as_slice(), &Beside::default())
            .contributions
            .iter()
            .map(|contribution| i64::from(*contribution))
            .sum();
        assert_eq!(rubric.heat(Points(score)), Some(word), "{rank}");
    }
}

#[test]
fn the_first_group_of_words_that_fits_counts() {
    let rubric = rubric(json!({"terms": [{"name": "industry", "kind": "contains", "field": ["a", "b"], "any_value": 5, "else": 0,
        "any": [{"of": ["dental", "saúde"], "points": 15}, {"of": ["medical"], "points": 10}]}]}));
    let points = |a, b| contributions(&rubric, &[a, b])[0];
    assert_eq!(points(text("Medical and DENTAL"), Value::Missing), 15.0);
    assert_eq!(points(Value::Missing, text("SAÚDE")), 15.0);
    assert_eq!(points(text("Medical"), text("software")), 10.0);
    assert_eq!(points(text("dent\u{430}l"), Value::Missing), 5.0, "a letter that looks alike is another one");
    assert_eq!(points(Value::Missing, Value::Missing), 0.0);
}

#[test]
fn lists_are_counted_and_fields_that_are_there_too() {
    let rubric = rubric(json!({"terms": [{"name": "projects", "kind": "count", "field": "p", "each": 5, "max": 15},
        {"name": "complete", "kind": "presence", "field": ["p", "q"], "each": 1}]}));
    let list = |count| Value::List(vec![text("one"); count]);
    assert_eq!(contributions(&rubric, &[list(2), text("x")])[..2], [10.0, 2.0]);
    assert_eq!(contributions(&rubric, &[list(9), Value::Missing])[..2], [15.0, 1.0]);
    assert_eq!(contributions(&rubric, &[text("one"), text(" ")])[..2], [5.0, 1.0]);
    assert_eq!(contributions(&rubric, &[list(0), Value::Missing])[..2], [0.0, 0.0]);
}

/// A sum that does not fit the ledger would keep a workspace's scores from being written at all.
#[test]
fn many_fields_and_long_lists_give_no_more_than_a_term_may() {
    let fields: Vec<String> = (0..300).map(|n| format!("f{n}")).collect();
    let presence = |name: &str| json!({"name": name, "kind": "presence", "field": fields, "each": 10_000});
    let rubric = rubric(
        json!({"terms": [presence("one"), presence("two"), {"name": "less", "kind": "count", "field": "f0", "each": -10_000, "max": 1}]}),
    );
    let lead = vec![Value::List(vec![text("one"); 300]); 300];
    let score = rubric.score(lead.as_slice(), &Beside::default()).contributions;
    assert_eq!(score, [10_000_000, 10_000_000, -10_000_000, -9_900_000]);
    assert_eq!(score.iter().sum::<i32>(), 100_000);
}

#[test]
fn a_curve_is_straight_between_its_corners_and_flat_beyond() {
    let rubric =
        rubric(json!({"terms": [{"name": "reviews", "kind": "curve", "field": "n", "corners": [[0, 0], [10, 5], [20, 6]], "else": -1}]}));
    for (number, expected) in [(-5.0, 0.0), (5.0, 2.5), (10.0, 5.0), (15.0, 5.5), (1e9, 6.0)] {
        assert_eq!(contributions(&rubric, &[Value::Number(number)])[0], expected, "{number}");
    }
    assert_eq!(contributions(&rubric, &[Value::Missing])[0], -1.0);
}

#[test]
fn the_first_field_that_is_there_decides_even_where_it_is_no_number() {
    let rubric = rubric(
        json!({"terms": [{"name": "rank", "kind": "value", "field": ["a", "b"], "min": 0, "max": 10}], "total": {"of": 10, "to": 10, "max": 10, "decimals": 1},
        "heat": [{"label": "HOT", "min": 9}, {"label": "WARM", "min": 7}, {"label": "COLD"}]}),
    );
    let heat = |a, b| {
        rubric.heat(Points(
            rubric.score([a, b].as_slice(), &Beside::default()).contributions.iter().map(|contribution| i64::from(*contribution)).sum(),
        ))
    };
    assert_eq!(heat(text("9"), text("1")), Some("HOT"));
    assert_eq!(heat(Value::Missing, text("8.9")), Some("WARM"));
    assert_eq!(heat(text("n/a"), text("9")), Some("COLD"));
    assert_eq!(heat(Value::Missing, Value::Missing), Some("COLD"));
}

#[test]
fn caps_scaling_and_bounds_are_parts_so_that_the_sum_is_the_score() {
    let rubric = rubric(
        json!({"terms": [{"name": "a", "group": "fit", "kind": "value", "field": "a", "min": -100, "max": 100}, {"name": "b", "group": "fit", "kind": "value", "field": "b", "min": 0, "max": 100}],
        "groups": {"fit": {"max": 60}}, "total": {"of": 110, "to": 100}}),
    );
    assert_eq!(rubric.contributions(), ["a", "b", "cap of fit", "total"]);
    assert_eq!(contributions(&rubric, &[Value::Number(50.0), Value::Number(40.0)]), [50.0, 40.0, -30.0, -5.0]);
    assert_eq!(contributions(&rubric, &[Value::Number(-50.0), Value::Missing]), [-50.0, 0.0, 0.0, 50.0]);
    let reasons = rubric.explain([Value::Number(50.0), Value::Number(40.0)].as_slice(), &Beside::default());
    assert_eq!(reasons[2].reason, "fit gives at most 60");
    assert_eq!(reasons[3].reason, "60 of 110 points are 55 of 100, to no digit after the point, from 0 to 100");
}

#[test]
fn halves_go_up_when_a_score_is_rounded() {
    let total = definition_total(json!({"of": 200, "to": 100}));
    assert_eq!([1_000, 3_000, 2_000, 199_000].map(|sum| total.score(Points(sum)).0), [1_000, 2_000, 1_000, 100_000]);
}

/// Signals of 0.9 points were worth 9 of 100 for ever where ten points are a full score.
#[test]
fn a_score_is_due_when_its_own_points_have_gone_whichever_terms_they_come_from() {
    let term = |name: &str| json!({"name": name, "kind": "signals", "max": 10, "signals": {name: {"points": 0.9, "linear_days": 9}}});
    let rubric = |total: Json| rubric(json!({"terms": [term("view"), term("reply")], "total": total}));
    let day = 86_400_000_000;
    let signals = ["view", "reply"].map(|kind| Signal { kind, value: 1.0, at: 0, day: 0 });
    let score = |rubric: &Rubric, now| rubric.score([].as_slice(), &Beside { signals: &signals, now, ..Beside::default() });
    // A tenth of a point each day and term makes two points of the score: half a day for one of them, and nine days where a point takes ten times as much.
    for (rubric, expected) in
        [(rubric(json!({"of": 10, "to": 100})), day / 2), (rubric(json!({})), 5 * day), (rubric(json!({"of": 100, "to": 10})), 9 * day)]
    {
        let due = score(&rubric, 0).due_at.expect("it falls");
        assert!((due - expected).abs() < 60_000_000, "{due} {expected}");
        let contributions = score(&rubric, 9 * day + 1);
        assert_eq!((contributions.contributions.iter().sum::<i32>(), contributions.due_at), (0, None));
    }
}

fn definition_total(total: Json) -> total::Total {
    rubric(json!({"terms": [{"name": "a", "kind": "value", "field": "a", "min": 0, "max": 1}], "total": total})).definition.total
}

#[test]
fn a_likelihood_takes_its_share_and_without_a_model_the_rubric_stands() {
    let rubric =
        rubric(json!({"terms": [{"name": "a", "kind": "value", "field": "a", "min": 0, "max": 100}], "likelihood": {"weight": 0.5}}));
    let with = |probability| Beside { learned: Some(Learned { probability, base: 0.1 }), ..Beside::default() };
    let lead = [Value::Number(80.0)];
    let score = |beside: &Beside| rubric.score(lead.as_slice(), beside).contributions;
    assert_eq!(score(&with(0.1)), [80_000, 0, -15_000]);
    assert_eq!(score(&with(0.9)), [80_000, 0, 5_000]);
    assert_eq!(score(&Beside::default()), [80_000, 0, 0]);
    assert_eq!(score(&with(f64::NAN)), [80_000, 0, 0]);
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let term = |rule: Json| json!({"terms": [rule]});
    assert_eq!(code(json!({"terms": []})), "at /terms: a rubric has 1 to 100 terms");
    assert!(code(term(json!({"name": "a", "kind": "bands", "field": "n", "bands": [[1, 1], [2, 2]]}))).starts_with("at /terms/0/bands: "));
    assert!(
        code(term(json!({"name": "a", "kind": "curve", "field": "n", "corners": [[1, 1], [1, 2]]}))).starts_with("at /terms/0/corners: ")
    );
    assert!(code(term(json!({"name": "a", "kind": "guess"}))).starts_with("at /terms/0: unknown variant"));
    assert!(code(term(json!({"name": "a", "kind": "value", "field": "n", "min": 0, "max": 1, "extra": 1}))).contains("extra"));
    assert!(code(term(json!({"name": "a", "kind": "value", "field": "n", "min": 0, "max": 1e9}))).contains("more than"));
    assert!(
        code(term(json!({"name": "a", "group": "g", "kind": "value", "field": "n", "min": 0, "max": 1})))
            .ends_with("there is no group g in /groups")
    );
    assert!(code(term(json!({"name": "total", "kind": "value", "field": "n", "min": 0, "max": 1}))).ends_with("a name of its own"));
    assert!(
        code(term(json!({"name": "s", "kind": "signals", "max": 9, "signals": {"view": {"points": 1, "half_life_days": 0}}})))
            .contains("/signals/view")
    );
    assert!(
        code(term(json!({"name": "w", "kind": "contains", "field": "n", "any": [{"of": [""], "points": 1}]}))).ends_with("in every text")
    );
}

#[test]
fn a_rubric_that_is_written_now_reads_fields_that_there_are() {
    let term = |fields: Json| json!({"terms": [{"name": "a", "kind": "presence", "field": "email", "each": 1}, {"name": "b", "kind": "presence", "field": fields, "each": 1}]});
    assert!(Rubric::define(&term(json!(["attributes.x", "outcome_at", "company_size"]))).is_ok());
    let problem = Rubric::define(&term(json!(["segment", "headcount"]))).expect_err("it is an attribute");
    assert_eq!((problem.code, problem.message.as_str()), ("rubric_invalid", "at /terms/1/field: leads have no field headcount"));
    assert!(problem.hint.is_some_and(|hint| hint.contains("attributes.headcount")));
    assert!(Rubric::parse(&term(json!("suggested_owner"))).is_ok(), "what is stored can be read");
}

#[test]
fn the_reasons_of_a_list_are_the_three_parts_that_give_most_and_the_first_of_equal_ones() {
    let contributions = ["size", "industry", "website", "urgency", "visits", "total"];
    assert_eq!(reason::top(&contributions, &[9000, -1000, 12_500, 9000, 1, 20_000]), ["website +12.5", "size +9", "urgency +9"]);
    assert_eq!(reason::top(&contributions, &[0, 0, 0, 0, 1, 0]), ["visits +0.001"]);
    assert_eq!(reason::top(&contributions, &[]), [""; 0]);
}
