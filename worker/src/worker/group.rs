//! Gathers requests for one statement: group commit, as databases do it.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::yield_now;
use tokio::time::Instant;

/// The longest a first request waits for company.
const PATIENCE: Duration = Duration::from_millis(1);

/// Looks in a row that bring nothing after which no company is expected. Jobs of one claim arrive within a few turns of
/// the scheduler, and a job that came alone must not wait a millisecond for nobody.
const EMPTY_LOOKS: u32 = 3;

/// Adds what arrives to `batch`, waiting for a first one if `batch` is empty; false when nothing will come any more.
/// The statement is full at `most` of what `weigh` says.
pub async fn gather<T>(source: &mut mpsc::Receiver<T>, batch: &mut Vec<T>, most: usize, weigh: impl Fn(&T) -> usize) -> bool {
    if batch.is_empty() {
        match source.recv().await {
            Some(first) => batch.push(first),
            None => return false,
        }
    }
    let started = Instant::now();
    let mut weight: usize = batch.iter().map(&weigh).sum();
    let mut empty_looks = 0;
    while empty_looks < EMPTY_LOOKS && started.elapsed() < PATIENCE && weight < most {
        match source.try_recv() {
            Ok(next) => {
                weight += weigh(&next);
                batch.push(next);
                empty_looks = 0;
            }
            Err(_) => {
                empty_looks += 1;
                yield_now().await;
            }
        }
    }
    true
}
