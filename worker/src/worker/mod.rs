//! `steward worker`: wires the parts together and takes them apart again in order.
//!
//! ```text
//! listener ─ring─> claimer ─job─> job ─ask─> sender      one connection each; upkeep stores progress, rescues
//!                                  └─outcome─> finisher  and ends what was cancelled, heartbeat only beats
//! ```
//! The parts and the jobs run in tasks of their own; a part that fails ends the process (`parts`).
//! Invariant: only `storage` knows SQL, only `execute` knows the world outside.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cli::WorkerArgs;
use crate::execute::Executors;
use crate::execute::progress::Reports;
use crate::memory::Memory;
use crate::redact::Redactor;

mod backoff;
mod busy;
mod cancel;
mod check;
mod claimer;
pub mod database;
mod dsn;
mod finished;
mod finisher;
mod group;
mod health;
mod heartbeat;
mod job;
mod lanes;
mod listener;
mod metrics;
mod ops;
mod parts;
mod poll;
mod sender;
mod setup;
mod shutdown;
mod spool;
mod spool_delivery;
mod storage;
mod systemd;
mod tls;
mod upkeep;

use cancel::UnderWay;
use claimer::{Claimer, Slot};
use database::Link;
use database::OnFailure::{LeaveOut, Repeat, RepeatUnlessRefused};
use finished::Finished;
use finisher::Finisher;
use health::Health;
use heartbeat::Lease;
use job::Runner;
use lanes::Lanes;
use listener::Bells;
use ops::Watched;
use parts::Parts;
use setup::Setup;
use shutdown::Shutdown;
use storage::{ClaimedJob, Storage};
use upkeep::Inbox;

/// Progress messages that may wait; more are dropped, newer ones follow.
const WAITING_PROGRESS: usize = 1024;

/// How long the last claim, aborted jobs and the last outcomes may take at the end. A database that is away for longer keeps the
/// attempts and takes them back when their lease ends.
const LAST_PATIENCE: Duration = Duration::from_secs(10);

/// Runs the worker until it is told to stop.
pub async fn run(args: WorkerArgs) -> anyhow::Result<()> {
    if args.check {
        return check::run(&args).await;
    }
    let setup = Setup::new(&args).await?;
    let shutdown = Shutdown::default();
    shutdown::on_signals(shutdown.clone())?;
    let health = Health::default();
    let (parts, alarm) = Parts::new(health.clone());
    alarm.guard(work(args, setup, shutdown, parts, health)).await
}

async fn work(args: WorkerArgs, setup: Setup, shutdown: Shutdown, parts: Parts, health: Health) -> anyhow::Result<()> {
    let Setup { database, listen_database, worker, name, redactor, executors, watch, spool, metrics, port } = setup;
    let lease = Lease::new(health.clone());
    let storage_of = |worker: &str, purpose, on_failure| Storage::new(Link::new(Arc::clone(&database), purpose, on_failure), worker);
    let storage = |purpose, on_failure| storage_of(&worker, purpose, on_failure);

    let (room, memory) = (args.concurrency as usize, Memory::default());
    let slots = Arc::new(Semaphore::new(room));
    if let Some(port) = port {
        let (health, metrics, memory, spool) = (health.clone(), metrics.clone(), memory.clone(), spool.clone());
        parts.start("http", ops::serve(port, Watched { health, metrics, room, memory, spool, poll_interval: args.poll_interval }));
    }
    parts.start("systemd", systemd::run(health.clone(), shutdown.stop.clone()));
    let status = status(&args, name, Arc::clone(&slots), &executors, Arc::clone(&redactor));
    let queues: Vec<_> = args.queue.iter().map(ToString::to_string).collect();
    tracing::info!(worker, ?queues, concurrency = room, version = env!("CARGO_PKG_VERSION"), "worker started");
    // The database must know the worker before it owns jobs, or a rescue could take them at once.
    let mut heart = storage("heartbeat", Repeat);
    tokio::select! {
        () = heartbeat::beat(&mut heart, &lease, &status, &shutdown.stop) => {}
        () = shutdown.stop.cancelled() => {}
    }
    let heart_stop = CancellationToken::new();
    let stopped = heart_stop.clone();
    let heart = parts.start("heartbeat", heartbeat::run(heart, lease.clone(), status, stopped));

    if let Some(spool) = &spool {
        let store = |worker: &str| storage_of(worker, "spool", RepeatUnlessRefused);
        let unfinished = spool_delivery::deliver(spool, store, &redactor, &shutdown.stop).await;
        parts.start("spool", spool_delivery::finish(unfinished));
    }

    let (sender, requests) = sender::Sender::new(room);
    parts.start("mark sent", sender::run(storage("mark sent", Repeat), requests));
    let (outcomes, finished) = mpsc::channel(room);
    let give_up = CancellationToken::new();
    let finisher = Finisher::new(storage("finish", RepeatUnlessRefused), Arc::clone(&redactor), give_up.clone());
    let finisher = parts.start("finish", finisher.run(finished));
    let (progress, updates) = mpsc::channel(WAITING_PROGRESS);
    let (bells, under_way) = (Bells::default(), UnderWay::default());
    let (checkpoints, saves) = mpsc::channel(room);
    let inbox = Inbox { updates, checkpoints: saves, cancel: Arc::clone(&bells.cancel) };
    parts.start("upkeep", upkeep::run(storage("upkeep", LeaveOut), lease, inbox, under_way.clone()));
    if let Some(watch) = watch {
        parts.start("secrets file", watch.run());
    }
    let listener = args.listen.then(|| parts.start("listen", listener::run(listen_database, bells.clone(), health.clone())));

    let claimer = Claimer {
        store: storage("claim", Repeat),
        slots,
        batch: args.batch as usize,
        wake: bells.jobs,
        lanes: Lanes::new(&args.queue, args.poll_interval),
        under_way: under_way.clone(),
        unsure_until: None,
        metrics: metrics.clone(),
        health: health.clone(),
        stop: shutdown.stop.clone(),
    };
    let runner = Runner {
        executors,
        memory,
        redactor,
        sender,
        outcomes,
        reports: Reports { progress, checkpoints },
        metrics,
        under_way,
        shutdown: shutdown.clone(),
    };
    let jobs = TaskTracker::new();
    let claimer = parts.start("claim", claimer.run(starting(runner, jobs.clone())));
    shutdown.stop.cancelled().await;
    health.stopping();
    // It ends by itself within the last patience.
    let _ = claimer.await;

    listener.inspect(JoinHandle::abort);
    drain(&jobs, args.drain_seconds, &shutdown).await;
    let left = flush(finisher, &give_up).await;
    // Before the goodbye, for which a database that is away takes its time.
    let lost = spool.map_or(left.len(), |spool| if left.is_empty() { 0 } else { spool.store(&worker, &left) });
    heart_stop.cancel();
    let _ = timeout(LAST_PATIENCE, heart).await;
    tracing::info!(worker, "worker stopped");
    anyhow::ensure!(lost == 0, "{lost} outcomes could not be stored; the database takes these attempts back when their lease ends");
    Ok(())
}

/// What every heartbeat says of the worker.
fn status(
    args: &WorkerArgs,
    name: String,
    slots: Arc<Semaphore>,
    executors: &Executors,
    redactor: Arc<Redactor>,
) -> impl Fn() -> serde_json::Value + Send + Sync + 'static {
    let (commands, secrets) = (json!(executors.scripts.names()), Arc::clone(&executors.secrets));
    let functions = executors.functions.is_able();
    let queues: Vec<_> = args.queue.iter().map(|queue| queue.name.clone()).collect();
    let limits: BTreeMap<_, _> = args.queue.iter().filter_map(|queue| Some((queue.name.clone(), queue.most?))).collect();
    let room = args.concurrency as usize;
    move || {
        let running = room - slots.available_permits();
        redactor.document(json!({"host": name, "pid": std::process::id(), "version": env!("CARGO_PKG_VERSION"), "queues": queues,
            "queue_limits": limits, "concurrency": room, "running": running, "commands": commands,
            "functions": functions, "secrets": secrets.now().names()}))
    }
}

/// Begins a job in a task of its own, which keeps its slot to the end; from here on it is under way.
fn starting(runner: Runner, jobs: TaskTracker) -> impl Fn(ClaimedJob, Slot) {
    let runner = Arc::new(runner);
    move |job, slot| {
        let runner = Arc::clone(&runner);
        let begun = runner.under_way.begin(job.id);
        jobs.spawn(async move {
            runner.run(job, begun).await;
            drop(slot);
        });
    }
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

/// Waits until the last outcome is stored, and returns those that were not in time; the finisher ends by itself when no job can
/// bring one any more.
async fn flush(mut finisher: JoinHandle<Option<Vec<Finished>>>, give_up: &CancellationToken) -> Vec<Finished> {
    let ended = match timeout(LAST_PATIENCE, &mut finisher).await {
        Ok(ended) => ended,
        Err(_) => {
            give_up.cancel();
            finisher.await
        }
    };
    // Nothing after a panic, at which the alarm ends the process.
    ended.ok().flatten().unwrap_or_default()
}
