//! Every statement the worker runs, and nothing else.
//!
//! Statements are sent with their parameter types and without a name, so they work through a transaction pooler and
//! cost one round trip.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::time::Instant;
use tokio_postgres::Row;
use tokio_postgres::types::{Json, Type};
use uuid::Uuid;

use super::database::{Link, OnFailure, StatementError};
use super::finished::{FinishStore, Finished, Verdict};
use crate::execute::Claim;
use crate::execute::checkpoint::CheckpointUpdate;
use crate::execute::progress::ProgressUpdate;

const CLAIM_JOBS: &str = include_str!("../../../sql/queries/claim_jobs.sql");
const MARK_SENT: &str = include_str!("../../../sql/queries/mark_sent.sql");
const FINISH_JOBS: &str = include_str!("../../../sql/queries/finish_jobs.sql");
const HEARTBEAT: &str = include_str!("../../../sql/queries/heartbeat.sql");
const REPORT_PROGRESS: &str = include_str!("../../../sql/queries/report_progress.sql");
const SAVE_CHECKPOINT: &str = include_str!("../../../sql/queries/save_checkpoint.sql");
const RESCUE_JOBS: &str = include_str!("../../../sql/queries/rescue_jobs.sql");
const RELEASE_UNHELD: &str = include_str!("../../../sql/queries/release_unheld.sql");
const CANCELLATIONS: &str = include_str!("../../../sql/queries/cancellations.sql");
const RETIRE_WORKER: &str = include_str!("../../../sql/queries/retire_worker.sql");

/// Makes the connection a listener.
pub const LISTEN: &str = include_str!("../../../sql/queries/listen.sql");

/// One claim of a job; the pair fences every later write.
pub type Attempt = (Uuid, i32);

/// A job this worker may carry out.
pub struct ClaimedJob {
    /// Job and attempt.
    pub id: Attempt,
    /// The workspace, whose secrets it may use.
    pub workspace: Uuid,
    /// With it a script or function proves to the database which attempt it is.
    pub token: Option<String>,
    /// The name of the tool, for the log.
    pub tool: String,
    /// `http`, `script`, `sql` or `noop`.
    pub executor: String,
    /// The prepared request.
    pub request: Box<RawValue>,
    /// When it was asked for.
    pub claimed_at: Instant,
    /// When it came. The database counts a hold from before this moment, so what is held from here on goes out late and never early.
    pub answered_at: Instant,
    /// When the database gives the attempt up, by our own clock; at the latest, because the question was asked before the answer came.
    pub deadline: Instant,
}

impl ClaimedJob {
    /// What the executors are told of it beside its request.
    pub fn claim(&self) -> Claim<'_> {
        Claim { job_id: self.id.0, attempt: self.id.1, workspace: self.workspace, token: self.token.as_deref() }
    }
}

/// Where jobs come from.
pub trait ClaimStore: Send {
    /// Takes at most `most` jobs from `queues`.
    fn claim(&mut self, queues: &[String], most: usize) -> impl Future<Output = Result<Vec<ClaimedJob>, StatementError>> + Send;
    /// Gives back every unsent attempt of this worker but those in `held`; returns how many.
    fn release_unheld(&mut self, held: &[Attempt]) -> impl Future<Output = Result<i32, StatementError>> + Send;
}

/// Where the permission to send comes from.
pub trait MarkStore: Send {
    /// Marks attempts as sent and returns those that may go out.
    fn mark_sent(&mut self, attempts: &[Attempt]) -> impl Future<Output = Result<HashSet<Attempt>, StatementError>> + Send;
}

/// What upkeep asks for.
pub trait UpkeepStore: Send {
    /// Takes back what dead workers left; returns how many attempts.
    fn rescue(&mut self) -> impl Future<Output = Result<i32, StatementError>> + Send;
    /// The attempts under way here that somebody asked to end.
    fn cancellations(&mut self) -> impl Future<Output = Result<Vec<Attempt>, StatementError>> + Send;
    /// Shows the progress of a script; false when the attempt is over.
    fn report_progress(&mut self, update: &ProgressUpdate) -> impl Future<Output = Result<bool, StatementError>> + Send;
    /// Saves how far a script has come; false when the attempt is over.
    fn save_checkpoint(&mut self, update: &CheckpointUpdate) -> impl Future<Output = Result<bool, StatementError>> + Send;
}

/// The functions of the database, called as one worker over one connection.
pub struct Storage {
    link: Link,
    worker: String,
}

impl Storage {
    /// Calls over `link` as `worker`.
    pub fn new(link: Link, worker: &str) -> Self {
        Self { link, worker: worker.to_owned() }
    }

    /// Says that the worker lives; returns the lease, in seconds.
    pub async fn heartbeat(&mut self, status: &serde_json::Value) -> Result<i32, StatementError> {
        let client = self.link.client().await?;
        let row = client.query_typed_one(HEARTBEAT, &[(&self.worker, Type::TEXT), (status, Type::JSONB)]).await;
        self.link.noted(row.and_then(|row| row.try_get(0)))
    }

    /// Says goodbye, once.
    pub async fn retire(&mut self) -> Result<(), StatementError> {
        self.link.on_failure(OnFailure::LeaveOut);
        let client = self.link.client().await?;
        let done = client.query_typed(RETIRE_WORKER, &[(&self.worker, Type::TEXT)]).await;
        self.link.noted(done).map(drop)
    }
}

impl UpkeepStore for Storage {
    async fn rescue(&mut self) -> Result<i32, StatementError> {
        let client = self.link.client().await?;
        let row = client.query_typed_one(RESCUE_JOBS, &[]).await;
        self.link.noted(row.and_then(|row| row.try_get(0)))
    }

    async fn cancellations(&mut self) -> Result<Vec<Attempt>, StatementError> {
        let client = self.link.client().await?;
        let rows = client.query_typed(CANCELLATIONS, &[(&self.worker, Type::TEXT)]).await;
        self.link.noted(rows.and_then(|rows| rows.iter().map(attempt).collect()))
    }

    async fn report_progress(&mut self, update: &ProgressUpdate) -> Result<bool, StatementError> {
        let client = self.link.client().await?;
        let row = client
            .query_typed_one(
                REPORT_PROGRESS,
                &[
                    (&update.job_id, Type::UUID),
                    (&update.attempt, Type::INT4),
                    (&update.progress, Type::FLOAT8),
                    (&update.message, Type::TEXT),
                ],
            )
            .await;
        self.link.noted(row.and_then(|row| row.try_get(0)))
    }

    async fn save_checkpoint(&mut self, update: &CheckpointUpdate) -> Result<bool, StatementError> {
        let CheckpointUpdate { job_id, attempt, data, .. } = update;
        let client = self.link.client().await?;
        let row =
            client.query_typed_one(SAVE_CHECKPOINT, &[(job_id, Type::UUID), (attempt, Type::INT4), (&Json(&**data), Type::JSONB)]).await;
        self.link.noted(row.and_then(|row| row.try_get(0)))
    }
}

impl ClaimStore for Storage {
    async fn claim(&mut self, queues: &[String], most: usize) -> Result<Vec<ClaimedJob>, StatementError> {
        let most = i32::try_from(most).unwrap_or(i32::MAX);
        let Self { link, worker } = self;
        let client = link.client().await?;
        let asked_at = Instant::now();
        let rows = client.query_typed(CLAIM_JOBS, &[(worker, Type::TEXT), (&queues, Type::TEXT_ARRAY), (&most, Type::INT4)]).await;
        let answered_at = Instant::now();
        link.noted(rows.and_then(|rows| rows.iter().map(|row| claimed(row, asked_at, answered_at)).collect()))
    }

    async fn release_unheld(&mut self, held: &[Attempt]) -> Result<i32, StatementError> {
        let (jobs, numbers): (Vec<Uuid>, Vec<i32>) = held.iter().copied().unzip();
        let client = self.link.client().await?;
        let row = client
            .query_typed_one(RELEASE_UNHELD, &[(&self.worker, Type::TEXT), (&jobs, Type::UUID_ARRAY), (&numbers, Type::INT4_ARRAY)])
            .await;
        self.link.noted(row.and_then(|row| row.try_get(0)))
    }
}

fn claimed(row: &Row, asked_at: Instant, answered_at: Instant) -> Result<ClaimedJob, tokio_postgres::Error> {
    let Json(request) = row.try_get(4)?;
    let time_left = Duration::try_from_secs_f64(row.try_get(5)?).unwrap_or_default();
    Ok(ClaimedJob {
        id: (row.try_get(0)?, row.try_get(1)?),
        tool: row.try_get(2)?,
        executor: row.try_get(3)?,
        request,
        claimed_at: asked_at,
        answered_at,
        deadline: asked_at + time_left,
        workspace: row.try_get(6)?,
        token: row.try_get(7)?,
    })
}

impl MarkStore for Storage {
    async fn mark_sent(&mut self, attempts: &[Attempt]) -> Result<HashSet<Attempt>, StatementError> {
        let (jobs, numbers): (Vec<Uuid>, Vec<i32>) = attempts.iter().copied().unzip();
        let client = self.link.client().await?;
        let rows =
            client.query_typed(MARK_SENT, &[(&self.worker, Type::TEXT), (&jobs, Type::UUID_ARRAY), (&numbers, Type::INT4_ARRAY)]).await;
        self.link.noted(rows.and_then(|rows| rows.iter().map(attempt).collect()))
    }
}

impl FinishStore for Storage {
    async fn finish(&mut self, outcomes: &[Finished]) -> Result<Vec<(Attempt, Verdict)>, StatementError> {
        let documents: Vec<Json<&RawValue>> = outcomes.iter().map(|outcome| Json(&*outcome.json)).collect();
        let client = self.link.client().await?;
        let rows = client.query_typed(FINISH_JOBS, &[(&self.worker, Type::TEXT), (&documents, Type::JSON_ARRAY)]).await;
        self.link.noted(rows.and_then(|rows| rows.iter().map(verdict).collect()))
    }
}

fn attempt(row: &Row) -> Result<Attempt, tokio_postgres::Error> {
    Ok((row.try_get(0)?, row.try_get(1)?))
}

fn verdict(row: &Row) -> Result<(Attempt, Verdict), tokio_postgres::Error> {
    let verdict = match row.try_get(2)? {
        "stale" => Verdict::Stale,
        "busy" => Verdict::Busy,
        _ => Verdict::Accepted,
    };
    Ok((attempt(row)?, verdict))
}
