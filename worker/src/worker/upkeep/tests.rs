#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::sync::{Arc, Mutex};
use std::time::Duration;

use uuid::Uuid;

use super::super::database::StatementError;
use super::*;

/// Fails with `error` while there is one, and counts what it is asked.
#[derive(Clone, Default)]
struct Store(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    sqlstate: Option<Option<&'static str>>,
    asked: u32,
    asked_for_cancellations: u32,
    cancelled: Vec<(Uuid, i32)>,
    stored: Vec<String>,
}

impl UpkeepStore for Store {
    async fn rescue(&mut self) -> Result<i32, StatementError> {
        Ok(0)
    }

    async fn cancellations(&mut self) -> Result<Vec<(Uuid, i32)>, StatementError> {
        let mut state = self.0.lock().unwrap();
        state.asked_for_cancellations += 1;
        Ok(state.cancelled.clone())
    }

    async fn save_checkpoint(&mut self, update: &CheckpointUpdate) -> Result<bool, StatementError> {
        let mut state = self.0.lock().unwrap();
        if let Some(sqlstate) = state.sqlstate {
            return Err(StatementError { sqlstate: sqlstate.map(str::to_owned), words: "no".to_owned() });
        }
        state.stored.push(update.data.get().to_owned());
        Ok(true)
    }

    async fn report_progress(&mut self, update: &ProgressUpdate) -> Result<bool, StatementError> {
        let mut state = self.0.lock().unwrap();
        state.asked += 1;
        if let Some(sqlstate) = state.sqlstate {
            return Err(StatementError { sqlstate: sqlstate.map(str::to_owned), words: "no".to_owned() });
        }
        state.stored.push(update.message.clone());
        Ok(true)
    }
}

fn update(message: &str) -> ProgressUpdate {
    ProgressUpdate { job_id: Uuid::nil(), attempt: 1, progress: None, message: message.to_owned(), stored: None }
}

/// Reports a message every 10 ms for a second.
async fn report_for_a_second(store: &Store) {
    let mut upkeep =
        Upkeep { store: store.clone(), under_way: UnderWay::default(), backoff: Backoff::for_database(), quiet_until: Instant::now() };
    for _ in 0..100 {
        upkeep.progress(update("step")).await;
        tokio::time::advance(Duration::from_millis(10)).await;
    }
    store.0.lock().unwrap().sqlstate = None;
    tokio::time::advance(Duration::from_secs(5)).await;
    upkeep.progress(update("last")).await;
    upkeep.progress(update("really last")).await;
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_away_is_not_asked_for_every_message() {
    let store = Store::default();
    store.0.lock().unwrap().sqlstate = Some(None);
    report_for_a_second(&store).await;
    let state = store.0.lock().unwrap();
    assert!(state.asked - 2 <= 8, "asked {} times", state.asked);
    assert_eq!(state.stored, ["last", "really last"], "after the wait all messages count again");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_the_database_cannot_read_does_not_silence_the_others() {
    let store = Store::default();
    store.0.lock().unwrap().sqlstate = Some(Some("22021"));
    report_for_a_second(&store).await;
    assert_eq!(store.0.lock().unwrap().asked, 102);
}

/// A script whose last message is dropped must not wait for it.
#[tokio::test(start_paused = true)]
async fn who_waits_for_a_dropped_message_is_let_go() {
    let store = Store::default();
    let (updates, seen) = mpsc::channel(10);
    let inbox = Inbox { updates: seen, checkpoints: mpsc::channel(1).1, cancel: Arc::default() };
    tokio::spawn(run(store.clone(), Lease::default(), inbox, UnderWay::default()));
    store.0.lock().unwrap().sqlstate = Some(None);
    for _ in 0..2 {
        let (stored, done) = tokio::sync::oneshot::channel();
        updates.send(ProgressUpdate { stored: Some(stored), ..update("last") }).await.unwrap();
        let _ = tokio::time::timeout(Duration::from_millis(1), done).await.expect("it waits");
    }
    assert_eq!(store.0.lock().unwrap().asked, 1);
}

/// Whether an attempt that somebody cancelled is told, with or without a ring, before `patience` is over.
async fn is_told(rings: bool, patience: Duration) -> (bool, u32) {
    let (store, under_way, bell) = (Store::default(), UnderWay::default(), Arc::<Notify>::default());
    let begun = under_way.begin((Uuid::nil(), 1));
    store.0.lock().unwrap().cancelled = vec![(Uuid::nil(), 1)];
    let (_updates, seen) = mpsc::channel(10);
    let inbox = Inbox { updates: seen, checkpoints: mpsc::channel(1).1, cancel: Arc::clone(&bell) };
    let part = tokio::spawn(run(store.clone(), Lease::default(), inbox, under_way));
    if rings {
        // Many in a row are one.
        bell.notify_one();
        bell.notify_one();
    }
    let told = tokio::time::timeout(patience, begun.cancelled.cancelled()).await.is_ok();
    part.abort();
    let asked = store.0.lock().unwrap().asked_for_cancellations;
    (told, asked)
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_attempt_is_told_at_once_when_a_notification_comes_and_with_the_heartbeat_if_none_does() {
    // An unknown lease counts as one second, in which six heartbeats fit.
    assert_eq!(is_told(true, Duration::from_millis(50)).await, (true, 1));
    assert_eq!(is_told(false, Duration::from_millis(50)).await, (false, 0));
    assert_eq!(is_told(false, Duration::from_millis(200)).await, (true, 1));
}

#[tokio::test]
async fn a_checkpoint_is_sent_again_unless_it_is_saved_or_to_blame_itself() {
    let store = Store::default();
    let (_updates, updates) = mpsc::channel(1);
    let (saves, checkpoints) = mpsc::channel(1);
    let inbox = Inbox { updates, checkpoints, cancel: Arc::default() };
    tokio::spawn(run(store.clone(), Lease::default(), inbox, UnderWay::default()));
    for (sqlstate, is_settled) in [(Some(None), false), (Some(Some("57P01")), false), (Some(Some("54000")), true), (None, true)] {
        store.0.lock().unwrap().sqlstate = sqlstate;
        let (settled, answer) = tokio::sync::oneshot::channel();
        let data = serde_json::value::RawValue::from_string("3".to_owned()).unwrap().into();
        saves.send(CheckpointUpdate { job_id: Uuid::nil(), attempt: 1, data, settled }).await.unwrap();
        assert_eq!(answer.await.unwrap(), is_settled, "{sqlstate:?}");
    }
    assert_eq!(store.0.lock().unwrap().stored, ["3"]);
}
