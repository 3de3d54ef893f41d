//! Sessions race for the units of a quota, each by the short way of an enqueue, some roll back, some hold what they have for a while, some die.

use anyhow::{Context, Result};
use serde_json::json;
use steward_chaos::claimers::Seeded;
use steward_chaos::short_or_full;
use steward_tests::Database;
use steward_tests::database::connect;
use tokio::task::JoinSet;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

const SESSIONS: u64 = 24;
/// One in so many transactions is rolled back, and one in so many ends with its session.
const FATES: u64 = 20;

/// What became of one transaction.
enum End {
    Committed,
    Undone,
    Died,
    /// The last units are held by others.
    Busy,
    Full,
}

#[tokio::test]
async fn sessions_that_race_for_a_quota_take_every_unit_once_and_no_more() -> Result<()> {
    let units: i64 = short_or_full(600, 20_000);
    let database = Database::create().await?;
    database.define_tool("counted", json!({ "executor": "noop", "price": { "call": "0.000001" } })).await?;
    let limit = "select steward.set_limit('workspace', null, 'jobs', 'month', $1::text::numeric, 'reject', workspace_id => $2)";
    database.admin.execute(limit, &[&units.to_string(), &database.workspace]).await?;
    let mut sessions = JoinSet::new();
    for number in 0..SESSIONS {
        sessions.spawn(enqueue_until_full(database.name.clone(), number));
    }
    let (mut committed, mut undone, mut died, mut busy) = (0, 0, 0, 0);
    while let Some(ends) = sessions.join_next().await {
        for end in ends?? {
            match end {
                End::Committed => committed += 1,
                End::Undone => undone += 1,
                End::Died => died += 1,
                End::Busy => busy += 1,
                End::Full => {}
            }
        }
    }
    println!("{units} units: {committed} committed, {undone} rolled back, {died} sessions died, {busy} times busy");
    assert!(undone > 0 && died > 0, "nobody gave a unit back");
    let taken = "select array[(select count(*) from steward.job), (select count(*) from steward.ready), count(*), min(u.n), max(u.n)] from steward.quota_unit u";
    assert_eq!(database.value::<Vec<i64>>(taken, &[]).await?, [units, units, units, 1, units]);
    assert_eq!(committed, units);
    Ok(())
}

async fn enqueue_until_full(database: String, number: u64) -> Result<Vec<End>> {
    let (mut seeded, mut ends) = (Seeded::new(number + 1), Vec::new());
    let mut session = connect(&database, "e2e_app").await?;
    loop {
        let fate = seeded.below(FATES);
        let end = enqueue(&session, fate).await?;
        let is_last = matches!(end, End::Full);
        if matches!(end, End::Died) {
            session = connect(&database, "e2e_app").await?;
        }
        ends.push(end);
        if is_last {
            return Ok(ends);
        }
    }
}

async fn enqueue(session: &Client, fate: u64) -> Result<End> {
    session.batch_execute("begin").await?;
    let enqueued = session.query_one("select steward.enqueue('counted')", &[]).await;
    if let Err(error) = enqueued {
        session.batch_execute("rollback").await?;
        return match error.code() {
            Some(code) if *code == SqlState::CONFIGURATION_LIMIT_EXCEEDED => Ok(End::Full),
            Some(code) if *code == SqlState::T_R_SERIALIZATION_FAILURE => Ok(End::Busy),
            _ => Err(error).context("enqueue"),
        };
    }
    match fate {
        // The server finds out that its client is gone.
        0 => {
            let gone = session.query_one("select pg_terminate_backend(pg_backend_pid())", &[]).await;
            assert!(gone.is_err(), "the session lives");
            Ok(End::Died)
        }
        1 => session.batch_execute("rollback").await.map(|()| End::Undone).map_err(Into::into),
        // Held for a while, in which the others go on.
        2 => session.batch_execute("select pg_sleep(0.02); commit").await.map(|()| End::Committed).map_err(Into::into),
        _ => session.batch_execute("commit").await.map(|()| End::Committed).map_err(Into::into),
    }
}
