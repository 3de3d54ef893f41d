#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use super::*;
use crate::secrets::Secrets;

fn sink() -> (CheckpointSink, mpsc::Receiver<CheckpointUpdate>) {
    let (updates, seen) = mpsc::channel(100);
    let known = |name: &str| Some(if name == "KEY" { "sk-s\u{e9}cret" } else { "31415926" }.to_owned());
    let secrets = Secrets::from_options(&["KEY=host".to_owned(), "PIN=host".to_owned()], known).unwrap();
    let redactor = Arc::new(Redactor::new(&secrets).unwrap());
    (CheckpointSink::new((Uuid::nil(), 1), updates, redactor), seen)
}

/// What is saved of a line.
async fn saved(line: &str) -> Option<String> {
    let (mut sink, mut seen) = sink();
    assert!(sink.takes(line.as_bytes()), "{line:?} is no checkpoint");
    // Without a checkpoint nobody holds the other end any more.
    drop(std::mem::replace(&mut sink.updates, mpsc::channel(1).0));
    seen.recv().await.map(|update| update.data.get().to_owned())
}

#[tokio::test]
async fn any_json_behind_the_prefix_is_saved_as_it_is_written() {
    for data in ["{\"row\": 3}", "null", "17", "\"next\"", "[1,2]", "123456789012345678901234567890"] {
        assert_eq!(saved(&format!("  checkpoint: {data}\r")).await.as_deref(), Some(data));
    }
    assert_eq!(saved("checkpoint:{}").await.as_deref(), Some("{}"));
}

#[tokio::test]
async fn a_line_that_only_looks_like_a_checkpoint_is_none() {
    for line in ["checkpoint: row 3", "checkpoint:", "checkpoint", "{\"checkpoint\": 3}", "at checkpoint: 3", "Checkpoint: 3"] {
        assert!(!sink().0.takes(line.as_bytes()), "{line:?}");
    }
}

#[tokio::test]
async fn a_secret_is_redacted_however_it_is_written_and_what_is_no_json_without_it_is_not_saved() {
    assert_eq!(saved("checkpoint: {\"key\": \"sk-s\u{e9}cret\"}").await.unwrap(), "{\"key\":\"[secret KEY]\"}");
    assert_eq!(saved("checkpoint: {\"key\": \"sk-\\u0073\\u00e9cret\"}").await.unwrap(), "{\"key\":\"[secret KEY]\"}");
    assert_eq!(saved("checkpoint: {\"pin\": 31415926}").await, None);
}

#[tokio::test]
async fn what_the_database_would_refuse_for_its_length_is_not_sent() {
    assert_eq!(saved(&format!("checkpoint: \"{}\"", "x".repeat(LONGEST))).await, None);
}

#[tokio::test(start_paused = true)]
async fn one_save_is_under_way_at_a_time_and_the_newest_follows() {
    let (mut sink, mut seen) = sink();
    sink.takes(b"checkpoint: 1");
    let first = seen.recv().await.unwrap();
    for row in 2..=9 {
        sink.takes(format!("checkpoint: {row}").as_bytes());
    }
    assert_eq!(first.data.get(), "1");
    assert!(timeout(PAUSE * 10, seen.recv()).await.is_err(), "a second one while the first is under way");
    first.settled.send(true).unwrap();
    let newest = seen.recv().await.unwrap();
    assert_eq!(newest.data.get(), "9");
    let finished = tokio::spawn(sink.finish());
    tokio::task::yield_now().await;
    assert!(!finished.is_finished(), "the outcome overtakes it");
    newest.settled.send(true).unwrap();
    finished.await.unwrap();
    assert!(seen.recv().await.is_none(), "nothing is saved twice");
}

#[tokio::test(start_paused = true)]
async fn one_that_failed_is_tried_again_and_the_end_does_not_wait_for_ever() {
    let (mut sink, mut seen) = sink();
    sink.takes(b"checkpoint: 1");
    let finished = tokio::spawn(sink.finish());
    let mut tries = 0;
    while let Some(update) = seen.recv().await {
        assert_eq!(update.data.get(), "1");
        update.settled.send(false).unwrap();
        tries += 1;
    }
    finished.await.unwrap();
    assert!((5..=11).contains(&tries), "{tries} tries");
}

#[tokio::test]
async fn a_script_that_saves_nothing_waits_for_nothing() {
    sink().0.finish().await;
}
