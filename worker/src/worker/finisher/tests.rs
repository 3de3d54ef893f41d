#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::sync::{Arc, Mutex};

use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::Instant;
use uuid::Uuid;

use super::*;
use crate::secrets::Secrets;

/// The job that somebody is resolving.
const RESOLVED: Uuid = Uuid::from_u128(1);

/// Refuses what contains `poison`, fails `outages` times, and remembers the rest.
#[derive(Clone, Default)]
pub struct Store(pub Arc<Mutex<State>>);

#[derive(Default)]
pub struct State {
    pub outages: u32,
    pub poison: Option<&'static str>,
    /// So many times somebody is resolving job 1.
    pub busy: u32,
    pub statements: Vec<usize>,
    pub stored: Vec<Value>,
}

impl FinishStore for Store {
    async fn finish(&mut self, outcomes: &[Finished]) -> Result<Vec<(Attempt, Verdict)>, StatementError> {
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
        let is_busy = |outcome: &Finished| outcome.id.0 == RESOLVED;
        let hold_back = state.busy > 0 && outcomes.iter().any(is_busy);
        state.busy -= u32::from(hold_back);
        let verdict = |outcome: &Finished| (outcome.id, if hold_back && is_busy(outcome) { Verdict::Busy } else { Verdict::Accepted });
        let verdicts: Vec<_> = outcomes.iter().map(verdict).collect();
        let stored = outcomes.iter().zip(&verdicts).filter(|(_, (_, verdict))| *verdict == Verdict::Accepted);
        state.stored.extend(stored.map(|(outcome, _)| serde_json::from_str::<Value>(outcome.json.get()).unwrap()));
        Ok(verdicts)
    }
}

pub fn finished(job: u128, body: &str) -> Finished {
    let id = (Uuid::from_u128(job), 1);
    let json = format!(r#"{{"job_id":"{}","attempt":1,"body":"{body}"}}"#, id.0);
    Finished::new(id, RawValue::from_string(json).unwrap(), None)
}

async fn deliver(store: &Store, outcomes: Vec<Finished>) {
    let (sender, source) = mpsc::channel(outcomes.len());
    for outcome in outcomes {
        sender.send(outcome).await.ok().unwrap();
    }
    drop(sender);
    assert!(finisher(store, CancellationToken::new()).run(source).await.is_empty(), "something was left");
}

fn finisher(store: &Store, give_up: CancellationToken) -> Finisher<Store> {
    Finisher::new(store.clone(), Arc::new(Redactor::new(&Secrets::default()).unwrap()), give_up)
}

/// The jobs of what was stored, in order.
pub fn stored(store: &Store) -> Vec<String> {
    store.0.lock().unwrap().stored.iter().map(|outcome| outcome["job_id"].as_str().unwrap().to_owned()).collect()
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

#[tokio::test(start_paused = true)]
async fn an_outcome_whose_job_is_being_resolved_is_offered_until_it_is_taken() {
    let store = Store::default();
    store.0.lock().unwrap().busy = 5;
    let since = Instant::now();
    deliver(&store, vec![finished(1, ""), finished(2, "")]).await;
    assert_eq!(stored(&store), [Uuid::from_u128(2), RESOLVED].map(|job| job.to_string()));
    assert_eq!(store.0.lock().unwrap().statements.len(), 6);
    // The waits grow: half of 100 + 200 + 400 + 800 + 1600 ms at least, all of it at most.
    assert!((1550..=3200).contains(&since.elapsed().as_millis()), "{:?}", since.elapsed());
}

#[tokio::test(start_paused = true)]
async fn others_are_stored_while_one_is_busy() {
    let store = Store::default();
    store.0.lock().unwrap().busy = u32::MAX;
    let (sender, source) = mpsc::channel(1);
    let give_up = CancellationToken::new();
    let run = tokio::spawn(finisher(&store, give_up.clone()).run(source));
    sender.send(finished(1, "")).await.ok().unwrap();
    for job in 2..100 {
        let since = Instant::now();
        sender.send(finished(job, "")).await.ok().unwrap();
        while stored(&store).len() < job as usize - 1 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(since.elapsed() < Duration::from_millis(20), "{:?}", since.elapsed());
    }
    give_up.cancel();
    let left = run.await.unwrap();
    assert_eq!(left.iter().map(|outcome| outcome.id.0).collect::<Vec<_>>(), [RESOLVED]);
}

#[tokio::test(start_paused = true)]
async fn giving_up_hands_everything_back_that_is_not_stored() {
    let store = Store::default();
    store.0.lock().unwrap().outages = u32::MAX;
    let (sender, source) = mpsc::channel(1200);
    for job in 0..1200 {
        sender.send(finished(job, "")).await.ok().unwrap();
    }
    let give_up = CancellationToken::new();
    let run = tokio::spawn(finisher(&store, give_up.clone()).run(source));
    tokio::time::sleep(Duration::from_secs(10)).await;
    give_up.cancel();
    let mut left: Vec<_> = run.await.unwrap().iter().map(|outcome| outcome.id.0.as_u128()).collect();
    left.sort_unstable();
    assert_eq!(left, (0..1200).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_limited_number_of_outcomes_waits_for_people() {
    let mut busy = Busy::default();
    for job in 0..2000 {
        assert!(busy.has_room());
        busy.keep(finished(job, ""));
    }
    assert!(!busy.has_room());
    let mut batch = Vec::new();
    busy.due().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    busy.offer(&mut batch, has_room);
    assert_eq!(batch.len(), MOST_OUTCOMES + 1);
    assert!(busy.has_room());
}
