//! What goes wrong while days pass: workers are killed, connections cut, moments come late or are missed, ticks race, accounts are frozen, the clock goes back.

use std::time::Duration;

use anyhow::Result;
use steward_tests::database::connect;
use steward_tests::eventually;
use tokio_postgres::Client;

use super::Outreach;
use crate::claimers::Seeded;

const TICK: &str = "select steward.governor_tick()";
/// The process id of a worker that has taken an action: one that calls, or also one that holds it.
const BUSY: &str =
    "select (select min(split_part(t.worker, ':', 2)::int) from steward.attempt t join steward.action_job j on j.job_id = t.job_id
    where t.finished_at is null and j.purpose = 'send' and (t.state = 'sent' or not $1))";
/// All connections of the workers, or one.
const CUT: &str = "select count(pg_terminate_backend(c.pid)) from (
    select pid from pg_stat_activity where usename = 'e2e_worker' and datname = current_database() order by md5(pid::text || $1) limit $2) c";
/// Freezes the account whose moment is next, while a worker asks for its mark.
const FREEZE: &str = "select count(steward.freeze_account(j.account_id, 'somebody was worried'))
    from (select x.account_id from steward.action_job x where x.purpose = 'send' order by x.planned_at limit 1) j";
/// Beyond the deadline of any call, in seconds.
const LATE: f64 = 200.0;
/// How far the clock goes back, in seconds.
const BACK: f64 = 1500.0;

/// How often what happened.
#[derive(Debug, Default)]
pub struct Tally {
    /// Ticks of the grid.
    pub ticks: u32,
    /// Of which three sessions did at once.
    pub raced_ticks: u32,
    /// Ticks whose session was terminated in the middle.
    pub cut_ticks: u32,
    /// Moments, or groups of them, that the clock was moved to.
    pub landings: u32,
    /// Of which a worker came late, by up to 50 s.
    pub late: u32,
    /// Of which nobody came within the minute.
    pub missed: u32,
    /// Workers killed at a random moment.
    pub killed: u32,
    /// Workers killed in the middle of a call.
    pub killed_in_call: u32,
    /// Calls whose deadline passed before their answer came.
    pub overtaken: u32,
    /// Connections terminated.
    pub cut: i64,
    /// Accounts frozen by a person.
    pub frozen: i64,
    /// Times that the clock went back.
    pub turned_back: u32,
}

/// Where the clock lands, and until when what is due is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Landing {
    /// The time it is moved to.
    pub at: f64,
    /// The time until which everything is due.
    pub horizon: f64,
    /// Whether a worker is killed at some moment before or after that.
    pub kills: bool,
}

/// Who makes it.
pub struct Trouble {
    /// What was done.
    pub tally: Tally,
    seeded: Seeded,
    is_calm: bool,
    rivals: Vec<Client>,
    /// How often the clock may still go back.
    pub turns: u32,
}

impl Trouble {
    /// Everything that can go wrong, by a seed.
    ///
    /// # Errors
    /// The database's.
    pub async fn of(outreach: &Outreach, seed: u64) -> Result<Self> {
        let mut trouble = Self { is_calm: false, seeded: Seeded::new(seed), ..Self::none() };
        for _ in 0..2 {
            trouble.rivals.push(connect(&outreach.world.database.name, "postgres").await?);
        }
        Ok(trouble)
    }

    /// Nothing.
    #[must_use]
    pub fn none() -> Self {
        Self { tally: Tally::default(), seeded: Seeded::new(1), is_calm: true, rivals: Vec::new(), turns: 0 }
    }

    fn one_in(&mut self, many: u64) -> bool {
        !self.is_calm && self.seeded.below(many) == 0
    }

    /// A number below 1.
    fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.seeded.below(1 << 20)).unwrap_or(0)) / f64::from(1 << 20)
    }

    /// Where the clock lands for a moment: mostly just before it, sometimes too late, but before the next tick.
    pub fn landing(&mut self, moment: f64, tick: f64) -> Landing {
        let (is_missed, is_late) = (self.one_in(60), self.one_in(4));
        let late = if is_missed { 61.0 + 300.0 * self.unit() } else { 50.0 * self.unit() };
        let at = (moment + late).min(tick - 1.0);
        if (is_missed || is_late) && at > moment {
            self.tally.missed += u32::from(at > moment + 60.0);
            self.tally.late += u32::from(at <= moment + 60.0);
            return Landing { at, horizon: at, kills: false };
        }
        // Long enough for a kill in the middle of the hold, and now and then a second.
        let kills = self.one_in(20);
        let is_long = self.one_in(100);
        let lead = match (kills, is_long) {
            (true, _) => 0.25,
            (false, true) => 1.0,
            (false, false) => 0.05,
        };
        Landing { at: moment - lead, horizon: moment, kills }
    }

    /// Does something to those who act now, or nothing.
    ///
    /// # Errors
    /// When it cannot be done.
    pub async fn strike(&mut self, outreach: &mut Outreach, is_slow: bool, landing: Landing) -> Result<()> {
        if landing.kills {
            // Not to wait for something: any moment is as good.
            tokio::time::sleep(Duration::from_millis(self.seeded.below(350))).await;
            let busy: Option<i32> = outreach.world.database.value(BUSY, &[&false]).await?;
            let busy = busy.and_then(|busy| outreach.alive().iter().position(|alive| *alive == busy));
            let victim = usize::try_from(self.seeded.below(outreach.workers.len() as u64))?;
            self.tally.killed += 1;
            return self.replace(outreach, busy.unwrap_or(victim)).await;
        } else if is_slow && self.one_in(2) {
            return self.disturb_call(outreach, landing.horizon).await;
        }
        match if self.is_calm { u64::MAX } else { self.seeded.below(60) } {
            0 | 1 => {
                let many: i64 = if self.one_in(2) { 1 } else { 100 };
                let seed = self.seeded.below(1000).to_string();
                self.tally.cut += outreach.admin().query_one(CUT, &[&seed, &many]).await?.get::<_, i64>(0);
                Ok(())
            }
            2 => {
                self.tally.frozen += outreach.admin().query_one(FREEZE, &[]).await?.get::<_, i64>(0);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Kills the worker whose call is under way, or lets the time of the call run out; nothing if the action was refused.
    async fn disturb_call(&mut self, outreach: &mut Outreach, horizon: f64) -> Result<()> {
        let calling = eventually("a call is under way, or nothing is to be done", || async {
            let calling: Option<i32> = outreach.world.database.value(BUSY, &[&true]).await?;
            Ok(if calling.is_some() || outreach.is_settled(horizon).await? { Some(calling) } else { None })
        });
        let Some(calling) = calling.await? else { return Ok(()) };
        if self.one_in(4) {
            self.tally.overtaken += 1;
            outreach.go_to(outreach.clock.now() + LATE).await?;
            outreach.admin().execute("select steward.upkeep()", &[]).await?;
            return Ok(());
        }
        let Some(victim) = outreach.alive().iter().position(|alive| *alive == calling) else { return Ok(()) };
        self.tally.killed_in_call += 1;
        self.replace(outreach, victim).await
    }

    /// Kills a worker; two to four live on. Four seconds later it is known to be dead.
    async fn replace(&mut self, outreach: &mut Outreach, victim: usize) -> Result<()> {
        let mut worker = outreach.workers.swap_remove(victim);
        worker.signal(libc::SIGKILL);
        worker.ended().await?;
        let wanted = usize::try_from(2 + self.seeded.below(3))?;
        while outreach.workers.len() < wanted {
            outreach.start_worker()?;
        }
        outreach.go_to(outreach.clock.now() + 4.0).await?;
        outreach.admin().execute("select steward.upkeep()", &[]).await?;
        Ok(())
    }

    /// Ticks; sometimes three sessions at once, sometimes after one that ended in the middle.
    ///
    /// # Errors
    /// The database's: of a deadlock, too.
    pub async fn tick(&mut self, outreach: &Outreach) -> Result<()> {
        let admin = outreach.admin();
        if self.one_in(10) {
            let doomed = connect(&outreach.world.database.name, "postgres").await?;
            let process: i32 = doomed.query_one("select pg_backend_pid()", &[]).await?.get(0);
            let cut = format!("select pg_terminate_backend({process})");
            let (ticked, cut) = tokio::join!(doomed.query_one(TICK, &[]), admin.batch_execute(&cut));
            cut?;
            self.tally.cut_ticks += u32::from(ticked.is_err());
        }
        if let (true, [second, third, ..]) = (self.one_in(6), &self.rivals[..]) {
            tokio::try_join!(admin.query_one(TICK, &[]), second.query_one(TICK, &[]), third.query_one(TICK, &[]))?;
            self.tally.raced_ticks += 1;
        } else {
            admin.query_one(TICK, &[]).await?;
        }
        Ok(())
    }

    /// Puts the clock back, where it still may be.
    ///
    /// # Errors
    /// The database's.
    pub async fn turn_back(&mut self, outreach: &mut Outreach, at: f64) -> Result<()> {
        if self.turns > 0 && self.one_in(20) {
            self.turns -= 1;
            self.tally.turned_back += 1;
            outreach.go_to(at - BACK).await?;
        }
        Ok(())
    }
}
