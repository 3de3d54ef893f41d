//! Connections that are ended, that cannot be had, and that fall silent.

use anyhow::{Result, ensure};
use steward_chaos::{Account, Load, Stream, short_or_full};
use steward_tests::database::connect;
use steward_tests::{Proxy, eventually};
use tokio_postgres::Client;

/// Ends some sessions of workers; says how many.
const TERMINATE: &str = "select count(pg_terminate_backend(pid)) from (select pid from pg_stat_activity
    where usename = 'e2e_worker' and datname = current_database() order by random() limit $1) as session";
const SESSIONS: &str = "select count(*) from pg_stat_activity where usename = 'e2e_worker' and datname = current_database()";
const ENDED: &str = "select count(*) from steward.job where outcome is not null";

/// Jobs that must end between two terminations, so that each strikes a worker at work.
const BETWEEN: i64 = 20;
/// Sessions that sit idle, as of an application with too large a pool.
const IDLE: usize = 200;

#[tokio::test]
async fn sessions_that_are_ended_at_random_cost_nothing() -> Result<()> {
    let mut load = Load::create(0).await?;
    let (stream, _worker) = (Stream::start(&load), load.world.worker(&[])?);
    let mut terminated = 0;
    for _ in 0..short_or_full(15, 200) {
        let before = load.world.database.value::<i64>(ENDED, &[]).await?;
        eventually("more jobs have ended", || async {
            let ended = load.world.database.value::<i64>(ENDED, &[]).await?;
            Ok((ended >= before + BETWEEN).then_some(()))
        })
        .await?;
        terminated += load.world.database.value::<i64>(TERMINATE, &[&1_i64]).await?;
    }
    stream.stop(&mut load).await?;
    let account = Account::of(&load).await?;
    account.check_all_succeeded();
    println!("{} jobs, {terminated} sessions ended", account.jobs.len());
    Ok(())
}

/// What the server says, whichever of its limits comes first.
fn is_exhausted(words: &str) -> bool {
    words.contains("remaining connection slots") || words.contains("too many clients")
}

/// Takes every connection that the server still has for an ordinary login.
async fn take_all(load: &Load, idle: &mut Vec<Client>) -> Result<()> {
    loop {
        match connect(&load.world.database.name, "e2e_app").await {
            Ok(client) => idle.push(client),
            Err(error) if is_exhausted(&format!("{error:#}")) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

#[tokio::test]
async fn idle_connections_that_use_up_the_server_delay_answers_and_lose_none() -> Result<()> {
    let mut load = Load::create(5000).await?;
    let worker = load.world.worker(&[])?;
    let jobs = load.enqueue(60, "sandbox-slow").await?;
    load.in_flight(&jobs, 50).await?;
    let mut idle = Vec::new();
    // The worker is quick, so it takes a few rounds until all that is free is ours.
    while load.world.database.value::<i64>(SESSIONS, &[]).await? > 0 {
        load.world.database.value::<i64>(TERMINATE, &[&100_i64]).await?;
        take_all(&load, &mut idle).await?;
    }
    ensure!(idle.len() >= IDLE, "only {} idle sessions: run this through scripts/test.sh chaos", idle.len());
    eventually("the worker says that it gets no connection", || async { Ok(is_exhausted(&worker.output()).then_some(())) }).await?;
    let waiting = "select count(*) from steward.attempt where state = 'sent' and finished_at is null";
    ensure!(load.world.database.value::<i64>(waiting, &[]).await? > 0, "every answer was stored before the connections were used up");
    idle.clear();
    Account::of(&load).await?.check_all_succeeded();
    Ok(())
}

#[tokio::test]
async fn half_open_connections_are_given_up_and_replaced() -> Result<()> {
    let mut load = Load::create(2000).await?;
    let proxy = Proxy::start().await?;
    let worker = load.world.worker_through(&proxy.through(&load.world.database.worker_url()), &[])?;
    let stream = Stream::start(&load);
    for round in 1..=short_or_full(1, 3) {
        let jobs = load.enqueue(60, "sandbox-slow").await?;
        load.in_flight(&jobs, 50).await?;
        proxy.freeze();
        eventually("the worker gives connections up and connects again", || async {
            Ok((worker.output().matches("the database works again").count() >= round).then_some(()))
        })
        .await?;
        let before = load.world.database.value::<i64>(ENDED, &[]).await?;
        eventually("jobs end again", || async {
            Ok((load.world.database.value::<i64>(ENDED, &[]).await? > before + BETWEEN).then_some(()))
        })
        .await?;
    }
    stream.stop(&mut load).await?;
    Account::of(&load).await?.check_all_succeeded();
    Ok(())
}
