//! Carries a claimed job out, in two steps: `prepare` before the attempt is marked as sent, `perform` after it.
//!
//! Invariant: nothing here talks to the database but the `sql` executor, and nothing leaves the building in `prepare`.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::memory::Held;
use crate::outcome::{Answer, Failure, code};
use crate::request::{HttpRequest, ScriptRequest, SqlRequest};
use crate::secrets::vault::Vault;

pub mod checkpoint;
mod guard_process;
pub mod http;
mod http_clients;
mod http_error;
mod http_headers;
pub mod noop;
pub mod progress;
mod resolver;
pub mod script;
mod script_account;
pub mod script_env;
pub mod script_guard;
mod script_output;
pub mod sql;

use progress::ProgressSink;

/// The longest time that a claimed job is held back.
const LONGEST_HOLD: Duration = Duration::from_secs(120);

/// Everything the executors share.
pub struct Executors {
    /// The `http` executor.
    pub http: http::HttpExecutor,
    /// The `script` executor.
    pub scripts: script::Scripts,
    /// The `sql` executor.
    pub functions: sql::SqlExecutor,
    /// The secrets of this worker.
    pub secrets: Arc<Vault>,
}

/// What the executors are told of a claimed job beside its request.
#[derive(Clone, Copy)]
pub struct Claim<'a> {
    /// The job.
    pub job_id: Uuid,
    /// Which attempt of it.
    pub attempt: i32,
    /// Whose secrets it may use.
    pub workspace: Uuid,
    /// With it a script or function proves to the database which attempt it is.
    pub token: Option<&'a str>,
}

/// A job that may go out as soon as the database agrees.
pub enum Prepared {
    /// An HTTP request. Boxed like the others: a future holds a place for it in each function that it passes through.
    Http(Box<http::PreparedHttp>),
    /// A script.
    Script(Box<script::PreparedScript>),
    /// A function of the database.
    Sql(Box<sql::PreparedFunction>),
    /// Nothing to do.
    Noop,
}

/// A prepared job and the time it may take.
pub struct Preparation {
    prepared: Prepared,
    timeout: Duration,
    /// How long after the claim its first byte may leave; nothing for a job that may leave at once.
    pub hold: Duration,
}

/// What every request has, whoever carries it out.
#[derive(Deserialize)]
struct Times {
    timeout_seconds: f64,
    hold_seconds: Option<f64>,
}

impl Executors {
    /// Checks the request and fills in what only the worker knows.
    pub async fn prepare(&self, executor: &str, request: &RawValue, claim: Claim<'_>) -> Result<Preparation, Failure> {
        let Times { timeout_seconds, hold_seconds } = parse(request)?;
        let timeout =
            Duration::try_from_secs_f64(timeout_seconds).map_err(|_| unreadable(format!("timeout_seconds is {timeout_seconds}")))?;
        let hold = hold_of(hold_seconds.unwrap_or_default())?;
        let prepared = match executor {
            "http" => {
                let secrets = self.secrets.now();
                Prepared::Http(self.http.prepare(parse::<HttpRequest>(request)?, secrets.of(claim.workspace)).await?)
            }
            "script" => Prepared::Script(Box::new(self.scripts.prepare(parse::<ScriptRequest>(request)?, claim)?)),
            // Connecting takes kilobytes, which the future of every call would hold a place for.
            "sql" => Prepared::Sql(Box::new(Box::pin(self.functions.prepare(parse::<SqlRequest>(request)?, claim)).await?)),
            "noop" => Prepared::Noop,
            other => {
                let words = format!("this worker has no executor {other}; update the worker");
                return Err(Failure::unsent(code::COMMAND_UNKNOWN, words));
            }
        };
        Ok(Preparation { prepared, timeout, hold })
    }

    /// Does it within its own time and `time_left`, and gives it up when it is `cancelled`. The caller has the database's word that it may.
    pub async fn perform(
        &self,
        preparation: Preparation,
        time_left: Duration,
        progress: ProgressSink,
        held: &mut Held,
        cancelled: &CancellationToken,
    ) -> Result<Answer, Failure> {
        let Preparation { prepared, timeout, .. } = preparation;
        let timeout = timeout.min(time_left);
        match prepared {
            Prepared::Http(request) => tokio::select! {
                result = self.http.send(request, timeout, held) => result,
                // What is dropped here closes its connection.
                () = cancelled.cancelled() => {
                    Err(Failure::lost(code::CANCELLED, "the call was given up because somebody cancelled the job"))
                }
            },
            // Boxed, so that thousands of calls do not each hold a place for what a script needs.
            Prepared::Script(script) => Box::pin(script.run(timeout, progress, held, cancelled)).await,
            Prepared::Sql(function) => Box::pin(function.run(timeout, cancelled)).await,
            Prepared::Noop => Ok(noop::answer()),
        }
    }
}

/// A longer one is no plan of the database: a job that waits holds a slot, and its attempt would end before it.
fn hold_of(seconds: f64) -> Result<Duration, Failure> {
    let hold = Duration::try_from_secs_f64(seconds).ok().filter(|hold| *hold <= LONGEST_HOLD);
    hold.ok_or_else(|| unreadable(format!("hold_seconds is {seconds}")))
}

fn parse<'a, T: Deserialize<'a>>(request: &'a RawValue) -> Result<T, Failure> {
    serde_json::from_str(request.get()).map_err(unreadable)
}

fn unreadable(why: impl std::fmt::Display) -> Failure {
    Failure::unsent(
        code::REQUEST_INVALID,
        format!("the prepared request cannot be read: {why}; worker and extension may differ in version"),
    )
}
