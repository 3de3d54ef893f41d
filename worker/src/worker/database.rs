//! Connections to the database that come back by themselves.
//!
//! A [`Link`] connects when it is needed, notices when the connection is gone, and writes one line when an outage begins
//! and one when it ends. It never waits and never repeats a statement: its user knows what repeating would mean.

use std::fmt;
use std::sync::Arc;

use prometheus_client::metrics::counter::Counter;
use tokio::time::Instant;
use tokio_postgres::config::Host;
use tokio_postgres::error::DbError;
use tokio_postgres::{CancelToken, Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::metrics::Metrics;

/// The connection with TLS that `LISTEN` polls itself.
pub type RawConnection = Connection<Socket, <MakeRustlsConnect as tokio_postgres::tls::MakeTlsConnect<Socket>>::Stream>;

/// One database and how to reach it.
pub struct Database {
    config: Config,
    tls: MakeRustlsConnect,
    metrics: Metrics,
}

impl Database {
    /// A database at `config`.
    pub fn new(config: Config, tls: MakeRustlsConnect, metrics: Metrics) -> Arc<Self> {
        Arc::new(Self { config, tls, metrics })
    }

    /// Where it is and who connects, without a password.
    pub fn place(&self) -> String {
        let (user, database) = (self.config.get_user(), self.config.get_dbname().or(self.config.get_user()));
        let named = |host: &Host| match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(directory) => directory.display().to_string(),
        };
        let hosts: Vec<_> = self.config.get_hosts().iter().map(named).collect();
        format!("{} on {} as {}", database.unwrap_or("?"), hosts.join(", "), user.unwrap_or("?"))
    }

    /// Who connects.
    pub fn login(&self) -> Option<&str> {
        self.config.get_user()
    }

    /// The outages of one connection.
    pub fn outage(&self, purpose: &'static str, on_failure: OnFailure) -> Outage {
        Outage { purpose, on_failure, current: None, errors: self.metrics.database_errors(purpose) }
    }

    /// Connects once; `purpose` is what `pg_stat_activity` shows.
    pub async fn connect(&self, purpose: &str) -> Result<(Client, RawConnection), tokio_postgres::Error> {
        let mut config = self.config.clone();
        config.application_name(format!("steward worker: {purpose}")).connect(self.tls.clone()).await
    }

    /// Asks the server to end the statement that a connection runs.
    pub async fn cancel(&self, statement: &CancelToken) -> Result<(), tokio_postgres::Error> {
        statement.cancel_query(self.tls.clone()).await
    }
}

/// Why a statement failed.
#[derive(Debug)]
pub struct StatementError {
    /// The SQLSTATE, when the database itself answered.
    pub sqlstate: Option<String>,
    /// Message, DETAIL and HINT in one line.
    pub words: String,
}

impl StatementError {
    /// Whether the values sent along are to blame, so that sending them again cannot help: data exceptions, violated
    /// constraints, limits exceeded, errors raised on purpose, and internal errors.
    pub fn blames_the_data(&self) -> bool {
        self.sqlstate.as_ref().is_some_and(|state| ["22", "23", "54", "P0", "XX"].contains(&&state[..2]))
    }
}

impl From<&tokio_postgres::Error> for StatementError {
    fn from(error: &tokio_postgres::Error) -> Self {
        let words = error.as_db_error().map_or_else(|| chain(error), in_one_line);
        Self { sqlstate: error.code().map(|state| state.code().to_owned()), words }
    }
}

impl fmt::Display for StatementError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sqlstate {
            Some(state) => write!(out, "{} (SQLSTATE {state})", self.words),
            None => out.write_str(&self.words),
        }
    }
}

fn in_one_line(error: &DbError) -> String {
    let detail = error.detail().map(|detail| format!("; DETAIL {detail}"));
    let hint = error.hint().map(|hint| format!("; HINT {hint}"));
    format!("{}{}{}", error.message(), detail.unwrap_or_default(), hint.unwrap_or_default())
}

fn chain(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(error.source(), |error| error.source());
    sources.fold(error.to_string(), |words, source| format!("{words}: {source}"))
}

/// A connection for one purpose.
pub struct Link {
    database: Arc<Database>,
    purpose: &'static str,
    client: Option<Client>,
    outage: Outage,
}

impl Link {
    /// A link that connects on first use; `on_failure` is what its user does.
    pub fn new(database: Arc<Database>, purpose: &'static str, on_failure: OnFailure) -> Self {
        let outage = database.outage(purpose, on_failure);
        Self { database, purpose, client: None, outage }
    }

    /// From now on its user does this instead.
    pub fn on_failure(&mut self, on_failure: OnFailure) {
        self.outage.on_failure = on_failure;
    }

    /// The connection, made anew if it is gone.
    pub async fn client(&mut self) -> Result<&Client, StatementError> {
        self.client.take_if(|client| client.is_closed());
        if self.client.is_none() {
            let connected = self.database.connect(self.purpose).await;
            let (client, connection) = connected.map_err(|error| self.outage.begin((&error).into()))?;
            // Ends when the client is dropped or the server is gone; the client's next statement tells which.
            tokio::spawn(connection);
            self.client = Some(client);
        }
        self.client.as_ref().ok_or_else(|| StatementError { sqlstate: None, words: "not connected".to_owned() })
    }

    /// Takes note of how a statement ended.
    pub fn noted<T>(&mut self, result: Result<T, tokio_postgres::Error>) -> Result<T, StatementError> {
        match result {
            Ok(value) => {
                self.outage.end();
                Ok(value)
            }
            Err(error) => {
                if ends_connection(&error) {
                    self.client = None;
                }
                Err(self.outage.begin((&error).into()))
            }
        }
    }
}

fn ends_connection(error: &tokio_postgres::Error) -> bool {
    error.code().is_none_or(|state| means_no_server(state.code()))
}

/// What becomes of a statement that failed; the log must not promise more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// It is repeated until it works.
    Repeat,
    /// It is repeated unless its values are to blame; then parts of it are tried.
    RepeatUnlessRefused,
    /// It is not repeated.
    LeaveOut,
}

impl OnFailure {
    fn words(self, error: &StatementError) -> &'static str {
        match self {
            Self::RepeatUnlessRefused if error.blames_the_data() => "the database cannot read a statement; looking for the part to blame",
            Self::Repeat | Self::RepeatUnlessRefused => "the database failed; trying again until it works",
            Self::LeaveOut => "the database failed; this statement is left out, later ones are tried",
        }
    }
}

/// Writes one line per outage, not one per attempt.
pub struct Outage {
    purpose: &'static str,
    on_failure: OnFailure,
    /// Since when, and the last SQLSTATE that was logged; none while the server cannot be reached at all.
    current: Option<(Instant, Option<String>)>,
    errors: Counter,
}

impl Outage {
    /// A failure; logged if it is the first, or if the database now refuses for another reason.
    pub fn begin(&mut self, error: StatementError) -> StatementError {
        self.errors.inc();
        let reason = error.sqlstate.clone().filter(|state| !means_no_server(state));
        let since = self.current.as_ref().map_or_else(Instant::now, |(since, _)| *since);
        if self.current.as_ref().is_none_or(|(_, before)| reason.is_some() && *before != reason) {
            let consequence = self.on_failure.words(&error);
            let error = error.to_string();
            tracing::warn!(purpose = self.purpose, error, "{consequence}");
        }
        self.current = Some((since, reason));
        error
    }

    /// A success.
    pub fn end(&mut self) {
        if let Some((since, _)) = self.current.take() {
            let outage_ms = since.elapsed().as_millis();
            tracing::info!(purpose = self.purpose, outage_ms, "the database works again");
        }
    }
}

/// Connection exceptions, and what a server says while it stops or starts.
fn means_no_server(sqlstate: &str) -> bool {
    sqlstate.starts_with("08") || sqlstate.starts_with("57P")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_repeated_is_said_to_be() {
        let error = |sqlstate: Option<&str>| StatementError { sqlstate: sqlstate.map(str::to_owned), words: String::new() };
        let promises = |on_failure: OnFailure, sqlstate| on_failure.words(&error(sqlstate)).contains("again until it works");
        for sqlstate in [None, Some("57P01"), Some("22021"), Some("XX000")] {
            assert!(promises(OnFailure::Repeat, sqlstate));
            assert!(!promises(OnFailure::LeaveOut, sqlstate));
        }
        assert!(promises(OnFailure::RepeatUnlessRefused, None));
        assert!(!promises(OnFailure::RepeatUnlessRefused, Some("22P05")));
    }
}
