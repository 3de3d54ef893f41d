#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::sync::Arc;

use tokio::sync::mpsc;
use uuid::Uuid;

use super::*;
use crate::execute::progress::Reports;
use crate::memory::tests::small;
use crate::secrets::Secrets;

/// Longer than what replaces it, so that redacting what follows a cut moves the place of the cut.
const SECRET: &str = "3141592653589793238462643383279502884197";

fn redactor() -> Redactor {
    let secrets = Secrets::from_options(&["KEY=host".to_owned()], |_| Some(SECRET.to_owned())).unwrap();
    Redactor::new(&secrets).unwrap()
}

async fn end_of(complaints: String) -> String {
    String::from_utf8(keep_end(complaints.as_bytes(), &redactor(), CancellationToken::new()).await).unwrap()
}

#[tokio::test]
async fn no_piece_of_a_secret_stays_wherever_standard_error_is_cut() {
    for after in KEPT_COMPLAINTS - 200..=KEPT_COMPLAINTS + 100 {
        let end = end_of(format!("{}{SECRET}{SECRET}{SECRET}{}", "x".repeat(100), "y".repeat(after))).await;
        assert!(!end.contains(|letter: char| letter.is_ascii_digit()), "{after}: {}", &end[..100]);
        assert!(end.len() <= KEPT_COMPLAINTS);
        assert!(end.matches('y').count() >= after.min(KEPT_COMPLAINTS - 200), "{after}");
    }
}

#[tokio::test]
async fn short_complaints_are_kept_whole_and_redacted() {
    assert_eq!(end_of(format!("{SECRET} is the key")).await, "[secret KEY] is the key");
}

#[tokio::test]
async fn complaints_that_never_end_are_taken_as_they_are_when_it_is_enough() {
    let (ours, mut theirs) = tokio::io::duplex(100);
    tokio::io::AsyncWriteExt::write_all(&mut theirs, b"last words").await.unwrap();
    let enough = CancellationToken::new();
    let redactor = redactor();
    let mut kept = Box::pin(keep_end(ours, &redactor, enough.clone()));
    assert!(futures_util::FutureExt::now_or_never(kept.as_mut()).is_none(), "the pipe is still open");
    enough.cancel();
    assert_eq!(kept.await, b"last words");
}

#[tokio::test]
async fn only_the_bytes_that_are_kept_are_counted() {
    let (updates, _seen) = mpsc::channel(1);
    let reports = Reports { progress: updates, checkpoints: mpsc::channel(1).0 };
    let mut progress = ProgressSink::new((Uuid::nil(), 1), reports, Arc::new(redactor()));
    let mut held = small(1 << 30).hold();
    let output = format!("{}{{\"result\": \"{}\"}}", "a line of progress\n".repeat(10_000), "x".repeat(50_000));
    let result = follow(output.as_bytes(), &mut progress, &mut held).await.unwrap();
    assert!((result.len()..result.len() + 2 * CHUNK).contains(&held.covered()), "{} for {}", held.covered(), result.len());
}
