//! The account of answers, with pools of a few bytes.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::task::yield_now;

use super::*;

/// A memory of `pool` bytes in which every byte counts.
pub fn small(pool: usize) -> Memory {
    Memory::new(pool, 0)
}

#[tokio::test]
async fn an_answer_pays_for_what_it_holds_and_gives_it_back() {
    let memory = small(100);
    let mut held = memory.hold();
    for bytes in [10, 70, 70, 20] {
        held.cover(bytes).await;
    }
    assert_eq!((held.covered(), memory.pool.available_permits()), (70, 30));
    drop(held);
    assert_eq!(memory.pool.available_permits(), 100);
}

#[tokio::test]
async fn a_small_answer_never_waits() {
    let memory = Memory::new(100, 10);
    let (mut all, mut express, mut small) = (memory.hold(), memory.hold(), memory.hold());
    all.cover(110).await;
    express.cover(50).await;
    small.cover(10).await;
    assert!(small.cover(11).now_or_never().is_none(), "an eleventh byte without room");
}

#[tokio::test]
async fn with_an_empty_pool_one_answer_at_a_time_goes_on() {
    let memory = small(100);
    let (mut all, mut first, mut second) = (memory.hold(), memory.hold(), memory.hold());
    all.cover(100).await;
    first.cover(1000).await;
    assert!(second.cover(1).now_or_never().is_none(), "two in the express lane");
    drop(first);
    second.cover(1).await;
    second.cover(1000).await;
}

#[tokio::test]
async fn an_answer_in_the_queue_goes_on_when_another_is_stored() {
    let memory = small(100);
    let (mut all, mut express, mut waiting) = (memory.hold(), memory.hold(), memory.hold());
    all.cover(100).await;
    express.cover(1).await;
    let mut wait = Box::pin(waiting.cover(60));
    assert!(wait.as_mut().now_or_never().is_none());
    drop(all);
    wait.await;
    assert_eq!(memory.pool.available_permits(), 40);
}

#[tokio::test(start_paused = true)]
async fn answers_that_grow_together_beyond_the_pool_all_end() {
    let memory = small(100);
    let grow = |_| async {
        let mut held = memory.hold();
        for bytes in (10..=100).step_by(10) {
            held.cover(bytes).await;
            yield_now().await;
        }
    };
    let all = join_all((0..20).map(grow));
    tokio::time::timeout(Duration::from_secs(60), all).await.expect("they wait for one another");
    assert_eq!(memory.pool.available_permits(), 100);
}

#[tokio::test]
async fn an_answer_that_is_kept_leaves_the_express_lane_as_soon_as_there_is_room() {
    let memory = small(100);
    let (mut first, mut kept) = (memory.hold(), memory.hold());
    first.cover(80).await;
    kept.cover(50).await;
    kept.leave_express(50);
    assert_eq!(memory.express.available_permits(), 0, "no room yet");
    drop(first);
    kept.leave_express(50);
    assert_eq!((memory.express.available_permits(), kept.covered()), (1, 50));
}
