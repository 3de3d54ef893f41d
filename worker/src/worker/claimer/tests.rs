#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use uuid::Uuid;

use super::super::database::StatementError;
use super::super::storage::Attempt;
use super::*;
use crate::cli::QueueOption;

mod queues;

type Claimed = Result<Vec<ClaimedJob>, StatementError>;
/// Each claim is shown to the test, with its queues and the number of jobs asked for, and answered by it.
type Claim = (String, usize, oneshot::Sender<Claimed>);

/// Counts how often it was told what is held.
struct Scripted(mpsc::Sender<Claim>, Arc<AtomicU32>);

impl ClaimStore for Scripted {
    async fn claim(&mut self, queues: &[String], most: usize) -> Claimed {
        let (reply, answer) = oneshot::channel();
        self.0.send((queues.join(" "), most, reply)).await.unwrap();
        answer.await.unwrap()
    }

    async fn release_unheld(&mut self, _: &[Attempt]) -> Result<i32, StatementError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        Ok(0)
    }
}

struct Harness {
    claims: mpsc::Receiver<Claim>,
    started: mpsc::UnboundedReceiver<Slot>,
    wake: Arc<Notify>,
    stop: CancellationToken,
    claimer: JoinHandle<()>,
    releases: Arc<AtomicU32>,
}

fn harness(slots: usize, batch: usize) -> Harness {
    harness_of("default", slots, batch)
}

fn harness_of(queues: &str, slots: usize, batch: usize) -> Harness {
    let queues: Vec<QueueOption> = queues.split(' ').map(|queue| queue.parse().unwrap()).collect();
    let (claims, seen) = mpsc::channel(1);
    let (start, started) = mpsc::unbounded_channel();
    let (wake, stop, releases) = (Arc::new(Notify::new()), CancellationToken::new(), Arc::<AtomicU32>::default());
    let claimer = Claimer {
        store: Scripted(claims, Arc::clone(&releases)),
        slots: Arc::new(Semaphore::new(slots)),
        batch,
        wake: Arc::clone(&wake),
        lanes: Lanes::new(&queues, Duration::from_secs(10)),
        under_way: UnderWay::default(),
        unsure_until: None,
        metrics: Metrics::default(),
        health: Health::default(),
        stop: stop.clone(),
    };
    let claimer = tokio::spawn(claimer.run(move |_, slot| start.send(slot).unwrap()));
    Harness { claims: seen, started, wake, stop, claimer, releases }
}

impl Harness {
    /// Waits for a claim, answers it, and returns how many jobs it asked for and after how long it came.
    async fn claim(&mut self, answer: Claimed) -> (usize, Duration) {
        let since = Instant::now();
        let (_, most, reply) = self.claims.recv().await.unwrap();
        let waited = since.elapsed();
        reply.send(answer).ok().unwrap();
        (most, waited)
    }
}

fn jobs(count: usize) -> Claimed {
    let job = |_| ClaimedJob {
        id: (Uuid::nil(), 1),
        workspace: Uuid::nil(),
        token: None,
        tool: String::new(),
        executor: "noop".to_owned(),
        request: RawValue::NULL.to_owned(),
        claimed_at: tokio::time::Instant::now(),
        answered_at: tokio::time::Instant::now(),
        deadline: tokio::time::Instant::now(),
    };
    Ok((0..count).map(job).collect())
}

#[tokio::test(start_paused = true)]
async fn claims_again_at_once_after_a_full_batch_and_never_more_than_there_are_slots() {
    let mut harness = harness(25, 10);
    assert_eq!(harness.claim(jobs(10)).await, (10, Duration::ZERO));
    assert_eq!(harness.claim(jobs(10)).await, (10, Duration::ZERO));
    assert_eq!(harness.claim(jobs(5)).await, (5, Duration::ZERO));
    assert!(harness.claims.try_recv().is_err(), "a claim without a free slot");
    let slot = harness.started.recv().await.unwrap();
    drop(slot);
    assert_eq!(harness.claim(jobs(0)).await.0, 1);
}

#[tokio::test(start_paused = true)]
async fn polls_an_empty_queue_slowly() {
    let mut harness = harness(1, 1);
    harness.claim(jobs(0)).await;
    let (_, waited) = harness.claim(jobs(0)).await;
    assert!((8..=12).contains(&waited.as_secs()), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_ring_during_the_claim_is_not_missed() {
    let mut harness = harness(1, 1);
    let (_, _, reply) = harness.claims.recv().await.unwrap();
    harness.wake.notify_one();
    reply.send(jobs(0)).ok().unwrap();
    let (_, waited) = harness.claim(jobs(0)).await;
    assert_eq!(waited, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_ring_starts_a_short_burst_of_looks() {
    let mut harness = harness(1, 1);
    harness.claim(jobs(0)).await;
    harness.wake.notify_one();
    let mut waits = Vec::new();
    for _ in 0..7 {
        waits.push(harness.claim(jobs(0)).await.1.as_millis());
    }
    assert!(waits.iter().sum::<u128>() < 100, "{waits:?}");
    assert!(waits.is_sorted(), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn some_work_means_looking_soon_again() {
    let mut harness = harness(10, 10);
    harness.claim(jobs(3)).await;
    let (_, waited) = harness.claim(jobs(0)).await;
    assert!(waited < Duration::from_millis(5), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failing_database_is_asked_again_but_never_in_a_hot_loop() {
    let mut harness = harness(1, 1);
    let since = Instant::now();
    for _ in 0..20 {
        harness.claim(Err(StatementError { sqlstate: None, words: "away".to_owned() })).await;
    }
    assert!(since.elapsed() > Duration::from_secs(20), "{:?}", since.elapsed());
}

#[tokio::test(start_paused = true)]
async fn after_a_claim_without_an_answer_the_database_is_told_what_is_held_for_a_while() {
    let mut harness = harness(10, 10);
    let mut told = Vec::new();
    for answer in [jobs(1), Err(StatementError { sqlstate: None, words: "away".to_owned() }), jobs(1), jobs(1), jobs(0)] {
        let (_, _, reply) = harness.claims.recv().await.unwrap();
        told.push(harness.releases.load(Ordering::Relaxed));
        reply.send(answer).ok().unwrap();
    }
    assert_eq!(told, [0, 0, 1, 2, 3]);
    tokio::time::sleep(2 * UNSURE).await;
    for _ in 0..2 {
        let (_, _, reply) = harness.claims.recv().await.unwrap();
        told.push(harness.releases.load(Ordering::Relaxed));
        reply.send(jobs(0)).ok().unwrap();
    }
    assert_eq!(told[5], told[6], "no longer than that");
}

#[tokio::test(start_paused = true)]
async fn rings_do_not_hurry_a_worker_that_the_database_refuses() {
    let mut harness = harness(1, 1);
    let since = Instant::now();
    for _ in 0..20 {
        harness.wake.notify_one();
        harness.claim(Err(StatementError { sqlstate: None, words: "away".to_owned() })).await;
        harness.wake.notify_one();
    }
    assert!(since.elapsed() > Duration::from_secs(20), "{:?}", since.elapsed());
}

#[tokio::test(start_paused = true)]
async fn stopping_does_not_wait_for_ever_for_a_claim_that_is_blocked() {
    let mut harness = harness(1, 1);
    let (_, _, _never_answered) = harness.claims.recv().await.unwrap();
    let since = Instant::now();
    harness.stop.cancel();
    tokio::time::timeout(2 * LAST_PATIENCE, harness.claimer).await.expect("it waits for ever").unwrap();
    assert_eq!(since.elapsed().as_secs(), LAST_PATIENCE.as_secs());
}

#[tokio::test(start_paused = true)]
async fn stopping_ends_the_wait_after_a_failed_claim() {
    let mut harness = harness(1, 1);
    harness.claim(Err(StatementError { sqlstate: None, words: "away".to_owned() })).await;
    harness.stop.cancel();
    harness.claimer.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn stopping_lets_a_running_claim_end_and_starts_its_jobs() {
    let mut harness = harness(10, 10);
    let (_, _, reply) = harness.claims.recv().await.unwrap();
    harness.stop.cancel();
    reply.send(jobs(10)).ok().unwrap();
    harness.claimer.await.unwrap();
    let mut started = 0;
    while harness.started.recv().await.is_some() {
        started += 1;
    }
    assert_eq!(started, 10);
}
