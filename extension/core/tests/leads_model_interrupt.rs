//! A training that nobody waits for any more ends, wherever it is.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod leads_support;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use leads_support::definition;
use serde_json::{Value as Json, json};
use steward_core::leads::model::definition::Definition;
use steward_core::leads::model::interrupt::Interrupt;
use steward_core::leads::model::rows::{Lead, Rows};
use steward_core::leads::model::train::{Answer, train};
use steward_core::leads::value::Value;

/// Leads of three fields that say something; 20,000 are twenty questions in each round.
const LEADS: u64 = 20_000;

fn rows() -> Rows {
    let mut rows = Rows::new(4);
    for key in 0..LEADS {
        let team = Value::of_text(format!("team {}", key % 7));
        let values =
            [Value::of_text(format!("level {}", key * key % 90)), Value::Number((key * 37 % 1001) as f64), Value::Flag(key % 3 == 0), team];
        rows.push(&values, Lead { key, at: key as i64, won: key * 53 % 97 < 20 + key % 3 * 20 });
    }
    rows
}

fn methods() -> [Definition; 2] {
    let of = |method: &str, settings: Json| definition(method, &["a", "b", "c"], settings);
    [of("logistic", json!({ "level_leads": 1 })), of("bayes", json!({ "team": "team" }))]
}

/// How often a training asks, and what came of it; it is ended at a question where one is said.
fn asked(definition: &Definition, rows: &Rows, last: Option<usize>) -> (usize, bool) {
    let asked = Cell::new(0);
    let ask = || {
        asked.set(asked.get() + 1);
        assert!(last != Some(asked.get()), "the statement was cancelled");
    };
    let ended = catch_unwind(AssertUnwindSafe(|| train(definition, rows, Interrupt(&ask))));
    (asked.get(), matches!(ended, Ok(Ok(Answer::Trained(_)))))
}

#[test]
fn a_training_asks_every_thousand_leads_of_each_round_and_at_each_pivot() {
    let rows = rows();
    let [logistic, bayes] = methods();
    let (of_logistic, of_bayes) = (asked(&logistic, &rows, None), asked(&bayes, &rows, None));
    // A round goes through 14,000 leads three times and has a hundred pivots: twelve rounds in all, with those of the folds.
    assert!(of_logistic.1 && of_logistic.0 > 1000, "{of_logistic:?}");
    // Seven teams, six fits, and all leads of each team once more.
    assert!(of_bayes.1 && of_bayes.0 > 300, "{of_bayes:?}");
}

#[test]
fn a_training_that_is_cancelled_does_nothing_more() {
    let rows = rows();
    for definition in methods() {
        let (all, _) = asked(&definition, &rows, None);
        for last in [1, 2, all / 4, all / 2, all - 1, all] {
            assert_eq!(asked(&definition, &rows, Some(last)), (last, false));
        }
    }
}
