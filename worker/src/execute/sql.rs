//! The `sql` executor: calls a function of the database, over a connection of its own for each job.
//!
//! The outcome is written by the database, in the transaction of the function: see `sql/101_run_function.sql`. So an error that the
//! database names is the proof that nothing was done, and a connection that breaks leaves no doubt but which of the two it was: the
//! attempt is over, or it is not.
//!
//! It connects as `steward_script`, who has no rights of its own: what a function leaves for the end of its transaction runs as that login.
//!
//! A new connection costs milliseconds beside functions that are worth a job, and nothing that one function leaves in its session
//! (settings, temporary tables, locks) meets the next.

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::time::timeout;
use tokio_postgres::types::{Json, Type};
use tokio_postgres::{CancelToken, Client};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use super::Claim;
use crate::outcome::{Answer, Failure, FunctionError, code};
use crate::request::SqlRequest;
use crate::worker::database::{Database, StatementError};

const BOUND_FUNCTION: &str = include_str!("../../../sql/queries/bound_function.sql");
const RUN_FUNCTION: &str = include_str!("../../../sql/queries/run_function.sql");

/// How long the database may take to end a function that it was told to end, and to say so.
const TO_END: Duration = Duration::from_secs(10);

/// Beyond its time the database ends a function itself, should we fail to.
const GRACE: Duration = Duration::from_secs(5);

/// How long a connection may take, with everything that is negotiated.
const TO_CONNECT: Duration = Duration::from_secs(10);

/// Calls functions.
pub struct SqlExecutor {
    /// Where and as whom; none where the worker was not told.
    database: Option<Arc<Database>>,
    worker: String,
}

/// A function that may be called as soon as the database agrees.
pub struct PreparedFunction {
    client: Client,
    /// Carries the connection; without it the connection ends, with everything in it.
    carrier: AbortOnDropHandle<Result<(), tokio_postgres::Error>>,
    cancel: Cancel,
    worker: String,
    job: Uuid,
    attempt: i32,
    token: String,
    input: Box<RawValue>,
}

/// Ends a statement from outside of its connection.
struct Cancel {
    database: Arc<Database>,
    token: CancelToken,
}

impl SqlExecutor {
    /// Calls as `worker`.
    pub fn new(database: Option<Arc<Database>>, worker: &str) -> Self {
        Self { database: database.filter(|database| database.login() == Some("steward_script")), worker: worker.to_owned() }
    }

    /// Whether it can run any.
    pub fn is_able(&self) -> bool {
        self.database.is_some()
    }

    /// Connects, so that a database without a place for one more is no try.
    pub async fn prepare(&self, request: SqlRequest, claim: Claim<'_>) -> Result<PreparedFunction, Failure> {
        let Some(token) = claim.token else {
            let words = "the database gave no token for this attempt; worker and extension may differ in version";
            return Err(Failure::unsent(code::REQUEST_INVALID, words));
        };
        let Some(database) = &self.database else {
            let words = "this worker runs no functions: give it a --script-database-url, as steward_script";
            return Err(Failure::unsent(code::COMMAND_UNKNOWN, words));
        };
        let unreachable =
            |why: String| Failure::unsent(code::CONNECT_FAILED, format!("no connection to the database for the function: {why}"));
        let connected = timeout(TO_CONNECT, database.connect("function")).await;
        let connected = connected.map_err(|_| unreachable(format!("no answer within {} s", TO_CONNECT.as_secs())))?;
        let (client, connection) = connected.map_err(|error| unreachable(StatementError::from(&error).to_string()))?;
        let carrier = AbortOnDropHandle::new(tokio::spawn(connection));
        let cancel = Cancel { database: Arc::clone(database), token: client.cancel_token() };
        let (worker, job, attempt) = (self.worker.clone(), claim.job_id, claim.attempt);
        Ok(PreparedFunction { client, carrier, cancel, worker, job, attempt, token: token.to_owned(), input: request.input })
    }
}

impl PreparedFunction {
    /// Calls it, for at most `time`.
    pub async fn run(self, time: Duration, cancelled: &CancellationToken) -> Result<Answer, Failure> {
        let Self { mut client, carrier: _carrier, cancel, worker, job, attempt, token, input } = self;
        let call = async {
            let transaction = client.transaction().await?;
            let bound = (time + GRACE).as_millis().to_string();
            transaction.query_typed(BOUND_FUNCTION, &[(&bound, Type::TEXT)]).await?;
            let parameters: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 5] =
                [(&worker, Type::TEXT), (&job, Type::UUID), (&attempt, Type::INT4), (&token, Type::TEXT), (&Json(&*input), Type::JSONB)];
            transaction.query_typed(RUN_FUNCTION, &parameters).await?;
            transaction.commit().await
        };
        tokio::pin!(call);
        let (code, words) = tokio::select! {
            ended = &mut call => return read(ended),
            () = tokio::time::sleep(time) => (code::TIMED_OUT, format!("the function was ended after its {} s", time.as_secs_f64())),
            () = cancelled.cancelled() => (code::CANCELLED, "the function was ended because somebody cancelled the job".to_owned()),
        };
        let ended = async {
            cancel.send().await;
            call.await
        };
        match timeout(TO_END, ended).await {
            // It was done before the word came.
            Ok(Ok(())) => read(Ok(())),
            Ok(Err(error)) if error.code().is_some() => Err(Failure::not_executed(code, words)),
            Ok(Err(_)) | Err(_) => Err(Failure::lost(code, words)),
        }
    }
}

impl Cancel {
    /// Asks; whether it helped shows in how the statement ends.
    async fn send(self) {
        if let Err(error) = self.database.cancel(&self.token).await {
            tracing::warn!(%error, "the database could not be asked to end a function; its own limit of time does");
        }
    }
}

fn read(ended: Result<(), tokio_postgres::Error>) -> Result<Answer, Failure> {
    let Err(error) = ended else { return Ok(Answer { is_settled: true, ..Answer::default() }) };
    let error = StatementError::from(&error);
    let words = format!("the function failed: {error}");
    match error.sqlstate {
        Some(sqlstate) => Ok(Answer { error: Some(FunctionError { sqlstate, words }), ..Answer::default() }),
        None => Err(Failure::lost(code::CONNECTION_LOST, words)),
    }
}
