#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use super::super::finisher::tests::{Store, finished, stored};
use super::super::spool::tests::Directory;
use super::*;
use crate::secrets::Secrets;

fn spool(outcomes: u128) -> (Directory, Spool) {
    let directory = Directory::new();
    let spool = Spool::open(&directory.0).unwrap();
    let outcomes: Vec<_> = (1..=outcomes).map(|job| finished(job, "paid")).collect();
    assert_eq!(spool.store("dead worker", &outcomes), 0);
    (directory, spool)
}

async fn deliver_to(store: &Store, spool: &Spool, give_up: &CancellationToken) -> Vec<Finisher<Store>> {
    let as_worker = |worker: &str| {
        assert_eq!(worker, "dead worker");
        store.clone()
    };
    deliver(spool, as_worker, &Arc::new(Redactor::new(&Secrets::default()).unwrap()), give_up).await
}

#[tokio::test(start_paused = true)]
async fn delivers_until_the_database_is_there_and_then_removes_the_files() {
    let (directory, spool) = spool(60);
    let store = Store::default();
    store.0.lock().unwrap().outages = 9;
    assert!(deliver_to(&store, &spool, &CancellationToken::new()).await.is_empty());
    assert_eq!(stored(&store).len(), 60);
    assert!(directory.names().is_empty(), "{:?}", directory.names());
    assert!(store.0.lock().unwrap().statements.len() == 10, "all in one statement");
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_is_told_to_stop_leaves_the_files_where_they_are() {
    let (directory, spool) = spool(3);
    let store = Store::default();
    store.0.lock().unwrap().outages = u32::MAX;
    let give_up = CancellationToken::new();
    let soon = give_up.clone();
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        soon.cancel();
    });
    deliver_to(&store, &spool, &give_up).await;
    assert_eq!(directory.names().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_busy_one_stays_in_its_file_until_it_is_taken_and_nobody_waits_for_it() {
    let (directory, spool) = spool(3);
    let store = Store::default();
    store.0.lock().unwrap().busy = 3;
    let unfinished = deliver_to(&store, &spool, &CancellationToken::new()).await;
    assert_eq!((unfinished.len(), stored(&store).len(), directory.names().len()), (1, 2, 1));
    finish(unfinished).await;
    assert_eq!((stored(&store).len(), directory.names().len()), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn what_the_database_cannot_read_is_reported_lost_and_its_answer_kept_for_people() {
    let (directory, spool) = spool(3);
    let store = Store::default();
    store.0.lock().unwrap().poison = Some("paid");
    deliver_to(&store, &spool, &CancellationToken::new()).await;
    assert_eq!(stored(&store).len(), 3);
    assert!(directory.names().iter().all(|name| name.ends_with(".set-aside")), "{:?}", directory.names());
    assert_eq!(directory.names().len(), 3);
}
