//! Fields as nobody would write them.

use proptest::prelude::*;
use serde_json::json;
use steward_core::leads::model::definition::Definition;
use steward_core::leads::model::rows::{Lead, Rows};
use steward_core::leads::value::Value;

use super::definition;

/// What a field may hold at worst.
pub fn value() -> impl Strategy<Value = Value<'static>> {
    let number = prop_oneof![
        -5.0..5.0_f64,
        any::<f64>(),
        prop::sample::select(vec![0.0, -0.0, f64::MAX, f64::MIN, f64::MIN_POSITIVE, f64::EPSILON, f64::NAN, f64::INFINITY, 1e300, 5e-324]),
    ];
    let text = prop_oneof![
        prop::sample::select(vec![
            "a",
            "b",
            "c",
            " a ",
            "",
            "  ",
            "NaN",
            "inf",
            "-Infinity",
            "1e999",
            "1",
            "1.0",
            "-0",
            "null",
            "true",
            "missing"
        ])
        .prop_map(str::to_owned),
        // Letters that look alike, invisible ones, and prose.
        prop::sample::select(vec!["а", "a\u{200b}", "e\u{301}", "é", "\u{202e}a", "\0"]).prop_map(str::to_owned),
        (150..400_usize).prop_map(|length| "x".repeat(length)),
        ".{0,20}",
    ];
    let leaf = prop_oneof![
        2 => Just(Value::Missing),
        4 => number.prop_map(Value::Number),
        4 => text.prop_map(|text| Value::Text(text.into())),
        1 => any::<bool>().prop_map(Value::Flag),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Value::List))
}

/// Fields of one lead.
pub fn lead() -> impl Strategy<Value = Vec<Value<'static>>> {
    prop::collection::vec(value(), 4)
}

/// Leads of both outcomes.
pub fn rows() -> impl Strategy<Value = Rows> {
    let leads = prop::collection::vec((lead(), any::<bool>()), 12..60);
    leads.prop_map(|leads| {
        let mut rows = Rows::new(4);
        for (key, (values, won)) in (0..).zip(leads) {
            // In turns at first, so that four folds of five never have one outcome only.
            let won = if key < 10 { key % 2 == 0 } else { won };
            rows.push(&values, Lead { key, at: 0, won });
        }
        rows
    })
}

/// Definitions of four fields that read them in every way.
pub fn definitions() -> Vec<Definition> {
    let of = |encoding: &str| {
        let feature = |field: &str| json!({ "field": field, "as": encoding });
        let features: Vec<_> = ["a", "b", "c", "d"].map(feature).to_vec();
        definition("logistic", &[], json!({ "features": features, "level_leads": 2, "l2": 0.001 }))
    };
    let stages = json!({ "field": "c", "order": ["1", "a", "b"] });
    vec![
        of("levels"),
        of("deciles"),
        of("standard"),
        definition("logistic", &["a", "b", "c", "d"], json!({})),
        definition("bayes", &["a", "b", "c", "d"], json!({ "calibrate": false })),
        definition("bayes", &["a", "b"], json!({ "stages": stages, "team": "d", "calibrate": false })),
    ]
}
