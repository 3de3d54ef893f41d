//! The model against figures of others: Odoo's own test, scikit-learn's coefficients; and what it does where there is too little.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod leads_support;

use leads_support::{all, definition, odoo};
use serde_json::json;
use steward_core::leads::model::definition::Definition;
use steward_core::leads::model::fit::fit;
use steward_core::leads::model::fitted::Model;
use steward_core::leads::model::interrupt::Interrupt;
use steward_core::leads::model::rows::{Lead, Rows};
use steward_core::leads::model::split::HoldOut;
use steward_core::leads::model::train::{Answer, TooLittle, train};
use steward_core::leads::value::Value;

const NO_HOLD_OUT: HoldOut = HoldOut::Time { after: i64::MAX };

fn fitted(definition: &Definition, rows: &Rows) -> Model {
    fit(definition, rows, &all(rows), NO_HOLD_OUT, 1, Interrupt::NEVER).unwrap()
}

/// A probability as Odoo writes it.
fn percent(model: &Model, fields: &[Value<'_>]) -> f64 {
    (model.score(fields).probability * 10_000.0).round() / 100.0
}

#[test]
fn odoos_own_test_comes_to_the_same_figures() {
    let model = fitted(&odoo::rules(), &odoo::closed_leads());
    assert_eq!(percent(&model, &odoo::fields(Some(1), 0, 1, 2, "1")), 33.49);
    assert_eq!(percent(&model, &odoo::fields(Some(2), 0, 1, 2, "1")), 7.74);
}

#[test]
fn a_lead_of_no_team_or_of_one_without_leads_has_the_sum_of_all() {
    let model = fitted(&odoo::rules(), &odoo::closed_leads());
    // Stage 0, country 0, state 1, source 2 and stage 1, each summed up over the three teams; every row that a team has begins with 0.1.
    let won = 3.3 / 9.6 * (1.3 / 3.6) * (1.3 / 3.7) * (2.3 / 3.8) * (3.3 / 3.3);
    let lost: f64 = 6.3 / 9.6 * (4.3 / 6.6) * (4.3 / 6.7) * (2.3 / 6.8) * (3.3 / 6.3);
    let expected = (won / (won + lost) * 10_000.0).round() / 100.0;
    for team in [None, Some(9)] {
        assert_eq!(percent(&model, &odoo::fields(team, 0, 1, 2, "1")), expected);
    }
}

#[test]
fn a_value_that_was_never_seen_is_left_out_and_nobody_is_certain() {
    let model = fitted(&odoo::rules(), &odoo::closed_leads());
    // Only the stage is left: 1.1 of 3.2 were won, and 1.1 of 3.2 lost in the second stage or later.
    assert_eq!(percent(&model, &odoo::fields(Some(1), 9, 9, 9, "1")), 50.0);
    // Nothing is left.
    assert_eq!(percent(&model, &[]), 34.38);
    let mut rows = Rows::new(1);
    for key in 0..200_000 {
        rows.push(&[Value::Flag(key % 2 == 0)], Lead { key, at: 0, won: key % 2 == 0 });
    }
    let model = fitted(&definition("bayes", &["reached"], json!({})), &rows);
    assert_eq!([true, false].map(|reached| percent(&model, &[Value::Flag(reached)])), [99.99, 0.01]);
}

#[test]
fn a_tag_counts_from_fifty_leads_on() {
    let mut rows = Rows::new(1);
    for key in 0..200 {
        let tags = [("often", key < 50), ("seldom", key < 49), ("all", true)];
        let tags = tags.into_iter().filter(|(_, has)| *has).map(|(tag, _)| Value::of_text(tag)).collect();
        rows.push(&[Value::List(tags)], Lead { key, at: 0, won: key % 5 == 0 || key < 40 });
    }
    let model = fitted(&definition("bayes", &["tags"], json!({ "calibrate": false })), &rows);
    // In the order of their bytes, then those never seen, and leads without tags.
    let weights = &model.tables[0].weights[0];
    assert!(weights[1] > 0.0 && weights[2] == 0.0 && weights[3..] == [0.0, 0.0], "{weights:?}");
    let [often, both] =
        [vec!["often"], vec!["often", "seldom", "unheard"]].map(|tags| Value::List(tags.into_iter().map(Value::of_text).collect()));
    assert_eq!(model.score(&[often]), model.score(&[both]));
}

/// The leads of `leads_support/reference.py`.
fn reference() -> Rows {
    let mut rows = Rows::new(2);
    for n in 0..240_u32 {
        let segment = ["a", "b", "c"][if n % 5 > 0 { n * n % 3 } else { 2 } as usize];
        let headcount = (n % 11 > 0).then(|| f64::from(n * 37 % 101) / 4.0);
        let most = 20.0 + if segment == "b" { 25.0 } else { 0.0 } + headcount.unwrap_or(0.0);
        let values = [Value::of_text(segment), headcount.map_or(Value::Missing, Value::of_number)];
        rows.push(&values, Lead { key: n.into(), at: n.into(), won: f64::from(n * 53 % 97) < most });
    }
    rows
}

#[test]
fn the_regression_finds_the_coefficients_that_scikit_learn_finds() {
    // Printed by leads_support/reference.py: l2, intercept, segments a, b, c, headcount, no headcount.
    let expected = [
        (1.0, [-0.610170198949, -0.496874867371, 0.904803288053, -0.407928420682, 0.219279070921, 2.027389392224]),
        (0.01, [-0.690481160183, -0.541254044526, 0.996607815462, -0.455353770937, 0.228518968437, 2.948864494579]),
    ];
    let features = json!(["segment", { "field": "headcount", "as": "standard" }]);
    for (l2, coefficients) in expected {
        let model = fitted(&definition("logistic", &[], json!({ "features": features, "l2": l2 })), &reference());
        let [segments, headcount] = [&model.tables[0].weights[0], &model.tables[0].weights[1]];
        let found = [&[model.tables[0].intercept], &segments[..3], &headcount[..]].concat();
        assert!(model.converged && found.len() == coefficients.len());
        assert!(found.iter().zip(coefficients).all(|(found, expected)| (found - expected).abs() < 1e-6), "{found:?} {coefficients:?}");
    }
}

#[test]
fn leads_that_a_column_separates_have_finite_weights() {
    let mut rows = Rows::new(1);
    for key in 0..1000 {
        rows.push(&[Value::Flag(key % 7 == 0)], Lead { key, at: 0, won: key % 7 == 0 });
    }
    for l2 in [1e-6, 1.0] {
        let model = fitted(&definition("logistic", &["copy"], json!({ "l2": l2 })), &rows);
        let of = [true, false].map(|copy| model.score(&[Value::Flag(copy)]));
        assert!(model.converged && of[0].probability > 0.97 && of[1].probability < 0.01, "{of:?}");
        assert!(of.iter().all(|of| of.log_odds.is_finite()));
    }
}

#[test]
fn the_mean_probability_of_the_training_leads_is_the_share_that_was_won() {
    let rows = reference();
    for method in ["logistic", "bayes"] {
        let model = fitted(&definition(method, &["segment", "headcount"], json!({ "level_leads": 1 })), &rows);
        let mean = all(&rows).iter().map(|row| model.score_row(&rows, *row).probability).sum::<f64>() / 240.0;
        let share = f64::from(model.wins) / f64::from(model.leads);
        assert!((mean - share).abs() < 1e-6, "{method}: {mean} {share}");
    }
}

#[test]
fn too_few_leads_or_wins_are_an_answer_that_says_what_is_needed() {
    let rows = reference();
    let answer = |settings: serde_json::Value| train(&definition("logistic", &["segment", "headcount"], settings), &rows, Interrupt::NEVER);
    let Ok(Answer::TooLittle(TooLittle { leads: 240, need_leads: 1000, need_wins: 120, reason, .. })) = answer(json!({})) else {
        unreachable!("240 leads are too few")
    };
    assert!(reason.starts_with("240 leads have an outcome") && reason.ends_with("so the rubric stands"), "{reason}");
    assert!(matches!(answer(json!({ "min_leads": 240, "min_wins": 200 })), Ok(Answer::TooLittle(TooLittle { need_wins: 200, .. }))));
    assert!(matches!(answer(json!({ "min_leads": 240, "min_wins": 50 })), Ok(Answer::Trained(_))));
}

#[test]
fn a_part_with_one_outcome_is_too_little_and_one_moment_cannot_be_split() {
    let rows = |at: fn(u64) -> i64| {
        let mut rows = Rows::new(1);
        (0..100).for_each(|key| rows.push(&[Value::Flag(key % 2 == 0)], Lead { key, at: at(key), won: key < 50 }));
        rows
    };
    let definition = definition("logistic", &["a"], json!({ "min_leads": 1, "min_wins": 1 }));
    let Ok(Answer::TooLittle(too_little)) = train(&definition, &rows(|key| key as i64), Interrupt::NEVER) else {
        unreachable!("the last 30 were lost")
    };
    assert_eq!(too_little.reason, "0 of 30 leads held out were won: some of each outcome are needed, so the rubric stands");
    let problem = train(&definition, &rows(|_| 7), Interrupt::NEVER).unwrap_err();
    assert!(problem.code == "model_invalid" && problem.hint.is_some(), "{problem}");
}

#[test]
fn too_many_columns_are_refused() {
    let fields: Vec<String> = (0..20).map(|n| format!("field {n}")).collect();
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    let mut rows = Rows::new(20);
    for key in 0..400 {
        rows.push(&vec![Value::of_text(format!("level {}", key % 150)); 20], Lead { key, at: 0, won: key % 2 == 0 });
    }
    let of = |method: &str| {
        fit(
            &definition(method, &fields, json!({ "level_leads": 1, "calibrate": false })),
            &rows,
            &all(&rows),
            NO_HOLD_OUT,
            1,
            Interrupt::NEVER,
        )
    };
    assert!(of("logistic").is_err_and(|problem| problem.message.contains("3040 columns")));
    assert!(of("bayes").is_ok());
}
