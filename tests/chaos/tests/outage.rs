//! A database that is away for a while with many calls in flight.

use std::time::Duration;

use anyhow::Result;
use steward_chaos::{Account, Load, Server, short_or_full};

/// Calls in flight when the database goes.
const IN_FLIGHT: i64 = 500;

#[tokio::test]
async fn an_outage_costs_no_call_in_flight_its_answer_and_rescues_none() -> Result<()> {
    // Longer than two leases, or two minutes. The answers come in the middle of it.
    let outage = Duration::from_secs(short_or_full(20, 120));
    let slow = Duration::from_secs(short_or_full(10, 40));
    let (server, mut load) = (Server::find()?, Load::create(slow.as_millis().try_into()?).await?);
    // The lease runs from the start of the server, so it has to hold its recovery as well: of 3 s a busy machine leaves none to the workers.
    let lease = format!("alter database {} set steward.lease = 8", load.world.database.name);
    load.world.database.admin.batch_execute(&lease).await?;
    let _worker = load.world.worker(&[])?;
    // It has nothing to do but to look for the dead.
    let _rescuer = load.world.worker(&["--queue", "nothing"])?;
    load.world.database.until("both workers are there", "select count(*) = 2 from steward.worker").await?;
    let jobs = load.enqueue(IN_FLIGHT, "sandbox-slow").await?;
    load.in_flight(&jobs, IN_FLIGHT).await?;
    server.crash()?;
    tokio::time::sleep(outage).await;
    server.start()?;
    load.world.database.reconnect().await?;
    let account = Account::of(&load).await?;
    account.check_all_succeeded();
    assert_eq!(account.count(|job| job.calls == 1 && job.attempts == 1), account.jobs.len(), "some were rescued or called again");
    let lost = "select count(*) from steward.attempt where state = 'lost'";
    assert_eq!(load.world.database.value::<i64>(lost, &[]).await?, 0);
    Ok(())
}
