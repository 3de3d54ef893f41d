use serde_json::json;

use super::*;

fn parse(value: &Value) -> Result<Definition, Problem> {
    Definition::parse(value, &["segment".to_owned()])
}

#[test]
fn what_is_left_out_is_completed_and_comes_back_the_same() {
    let Ok(definition) = parse(&json!({ "method": "logistic" })) else { unreachable!("it is valid") };
    let all = json!({
        "method": "logistic", "features": [{ "field": "segment" }], "target": "outcome", "split": { "kind": "time", "holdout": 0.3 },
        "l2": 1.0, "min_leads": 1000, "min_wins": 120, "level_leads": 20, "calibrate": true,
    });
    assert_eq!(serde_json::to_value(&definition).ok(), Some(all.clone()));
    assert_eq!(parse(&all).ok(), Some(definition));
}

#[test]
fn features_are_names_or_say_how_they_are_encoded() {
    let written = json!({ "method": "bayes", "features": ["attributes.job", { "field": "attributes.age", "as": "deciles" }], "team": "owner",
        "stages": { "field": "attributes.stage", "order": ["new", "won"] }, "split": { "kind": "random" } });
    let Ok(definition) = parse(&written) else { unreachable!("it is valid") };
    assert_eq!(definition.fields(), ["attributes.job", "attributes.age", "attributes.stage", "owner"]);
    assert_eq!(definition.features.iter().map(|feature| feature.encoding).collect::<Vec<_>>(), [None, Some(As::Deciles)]);
    assert_eq!((definition.split, definition.level_leads), (Split::Random { holdout: 0.3, seed: 1 }, Some(1)));
}

#[test]
fn what_cannot_be_trained_is_refused_with_a_sentence() {
    let wrong = [
        (json!({}), "missing field `method`"),
        (json!({ "method": "forest" }), "unknown variant `forest`"),
        (json!({ "method": "logistic", "l3": 1 }), "unknown field `l3`"),
        (json!({ "method": "logistic", "target": "owner" }), "target has to be outcome"),
        (json!({ "method": "logistic", "features": [7] }), "a feature is the name of a field"),
        (json!({ "method": "logistic", "features": [{ "field": "a", "as": "bins" }] }), "a feature: unknown variant `bins`"),
        (json!({ "method": "logistic", "features": [" "] }), "a field has no name"),
        (json!({ "method": "logistic", "features": ["outcome_at"] }), "outcome_at is what is predicted"),
        (json!({ "method": "logistic", "features": ["city", "city"] }), "city is named twice"),
        (json!({ "method": "logistic", "split": { "kind": "time", "holdout": 0.0 } }), "holdout has to be"),
        (json!({ "method": "logistic", "split": { "kind": "time", "seed": 1 } }), "unknown field `seed`"),
        (json!({ "method": "logistic", "l2": 0 }), "l2 has to be"),
        (json!({ "method": "logistic", "min_wins": 0 }), "min_leads, min_wins and level_leads"),
        (json!({ "method": "logistic", "team": "owner" }), "stages and team are for bayes"),
        (json!({ "method": "bayes", "features": [{ "field": "a", "as": "standard" }] }), "bayes counts"),
        (json!({ "method": "bayes", "stages": { "field": "a", "order": ["x", "x"] } }), "order of stages"),
        (json!({ "method": "bayes", "stages": { "field": "segment", "order": ["x"] } }), "segment is named twice"),
    ];
    for (written, says) in wrong {
        let Err(problem) = parse(&written) else { unreachable!("{written} is invalid") };
        assert_eq!(problem.code, "model_invalid");
        assert!(problem.message.contains(says), "{problem}");
    }
    assert!(Definition::parse(&json!({ "method": "logistic" }), &[]).is_err());
}

#[test]
fn what_is_written_now_names_fields_that_there_are() {
    let written = |features: Value, team: &str| json!({ "method": "bayes", "features": features, "team": team });
    assert!(Definition::define(&written(json!(["segment", "attributes.job"]), "owner"), &[]).is_ok());
    for wrong in [written(json!(["segment", "job"]), "owner"), written(json!(["segment"]), "suggested_owner")] {
        let Err(problem) = Definition::define(&wrong, &[]) else { unreachable!("{wrong}") };
        assert!(problem.code == "model_invalid" && problem.message.starts_with("leads have no field "), "{problem}");
        assert!(problem.hint.is_some_and(|hint| hint.starts_with("Did you mean attributes.")));
    }
}
