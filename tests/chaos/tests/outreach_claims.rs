//! Sessions that claim for the same accounts at the same instant.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use steward_chaos::outreach::Sender;
use steward_chaos::{Outreach, short_or_full};
use steward_tests::database::connect;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

const SESSIONS: usize = 16;
const ACCOUNTS: [&str; 4] = ["ann", "ben", "cleo", "dan"];
/// Seconds between two rounds: a little more than the gap.
const ROUND: f64 = 1000.0;
const START: &str = "2026-05-11 01:00+00";
/// The planner leaves them alone, so that nobody but the test releases them: sixteen of each account at once, where there is one at a time.
const FORCE: &str =
    "alter table steward.action_job drop constraint action_job_one_at_a_time; update steward.action set not_before = 'infinity'";
const RELEASE: &str = "select count(*) filter (where steward.release_action(x.action, a, steward.clock() + interval '20 s')) from steward.account a
    cross join lateral (select y as action from steward.action y where y.account_id = a.id and y.state = 'backlog' order by y.id limit $1) x";

struct Racer {
    worker: String,
    session: Client,
    jobs: Vec<Uuid>,
    attempts: Vec<i32>,
}

impl Racer {
    async fn begin(database: &str, number: usize) -> Result<Self> {
        let session = connect(database, "e2e_worker").await?;
        Ok(Self { worker: format!("racer-{number}"), session, jobs: Vec::new(), attempts: Vec::new() })
    }

    async fn beat(&self) -> Result<()> {
        self.session.execute("select steward.heartbeat($1, '{}')", &[&self.worker]).await?;
        Ok(())
    }

    /// Takes one job for each account, or what else comes first.
    async fn claim(&mut self) -> Result<()> {
        self.beat().await?;
        let claim = "select job_id, attempt from steward.claim_jobs($1, '{default}', $2)";
        let claimed = self.session.query(claim, &[&self.worker, &i32::try_from(ACCOUNTS.len())?]).await?;
        (self.jobs, self.attempts) = claimed.iter().map(|row| (row.get::<_, Uuid>(0), row.get::<_, i32>(1))).unzip();
        ensure!(self.jobs.len() == ACCOUNTS.len(), "{} got {} jobs", self.worker, self.jobs.len());
        Ok(())
    }

    /// Asks for all of them at once; which it may send.
    async fn mark(&self) -> Result<Vec<(Uuid, i32)>> {
        let mark = "select job_id, attempt from steward.mark_sent($1, $2, $3)";
        let marked = self.session.query(mark, &[&self.worker, &self.jobs, &self.attempts]).await.context("mark")?;
        Ok(marked.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// They were done: five that are unknown in a row would stop the account.
    async fn finish(&self, marked: &[(Uuid, i32)]) -> Result<()> {
        let answered =
            |(job, attempt): &(Uuid, i32)| json!({ "job_id": job, "attempt": attempt, "phase": "answered", "status": 200, "body": "{}" });
        let outcomes: Vec<Value> = marked.iter().map(answered).collect();
        self.session.execute("select steward.finish_jobs($1, $2)", &[&self.worker, &outcomes]).await.context("finish")?;
        Ok(())
    }
}

async fn world() -> Result<Outreach> {
    let outreach = Outreach::create(&[], START).await?;
    for name in ACCOUNTS {
        let policy = json!({ "window": ["00:00", "24:00"], "daily_cap": [80, 80], "gap_minutes": [15, 16], "caps": "independent" });
        let sender =
            Sender { name, zone: "UTC", window: ["00:00", "24:00"], rest: None, is_daily: false, policy, warm_up_from: "2025-01-01" };
        let account = outreach.enable(&sender).await?;
        for n in 0..SESSIONS + rounds() {
            outreach.schedule(account, "view_profile", &format!("{name} {n}"), json!({})).await?;
        }
    }
    outreach.admin().batch_execute(FORCE).await?;
    outreach.admin().execute("select steward.governor_tick()", &[]).await?;
    Ok(outreach)
}

/// A day has room for eighty.
fn rounds() -> usize {
    short_or_full(12, 60)
}

async fn no_deadlock(outreach: &Outreach) -> Result<()> {
    let deadlocks = "select deadlocks from pg_stat_database where datname = current_database()";
    ensure!(outreach.world.database.value::<i64>(deadlocks, &[]).await? == 0, "somebody was in a deadlock");
    Ok(())
}

#[tokio::test]
async fn of_sixteen_marks_at_once_one_of_each_account_is_accepted_and_the_others_go_back_to_the_backlog() -> Result<()> {
    let mut outreach = world().await?;
    let mut racers = Vec::new();
    for number in 0..SESSIONS {
        racers.push(Racer::begin(&outreach.world.database.name, number).await?);
    }
    let start = outreach.clock.epoch(START).await?;
    // Beside them the governor ticks, and somebody looks for dead workers.
    let bystander = connect(&outreach.world.database.name, "postgres").await?;
    for round in 1..=rounds() {
        let at = start + ROUND * f64::from(u32::try_from(round)?);
        outreach.clock.move_to(at, &[]).await?;
        outreach.admin().execute("select steward.upkeep()", &[]).await?;
        let released: i64 = outreach.world.database.value(RELEASE, &[&i64::try_from(SESSIONS)?]).await?;
        assert_eq!(released, i64::try_from(SESSIONS * ACCOUNTS.len())?, "round {round}");
        for racer in &mut racers {
            racer.claim().await?;
        }
        outreach.clock.move_to(at + 20.0, &[]).await?;
        for racer in &racers {
            racer.beat().await?;
        }
        let barrier = Arc::new(Barrier::new(SESSIONS + 1));
        let mut running = JoinSet::new();
        for racer in racers.drain(..) {
            let barrier = Arc::clone(&barrier);
            running.spawn(async move {
                barrier.wait().await;
                let marked = racer.mark().await?;
                anyhow::Ok((racer, marked))
            });
        }
        barrier.wait().await;
        bystander.batch_execute("select steward.governor_tick()").await?;
        bystander.batch_execute("select steward.upkeep()").await?;
        let mut marked = 0;
        while let Some(raced) = running.join_next().await {
            let (racer, accepted) = raced??;
            marked += accepted.len();
            racer.finish(&accepted).await?;
            racers.push(racer);
        }
        assert_eq!(marked, ACCOUNTS.len(), "round {round}");
        let written = "select array[count(*), count(distinct c.account_id)] from steward.action_claim c where c.t > to_timestamp($1)";
        assert_eq!(outreach.world.database.value::<Vec<i64>>(written, &[&at]).await?, [4, 4], "round {round}");
        // Where somebody held the account at that moment the tick takes the action back.
        bystander.batch_execute("select steward.governor_tick()").await?;
        let back = "select count(*) from steward.action a
            where a.state = 'backlog' and a.code in ('gap_limit', 'account_busy') and a.planned_at > to_timestamp($1)";
        let refused = i64::try_from((SESSIONS - 1) * ACCOUNTS.len())?;
        assert_eq!(outreach.world.database.value::<i64>(back, &[&at]).await?, refused, "round {round}");
    }
    outreach.check_ledger().await?;
    let refused = "select jsonb_object_agg(r.code, r.n) from (select t.error_code as code, count(*) as n from steward.attempt t where t.sent_at is null group by t.error_code) r";
    let refused: Value = outreach.world.database.value(refused, &[]).await?;
    println!(
        "{} rounds of {SESSIONS} sessions with {} jobs each: {} claims, refused {refused}",
        rounds(),
        ACCOUNTS.len(),
        rounds() * ACCOUNTS.len()
    );
    no_deadlock(&outreach).await
}

#[tokio::test]
async fn of_sixteen_rows_that_are_written_at_once_past_all_locks_the_ledger_takes_one() -> Result<()> {
    let mut outreach = world().await?;
    let start = outreach.clock.epoch(START).await?;
    let mut sessions = Vec::new();
    for _ in 0..SESSIONS {
        sessions.push(connect(&outreach.world.database.name, "postgres").await?);
    }
    for round in 1..=rounds() {
        outreach.clock.move_to(start + ROUND * f64::from(u32::try_from(round)?), &[]).await?;
        let unclaimed = "select array(select a.id from steward.action a join steward.account s on s.id = a.account_id
            where s.name = 'ann' and not exists (select from steward.action_claim c where c.action_id = a.id) order by a.id limit $1)";
        let actions: Vec<Uuid> = outreach.world.database.value(unclaimed, &[&i64::try_from(SESSIONS)?]).await?;
        let barrier = Arc::new(Barrier::new(SESSIONS));
        let mut running = JoinSet::new();
        for (session, action) in sessions.drain(..).zip(actions) {
            let barrier = Arc::clone(&barrier);
            running.spawn(async move {
                barrier.wait().await;
                let written = session.execute("select steward.insert_claim(a) from steward.action a where a.id = $1", &[&action]).await;
                (session, written)
            });
        }
        let (mut written, mut refused) = (0, 0);
        while let Some(raced) = running.join_next().await {
            let (session, insert) = raced?;
            match insert {
                Ok(_) => written += 1,
                Err(error) => {
                    // The row before, the slot of the day, or the gap.
                    let is_limit = [SqlState::UNIQUE_VIOLATION, SqlState::CHECK_VIOLATION].iter().any(|state| error.code() == Some(state));
                    ensure!(is_limit, "round {round}: {error:?}");
                    refused += 1;
                }
            }
            sessions.push(session);
        }
        assert_eq!((written, refused), (1, SESSIONS - 1), "round {round}");
    }
    outreach.check_ledger().await?;
    no_deadlock(&outreach).await
}
