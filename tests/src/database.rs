//! A database of one test: the extension, a workspace, an application login and a worker login.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use serde_json::Value;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls, Row};
use uuid::Uuid;

use crate::wait::eventually;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The user that the application login `e2e_app` is mapped to.
pub const USER: Uuid = Uuid::from_u128(0x1111_1111_1111_1111_1111_1111_1111_1111);

/// Logins belong to the cluster and tests run at once, so creating them tolerates that they exist.
const LOGINS: &str = "
    do $$ begin create role e2e_app login; exception when duplicate_object or unique_violation then null; end $$;
    do $$ begin create role e2e_worker login; exception when duplicate_object or unique_violation then null; end $$";

/// A database of one test, dropped with the cluster.
pub struct Database {
    /// Its name.
    pub name: String,
    /// Its only workspace.
    pub workspace: Uuid,
    /// A superuser session.
    pub admin: Client,
    /// A session of the application, a member of role `steward_user` and editor of the workspace.
    pub app: Client,
}

impl Database {
    /// Creates and fills a database. Rescue is quick: a lease of 3 seconds, in which a worker sends six heartbeats.
    ///
    /// # Errors
    /// When there is no cluster: run the tests through `tests/cluster.sh`.
    pub async fn create() -> Result<Self> {
        let name = format!("e2e_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let server = connect("steward", "postgres").await?;
        server.batch_execute(LOGINS).await?;
        // template0: template1 may not be copied while another test is copying it.
        server.batch_execute(&format!("create database {name} template template0")).await?;
        server.batch_execute(&format!("alter database {name} set steward.lease = 3")).await?;
        let admin = connect(&name, "postgres").await?;
        admin.batch_execute("create extension pg_steward").await?;
        admin.batch_execute("grant steward_user to e2e_app; grant steward_worker to e2e_worker").await.or_else(already_granted)?;
        // Five calls of a provider at once, as an installation begins, would hold up most tests.
        admin.batch_execute("select steward.set_limit('provider', null, 'running', 'total', 100000)").await?;
        let row = admin.query_one("select steward.create_workspace('acme', 'Acme')", &[]).await?;
        let workspace: Uuid = row.get(0);
        admin.execute("select steward.map_login('e2e_app', $1)", &[&USER]).await?;
        admin.execute("select steward.add_member($1, $2, 'editor')", &[&workspace, &USER]).await?;
        let app = connect(&name, "e2e_app").await?;
        Ok(Self { name, workspace, admin, app })
    }

    /// Opens both sessions anew, after the server was away.
    ///
    /// # Errors
    /// When it does not come back in time.
    pub async fn reconnect(&mut self) -> Result<()> {
        let name = &self.name;
        self.admin = eventually("the server takes connections", || async { Ok(connect(name, "postgres").await.ok()) }).await?;
        self.app = connect(name, "e2e_app").await?;
        Ok(())
    }

    /// Defines a provider at a base URL.
    ///
    /// # Errors
    /// The database's.
    pub async fn define_provider(&self, name: &str, definition: Value) -> Result<()> {
        self.admin.execute("select steward.define_provider($1, $2)", &[&name, &definition]).await?;
        Ok(())
    }

    /// Defines a tool.
    ///
    /// # Errors
    /// The database's.
    pub async fn define_tool(&self, name: &str, definition: Value) -> Result<()> {
        self.admin.execute("select steward.define_tool($1, $2)", &[&name, &definition]).await?;
        Ok(())
    }

    /// Enqueues a job as the application.
    ///
    /// # Errors
    /// The database's.
    pub async fn enqueue(&self, tool: &str, payload: Value) -> Result<Uuid> {
        Ok(self.app.query_one("select steward.enqueue($1, $2)", &[&tool, &payload]).await?.get(0))
    }

    /// One value of a query by the superuser.
    ///
    /// # Errors
    /// The database's.
    pub async fn value<T>(&self, query: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<T>
    where
        T: for<'a> tokio_postgres::types::FromSql<'a>,
    {
        Ok(self.admin.query_one(query, parameters).await.with_context(|| query.to_owned())?.try_get(0)?)
    }

    /// Waits until a query with a boolean result is true.
    ///
    /// # Errors
    /// When it does not become true in time.
    pub async fn until(&self, what: &str, query: &str) -> Result<()> {
        eventually(what, || async { Ok(self.value::<bool>(query, &[]).await?.then_some(())) }).await
    }

    /// Waits until a job has ended and returns its row of `steward.jobs`.
    ///
    /// # Errors
    /// When it does not end in time.
    pub async fn finished(&self, job: Uuid) -> Result<Row> {
        let query =
            "select state, result, error_code, error_message, attempts, tries from steward.jobs where id = $1 and finished_at is not null";
        eventually("the job ends", || async { Ok(self.admin.query_opt(query, &[&job]).await?) }).await
    }

    /// The connection string of the worker's login.
    pub fn worker_url(&self) -> String {
        let port = std::env::var("PGPORT").unwrap_or_default();
        format!("host=127.0.0.1 port={port} user=e2e_worker dbname={}", self.name)
    }
}

/// Two tests may grant at the same moment; one of them then sees the row change under it.
fn already_granted(error: tokio_postgres::Error) -> std::result::Result<(), tokio_postgres::Error> {
    let message = error.as_db_error().map(|db| db.message().to_owned()).unwrap_or_default();
    if message.contains("tuple concurrently updated") || message.contains("duplicate key") { Ok(()) } else { Err(error) }
}

/// A session of a login.
///
/// # Errors
/// When the server cannot be reached.
pub async fn connect(database: &str, user: &str) -> Result<Client> {
    let host = std::env::var("PGHOST").context("PGHOST is not set: run the tests through tests/cluster.sh")?;
    let port = std::env::var("PGPORT").context("PGPORT is not set")?;
    let config = format!("host={host} port={port} user={user} dbname={database}");
    let (client, connection) = tokio_postgres::connect(&config, NoTls).await.with_context(|| format!("connecting to {config}"))?;
    tokio::spawn(async move {
        // The test drops its client first; what the connection says after that concerns nobody.
        let _ = connection.await;
    });
    Ok(client)
}
