#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use super::*;

fn options(text: &str) -> Vec<QueueOption> {
    text.split(' ').map(|queue| queue.parse().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn queues_without_a_limit_share_a_claim() {
    let mut lanes = Lanes::new(&options("a b=2 c d=3"), Duration::from_secs(1));
    let turns = std::iter::from_fn(|| {
        let turn = lanes.turn(10)?;
        lanes.found(&turn, 0);
        Some((turn.queues.join(" "), turn.most))
    });
    let expected = [("a c", 10), ("b", 2), ("d", 3)].map(|(queues, most)| (queues.to_owned(), most));
    assert_eq!(turns.collect::<Vec<_>>(), expected);
}

#[tokio::test(start_paused = true)]
async fn waits_for_the_first_that_is_due_and_has_room() {
    let mut lanes = Lanes::new(&options("a=1"), Duration::from_secs(10));
    let turn = lanes.turn(10).unwrap();
    let slot = lanes.slot(&turn);
    lanes.found(&turn, 1);
    assert!(lanes.turn(10).is_none());
    let since = Instant::now();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(3)).await;
        drop(slot);
    });
    lanes.ready().await;
    assert_eq!(since.elapsed().as_secs(), 3);
    assert!(lanes.turn(10).is_some());
}

#[test]
fn a_queue_that_is_named_twice_is_refused() {
    assert!(check(&options("a b=2 c")).is_ok());
    assert!(check(&options("a b a=2")).unwrap_err().to_string().contains("--queue a is given twice"));
}
