//! Whether the database is there, is the right one, and lets this login do a worker's work.

use std::io::Write;
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::Client;

use super::Report;
use crate::worker::database::{Database, StatementError};
use crate::worker::storage::LISTEN;

/// One row about the login and the extension. It asks the catalogs, which everybody may read, so it works without any right.
const LOGIN: &str = include_str!("login.sql");

/// How long one step may take: a check before every start must not hang where a worker would wait.
const PATIENCE: Duration = Duration::from_secs(15);

/// Asked only by who may.
const RESTORED: &str = "select steward.is_restored()";

/// Connects and looks.
pub async fn check<W: Write>(report: &mut Report<W>, database: &Database) {
    let Some(client) = connect(report, "database", database).await else { return };
    if let Err(why) = answer(look(report, &client)).await {
        report.error("login", why);
    }
}

/// Connects where notifications come from, and listens.
pub async fn check_listen<W: Write>(report: &mut Report<W>, database: &Database) {
    let Some(client) = connect(report, "listen", database).await else { return };
    match answer(client.batch_execute(LISTEN)).await {
        Ok(()) => report.ok("listen", "LISTEN works, unless a transaction pooler stands between (--listen-database-url)"),
        Err(why) => report.error("listen", why),
    }
}

async fn connect<W: Write>(report: &mut Report<W>, what: &str, database: &Database) -> Option<Client> {
    match answer(database.connect("check")).await {
        Ok((client, connection)) => {
            // Ends when the client is dropped.
            tokio::spawn(connection);
            report.ok(what, "connected");
            Some(client)
        }
        Err(why) => {
            report.error(what, why);
            None
        }
    }
}

/// What a step brings, or why not.
async fn answer<T>(step: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, String> {
    match timeout(PATIENCE, step).await {
        Ok(result) => result.map_err(|error| StatementError::from(&error).to_string()),
        Err(_) => Err(format!("no answer within {} s; look at the server, and at what stands between", PATIENCE.as_secs())),
    }
}

async fn look<W: Write>(report: &mut Report<W>, client: &Client) -> Result<(), tokio_postgres::Error> {
    let row = client.query_typed_one(LOGIN, &[]).await?;
    let login: &str = row.try_get("login")?;
    if row.try_get("is_standby")? {
        report.error("server", "it is a standby, which takes no writes; connect to the primary");
    }
    let Some(release) = row.try_get::<_, Option<&str>>("release")? else {
        report.error("extension", "pg_steward is not in this database; create extension pg_steward, or connect to the right one");
        return Ok(());
    };
    match env!("CARGO_PKG_VERSION") {
        ours if ours == release => report.ok("extension", format_args!("release {release}, as the worker")),
        ours => report.warning("extension", format_args!("release {release}, the worker is {ours}; bring both to the same release")),
    }
    if row.try_get("is_superuser")? {
        report.warning("login", format_args!("{login} is a superuser and may do far more than a worker needs; create a login of its own"));
    }
    let (is_member, may_claim) = (row.try_get("is_member")?, row.try_get("may_claim")?);
    match (is_member, may_claim) {
        (true, true) => report.ok("login", format_args!("{login} is a member of steward_worker and may claim jobs")),
        (false, _) => report.error("login", format_args!("{login} is no member of steward_worker; grant steward_worker to {login}")),
        (true, false) => {
            let words = "is a member of steward_worker, but may not execute steward.claim_jobs; it must inherit the rights of its roles";
            report.error("login", format_args!("{login} {words} (alter role {login} inherit)"));
        }
    }
    if may_claim && client.query_typed_one(RESTORED, &[]).await?.try_get(0)? {
        report.warning("restore guard", "the database was restored or moved: nothing is claimed until steward.accept_restore(reason)");
    }
    Ok(())
}
