//! `steward worker`: wires the parts together and takes them apart again in order.
//!
//! ```text
//! listener ─ring─> claimer ─job─> job ─ask─> sender      one connection each; upkeep stores progress and
//!                                  └─outcome─> finisher  rescues, heartbeat only beats
//! ```
//! The parts and the jobs run in tasks of their own; a part that fails ends the process (`parts`).
//! Invariant: only `storage` knows SQL, only `execute` knows the world outside.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cli::WorkerArgs;
use crate::memory::Memory;

mod backoff;
mod claimer;
mod database;
mod dsn;
mod finisher;
mod group;
mod heartbeat;
mod job;
mod listener;
mod parts;
mod poll;
mod sender;
mod setup;
mod shutdown;
mod storage;
mod tls;
mod upkeep;

use claimer::Claimer;
use database::Link;
use database::OnFailure::{LeaveOut, Repeat, RepeatUnlessRefused};
use heartbeat::Lease;
use job::Runner;
use parts::Parts;
use poll::Poll;
use setup::Setup;
use shutdown::Shutdown;
use storage::{Claims, Storage};

/// Progress messages that may wait; more are dropped, newer ones follow.
const WAITING_PROGRESS: usize = 1024;

/// How long the last claim, aborted jobs and the last outcomes may take at the end. A database that is away for longer keeps the
/// attempts and takes them back when their lease ends.
const LAST_PATIENCE: Duration = Duration::from_secs(10);

/// Runs the worker until it is told to stop.
pub async fn run(args: WorkerArgs) -> anyhow::Result<()> {
    let setup = Setup::new(&args).await?;
    let shutdown = Shutdown::default();
    shutdown::on_signals(shutdown.clone())?;
    let (parts, alarm) = Parts::new();
    alarm.guard(work(args, setup, shutdown, parts)).await
}

async fn work(args: WorkerArgs, setup: Setup, shutdown: Shutdown, parts: Parts) -> anyhow::Result<()> {
    let Setup { database, listen_database, worker, name, redactor, executors, watch } = setup;
    let storage = |purpose, on_failure| Storage::new(Link::new(Arc::clone(&database), purpose, on_failure), &worker);

    let room = args.concurrency as usize;
    let slots = Arc::new(Semaphore::new(room));
    let (commands, secrets) = (json!(executors.scripts.names()), Arc::clone(&executors.secrets));
    let (counted, queues) = (Arc::clone(&slots), args.queue.clone());
    let status_redactor = Arc::clone(&redactor);
    let status = move || {
        let running = room - counted.available_permits();
        status_redactor.document(json!({"host": name, "pid": std::process::id(), "version": env!("CARGO_PKG_VERSION"), "queues": queues,
            "concurrency": room, "running": running, "commands": commands, "secrets": secrets.now().names()}))
    };
    tracing::info!(worker, queues = ?args.queue, concurrency = room, version = env!("CARGO_PKG_VERSION"), "worker started");
    // The database must know the worker before it owns jobs, or a rescue could take them at once.
    let mut heart = storage("heartbeat", Repeat);
    let lease = Lease::default();
    tokio::select! {
        () = heartbeat::beat(&mut heart, &lease, &status, &shutdown.stop) => {}
        () = shutdown.stop.cancelled() => {}
    }
    let heart_stop = CancellationToken::new();
    let stopped = heart_stop.clone();
    let heart = parts.start("heartbeat", heartbeat::run(heart, lease.clone(), status, stopped));

    let (sender, requests) = sender::Sender::new(room);
    parts.start("mark sent", sender::run(storage("mark sent", Repeat), requests));
    let (outcomes, finished) = mpsc::channel(room);
    let finish_storage = storage("finish", RepeatUnlessRefused);
    let finish_redactor = Arc::clone(&redactor);
    let finisher = parts.start("finish", async move { finisher::run(finish_storage, finished, &finish_redactor).await });
    let (progress, updates) = mpsc::channel(WAITING_PROGRESS);
    parts.start("upkeep", upkeep::run(storage("upkeep", LeaveOut), lease, updates));
    if let Some(watch) = watch {
        parts.start("secrets file", watch.run());
    }
    let wake = Arc::new(Notify::new());
    let listener = parts.start("listen", listener::run(listen_database, Arc::clone(&wake)));

    let runner =
        Arc::new(Runner { executors, memory: Memory::default(), redactor, sender, outcomes, progress, shutdown: shutdown.clone() });
    let claimer = Claimer {
        store: Claims::new(storage("claim", Repeat), args.queue),
        slots,
        batch: args.batch as usize,
        wake,
        poll: Poll::new(args.poll_interval),
        stop: shutdown.stop.clone(),
    };
    let jobs = TaskTracker::new();
    let started = jobs.clone();
    claimer
        .run(move |job, slot| {
            let runner = Arc::clone(&runner);
            started.spawn(async move {
                runner.run(job).await;
                drop(slot);
            });
        })
        .await;

    listener.abort();
    drain(&jobs, args.drain_seconds, &shutdown).await;
    let flushed = flush(finisher).await;
    heart_stop.cancel();
    let _ = timeout(LAST_PATIENCE, heart).await;
    tracing::info!(worker, "worker stopped");
    flushed
}

/// Waits for the jobs, at first patiently.
async fn drain(jobs: &TaskTracker, patience: Duration, shutdown: &Shutdown) {
    jobs.close();
    if timeout(patience, jobs.wait()).await.is_ok() {
        return;
    }
    tracing::warn!(jobs = jobs.len(), "the time to drain is over; giving up what still runs");
    shutdown.abort.cancel();
    let _ = timeout(LAST_PATIENCE, jobs.wait()).await;
}

/// Waits until the last outcome is stored; the finisher ends by itself when no job can bring one any more.
async fn flush(finisher: JoinHandle<()>) -> anyhow::Result<()> {
    match timeout(LAST_PATIENCE, finisher).await {
        Ok(ended) => Ok(ended?),
        Err(_) => anyhow::bail!("the last outcomes could not be stored; the database takes these attempts back when their lease ends"),
    }
}
