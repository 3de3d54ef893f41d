//! A job that the database holds back: it waits for its second before it asks for the permission to send.

use super::*;

/// Accepts everything, and tells when it was asked.
struct Noting(mpsc::UnboundedSender<Instant>);

impl MarkStore for Noting {
    async fn mark_sent(&mut self, attempts: &[Attempt]) -> Result<HashSet<Attempt>, StatementError> {
        self.0.send(Instant::now()).unwrap();
        Ok(attempts.iter().copied().collect())
    }
}

fn noting() -> (Runner, mpsc::Receiver<Finished>, mpsc::UnboundedReceiver<Instant>) {
    let (asked, seen) = mpsc::unbounded_channel();
    let (runner, finished) = runner_asking(Noting(asked), "127.0.0.1:1");
    (runner, finished, seen)
}

fn held_for(hold: &Value) -> ClaimedJob {
    job("noop", &json!({"timeout_seconds": 1, "hold_seconds": hold}), Duration::from_secs(3600))
}

/// How long after the claim the permission was asked for.
async fn asked_after(job: ClaimedJob) -> Duration {
    let (runner, mut finished, mut seen) = noting();
    let answered_at = job.answered_at;
    assert_eq!(outcome(&runner, &mut finished, job).await["phase"], "answered");
    seen.try_recv().unwrap() - answered_at
}

/// Timers end at the next whole millisecond.
const TICK: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn a_held_job_asks_for_its_permission_at_its_second_and_not_before() {
    for seconds in [0.25, 7.0, 119.5, 120.0] {
        let (hold, after) = (Duration::from_secs_f64(seconds), asked_after(held_for(&json!(seconds))).await);
        assert!(after >= hold && after <= hold + TICK, "{seconds}: {after:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_hold_counts_from_the_answer_of_the_claim_however_long_the_job_stood_in_the_worker() {
    let job = held_for(&json!(10));
    tokio::time::advance(Duration::from_secs(4)).await;
    let after = asked_after(job).await;
    assert!(after >= Duration::from_secs(10) && after <= Duration::from_secs(10) + TICK, "{after:?}");
    let job = held_for(&json!(10));
    tokio::time::advance(Duration::from_secs(30)).await;
    assert_eq!(asked_after(job).await, Duration::from_secs(30), "a second that has passed is not waited for again");
}

#[tokio::test(start_paused = true)]
async fn a_job_without_a_hold_goes_out_at_once() {
    let begin = Instant::now();
    let plain = job("noop", &json!({"timeout_seconds": 1}), Duration::from_secs(3600));
    for job in [plain, held_for(&Value::Null), held_for(&json!(0))] {
        assert_eq!(asked_after(job).await, Duration::ZERO);
    }
    assert_eq!(begin.elapsed(), Duration::ZERO);
}

/// Ends a job in the middle of its hold, and returns its outcome and how long it took.
async fn interrupted(interrupt: impl FnOnce(&Runner)) -> (Value, Duration) {
    let (runner, mut finished, mut seen) = noting();
    let begin = Instant::now();
    let middle = async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        interrupt(&runner);
    };
    let (outcome, ()) = tokio::join!(outcome(&runner, &mut finished, held_for(&json!(100))), middle);
    assert!(seen.try_recv().is_err(), "the permission was asked for");
    (outcome, begin.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_held_job_that_is_cancelled_is_unsent_at_once() {
    let (outcome, took) = interrupted(|runner| runner.under_way.cancel(&[(Uuid::from_u128(1), 2)])).await;
    assert_eq!((&outcome["phase"], &outcome["code"]), (&json!("unsent"), &json!("cancelled")));
    assert!(took <= Duration::from_secs(30) + TICK, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_stops_releases_its_held_jobs_unsent_at_once() {
    let (outcome, took) = interrupted(|runner| runner.shutdown.stop.cancel()).await;
    assert_eq!((&outcome["phase"], &outcome["code"]), (&json!("unsent"), &json!("shutdown")));
    assert!(took <= Duration::from_secs(30) + TICK, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_no_database_computes_sends_nothing() {
    for nonsense in [json!(-1), json!(120.001), json!(1e300), json!("10"), json!([])] {
        let (runner, mut finished, mut seen) = noting();
        let outcome = outcome(&runner, &mut finished, held_for(&nonsense)).await;
        assert_eq!((&outcome["phase"], &outcome["code"]), (&json!("unsent"), &json!("request_invalid")), "{nonsense}");
        assert!(seen.try_recv().is_err(), "{nonsense}");
    }
}
