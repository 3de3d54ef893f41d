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
    stored: Vec<String>,
}

impl UpkeepStore for Store {
    async fn rescue(&mut self) -> Result<i32, StatementError> {
        Ok(0)
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
    let mut upkeep = Upkeep { store: store.clone(), backoff: Backoff::for_database(), quiet_until: Instant::now() };
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
    tokio::spawn(run(store.clone(), Lease::default(), seen));
    store.0.lock().unwrap().sqlstate = Some(None);
    for _ in 0..2 {
        let (stored, done) = tokio::sync::oneshot::channel();
        updates.send(ProgressUpdate { stored: Some(stored), ..update("last") }).await.unwrap();
        let _ = tokio::time::timeout(Duration::from_millis(1), done).await.expect("it waits");
    }
    assert_eq!(store.0.lock().unwrap().asked, 1);
}
