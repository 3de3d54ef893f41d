use tokio::time::advance;

use super::*;

const POLL: Duration = Duration::from_secs(1);

fn reason(health: &Health) -> String {
    let (is_ready, told) = health.ready(POLL);
    assert_eq!((is_ready, told["ready"].as_bool()), (told["reason"].is_null(), Some(is_ready)));
    told["reason"].as_str().unwrap_or("ready").to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_worker_is_ready_while_it_beats_and_claims() {
    let health = Health::default();
    assert!(reason(&health).contains("not been reached"));
    health.beaten(30);
    assert!(reason(&health).contains("nothing has been claimed"));
    health.claimed();
    assert_eq!(reason(&health), "ready");
    advance(Duration::from_secs(18)).await;
    assert!(reason(&health).contains("last claim was 18 s ago, more than 17 s"), "{}", reason(&health));
    health.claimed();
    advance(Duration::from_secs(13)).await;
    assert!(reason(&health).contains("no heartbeat for 31 s"), "{}", reason(&health));
    health.beaten(30);
    assert_eq!(reason(&health), "ready");
    health.stopping();
    assert!(reason(&health).contains("stopping"));
}

#[tokio::test(start_paused = true)]
async fn a_worker_whose_slots_are_all_taken_need_not_claim() {
    let health = Health::default();
    health.claimed();
    health.full();
    advance(Duration::from_secs(3600)).await;
    health.beaten(30);
    assert_eq!(reason(&health), "ready");
    health.free();
    assert_eq!(reason(&health), "ready");
    advance(Duration::from_secs(18)).await;
    assert!(reason(&health).contains("last claim"));
}

#[test]
fn says_whether_it_listens() {
    let health = Health::default();
    assert_eq!(health.ready(POLL).1["listen"], "polling");
    health.listening(true);
    assert_eq!(health.ready(POLL).1["listen"], "listening");
}

#[test]
fn a_worker_without_a_vital_part_is_not_alive_unless_it_stops() {
    let health = Health::default();
    health.ended("spool");
    assert_eq!(health.alive(), (true, json!({"alive": true})));
    health.ended("finish");
    assert_eq!((health.alive().0, health.alive().1["parts"].clone()), (false, json!(["finish"])));
    health.stopping();
    assert!(health.alive().0);
}
