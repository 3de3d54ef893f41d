use serde_json::json;

use super::*;

fn refusal(value: Value) -> String {
    Policy::parse(&value).map_or_else(|problem| problem.message, |_| "accepted".to_owned())
}

#[test]
fn nothing_said_is_the_brief() {
    let policy = Policy::parse(&json!({})).unwrap_or_else(|problem| unreachable!("{problem:?}"));
    assert_eq!(policy, Policy::default());
    assert_eq!(
        (policy.range(0), policy.range(7), policy.range(14)),
        (Range { least: 5, most: 10 }, Range { least: 10, most: 20 }, Range { least: 20, most: 40 })
    );
}

#[test]
fn the_stricter_rules_fit_and_their_caps_are_what_the_window_holds() {
    let strict = json!({ "window": ["09:00", "18:00"], "breaks": [["12:00", "14:00"]], "gap_minutes": [20, 40], "daily_cap": [15, 40] });
    let policy = Policy::parse(&strict).unwrap_or_else(|problem| unreachable!("{problem:?}"));
    assert!((17..=20).contains(&policy.most_actions()), "{}", policy.most_actions());
    let written = serde_json::to_value(&policy).unwrap_or_default();
    assert_eq!(written["breaks"], strict["breaks"]);
    assert_eq!(Policy::parse(&written).ok(), Some(policy));
}

#[test]
fn what_cannot_be_kept_is_refused_with_the_reason() {
    for (value, reason) in [
        (json!({ "window": ["21:00", "09:00"] }), "window ends before it begins"),
        (json!({ "window": ["09:00", "25:00"] }), "HH:MM"),
        (json!({ "breaks": [["08:00", "10:00"]] }), "breaks have to lie inside"),
        (json!({ "breaks": [["12:00", "14:00"], ["13:00", "15:00"]] }), "breaks have to lie inside"),
        (json!({ "days": [] }), "days names no day"),
        (json!({ "days": ["mon", "mon"] }), "days names no day"),
        (json!({ "gap_minutes": [10, 45] }), "at least 15 minutes"),
        (json!({ "gap_minutes": [45, 15] }), "at least 15 minutes"),
        (json!({ "daily_cap": [40, 20] }), "daily_cap"),
        (json!({ "weekly_cap": 151 }), "weekly_cap has to be 1 to 150"),
        (json!({ "window": ["09:00", "11:00"] }), "the window holds"),
        (json!({ "kinds": { "poke": 3 } }), "poke"),
        (json!({ "weekley_cap": 100 }), "weekley_cap"),
    ] {
        let said = refusal(value.clone());
        assert!(said.contains(reason), "{value}: {said}");
    }
}
