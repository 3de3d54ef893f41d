#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::sync::{Arc, Mutex};

use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::*;
use crate::secrets::Secrets;

/// Refuses what contains `poison`, fails `outages` times, and remembers the rest.
#[derive(Clone, Default)]
struct Store(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    outages: u32,
    poison: Option<&'static str>,
    statements: Vec<usize>,
    stored: Vec<Value>,
}

impl FinishStore for Store {
    async fn finish(&mut self, outcomes: &[Finished]) -> Result<Vec<Attempt>, StatementError> {
        let mut state = self.0.lock().unwrap();
        state.statements.push(outcomes.len());
        if state.outages > 0 {
            state.outages -= 1;
            return Err(StatementError { sqlstate: None, words: "connection lost".to_owned() });
        }
        let poisoned = |poison: &str| outcomes.iter().any(|outcome| outcome.json.get().contains(poison));
        if state.poison.is_some_and(poisoned) {
            let words = "unsupported Unicode escape sequence".to_owned();
            return Err(StatementError { sqlstate: Some("22P05".to_owned()), words });
        }
        state.stored.extend(outcomes.iter().map(|outcome| serde_json::from_str(outcome.json.get()).unwrap()));
        Ok(Vec::new())
    }
}

fn finished(job: u128, body: &str) -> Finished {
    let id = (Uuid::from_u128(job), 1);
    let json = format!(r#"{{"job_id":"{}","body":"{body}"}}"#, id.0);
    Finished { id, json: RawValue::from_string(json).unwrap(), is_rejection: false, held: None }
}

async fn deliver(store: &Store, outcomes: Vec<Finished>) {
    let (sender, source) = mpsc::channel(outcomes.len());
    for outcome in outcomes {
        sender.send(outcome).await.ok().unwrap();
    }
    drop(sender);
    let redactor = Redactor::new(&Secrets::default()).unwrap();
    run(store.clone(), source, &redactor).await;
}

#[tokio::test(start_paused = true)]
async fn stores_waiting_outcomes_in_few_statements() {
    let store = Store::default();
    deliver(&store, (0..1200).map(|job| finished(job, "")).collect()).await;
    let state = store.0.lock().unwrap();
    assert_eq!(state.stored.len(), 1200);
    assert!(state.statements.iter().all(|outcomes| *outcomes <= MOST_OUTCOMES + 1), "{:?}", state.statements);
    assert!(state.statements.len() <= 4, "{:?}", state.statements);
}

#[tokio::test(start_paused = true)]
async fn keeps_large_outcomes_apart() {
    let store = Store::default();
    let large = "x".repeat(MOST_BYTES / 2);
    deliver(&store, (0..6).map(|job| finished(job, &large)).collect()).await;
    assert_eq!(store.0.lock().unwrap().statements, [2, 2, 2]);
}

#[tokio::test(start_paused = true)]
async fn repeats_until_the_database_is_back() {
    let store = Store::default();
    store.0.lock().unwrap().outages = 30;
    deliver(&store, vec![finished(1, "paid answer")]).await;
    let state = store.0.lock().unwrap();
    assert_eq!(state.stored[0]["body"], "paid answer");
    assert_eq!(state.statements.len(), 31);
}

#[tokio::test(start_paused = true)]
async fn reports_an_outcome_that_the_database_cannot_read_as_lost_and_stores_the_others() {
    let store = Store::default();
    store.0.lock().unwrap().poison = Some("poison");
    let outcomes = (0..100).map(|job| finished(job, if job == 37 { "poison" } else { "fine" })).collect();
    deliver(&store, outcomes).await;
    let state = store.0.lock().unwrap();
    let (fine, lost): (Vec<_>, Vec<_>) = state.stored.iter().partition(|outcome| outcome["body"] == "fine");
    assert_eq!((fine.len(), lost.len()), (99, 1));
    assert_eq!(lost[0]["job_id"], Uuid::from_u128(37).to_string());
    assert_eq!((&lost[0]["phase"], &lost[0]["code"]), (&Value::from("lost"), &Value::from("outcome_rejected")));
    assert!(lost[0]["error"].as_str().unwrap().contains("22P05"), "{}", lost[0]);
}

#[tokio::test(start_paused = true)]
async fn does_not_go_in_circles_when_even_the_rejection_is_refused() {
    let store = Store::default();
    store.0.lock().unwrap().poison = Some("job_id");
    deliver(&store, vec![finished(1, ""), finished(2, "")]).await;
    assert!(store.0.lock().unwrap().stored.is_empty());
}
