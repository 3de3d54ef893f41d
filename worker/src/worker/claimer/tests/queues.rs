//! Several queues, some with a limit.
use super::*;

/// The queues and the number of jobs of the next claim, answered with `found` jobs.
async fn next(harness: &mut Harness, found: usize) -> (String, usize) {
    let (queues, most, reply) = harness.claims.recv().await.unwrap();
    reply.send(jobs(found)).ok().unwrap();
    (queues, most)
}

#[tokio::test(start_paused = true)]
async fn a_queue_with_a_limit_never_has_more_and_the_others_share_what_is_left() {
    let mut harness = harness_of("a mail=2 b", 10, 10);
    assert_eq!(next(&mut harness, 0).await, ("a b".to_owned(), 10));
    assert_eq!(next(&mut harness, 2).await, ("mail".to_owned(), 2));
    harness.wake.notify_one();
    assert_eq!(next(&mut harness, 5).await, ("a b".to_owned(), 8));
    assert_eq!(next(&mut harness, 0).await, ("a b".to_owned(), 3), "nothing is asked of a queue that is full");
    let of_mail = harness.started.recv().await.unwrap();
    assert!(of_mail.1.is_some());
    drop(of_mail);
    loop {
        // Looks at the empty queues may come before.
        if next(&mut harness, 0).await == ("mail".to_owned(), 1) {
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_that_has_more_is_asked_as_soon_as_there_is_room() {
    let mut harness = harness_of("mail=2", 10, 10);
    assert_eq!(next(&mut harness, 2).await, ("mail".to_owned(), 2));
    let slot = harness.started.recv().await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(harness.claims.try_recv().is_err(), "a claim without room");
    let since = Instant::now();
    drop(slot);
    assert_eq!(next(&mut harness, 1).await, ("mail".to_owned(), 1));
    assert_eq!(since.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn queues_with_much_to_do_take_turns_at_the_last_slots() {
    let mut harness = harness_of("a b=5 c=5", 1, 10);
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(next(&mut harness, 1).await.0);
        drop(harness.started.recv().await.unwrap());
    }
    assert_eq!(seen, ["a", "b", "c", "a", "b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn a_busy_queue_does_not_keep_the_worker_from_looking_at_an_empty_one() {
    let mut harness = harness_of("busy empty=5", 10, 10);
    let (mut looks, since) = (0, Instant::now());
    while since.elapsed() < Duration::from_secs(60) {
        let (queues, most, reply) = harness.claims.recv().await.unwrap();
        let is_empty = queues == "empty";
        looks += u32::from(is_empty);
        reply.send(jobs(if is_empty { 0 } else { most })).ok().unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
        while let Ok(slot) = harness.started.try_recv() {
            drop(slot);
        }
    }
    // Every 10 s, give or take a fifth.
    assert!((5..=8).contains(&looks), "{looks}");
}
