//! Jobs of two kinds: `write`, whose calls may be repeated, and `send`, whose calls must not be.

use anyhow::Result;
use serde_json::{Value, json};
use steward_tests::{World, eventually};
use uuid::Uuid;

/// Longest duration of a call, in seconds: beyond the longest outage, and short enough for what hangs.
const TIMEOUT_SECONDS: u64 = 180;

/// What becomes of a call whose answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// It is repeated.
    Write,
    /// It is in doubt, for it may have reached somebody.
    Send,
}

impl Tool {
    /// Its name in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Send => "send",
        }
    }
}

/// A job whose enqueue was confirmed.
#[derive(Clone, Copy, Debug)]
pub struct Enqueued {
    /// The job.
    pub id: Uuid,
    /// Its tool.
    pub tool: Tool,
    /// Whether the session had `synchronous_commit` on, so that a crash of the server cannot take the job back.
    pub is_durable: bool,
}

/// A world with both tools, and what was enqueued in it.
pub struct Load {
    /// Database and sandbox.
    pub world: World,
    /// Every job so far.
    pub jobs: Vec<Enqueued>,
}

impl Load {
    /// Creates all of it; calls to the model `sandbox-slow` take so long.
    ///
    /// # Errors
    /// When a part does not start.
    pub async fn create(slow_ms: u64) -> Result<Self> {
        let world = World::with_sandbox(&["--slow-ms", &slow_ms.to_string()]).await?;
        // However often a job's worker is killed, the tools' patience is not what is tested.
        let patient = |more: Value| {
            let mut definition = json!({ "timeout_seconds": TIMEOUT_SECONDS, "max_tries": 100, "max_attempts": 1000 });
            if let (Some(fields), Value::Object(more)) = (definition.as_object_mut(), more) {
                fields.extend(more);
            }
            definition
        };
        world.define_chat("write", patient(json!({}))).await?;
        world.define_chat("send", patient(json!({ "effect": "external" }))).await?;
        Ok(Self { world, jobs: Vec::new() })
    }

    /// Enqueues jobs of both kinds, half and half, with `synchronous_commit` on; their numbers.
    ///
    /// # Errors
    /// The database's.
    pub async fn enqueue(&mut self, count: i64, model: &str) -> Result<Vec<Uuid>> {
        let app = &self.world.database.app;
        app.batch_execute("set synchronous_commit = on").await?;
        let many = "select steward.enqueue_many($1, array(
            select jsonb_build_object('model', $2::text, 'topic', n::text) from generate_series(1, $3::bigint) n))";
        let mut ids = Vec::new();
        for (tool, count) in [(Tool::Write, count / 2), (Tool::Send, count - count / 2)] {
            for row in app.query(many, &[&tool.name(), &model, &count]).await? {
                let id = row.get(0);
                self.jobs.push(Enqueued { id, tool, is_durable: true });
                ids.push(id);
            }
        }
        Ok(ids)
    }

    /// Waits until at least so many of these jobs have a call that has arrived and has no answer: their model is one that hangs, or is
    /// slow enough. Returns how many.
    ///
    /// # Errors
    /// When they do not arrive in time.
    pub async fn in_flight(&self, jobs: &[Uuid], least: i64) -> Result<i64> {
        let sent = "select count(*) from steward.attempt where state = 'sent' and finished_at is null and job_id = any ($1)";
        eventually(&format!("{least} calls are in flight"), || async {
            if self.world.database.value::<i64>(sent, &[&jobs]).await? < least {
                return Ok(None);
            }
            let calls = self.world.sandbox.calls().await?;
            let arrived: Vec<Uuid> = calls.iter().map(|call| call.job).filter(|job| jobs.contains(job)).collect();
            // Asked after the look at the sandbox: what has arrived and has no outcome yet.
            let in_flight = self.world.database.value::<i64>(sent, &[&arrived]).await?;
            Ok((in_flight >= least).then_some(in_flight))
        })
        .await
    }
}
