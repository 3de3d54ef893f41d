//! An application that enqueues all the time, whatever happens to its connection.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use steward_tests::database::connect;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use tokio_postgres::Client;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::load::{Enqueued, Load, Tool};

/// Between two jobs: 200 a second, of which a worker has some in every state at any moment.
const PACE: Duration = Duration::from_millis(5);

/// The application, which enqueues until it is stopped.
pub struct Stream {
    stop: CancellationToken,
    enqueued: JoinHandle<Result<Vec<Enqueued>>>,
}

impl Stream {
    /// Starts it. Every second job of each kind is enqueued as the server is configured, the others with `synchronous_commit` on.
    #[must_use]
    pub fn start(load: &Load) -> Self {
        let stop = CancellationToken::new();
        let enqueued = tokio::spawn(enqueue_until(stop.clone(), load.world.database.name.clone()));
        Self { stop, enqueued }
    }

    /// Ends it and adds what it enqueued to the load.
    ///
    /// # Errors
    /// When the database refused a job.
    pub async fn stop(self, load: &mut Load) -> Result<()> {
        self.stop.cancel();
        load.jobs.extend(self.enqueued.await??);
        Ok(())
    }
}

async fn enqueue_until(stop: CancellationToken, database: String) -> Result<Vec<Enqueued>> {
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut app, mut enqueued) = (None, Vec::new());
    for number in 0_u32.. {
        let tool = if number % 2 == 0 { Tool::Write } else { Tool::Send };
        let is_durable = number % 4 < 2;
        // The same key until it is confirmed: an enqueue whose answer was lost may have been committed.
        let key = Uuid::now_v7().to_string();
        let id = loop {
            tokio::select! {
                _ = pace.tick() => {}
                () = stop.cancelled() => return Ok(enqueued),
            }
            if let Some(id) = enqueue(&mut app, &database, tool, is_durable, &key).await? {
                break id;
            }
        };
        enqueued.push(Enqueued { id, tool, is_durable });
    }
    Ok(enqueued)
}

/// The job, or none where the database is away.
async fn enqueue(app: &mut Option<Client>, database: &str, tool: Tool, is_durable: bool, key: &str) -> Result<Option<Uuid>> {
    app.take_if(|app| app.is_closed());
    if app.is_none() {
        *app = connect(database, "e2e_app").await.ok();
    }
    let Some(app) = app else { return Ok(None) };
    let as_it_should_be = if is_durable { "set synchronous_commit = on" } else { "reset synchronous_commit" };
    if app.batch_execute(as_it_should_be).await.is_err() {
        return Ok(None);
    }
    let payload = json!({ "model": "sandbox", "topic": key });
    let job = app.query_one("select steward.enqueue($1, $2, idempotency_key => $3)", &[&tool.name(), &payload, &key]).await;
    match job {
        Ok(row) => Ok(Some(row.get(0))),
        Err(error) if app.is_closed() || error.code().is_none_or(|state| state.code().starts_with("57P")) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
