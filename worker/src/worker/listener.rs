//! LISTEN on a connection of its own. It only rings: without it the worker is slower, not wrong.

use std::future::poll_fn;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_postgres::AsyncMessage;

use super::backoff::Backoff;
use super::database::{Database, OnFailure, Outage, StatementError};
use super::health::Health;
use super::storage::LISTEN;

/// Rings `wake` at every notification, for ever.
pub async fn run(database: Arc<Database>, wake: Arc<Notify>, health: Health) {
    let mut outage = database.outage("listen", OnFailure::Repeat);
    let mut backoff = Backoff::for_database();
    loop {
        let error = match listen(&database, &wake, &health, &mut outage, &mut backoff).await {
            Ok(()) => StatementError { sqlstate: None, words: "the connection was closed".to_owned() },
            Err(error) => (&error).into(),
        };
        health.listening(false);
        outage.begin(error);
        sleep(backoff.next()).await;
    }
}

/// Listens until the connection ends.
async fn listen(
    database: &Database,
    wake: &Notify,
    health: &Health,
    outage: &mut Outage,
    backoff: &mut Backoff,
) -> Result<(), tokio_postgres::Error> {
    let (client, mut connection) = database.connect("listen").await?;
    let mut subscribed = false;
    let mut subscription = std::pin::pin!(client.batch_execute(LISTEN));
    loop {
        tokio::select! {
            done = &mut subscription, if !subscribed => {
                done?;
                subscribed = true;
                outage.end();
                health.listening(true);
                backoff.reset();
                // Notifications sent while nobody listened are gone.
                wake.notify_one();
            }
            message = poll_fn(|context| connection.poll_message(context)) => match message {
                None => return Ok(()),
                Some(Ok(AsyncMessage::Notification(_))) => wake.notify_one(),
                Some(message) => drop(message?),
            },
        }
    }
}
