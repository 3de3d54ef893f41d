//! Whether the database is there, is the right one, and lets this login do a worker's work.

use std::future::poll_fn;
use std::io::Write;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Client};

use super::Report;
use crate::worker::database::{Database, RawConnection, StatementError};

/// One row about the login and the extension. It asks the catalogs, which everybody may read, so it works without any right.
const LOGIN: &str = include_str!("login.sql");

/// How long one step may take: a check before every start must not hang where a worker would wait.
const PATIENCE: Duration = Duration::from_secs(15);

/// A notification takes milliseconds; a pooler that delivers none is told from a slow network by this.
const NOTIFIED_WITHIN: Duration = Duration::from_secs(3);

/// Asked only by who may.
const RESTORED: &str = "select steward.is_restored()";

/// Connects and looks.
pub async fn check<W: Write>(report: &mut Report<W>, database: &Database) {
    let Some(client) = connect(report, "database", database).await else { return };
    if let Err(why) = answer(look(report, &client)).await {
        report.error("login", why);
    }
}

/// Connects where notifications come from, and sends one from a second connection: a transaction pooler takes a LISTEN and delivers
/// nothing.
pub async fn check_listen<W: Write>(report: &mut Report<W>, database: &Database) {
    let Some((listener, mut connection)) = raw_connection(report, "listen", database).await else { return };
    let (told, heard) = oneshot::channel();
    // Ends when the client is dropped.
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(_) = message {
                return told.send(());
            }
        }
        Ok(())
    });
    let Some(notifier) = connect(report, "notify", database).await else { return };
    let channel = format!("steward_check_{:08x}", rand::random::<u32>());
    let asked = async {
        listener.batch_execute(&format!("listen {channel}")).await?;
        notifier.batch_execute(&format!("notify {channel}")).await
    };
    if let Err(why) = answer(asked).await {
        return report.error("listen", why);
    }
    match timeout(NOTIFIED_WITHIN, heard).await {
        Ok(Ok(())) => report.ok("listen", "a notification arrives"),
        _ => report.warning(
            "listen",
            "LISTEN is taken, but no notification arrives: a transaction pooler stands between. Give --listen-database-url a direct \
             connection, or --listen false; until then the worker only looks at each --poll-interval",
        ),
    }
}

async fn connect<W: Write>(report: &mut Report<W>, what: &str, database: &Database) -> Option<Client> {
    let (client, connection) = raw_connection(report, what, database).await?;
    // Ends when the client is dropped.
    tokio::spawn(connection);
    Some(client)
}

async fn raw_connection<W: Write>(report: &mut Report<W>, what: &str, database: &Database) -> Option<(Client, RawConnection)> {
    match answer(database.connect("check")).await {
        Ok(connected) => {
            report.ok(what, "connected");
            Some(connected)
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
