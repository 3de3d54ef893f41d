//! A hundred claimers race for money while workers are killed, and the provider bills less, as much as and more than was set aside.
//!
//! The claimers: four processes of the worker, which call the sandbox and are killed with SIGKILL, and 96 sessions that claim one job at a time from
//! a queue of their own and die with it now and then. All of them draw on the same limits: of the workspace, of each user, of what runs at once.

use anyhow::Result;
use serde_json::json;
use steward_chaos::claimers::Seeded;
use steward_chaos::money::{Spent, Watched};
use steward_chaos::{Claimers, Money, short_or_full};
use steward_tests::Running;

const WORKERS: usize = 4;
const SESSIONS: u64 = 96;
/// Of each tool, for each user: about two and a half times what the limits admit.
const JOBS: i64 = 160;

fn name(worker: usize) -> String {
    format!("racer-{worker}")
}

fn start(money: &Money, worker: usize) -> Result<Running> {
    money.world.worker(&["--name", &name(worker), "--concurrency", "8"])
}

/// What was seen when nothing moved any more.
struct Race {
    money: Money,
    spent: Vec<Spent>,
    watched: Watched,
}

async fn race(models: &[&str], seed: u64) -> Result<Race> {
    let money = Money::create().await?;
    money.enqueue(JOBS, models).await?;
    let mut workers = (0..WORKERS).map(|worker| start(&money, worker)).collect::<Result<Vec<_>>>()?;
    let claimers = Claimers::start(&money.world.database.name, SESSIONS);
    let names: Vec<String> = (0..WORKERS).map(name).collect();
    let (mut seeded, mut killed) = (Seeded::new(seed), 0);
    for _ in 0..short_or_full(8, 40) {
        let busy = money.busy(&names).await?;
        if busy.is_empty() {
            break;
        }
        let victim = busy[usize::try_from(seeded.below(busy.len() as u64))?];
        workers[victim].signal(libc::SIGKILL);
        workers[victim].ended().await?;
        killed += 1;
        workers[victim] = start(&money, victim)?;
    }
    let settled = money.settle().await;
    // First theirs: where sessions ended early, nothing comes to rest.
    let lives = claimers.stop().await?;
    settled?;
    let (spent, watched) = (money.spent().await?, money.watched().await?);
    println!("{models:?}: {killed} workers killed, {lives:?}, {} calls paid, {watched:?}", spent.len());
    let answered = || spent.iter().filter(|call| call.is_known && !call.is_by_hand);
    let figures = json!({
        "models": models.join(" "), "claimers": SESSIONS + WORKERS as u64, "workers": WORKERS, "killed": killed, "died": lives.died_claimed + lives.died_sent, "calls": spent.len(),
        "overspend": watched.overspend, "held_over": watched.held_over, "ledger": answered().map(|call| call.cost).sum::<i64>(), "bill": answered().filter_map(|call| call.bill).sum::<i64>(),
    });
    println!("race: {figures}");
    assert!(killed >= 2, "everything came to rest after {killed} kills");
    assert!(lives.died_claimed > 0 && lives.died_sent > 0, "no session died with a job: {lives:?}");
    Ok(Race { money, spent, watched })
}

impl Race {
    /// What must hold whatever the provider bills.
    async fn check(&self) -> Result<()> {
        let database = &self.money.world.database;
        let audit = "select coalesce(string_agg(format('%s: %s', a.problem, a.detail), ', '), '') from steward.audit_ledger() a";
        assert_eq!(database.value::<String>(audit, &[]).await?, "");
        let orphans =
            "select coalesce(string_agg(format('%s %s', o.how_many, o.what), ', '), '') from steward.orphans() o where o.how_many > 0";
        assert_eq!(database.value::<String>(orphans, &[]).await?, "");
        assert_eq!(self.watched.held_over, 0, "something was held that did not fit");
        assert!(self.watched.versions > 200, "the watch slept: {:?}", self.watched);
        let parked = "select count(*) from steward.waiting where limit_id is not null";
        assert!(database.value::<i64>(parked, &[]).await? > 0, "the limits admitted everything");
        let full = "select bool_or(v.posted > steward.amount_at(l, steward.clock()) - 250000) from steward.usage_window v join steward.usage_limit l on l.id = v.limit_id where v.metric = 'cost'";
        assert!(database.value::<bool>(full, &[]).await?, "jobs wait and no limit of cost is used up");
        // Where every answer arrived: to the nano-dollar.
        for call in self.spent.iter().filter(|call| call.is_known && !call.is_by_hand) {
            assert_eq!(call.cost, call.bill.unwrap_or(0), "{call:?}");
        }
        for call in self.spent.iter().filter(|call| call.is_by_hand) {
            assert_eq!((call.cost, call.bill), (30_000, None), "{call:?}");
        }
        assert!(self.spent.iter().any(|call| call.is_known && !call.is_by_hand && call.cost > 0), "nobody answered");
        Ok(())
    }

    fn estimates(&self) -> impl Iterator<Item = &Spent> {
        self.spent.iter().filter(|call| !call.is_known && !call.is_by_hand)
    }
}

#[tokio::test]
async fn racing_claimers_that_are_killed_spend_nothing_over_any_limit() -> Result<()> {
    let race = race(&["sandbox-bill-less", "sandbox-bill-equal"], 6).await?;
    race.check().await?;
    assert_eq!((race.watched.over, race.watched.overspend), (0, 0));
    for call in &race.spent {
        assert!(call.cost <= call.held, "{call:?}");
    }
    // Of calls whose worker was killed the ledger has the most that they may have cost.
    assert!(race.estimates().next().is_some(), "no worker was killed in the middle of a call");
    for call in race.estimates() {
        assert!(call.cost >= call.bill.unwrap_or(0), "{call:?}");
    }
    let overruns: i64 = race.money.world.database.value("select count(*) from steward.overruns", &[]).await?;
    assert_eq!(overruns, 0);
    Ok(())
}

#[tokio::test]
async fn calls_that_cost_more_than_was_held_are_told_and_nothing_is_held_beside_a_full_limit() -> Result<()> {
    let race = race(&["sandbox-bill-more"], 7).await?;
    race.check().await?;
    // e2e_app reads the overruns of its workspace; each answered chat is one, and no other call.
    let overruns: i64 = race.money.world.database.app.query_one("select count(*) from steward.overruns", &[]).await?.get(0);
    let over = race.spent.iter().filter(|call| call.is_known && call.cost > call.held).count();
    assert!(over > 0 && i64::try_from(over)? == overruns, "{over} calls cost more than was held, {overruns} are told");
    assert_eq!(over, race.spent.iter().filter(|call| call.is_known && !call.is_by_hand).count());
    // At most what ran at once when the limit was full can have passed it, each by as much as the provider billed beyond the bound.
    let most = race.spent.iter().map(|call| call.cost - call.held).max().unwrap_or(0) * 24;
    assert!(race.watched.overspend <= most, "{} over the limit", race.watched.overspend);
    Ok(())
}
