#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use tokio::time::advance;

use super::*;
use crate::secrets::Secrets;

fn sink() -> (ProgressSink, mpsc::Receiver<ProgressUpdate>) {
    let (updates, seen) = mpsc::channel(100);
    let secrets = Secrets::from_options(&["KEY=host".to_owned()], |_| Some("sk-secret".to_owned())).unwrap();
    let redactor = Arc::new(Redactor::new(&secrets).unwrap());
    let reports = Reports { progress: updates, checkpoints: mpsc::channel(1).0 };
    (ProgressSink::new((Uuid::nil(), 1), reports, redactor), seen)
}

#[test]
fn reads_the_first_ratio_of_a_text() {
    assert_eq!(ratio("Enriched 25/500"), Some(0.05));
    assert_eq!(ratio("ü3/4 done, 1/2 left"), Some(0.75));
    assert_eq!(ratio("500/500"), Some(1.0));
    for none in ["no numbers", "1/0", "7/3", "a/b", "/", "3/", "/4", ""] {
        assert_eq!(ratio(none), None, "{none:?}");
    }
    assert_eq!(ratio("and/or 1/4"), Some(0.25));
}

#[tokio::test(start_paused = true)]
async fn sends_at_most_four_messages_a_second_and_the_newest_of_each_quarter() {
    let (mut sink, mut seen) = sink();
    sink.report("1/4");
    assert_eq!(seen.try_recv().unwrap().progress, Some(0.25));
    sink.report("2/4");
    sink.report("3/4");
    assert!(seen.try_recv().is_err(), "a second message within a quarter second");
    advance(INTERVAL).await;
    assert!(sink.due().unwrap() <= Instant::now());
    sink.flush();
    assert_eq!(seen.try_recv().unwrap().message, "3/4");
    assert!(sink.due().is_none());
}

#[tokio::test(start_paused = true)]
async fn always_sends_the_last_message_and_waits_until_it_is_stored() {
    let (mut sink, mut seen) = sink();
    sink.report("first");
    sink.report("last");
    let finished = tokio::spawn(sink.finish());
    assert_eq!(seen.recv().await.unwrap().message, "first");
    let last = seen.recv().await.unwrap();
    assert_eq!(last.message, "last");
    assert!(!finished.is_finished());
    last.stored.unwrap().send(()).unwrap();
    finished.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn does_not_wait_for_ever_for_a_database_that_is_away() {
    let (mut sink, _seen) = sink();
    sink.report("first");
    sink.report("last");
    sink.finish().await;
}

#[tokio::test]
async fn replaces_what_no_text_in_the_database_can_hold() {
    let (mut sink, mut seen) = sink();
    sink.report("\0step\0 1/4");
    let update = seen.try_recv().unwrap();
    assert_eq!((update.message.as_str(), update.progress), ("\u{FFFD}step\u{FFFD} 1/4", Some(0.25)));
}

#[tokio::test]
async fn redacts_and_shortens_messages() {
    let (mut sink, mut seen) = sink();
    sink.report(&format!("key sk-secret {}", "ü".repeat(2000)));
    let message = seen.try_recv().unwrap().message;
    assert!(message.starts_with("key [secret KEY] ü"));
    assert!(message.len() <= LONGEST_MESSAGE);
}
