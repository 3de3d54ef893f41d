use serde_json::{Value as Json, json};

use super::*;

/// A model of two teams, as it is stored.
fn stored() -> Json {
    let features = json!([
        { "field": "segment", "as": "levels", "levels": ["dental", "medical"], "leads": [60, 30, 0, 10], "wins": [30, 3, 0, 1] },
        { "field": "headcount", "as": "deciles", "cuts": [50.0], "leads": [50, 40, 10], "wins": [20, 10, 4] },
    ]);
    json!({
        "version": 1, "method": "logistic", "features": features, "team": "owner",
        "tables": [
            { "team": null, "intercept": -1.0, "weights": [[0.5, -0.5, 0.1, 0.0], [0.25, -0.25, 0.0]], "means": [0.1, 0.05] },
            { "team": "north", "intercept": 1.0, "weights": [[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], "means": [0.5, 0.0] },
        ],
        "calibration": { "slope": 2.0, "intercept": 0.5 }, "hold_out": { "kind": "time", "after": 7 },
        "leads": 100, "wins": 34, "rounds": 5, "converged": true,
    })
}

fn model() -> Model {
    Model::parse(&stored().to_string()).unwrap_or_else(|problem| unreachable!("{problem}"))
}

#[test]
fn a_part_is_how_far_a_field_moves_a_lead_from_the_average_one() {
    let of = model().score(&[Value::of_text("medical"), Value::Number(51.0)]);
    assert!((of.base - (2.0 * (-1.0 + 0.1 + 0.05) + 0.5)).abs() < 1e-12, "{of:?}");
    assert!((of.parts[0] - 2.0 * (-0.5 - 0.1)).abs() < 1e-12 && (of.parts[1] - 2.0 * (-0.25 - 0.05)).abs() < 1e-12, "{of:?}");
    assert!((of.probability - logistic(of.log_odds)).abs() < 1e-15);
}

#[test]
fn a_team_has_its_own_weights_and_any_other_those_of_all() {
    let base = |team: Value<'_>| model().score(&[Value::Missing, Value::Missing, team]).base;
    assert!((base(Value::of_text("north")) - 3.5).abs() < 1e-12);
    for other in [Value::of_text("south"), Value::Missing, Value::List(vec![Value::of_text("north")])] {
        assert!((base(other) + 1.2).abs() < 1e-12);
    }
}

#[test]
fn fields_and_labels_say_what_was_read() {
    let model = model();
    assert_eq!(model.fields(), ["segment", "headcount", "owner"]);
    assert_eq!(model.labels(&[Value::of_text("dental"), Value::of_text("50")]), ["dental", "up to 50"]);
    let list = Value::List(vec![Value::of_text("medical"), Value::of_text("naval")]);
    assert_eq!(model.labels(&[list]), ["medical, other", "missing"]);
}

#[test]
fn it_is_stored_as_it_was_read() {
    assert_eq!(serde_json::from_str::<Json>(&model().to_json()).ok(), Some(stored()));
}

#[test]
fn what_was_not_written_here_is_refused() {
    let changes: [(&str, Json); 12] = [
        ("/version", json!(2)),
        ("/method", json!("forest")),
        ("/tables", json!([])),
        ("/tables/0/team", json!("all")),
        ("/tables/1/team", json!(null)),
        ("/tables/0/weights/0", json!([0.5])),
        ("/tables/0/means", json!([0.5])),
        ("/tables/0/intercept", json!(1e300)),
        ("/calibration/slope", json!(-1e99)),
        ("/features/0/levels", json!(["medical", "dental"])),
        ("/features/1/cuts", json!([50.0, 50.0])),
        ("/features/1/as", json!("bins")),
    ];
    for (place, value) in changes {
        let mut stored = stored();
        if let Some(old) = stored.pointer_mut(place) {
            *old = value;
        }
        assert!(Model::parse(&stored.to_string()).is_err_and(|problem| problem.code == "model_invalid"), "{place}");
    }
    assert!(Model::parse("").is_err());
}
