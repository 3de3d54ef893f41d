//! One connection to the database for one purpose, made when it is needed and again when it is gone.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use super::database::{Database, OnFailure, Outage, StatementError, means_no_server};

/// A connection for one purpose.
pub struct Link {
    database: Arc<Database>,
    purpose: &'static str,
    client: Option<Client>,
    outage: Outage,
    patience: Patience,
}

/// How long its statements may take, which the database may change at any time.
pub type Patience = Box<dyn Fn() -> Duration + Send + Sync>;

impl Link {
    /// A link that connects on first use; `on_failure` is what its user does.
    pub fn new(database: Arc<Database>, purpose: &'static str, on_failure: OnFailure, patience: Patience) -> Self {
        let outage = database.outage(purpose, on_failure);
        Self { database, purpose, client: None, outage, patience }
    }

    /// From now on its user does this instead.
    pub fn on_failure(&mut self, on_failure: OnFailure) {
        self.outage.on_failure(on_failure);
    }

    /// The connection, made anew if it is gone.
    pub async fn asker(&mut self) -> Result<Asker<'_>, StatementError> {
        let patience = (self.patience)();
        self.client.take_if(|client| client.is_closed());
        if self.client.is_none() {
            let connected = in_time(patience, self.database.connect(self.purpose)).await;
            let (client, connection) = connected.map_err(|unanswered| self.outage.begin(unanswered.into()))?;
            // Ends when the client is dropped or the server is gone; the client's next statement tells which.
            tokio::spawn(connection);
            self.client = Some(client);
        }
        let asker = self.client.as_ref().map(|client| Asker { client, patience });
        asker.ok_or_else(|| StatementError { sqlstate: None, words: "not connected".to_owned() })
    }

    /// Takes note of how a statement ended.
    pub fn noted<T>(&mut self, result: Result<T, Unanswered>) -> Result<T, StatementError> {
        let error = match result {
            Ok(value) => {
                self.outage.end();
                return Ok(value);
            }
            Err(error) => error,
        };
        if error.ends_connection() {
            self.client = None;
        }
        Err(self.outage.begin(error.into()))
    }
}

/// Sends statements over a connection, each with its parameter types and without a name, and waits so long for the answer.
pub struct Asker<'a> {
    client: &'a Client,
    patience: Duration,
}

impl Asker<'_> {
    /// All rows of an answer.
    pub async fn rows(&self, statement: &str, parameters: &[(&(dyn ToSql + Sync), Type)]) -> Result<Vec<Row>, Unanswered> {
        in_time(self.patience, self.client.query_typed(statement, parameters)).await
    }

    /// The only row of an answer.
    pub async fn row(&self, statement: &str, parameters: &[(&(dyn ToSql + Sync), Type)]) -> Result<Row, Unanswered> {
        in_time(self.patience, self.client.query_typed_one(statement, parameters)).await
    }
}

async fn in_time<T>(patience: Duration, answer: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, Unanswered> {
    match timeout(patience, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Unanswered::Silent(patience)),
    }
}

/// Why a statement has no answer.
pub enum Unanswered {
    /// The database or the driver said so.
    Failed(tokio_postgres::Error),
    /// Nobody said anything for so long.
    Silent(Duration),
}

impl Unanswered {
    fn ends_connection(&self) -> bool {
        match self {
            Self::Failed(error) => error.code().is_none_or(|state| means_no_server(state.code())),
            Self::Silent(_) => true,
        }
    }
}

impl From<tokio_postgres::Error> for Unanswered {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Failed(error)
    }
}

impl From<Unanswered> for StatementError {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Failed(error) => (&error).into(),
            Unanswered::Silent(patience) => {
                let words = format!("no answer in {} s; the connection is given up", patience.as_secs());
                Self { sqlstate: None, words }
            }
        }
    }
}
