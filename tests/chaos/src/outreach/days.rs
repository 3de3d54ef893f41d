//! Days that pass without waiting: the clock goes to the next tick, or to just before the next planned moment, and then what is due is done by real workers in
//! real time.

use anyhow::{Context, Result};
use steward_tests::eventually;

use super::Outreach;
use super::trouble::{Landing, Trouble};

/// A worker takes a job up to 30 seconds before its moment, and holds it in real time. As if all workers were busy until then it is taken 0.3 s before.
const TAKEN_LATE: &str = "update steward.waiting w set until = j.planned_at - interval '0.3 s' from steward.action_job j
    where w.id = j.job_id and j.purpose = 'send' and w.until < j.planned_at - interval '0.3 s'";
/// The next tick, the next planned moment, and whether the call of that one takes long.
const NEXT: &str = "
    select extract(epoch from date_bin('10 min', n.now, '2000-01-01 00:00+00') + interval '10 min')::float8, extract(epoch from j.planned_at)::float8,
        coalesce(starts_with(a.person, 'sandbox-slow'), false)
    from (select steward.clock() as now) n
    left join lateral (select x.* from steward.action_job x where x.purpose = 'send' and x.planned_at > n.now order by x.planned_at limit 1) j on true
    left join steward.action a on a.id = j.action_id";
/// Nothing that is due is still to be done by a worker.
const SETTLED: &str = "
    select not exists (
        select from steward.action_job j
        where j.planned_at <= to_timestamp($1) and (exists (select from steward.ready r where r.id = j.job_id)
            or exists (select from steward.attempt t where t.job_id = j.job_id and t.finished_at is null)
            or exists (select from steward.waiting w where w.id = j.job_id and w.until <= greatest(steward.clock(), to_timestamp($1)))))";
/// Where everything stands, for whoever has to find out why it does not come to rest.
const STANDING: &str = "
    select concat_ws(E'\\n', 'clock ' || steward.clock(),
        (select string_agg(format('%s of %s at %s: %s, attempts %s', j.purpose, j.job_id, j.planned_at, a.state,
            (select json_agg(json_build_array(t.state, t.worker, t.deadline, t.error_code)) from steward.attempt t where t.job_id = j.job_id)), E'\\n')
            from steward.action_job j join steward.action a on a.id = j.action_id),
        (select string_agg(format('worker %s: %s', w.id, w.heartbeat_at), E'\\n') from steward.worker w))";
/// A person lets accounts go on an hour after they were frozen, or when the provider's limit is over.
const RESUME: &str = "
    select count(steward.resume_account(a.id, 'somebody looked at it')) from steward.account a
    where a.state = 'frozen' and coalesce(a.state_until, (select max(e.at) from steward.breaker_event e where e.account_id = a.id) + interval '1 hour') <= steward.clock()";

impl Outreach {
    /// Lives on to a time in seconds.
    ///
    /// # Errors
    /// When something fails, or does not come to rest.
    pub async fn live(&mut self, until: f64, trouble: &mut Trouble) -> Result<()> {
        loop {
            self.admin().execute(TAKEN_LATE, &[]).await?;
            let row = self.admin().query_one(NEXT, &[]).await?;
            let (tick, moment, is_slow): (f64, Option<f64>, bool) = (row.get(0), row.get(1), row.get(2));
            let moment = moment.filter(|moment| *moment < tick);
            if moment.unwrap_or(tick) > until {
                return self.go_to(until).await;
            }
            match moment {
                Some(moment) => self.act(trouble.landing(moment, tick), is_slow, trouble).await?,
                None => self.tick(tick, trouble).await?,
            }
        }
    }

    /// Moves the clock.
    ///
    /// # Errors
    /// The database's.
    pub async fn go_to(&mut self, at: f64) -> Result<()> {
        let alive = self.alive();
        self.clock.move_to(at, &alive).await
    }

    async fn act(&mut self, landing: Landing, is_slow: bool, trouble: &mut Trouble) -> Result<()> {
        trouble.tally.landings += 1;
        self.go_to(landing.at).await?;
        self.admin().execute("select steward.ring_doorbell()", &[]).await?;
        trouble.strike(self, is_slow, landing).await?;
        self.settle(landing.horizon).await
    }

    async fn tick(&mut self, at: f64, trouble: &mut Trouble) -> Result<()> {
        trouble.tally.ticks += 1;
        self.go_to(at + 0.01).await?;
        trouble.tick(self).await?;
        self.admin().execute(RESUME, &[]).await?;
        self.settle(at).await?;
        trouble.turn_back(self, at).await
    }

    /// Whether what is due at a moment was done.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_settled(&self, horizon: f64) -> Result<bool> {
        self.world.database.value(SETTLED, &[&horizon]).await
    }

    /// Waits until what is due at a moment was done.
    ///
    /// # Errors
    /// When something is stuck.
    pub async fn settle(&self, horizon: f64) -> Result<()> {
        match eventually("what is due is done", || async { Ok(self.is_settled(horizon).await?.then_some(())) }).await {
            Ok(()) => Ok(()),
            Err(error) => {
                let output = self.workers.iter().map(|worker| worker.output()).collect::<Vec<_>>().join("\n");
                let standing: String = self.world.database.value(STANDING, &[]).await.context("where everything stands")?;
                Err(error.context(format!("{standing}\n{output}")))
            }
        }
    }
}
