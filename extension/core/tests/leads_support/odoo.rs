//! Odoo's own test of its lead scoring, in figures (`facts/leads.md` §5): leads of three teams.

use serde_json::json;
use steward_core::leads::model::definition::Definition;
use steward_core::leads::model::rows::{Lead, Rows};
use steward_core::leads::value::Value;

use super::definition;

/// Team, country, state, source, stage, won.
const LEADS: [(u8, u8, u8, u8, &str, bool); 9] = [
    (1, 0, 0, 0, "0", false),
    (1, 1, 1, 1, "1", false),
    (1, 2, 2, 2, "won", true),
    (2, 0, 1, 1, "2", false),
    (2, 0, 1, 2, "1", false),
    (2, 0, 2, 2, "won", true),
    (3, 1, 1, 1, "won", true),
    (3, 0, 1, 0, "0", false),
    (3, 1, 2, 2, "0", false),
];

/// E-mail and phone states are computed fields, empty in all these leads.
const FEATURES: [&str; 5] = ["country", "state", "source", "email_state", "phone_state"];

pub fn rules() -> Definition {
    let stages = json!({ "field": "stage", "order": ["0", "1", "2", "won"] });
    definition("bayes", &FEATURES, json!({ "stages": stages, "team": "team", "calibrate": false }))
}

/// Fields of a lead in the order of the definition.
pub fn fields(team: Option<u8>, country: u8, state: u8, source: u8, stage: &'static str) -> Vec<Value<'static>> {
    let level = |of: u8| Value::of_text(format!("level {of}"));
    let team = team.map_or(Value::Missing, |team| Value::Number(f64::from(team)));
    vec![level(country), level(state), level(source), Value::Missing, Value::Missing, Value::of_text(stage), team]
}

pub fn closed_leads() -> Rows {
    let mut rows = Rows::new(7);
    for (key, (team, country, state, source, stage, won)) in (0..).zip(LEADS) {
        rows.push(&fields(Some(team), country, state, source, stage), Lead { key, at: 0, won });
    }
    rows
}
