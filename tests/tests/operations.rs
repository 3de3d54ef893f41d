//! What operators see of a worker over HTTP.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use steward_tests::world::SECRET;
use steward_tests::{Proxy, Running, World, eventually, http};

/// Where the worker serves health and metrics, as its log says.
async fn port_of(worker: &Running) -> Result<String> {
    let said = || worker.output().lines().find(|line| line.contains("served over HTTP")).map(str::to_owned);
    let line = eventually("the port is open", || async { Ok(said()) }).await?;
    Ok(line.split("address=").nth(1).context("an address")?.trim().to_owned())
}

/// The reason why a worker is not ready; none when it is.
async fn reason(address: &str) -> Result<Option<String>> {
    let (status, body) = http::get(address, "/readyz").await?;
    let told: Value = serde_json::from_str(&body)?;
    assert_eq!(status == 200, told["ready"] == true, "{status} {told}");
    Ok(told["reason"].as_str().map(str::to_owned))
}

/// The value of one row of the metrics.
async fn metric(address: &str, row: &str) -> Result<Option<f64>> {
    let (_, text) = http::get(address, "/metrics").await?;
    assert!(!text.contains(SECRET) && !text.contains("about secret things"));
    Ok(text.lines().find_map(|line| line.strip_prefix(row)?.trim().parse().ok()))
}

#[tokio::test]
async fn a_worker_says_whether_it_works_and_what_it_has_done() -> Result<()> {
    let world = World::create().await?;
    world.define_chat("chat", json!({})).await?;
    let proxy = Proxy::start().await?;
    let url = proxy.through(&world.database.worker_url());
    let worker = world.worker_through(&url, &["--http-listen", "127.0.0.1:0", "--poll-interval", "0.1"])?;
    let address = port_of(&worker).await?;
    eventually("the worker is ready", || async { Ok(reason(&address).await?.is_none().then_some(())) }).await?;
    for model in ["sandbox", "sandbox", "sandbox-400"] {
        let job = world.database.enqueue("chat", json!({ "model": model, "topic": "about secret things" })).await?;
        world.database.finished(job).await?;
    }
    let finished = "steward_jobs_finished_total{phase=\"answered\",executor=\"http\",tool=\"chat\"}";
    assert_eq!(metric(&address, finished).await?, Some(3.0));
    assert_eq!(metric(&address, "steward_jobs_claimed_total{executor=\"http\"}").await?, Some(3.0));
    assert_eq!(metric(&address, "steward_claim_to_sent_seconds_count").await?, Some(3.0));
    assert_eq!(metric(&address, "steward_call_duration_seconds_count{executor=\"http\"}").await?, Some(3.0));
    eventually("all is stored", || async { Ok((metric(&address, "steward_outcomes_waiting").await? == Some(0.0)).then_some(())) }).await?;
    assert!(metric(&address, "steward_resident_memory_bytes").await?.is_some_and(|bytes| bytes > 1e6));
    assert_eq!(http::get(&address, "/healthz").await?.0, 200);

    proxy.vanish();
    let why = eventually("the database is missed", || async { reason(&address).await }).await?;
    assert!(why.contains("heartbeat") || why.contains("last claim"), "{why}");
    assert_eq!(http::get(&address, "/healthz").await?.0, 200, "a restart would not help");
    assert!(metric(&address, "steward_database_errors_total{purpose=\"claim\"}").await?.is_some_and(|errors| errors >= 1.0));
    Ok(())
}

#[tokio::test]
async fn a_worker_that_stops_is_alive_but_not_ready() -> Result<()> {
    let world = World::with_sandbox(&["--slow-ms", "2000"]).await?;
    world.define_chat("chat", json!({})).await?;
    let mut worker = world.worker(&["--http-listen", "127.0.0.1:0"])?;
    let address = port_of(&worker).await?;
    let job = world.database.enqueue("chat", json!({ "model": "sandbox-slow", "topic": "x" })).await?;
    eventually("the call has arrived", || async { Ok((world.sandbox.arrivals(job).await? == 1).then_some(())) }).await?;
    assert_eq!(metric(&address, "steward_jobs_running").await?, Some(1.0));
    worker.signal(libc::SIGTERM);
    eventually("it is no longer ready", || async { Ok(reason(&address).await?.filter(|why| why.contains("stopping"))) }).await?;
    assert_eq!(http::get(&address, "/healthz").await?.0, 200);
    assert!(worker.ended().await?.success());
    Ok(())
}
