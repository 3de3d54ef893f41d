//! The worker's connections to a server that speaks TLS with a certificate of its own making.

use anyhow::{Context, Result};
use serde_json::json;
use steward_tests::{World, eventually};

/// How the worker's sessions reach the server: encrypted ones and plain ones.
const SESSIONS: &str = "
    select format('%s encrypted, %s plain', count(*) filter (where s.ssl), count(*) filter (where not s.ssl))
    from pg_stat_activity a join pg_stat_ssl s using (pid)
    where a.datname = current_database() and a.usename = 'e2e_worker'";

fn certificate() -> Result<String> {
    std::env::var("CLUSTER_CERTIFICATE").context("CLUSTER_CERTIFICATE is not set: run the tests through tests/cluster.sh")
}

async fn ends_a_job(world: &World) -> Result<()> {
    world.database.define_tool("nothing", json!({ "executor": "noop" })).await?;
    let job = world.database.enqueue("nothing", json!({})).await?;
    assert_eq!(world.database.finished(job).await?.get::<_, &str>("state"), "succeeded");
    Ok(())
}

#[tokio::test]
async fn a_worker_that_trusts_the_certificate_works_over_encrypted_sessions_only() -> Result<()> {
    let world = World::create().await?;
    let url = format!("{} sslmode=verify-full", world.database.worker_url());
    let _worker = world.worker_through(&url, &["--tls-ca-file", &certificate()?])?;
    ends_a_job(&world).await?;
    let sessions: String = world.database.value(SESSIONS, &[]).await?;
    assert!(sessions.ends_with(" encrypted, 0 plain") && !sessions.starts_with("0 "), "{sessions}");
    Ok(())
}

#[tokio::test]
async fn a_worker_that_promises_no_identity_encrypts_where_it_can() -> Result<()> {
    let world = World::create().await?;
    let _worker = world.worker(&[])?;
    ends_a_job(&world).await?;
    let sessions: String = world.database.value(SESSIONS, &[]).await?;
    assert!(sessions.ends_with(" encrypted, 0 plain") && !sessions.starts_with("0 "), "{sessions}");
    Ok(())
}

#[tokio::test]
async fn a_worker_that_must_know_the_server_does_not_connect_to_one_it_cannot_check() -> Result<()> {
    let world = World::create().await?;
    let url = format!("{} sslmode=require", world.database.worker_url());
    let worker = world.worker_through(&url, &[])?;
    eventually("the worker says what is wrong", || async { Ok(worker.output().contains("certificate").then_some(())) }).await?;
    assert_eq!(world.database.value::<String>(SESSIONS, &[]).await?, "0 encrypted, 0 plain");
    Ok(())
}
