//! What became of every job, told by the database and by the sandbox's own log of calls.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Result;
use steward_tests::wait::eventually_within;
use uuid::Uuid;

use crate::load::{Enqueued, Load, Tool};

/// How long the jobs may take to end after the last fault: several leases and every backoff of worker and tools.
const RECOVERY: Duration = Duration::from_secs(120);

/// One job.
#[derive(Debug)]
pub struct Job {
    /// As it was enqueued.
    pub enqueued: Enqueued,
    /// Its state; none where the database does not know it.
    pub state: Option<String>,
    /// Attempts that ended it well.
    pub successes: i64,
    /// All attempts.
    pub attempts: i64,
    /// Calls that arrived.
    pub calls: i64,
}

/// Every job of a load, after all have ended.
pub struct Account {
    /// The jobs.
    pub jobs: Vec<Job>,
    /// Calls that no attempt of the database was marked for.
    pub unmarked_calls: Vec<(Uuid, i32)>,
    /// Rows of the queue that contradict each other, in words.
    pub contradictions: String,
    /// What `audit_ledger` reports, in words.
    pub ledger: String,
}

impl Account {
    /// Waits until nothing waits, is ready or runs, and looks at everything.
    ///
    /// # Errors
    /// When something is stuck.
    pub async fn of(load: &Load) -> Result<Self> {
        let database = &load.world.database;
        let settled = "select not exists (select from steward.ready) and not exists (select from steward.waiting)
            and not exists (select from steward.attempt where finished_at is null) and not exists (select from steward.job where outcome is null)";
        eventually_within(RECOVERY, "nothing is stuck", || async { Ok(database.value::<bool>(settled, &[]).await?.then_some(())) }).await?;
        let orphans =
            "select coalesce(string_agg(format('%s %s', o.how_many, o.what), ', '), '') from steward.orphans() o where o.how_many > 0";
        let contradictions = database.value(orphans, &[]).await?;
        let audit = "select coalesce(string_agg(format('%s: %s', a.problem, a.detail), ', '), '') from steward.audit_ledger() a";
        let ledger = database.value(audit, &[]).await?;
        let told = "select j.id, j.state, (select count(*) from steward.attempt a where a.job_id = j.id and a.decision = 'succeed'),
            (select count(*) from steward.attempt a where a.job_id = j.id) from steward.jobs j";
        let rows = database.admin.query(told, &[]).await?;
        let mut known: HashMap<Uuid, (String, i64, i64)> =
            rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2), row.get(3)))).collect();
        let calls = load.world.sandbox.calls().await?;
        let mut called: HashMap<Uuid, i64> = HashMap::new();
        for call in &calls {
            *called.entry(call.job).or_default() += 1;
        }
        let marked = "select job_id, number from steward.attempt where sent_at is not null";
        let marked: std::collections::HashSet<(Uuid, i32)> =
            database.admin.query(marked, &[]).await?.iter().map(|row| (row.get(0), row.get(1))).collect();
        let unmarked_calls = calls.iter().map(|call| (call.job, call.attempt)).filter(|call| !marked.contains(call)).collect();
        let job = |enqueued: &Enqueued| {
            let (state, successes, attempts) =
                known.remove(&enqueued.id).map_or((None, 0, 0), |(state, ended, all)| (Some(state), ended, all));
            Job { enqueued: *enqueued, state, successes, attempts, calls: called.get(&enqueued.id).copied().unwrap_or(0) }
        };
        let jobs = load.jobs.iter().map(job).collect();
        Ok(Self { jobs, unmarked_calls, contradictions, ledger })
    }

    /// What must hold whatever happened: nothing lost, nothing ended twice, nothing sent without its mark, no penny unaccounted for, and of `send` no call repeated.
    ///
    /// # Panics
    /// With the jobs of which it does not hold.
    pub fn check(&self) {
        self.none("was lost", |job| job.state.is_none() && (job.enqueued.is_durable || job.calls > 0));
        self.none("ended twice", |job| job.successes > 1);
        self.none("succeeded without a call", |job| job.is("succeeded") && job.calls == 0);
        self.none("was called twice", |job| job.enqueued.tool == Tool::Send && job.calls > 1);
        self.none("ended in another way than its tool allows", |job| match job.enqueued.tool {
            Tool::Write => job.state.is_some() && !job.is("succeeded"),
            Tool::Send => job.state.is_some() && !job.is("succeeded") && !job.is("in_doubt"),
        });
        assert_eq!(self.contradictions, "");
        assert_eq!(self.ledger, "");
        assert!(self.unmarked_calls.is_empty(), "calls without a committed sent mark: {:?}", self.unmarked_calls);
    }

    /// Nothing but success, which is what a fault that took no worker's memory away must end in.
    ///
    /// # Panics
    /// With the jobs that did not succeed.
    pub fn check_all_succeeded(&self) {
        self.check();
        self.none("did not succeed", |job| job.state.is_some() && !job.is("succeeded"));
    }

    /// How many jobs there are of which `is_so` holds.
    pub fn count(&self, is_so: impl Fn(&Job) -> bool) -> usize {
        self.jobs.iter().filter(|job| is_so(job)).count()
    }

    fn none(&self, what: &str, is_so: impl Fn(&Job) -> bool) {
        let found: Vec<&Job> = self.jobs.iter().filter(|job| is_so(job)).collect();
        assert!(found.is_empty(), "{} of {} jobs: {what}: {found:#?}", found.len(), self.jobs.len());
    }
}

impl Job {
    /// Whether it is in that state.
    #[must_use]
    pub fn is(&self, state: &str) -> bool {
        self.state.as_deref() == Some(state)
    }
}
