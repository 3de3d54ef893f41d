//! A world whose calls cost money under limits that admit only some of them, and what was spent in it.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use steward_tests::World;
use steward_tests::database::connect;
use steward_tests::wait::eventually_within;
use tokio_postgres::Client;
use uuid::Uuid;

/// Until nothing moves any more: several leases, and the minute after which a line is looked at in any case.
const PATIENCE: Duration = Duration::from_secs(90);
/// Dollars a day of the workspace, and of each of its two users.
const LIMITS: [(&str, &str); 2] = [("workspace", "0.06"), ("user", "0.036")];
/// Calls of the provider at once.
const RUNNING: &str = "24";
/// The second user.
const OTHER: Uuid = Uuid::from_u128(0x2222_2222_2222_2222_2222_2222_2222_2222);

/// Every version of every window, as it was written: no moment between two looks is missed.
const WATCH: &str = "
    create table public.watched (limit_id uuid, metric text, held_before bigint, held bigint, posted bigint, amount bigint);
    create function public.watch() returns trigger language plpgsql security definer as $$
    begin
        insert into public.watched
        select new.limit_id, new.metric, case when tg_op = 'UPDATE' then old.held else 0 end, new.held, new.posted, steward.amount_at(l, steward.clock())
        from steward.usage_limit l where l.id = new.limit_id;
        return null;
    end
    $$;
    create trigger watched after insert or update on steward.usage_window for each row execute function public.watch()";

/// Nothing runs, nothing may be claimed, and for whoever waits a limit of cost is used up. (In which line he waits is not looked at: one of what runs
/// at once may name him although there is room, as it is looked at once a minute only when those at its head go on to another line.)
const SETTLED: &str = "
    select not exists (select from steward.attempt where finished_at is null) and not exists (select from steward.ready) and not exists (
        select from steward.waiting w
        join steward.job j on j.id = w.id
        where w.limit_id is null or j.cost_bound <= (
            select min(steward.amount_at(l, steward.clock()) - v.posted - v.held) from steward.usage_limit l join steward.usage_window v on v.limit_id = l.id
            where v.metric = 'cost' and v.bucket in ('', '/' || j.user_id) and v.starts_at <= steward.clock() and v.ends_at > steward.clock()))";

/// Where everything stands, for whoever has to find out why it does not come to rest.
const STANDING: &str = "
    select concat_ws(E'\\n', 'clock ' || steward.clock(),
        (select string_agg(format('attempts %s %s: %s', a.state, a.deadline, a.worker), E'\\n') from steward.attempt a where a.finished_at is null),
        (select string_agg(format('ready %s: %s', r.queue, r.n), E'\\n') from (select queue, count(*) as n from steward.ready group by queue) r),
        (select string_agg(format('waiting %s %s %s, need %s to %s: %s', w.reason, w.queue, w.detail, w.least, w.most, w.n), E'\\n')
            from (select reason, queue, min(detail) as detail, min(need) as least, max(need) as most, count(*) as n from steward.waiting group by reason, queue, limit_id) w),
        (select string_agg(format('window %s %s: %s posted, %s held', v.metric, v.bucket, v.posted, v.held), E'\\n') from steward.usage_window v),
        (select string_agg(l::text, E'\\n') from steward.limit_line l))";

/// Each attempt's cost, and whether it is known or only the most that it may be.
const SPENT: &str = "
    select job_id, attempt, sum(cost)::bigint, sum(held) filter (where entry = 1)::bigint, bool_or(kind <> 'posted_estimate') from steward.ledger group by job_id, attempt";

/// The world, and the session of its second user.
pub struct Money {
    /// Database and sandbox.
    pub world: World,
    other: Client,
}

/// What one call cost.
#[derive(Debug, Clone, Copy)]
pub struct Spent {
    /// By the ledger, in nano-dollars.
    pub cost: i64,
    /// What was held for it.
    pub held: i64,
    /// By the sandbox; none where the call did not arrive.
    pub bill: Option<i64>,
    /// Whether the answer was read; else the cost is an estimate.
    pub is_known: bool,
    /// Whether it was one of the claimers in SQL, whom the sandbox does not know.
    pub is_by_hand: bool,
}

/// What the watch saw.
#[derive(Debug, PartialEq, Eq)]
pub struct Watched {
    /// Versions of windows.
    pub versions: i64,
    /// Those with more posted and held than the limit.
    pub over: i64,
    /// Those with more held than the version before, and more posted and held than the limit.
    pub held_over: i64,
    /// Nano-dollars over any limit of cost.
    pub overspend: i64,
}

impl Money {
    /// Creates all of it, with the sandbox's prices the same on both sides.
    ///
    /// # Errors
    /// When a part does not start.
    pub async fn create() -> Result<Self> {
        let world = World::with_sandbox(&["--price-input", "150", "--price-output", "600", "--latency-ms", "60"]).await?;
        let patient = |on_lost: &str| json!({ "timeout_seconds": 60, "max_tries": 100, "max_attempts": 1000, "on_lost": on_lost });
        world.define_chat("write", patient("retry")).await?;
        world.define_chat("send", patient("in_doubt")).await?;
        for (name, on_lost) in [("count", "retry"), ("pay", "in_doubt")] {
            let mut tool = patient(on_lost);
            tool["executor"] = json!("noop");
            tool["queue"] = json!("hand");
            tool["price"] = json!({ "call": "0.00003" });
            world.database.define_tool(name, tool).await?;
        }
        let admin = &world.database.admin;
        admin.batch_execute(WATCH).await?;
        let login = "do $$ begin create role e2e_other login; exception when duplicate_object or unique_violation then null; end $$";
        admin.batch_execute(login).await?;
        admin.batch_execute("grant steward_user to e2e_other").await?;
        admin
            .execute(
                "select steward.map_login('e2e_other', $1), steward.add_member($2, $1, 'editor')",
                &[&OTHER, &world.database.workspace],
            )
            .await?;
        let limit = "select steward.set_limit($1, null, 'cost', 'day', $2::text::numeric, 'park', workspace_id => $3)";
        for (scope, amount) in LIMITS {
            admin.execute(limit, &[&scope, &amount, &world.database.workspace]).await?;
        }
        let running = "select steward.set_limit('provider', 'sandbox', 'running', 'total', $1::text::numeric)";
        admin.execute(running, &[&RUNNING]).await?;
        let other = connect(&world.database.name, "e2e_other").await?;
        Ok(Self { world, other })
    }

    /// Enqueues so many jobs of each tool for each user, the chats in turn with these models.
    ///
    /// # Errors
    /// The database's.
    pub async fn enqueue(&self, count: i64, models: &[&str]) -> Result<()> {
        let many = "select steward.enqueue_many($1, array(
            select jsonb_build_object('model', ($2::text[])[1 + n % cardinality($2::text[])], 'topic', 'part ' || n) from generate_series(1, $3::bigint) n))";
        for user in [&self.world.database.app, &self.other] {
            for tool in ["write", "send", "count", "pay"] {
                user.execute(many, &[&tool, &models, &count]).await?;
            }
        }
        Ok(())
    }

    /// The workers, by the beginnings of their names, that have calls under way; none when everything has come to rest.
    ///
    /// # Errors
    /// When neither comes.
    pub async fn busy(&self, names: &[String]) -> Result<Vec<usize>> {
        let busy = "select array(select n.n from unnest($1::text[]) with ordinality as n (name, n)
            where exists (select from steward.attempt a where a.state = 'sent' and a.finished_at is null and starts_with(a.worker, n.name)))";
        eventually_within(PATIENCE, "a worker has calls under way", || async {
            let busy: Vec<i64> = self.world.database.value(busy, &[&names]).await?;
            let busy: Vec<usize> = busy.into_iter().filter_map(|n| usize::try_from(n - 1).ok()).collect();
            Ok((!busy.is_empty() || self.world.database.value::<bool>(SETTLED, &[]).await?).then_some(busy))
        })
        .await
    }

    /// Waits until nothing moves any more.
    ///
    /// # Errors
    /// When something is stuck.
    pub async fn settle(&self) -> Result<()> {
        let settled = eventually_within(PATIENCE, "nothing moves any more", || async {
            Ok(self.world.database.value::<bool>(SETTLED, &[]).await?.then_some(()))
        })
        .await;
        match settled {
            Ok(()) => Ok(()),
            Err(error) => Err(error.context(self.world.database.value::<String>(STANDING, &[]).await?)),
        }
    }

    /// Every call, by the ledger and by the sandbox's own log.
    ///
    /// # Errors
    /// When one of them does not answer, or the sandbox saw a call that the ledger does not know, or one twice.
    pub async fn spent(&self) -> Result<Vec<Spent>> {
        let mut bills = HashMap::new();
        for call in self.world.sandbox.calls().await? {
            anyhow::ensure!(bills.insert((call.job, call.attempt), call.billed_nanos).is_none(), "a call arrived twice: {}", call.job);
        }
        let by_hand = "select array(select j.id from steward.job j where j.queue = 'hand')";
        let by_hand: std::collections::HashSet<Uuid> = self.world.database.value::<Vec<Uuid>>(by_hand, &[]).await?.into_iter().collect();
        let rows = self.world.database.admin.query(SPENT, &[]).await?;
        let read = |row: &tokio_postgres::Row| {
            let job = row.get(0);
            let bill = bills.remove(&(job, row.get(1)));
            Spent { cost: row.get(2), held: row.get(3), bill, is_known: row.get(4), is_by_hand: by_hand.contains(&job) }
        };
        let spent = rows.iter().map(read).collect();
        anyhow::ensure!(bills.is_empty(), "the ledger knows nothing of these calls: {bills:?}");
        Ok(spent)
    }

    /// What became of the windows.
    ///
    /// # Errors
    /// The database's.
    pub async fn watched(&self) -> Result<Watched> {
        let sum = "select count(*), count(*) filter (where posted + held > amount), count(*) filter (where posted + held > amount and held > held_before),
            coalesce(max(posted - amount) filter (where metric = 'cost' and posted > amount), 0) from public.watched";
        let row = self.world.database.admin.query_one(sum, &[]).await?;
        Ok(Watched { versions: row.get(0), over: row.get(1), held_over: row.get(2), overspend: row.get(3) })
    }
}
