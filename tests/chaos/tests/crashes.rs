//! A server that crashes under load, configured to lose what it has not flushed.

use anyhow::{Result, ensure};
use steward_chaos::{Account, Load, Server, Stream, short_or_full};
use uuid::Uuid;

/// Calls that take 1.5 s: they are in flight when the server goes, and are answered while it is away or when it is back.
const SLOW_MS: u64 = 1500;

#[tokio::test]
async fn a_server_that_crashes_and_flushes_nothing_by_itself_loses_nothing_that_went_out() -> Result<()> {
    let (server, mut load) = (Server::find()?, Load::create(SLOW_MS).await?);
    let configured: String = load.world.database.value("show synchronous_commit", &[]).await?;
    ensure!(configured == "off", "synchronous_commit is {configured}: run this through scripts/test.sh chaos");
    let (stream, _worker) = (Stream::start(&load), load.world.worker(&[])?);
    for _ in 0..short_or_full(2, 10) {
        let jobs = load.enqueue(60, "sandbox-slow").await?;
        load.in_flight(&jobs, 50).await?;
        server.crash()?;
        server.start()?;
        load.world.database.reconnect().await?;
    }
    stream.stop(&mut load).await?;
    let account = Account::of(&load).await?;
    account.check_all_succeeded();
    let forgotten = account.count(|job| job.state.is_none());
    println!("{} jobs, {forgotten} whose enqueue was never flushed and forgotten by the crash, none of them called", account.jobs.len());
    Ok(())
}

#[tokio::test]
async fn a_sent_mark_survives_a_crash_that_takes_what_nobody_flushed() -> Result<()> {
    let (server, mut load) = (Server::find()?, Load::create(SLOW_MS).await?);
    let _worker = load.world.worker(&[])?;
    let jobs = load.enqueue(60, "sandbox-slow").await?;
    load.in_flight(&jobs, 60).await?;
    // Nothing commits synchronously after the marks, and the server is told not to flush by itself for ten seconds.
    let app = &load.world.database.app;
    app.batch_execute("reset synchronous_commit").await?;
    let forgotten: Uuid = app
        .query_one("select steward.enqueue('write', '{\"topic\": \"x\", \"model\": \"sandbox\"}', queue => 'nobody')", &[])
        .await?
        .get(0);
    server.crash()?;
    server.start()?;
    load.world.database.reconnect().await?;
    let known: bool = load.world.database.value("select exists (select from steward.job where id = $1)", &[&forgotten]).await?;
    ensure!(!known, "the crash took nothing: whether the marks were flushed is not shown");
    Account::of(&load).await?.check_all_succeeded();
    Ok(())
}
