//! Workers that are killed with calls in flight.

use anyhow::Result;
use steward_chaos::{Account, Load, Stream, Tool, short_or_full};

/// Jobs of each round whose first call never gets an answer.
const HANGING: i64 = 70;
/// Of which so many must be in flight when the worker is killed, or the round does not count.
const IN_FLIGHT: i64 = 50;

#[tokio::test]
async fn killed_workers_lose_no_job_and_no_call_that_must_not_be_repeated_is() -> Result<()> {
    let rounds = short_or_full(3, 20);
    let mut load = Load::create(0).await?;
    let stream = Stream::start(&load);
    let (mut worker, mut hanging) = (load.world.worker(&[])?, Vec::new());
    for round in 1..=rounds {
        // They hang at their first call, so at the moment of the kill they are in flight for certain.
        let jobs = load.enqueue(HANGING, "sandbox-hang-once").await?;
        let in_flight = load.in_flight(&jobs, IN_FLIGHT).await?;
        worker.signal(libc::SIGKILL);
        worker.ended().await?;
        println!("round {round}: killed with {in_flight} calls in flight");
        hanging.extend(jobs);
        worker = load.world.worker(&[])?;
    }
    stream.stop(&mut load).await?;
    let account = Account::of(&load).await?;
    account.check();
    let hung = account.count(|job| hanging.contains(&job.enqueued.id) && job.enqueued.tool == Tool::Send && job.is("in_doubt"));
    assert!(hung as i64 >= rounds * (IN_FLIGHT - HANGING / 2), "only {hung} hung calls are in doubt");
    println!("{} jobs, {} in doubt, {rounds} workers killed", account.jobs.len(), account.count(|job| job.is("in_doubt")));
    Ok(())
}
