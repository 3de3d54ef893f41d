//! The parts that run beside the jobs, each in a task of its own, and the alarm when one of them fails.
//!
//! A worker without its finisher or its heart looks alive and does harm: it claims jobs that it cannot end. So a part
//! that panics ends the process; the database takes its jobs back, and whoever started it starts it again.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::health::Health;

/// Starts parts.
#[derive(Clone)]
pub struct Parts {
    alarm: mpsc::Sender<&'static str>,
    health: Health,
}

/// Hears of parts that failed.
pub struct Alarm(mpsc::Receiver<&'static str>);

impl Parts {
    /// Nothing started yet.
    pub fn new(health: Health) -> (Self, Alarm) {
        // One alarm is enough: it ends the process.
        let (failed, heard) = mpsc::channel(1);
        (Self { alarm: failed, health }, Alarm(heard))
    }

    /// Starts a part, which may end by itself, but not fail; what it ends with, if it does not.
    pub fn start<T: Send + 'static>(&self, name: &'static str, part: impl Future<Output = T> + Send + 'static) -> JoinHandle<Option<T>> {
        let Self { alarm, health } = self.clone();
        tokio::spawn(async move {
            let ended = AssertUnwindSafe(part).catch_unwind().await.ok();
            if ended.is_none() {
                // Full means that another part has failed before.
                let _ = alarm.try_send(name);
            }
            health.ended(name);
            ended
        })
    }
}

impl Alarm {
    /// Does `work` unless a part fails; then what is left of the work is dropped.
    pub async fn guard(mut self, work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
        tokio::select! {
            biased;
            Some(name) = self.0.recv() => Err(anyhow::anyhow!(
                "the worker ends because a part of it failed ({name}); its log has the place, and the database takes its jobs back"
            )),
            ended = work => ended,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn a_part_that_panics_ends_the_work() {
        let (parts, alarm) = Parts::new(Health::default());
        parts.start::<()>("finisher", async { panic!("a bug") });
        let error = alarm.guard(pending()).await.unwrap_err();
        assert!(error.to_string().contains("(finisher)"), "{error}");
    }

    #[tokio::test]
    async fn a_part_that_ends_by_itself_does_not() {
        let (parts, alarm) = Parts::new(Health::default());
        let ended = parts.start("sender", async {});
        drop(parts);
        assert!(alarm.guard(async { Ok(ended.await.map(drop)?) }).await.is_ok());
    }
}
