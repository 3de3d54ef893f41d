//! Workers that die, connections that break, and the end of a worker that was asked to stop.

use std::collections::HashSet;

use anyhow::Result;
use serde_json::json;
use steward_tests::{World, eventually};
use uuid::Uuid;

/// Calls in flight when the worker is killed.
const IN_FLIGHT: i64 = 60;

async fn in_flight(world: &World) -> Result<()> {
    eventually("60 calls are in flight", || async {
        let sent: i64 = world.database.value("select count(*) from steward.attempt where state = 'sent'", &[]).await?;
        let arrived = world.sandbox.summary().await?["calls"].as_i64().unwrap_or(0);
        Ok((sent >= IN_FLIGHT && arrived >= IN_FLIGHT).then_some(()))
    })
    .await
}

#[tokio::test]
async fn a_killed_worker_loses_no_job_and_a_call_that_must_not_be_repeated_is_not() -> Result<()> {
    let world = World::with_sandbox(&["--slow-ms", "3000"]).await?;
    world.define_chat("write", json!({})).await?;
    world.define_chat("send", json!({ "effect": "external" })).await?;
    let mut written: Vec<Uuid> = Vec::new();
    let mut sent: Vec<Uuid> = Vec::new();
    for n in 0..IN_FLIGHT / 2 {
        let payload = json!({ "model": "sandbox-slow", "topic": format!("topic {n}") });
        written.push(world.database.enqueue("write", payload.clone()).await?);
        sent.push(world.database.enqueue("send", payload).await?);
    }
    let mut first = world.worker(&[])?;
    in_flight(&world).await?;
    first.signal(libc::SIGKILL);
    first.ended().await?;
    let _second = world.worker(&[])?;
    world.database.until("every job has ended", "select bool_and(outcome is not null) from steward.job").await?;

    let outcomes = "select array_agg(distinct outcome) from steward.job where id = any ($1)";
    assert_eq!(world.database.value::<Vec<String>>(outcomes, &[&written]).await?, ["succeeded"]);
    assert_eq!(world.database.value::<Vec<String>>(outcomes, &[&sent]).await?, ["in_doubt"]);
    for job in &sent {
        assert_eq!(world.sandbox.arrivals(*job).await?, 1);
    }
    let twice = world.sandbox.summary().await?["executed_more_than_once"].clone();
    let twice: HashSet<String> = serde_json::from_value(twice)?;
    assert!(sent.iter().all(|job| !twice.contains(&job.to_string())));
    let unexplained = "select count(*) from steward.attempt where state = 'lost' and error_code <> 'worker_lost'";
    assert_eq!(world.database.value::<i64>(unexplained, &[]).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_worker_whose_sessions_are_terminated_reconnects_and_delivers_what_it_had() -> Result<()> {
    let world = World::with_sandbox(&["--slow-ms", "1500"]).await?;
    world.define_chat("send", json!({ "effect": "external" })).await?;
    let _worker = world.worker(&[])?;
    let job = world.database.enqueue("send", json!({ "model": "sandbox-slow", "topic": "x" })).await?;
    world.database.until("the call is in flight", "select exists (select from steward.attempt where state = 'sent')").await?;
    let terminate =
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'e2e_worker' and datname = current_database()";
    assert!(world.database.value::<i64>(terminate, &[]).await? >= 4, "the worker has its sessions");
    assert_eq!(world.database.finished(job).await?.get::<_, &str>("state"), "succeeded");
    let next = world.database.enqueue("send", json!({ "model": "sandbox", "topic": "x" })).await?;
    assert_eq!(world.database.finished(next).await?.get::<_, &str>("state"), "succeeded");
    assert_eq!(world.sandbox.arrivals(job).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_notification_wakes_a_worker_that_polls_once_an_hour() -> Result<()> {
    let world = World::create().await?;
    world.define_chat("chat", json!({})).await?;
    let _worker = world.worker(&["--poll-interval", "3600"])?;
    world.database.until("the worker listens", "select exists (select from pg_stat_activity where usename = 'e2e_worker' and datname = current_database() and query ilike '%listen steward_jobs%')").await?;
    for n in 0..5 {
        let job = world.database.enqueue("chat", json!({ "model": "sandbox", "topic": format!("{n}") })).await?;
        assert_eq!(world.database.finished(job).await?.get::<_, &str>("state"), "succeeded");
    }
    Ok(())
}

#[tokio::test]
async fn a_worker_that_cannot_listen_polls() -> Result<()> {
    let world = World::create().await?;
    world.define_chat("chat", json!({})).await?;
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let listen = format!("host=127.0.0.1 port={nowhere} user=e2e_worker dbname=none");
    let _worker = world.worker(&["--poll-interval", "0.1", "--listen-database-url", &listen])?;
    let job = world.database.enqueue("chat", json!({ "model": "sandbox", "topic": "x" })).await?;
    assert_eq!(world.database.finished(job).await?.get::<_, &str>("state"), "succeeded");
    Ok(())
}

#[tokio::test]
async fn a_worker_asked_to_stop_finishes_what_runs_and_leaves_the_list() -> Result<()> {
    let world = World::with_sandbox(&["--slow-ms", "1000"]).await?;
    world.define_chat("send", json!({ "effect": "external" })).await?;
    let mut worker = world.worker(&[])?;
    let job = world.database.enqueue("send", json!({ "model": "sandbox-slow", "topic": "x" })).await?;
    world.database.until("the call is in flight", "select exists (select from steward.attempt where state = 'sent')").await?;
    worker.signal(libc::SIGTERM);
    assert!(worker.ended().await?.success(), "{}", worker.output());
    assert_eq!(world.database.finished(job).await?.get::<_, &str>("state"), "succeeded");
    assert_eq!(world.database.value::<i64>("select count(*) from steward.worker", &[]).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_call_that_outlasts_the_drain_is_reported_lost_and_follows_its_tool() -> Result<()> {
    let world = World::create().await?;
    world.define_chat("send", json!({ "effect": "external" })).await?;
    let mut worker = world.worker(&["--drain-seconds", "0"])?;
    let job = world.database.enqueue("send", json!({ "model": "sandbox-hang", "topic": "x" })).await?;
    in_flight_one(&world).await?;
    worker.signal(libc::SIGTERM);
    assert!(worker.ended().await?.success(), "{}", worker.output());
    let row = world.database.finished(job).await?;
    assert_eq!((row.get::<_, &str>("state"), row.get::<_, &str>("error_code")), ("in_doubt", "shutdown"));
    Ok(())
}

async fn in_flight_one(world: &World) -> Result<()> {
    eventually("the call has arrived", || async { Ok((world.sandbox.summary().await?["calls"] == 1).then_some(())) }).await
}

#[tokio::test]
async fn two_workers_share_a_queue_and_send_each_job_once() -> Result<()> {
    let world = World::create().await?;
    world.define_chat("chat", json!({})).await?;
    let _workers = [world.worker(&["--batch", "7"])?, world.worker(&["--batch", "7"])?];
    let query = "select count(*) from steward.enqueue_many('chat', array(select jsonb_build_object('model', 'sandbox', 'topic', n::text) from generate_series(1, 500) n))";
    assert_eq!(world.database.app.query_one(query, &[]).await?.get::<_, i64>(0), 500);
    world.database.until("all have ended", "select count(*) = 500 from steward.job where outcome = 'succeeded'").await?;
    let summary = world.sandbox.summary().await?;
    assert_eq!((&summary["calls"], &summary["jobs"]), (&json!(500), &json!(500)));
    Ok(())
}
