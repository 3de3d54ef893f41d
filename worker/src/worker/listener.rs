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

/// What a notification rings.
#[derive(Clone, Default)]
pub struct Bells {
    /// There are jobs to claim.
    pub jobs: Arc<Notify>,
    /// Somebody cancelled a running job.
    pub cancel: Arc<Notify>,
}

impl Bells {
    fn ring(&self, channel: &str) {
        match channel {
            "steward_cancel" => self.cancel.notify_one(),
            _ => self.jobs.notify_one(),
        }
    }

    fn ring_all(&self) {
        self.jobs.notify_one();
        self.cancel.notify_one();
    }
}

/// Rings at every notification, for ever.
pub async fn run(database: Arc<Database>, bells: Bells, health: Health) {
    let mut outage = database.outage("listen", OnFailure::Repeat);
    let mut backoff = Backoff::for_database();
    loop {
        let error = match listen(&database, &bells, &health, &mut outage, &mut backoff).await {
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
    bells: &Bells,
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
                bells.ring_all();
            }
            message = poll_fn(|context| connection.poll_message(context)) => match message {
                None => return Ok(()),
                Some(Ok(AsyncMessage::Notification(told))) => bells.ring(told.channel()),
                Some(message) => drop(message?),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    /// Which bells ring: jobs and cancel.
    fn rung(bells: &Bells) -> (bool, bool) {
        (bells.jobs.notified().now_or_never().is_some(), bells.cancel.notified().now_or_never().is_some())
    }

    #[test]
    fn a_cancelled_job_wakes_nobody_who_claims_and_a_new_one_nobody_who_cancels() {
        let bells = Bells::default();
        bells.ring("steward_cancel");
        assert_eq!(rung(&bells), (false, true));
        bells.ring("steward_jobs");
        assert_eq!(rung(&bells), (true, false));
    }

    #[test]
    fn many_notifications_ring_once_and_a_new_connection_rings_both() {
        let bells = Bells::default();
        bells.ring("steward_cancel");
        bells.ring("steward_cancel");
        bells.ring_all();
        assert_eq!((rung(&bells), rung(&bells)), ((true, true), (false, false)));
    }
}
