//! Workers that are nothing but sessions: each claims one job at a time, marks it and ends it, and dies now and then between two of these.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use steward_tests::database::connect;
use tokio::task::JoinSet;
use tokio_postgres::Client;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Between two claims of a session that found nothing.
const PAUSE: Duration = Duration::from_millis(150);
/// Of so many jobs a session dies after the claim of one and after the mark of another.
const DEATHS: u64 = 12;

/// Numbers that are the same in every run.
#[derive(Debug)]
pub struct Seeded(u64);

impl Seeded {
    /// Begins with a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below another (xorshift).
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most.max(1)
    }
}

/// Sessions that claim from the queue `hand` until they are stopped.
pub struct Claimers {
    stop: CancellationToken,
    sessions: JoinSet<Result<Lives>>,
}

/// What sessions did.
#[derive(Debug, Default)]
pub struct Lives {
    /// Jobs whose end the database accepted.
    pub ended: usize,
    /// Deaths with a job that was claimed and not marked.
    pub died_claimed: usize,
    /// Deaths with a job that was marked.
    pub died_sent: usize,
}

impl Claimers {
    /// Starts so many.
    #[must_use]
    pub fn start(database: &str, count: u64) -> Self {
        let (stop, mut sessions) = (CancellationToken::new(), JoinSet::new());
        for number in 0..count {
            sessions.spawn(claim_until(stop.clone(), database.to_owned(), number));
        }
        Self { stop, sessions }
    }

    /// Ends them; what all of them did.
    ///
    /// # Errors
    /// Whatever the database refused to one of them: a claim that was the victim of a deadlock, too.
    pub async fn stop(mut self) -> Result<Lives> {
        self.stop.cancel();
        let mut all = Lives::default();
        while let Some(lives) = self.sessions.join_next().await {
            let lives = lives??;
            all.ended += lives.ended;
            all.died_claimed += lives.died_claimed;
            all.died_sent += lives.died_sent;
        }
        Ok(all)
    }
}

async fn claim_until(stop: CancellationToken, database: String, number: u64) -> Result<Lives> {
    let (mut seeded, mut lives) = (Seeded::new(number + 1), Lives::default());
    for life in 0_u32.. {
        let session = connect(&database, "e2e_worker").await?;
        let worker = format!("claimer-{number}:{life}");
        loop {
            if stop.is_cancelled() {
                return Ok(lives);
            }
            let Some((job, attempt)) = claim(&session, &worker).await? else {
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => {}
                    () = stop.cancelled() => {}
                }
                continue;
            };
            let fate = seeded.below(DEATHS);
            if fate == 0 {
                lives.died_claimed += 1;
                break;
            }
            let marked = session.query("select from steward.mark_sent($1, $2, $3)", &[&worker, &vec![job], &vec![attempt]]).await?;
            if fate == 1 && !marked.is_empty() {
                lives.died_sent += 1;
                break;
            }
            if !marked.is_empty() {
                lives.ended += usize::from(finish(&session, &worker, job, attempt).await?);
            }
        }
    }
    Ok(lives)
}

/// Says first that it is alive, as a claim by hand has one lease only.
async fn claim(session: &Client, worker: &str) -> Result<Option<(Uuid, i32)>> {
    session.execute("select steward.heartbeat($1, '{\"queues\": [\"hand\"]}')", &[&worker]).await.context("heartbeat")?;
    let claimed =
        session.query_opt("select job_id, attempt from steward.claim_jobs($1, '{hand}', 1)", &[&worker]).await.context("claim")?;
    Ok(claimed.map(|row| (row.get(0), row.get(1))))
}

/// Whether it was accepted: the session may have been taken for dead meanwhile.
async fn finish(session: &Client, worker: &str, job: Uuid, attempt: i32) -> Result<bool> {
    let outcome: Vec<Value> = vec![json!({ "job_id": job, "attempt": attempt, "phase": "answered", "body": "null", "duration_ms": 1 })];
    let verdict = session.query_one("select verdict from steward.finish_jobs($1, $2)", &[&worker, &outcome]).await.context("finish")?;
    Ok(verdict.get::<_, String>(0) == "accepted")
}
