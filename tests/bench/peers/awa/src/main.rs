//! `bench-awa install`: creates awa's schema. `bench-awa drain WARM_UP JOBS`: drains both in turn and prints the seconds of the second.
//! `bench-awa latency JOBS`: prints for each of so many jobs, enqueued by somebody else, its number and when its handler started.
//!
//! It reads PGHOST, PGPORT, PGUSER and PGDATABASE. awa keeps finished jobs until its ring comes round, as it does by default.

use std::io::Write;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use awa::model::insert::params_with;
use awa::model::{QueueStorage, QueueStorageConfig};
use awa::{Client, InsertOpts, JobArgs, JobResult, QueueConfig};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

const QUEUE: &str = "noop";
const MAX_WORKERS: u32 = 200; // handlers at once; 512 was alike here, 50 half as fast
const CONNECTIONS: u32 = 20; // as in awa's own benchmark of its throughput
const ADD_AT_ONCE: usize = 1000; // jobs a COPY
const GRACE: Duration = Duration::from_secs(60); // for completions that are on their way when a worker shuts down; it takes milliseconds

#[derive(Serialize, Deserialize, JobArgs)]
struct Noop {
    n: usize,
}

/// A worker with one handler.
async fn start(pool: &PgPool, handler: impl Fn(usize) + Send + Sync + 'static) -> Result<Client> {
    let client = Client::builder(pool.clone())
        .queue(QUEUE, QueueConfig { max_workers: MAX_WORKERS, ..QueueConfig::default() })
        .register::<Noop, _, _>(move |job, _context| {
            handler(job.n);
            async { Ok(JobResult::Completed) }
        })
        .build()?;
    client.start().await?;
    Ok(client)
}

fn storage() -> Result<QueueStorage> {
    Ok(QueueStorage::new(QueueStorageConfig::default())?)
}

/// A worker's first start chooses awa's queue storage where there are no jobs yet.
async fn install(pool: &PgPool) -> Result<()> {
    awa::migrations::run(pool).await?;
    start(pool, |_| ()).await?.shutdown(GRACE).await;
    let active = QueueStorage::active_schema(pool).await?;
    ensure!(active.is_some(), "awa did not switch to its queue storage, so its older one would be measured");
    Ok(())
}

async fn enqueue(pool: &PgPool, jobs: usize) -> Result<()> {
    let numbers: Vec<usize> = (0..jobs).collect();
    for some in numbers.chunks(ADD_AT_ONCE) {
        let options = || InsertOpts { queue: QUEUE.into(), ..InsertOpts::default() };
        let prepared: Result<Vec<_>, _> = some.iter().map(|n| params_with(&Noop { n: *n }, options())).collect();
        storage()?.enqueue_params_copy(pool, &prepared?).await?;
    }
    Ok(())
}

/// Seconds from the worker's start until its last completion is committed.
async fn drain(pool: &PgPool, jobs: usize) -> Result<f64> {
    enqueue(pool, jobs).await?;
    let runs: Arc<Vec<AtomicU32>> = Arc::new((0..jobs).map(|_| AtomicU32::new(0)).collect());
    let handled = Arc::new(AtomicUsize::new(0));
    let first = Arc::new(OnceLock::new());
    let client = start(pool, {
        let (runs, handled, first) = (Arc::clone(&runs), Arc::clone(&handled), Arc::clone(&first));
        move |n| {
            first.get_or_init(Instant::now);
            runs[n].fetch_add(1, Ordering::Relaxed);
            handled.fetch_add(1, Ordering::Relaxed);
        }
    })
    .await?;
    // Without what a worker does before it looks for jobs.
    let ready = Instant::now();
    while handled.load(Ordering::Relaxed) < jobs {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // It returns when the database has acknowledged the last completion. Asking for counts instead takes seconds, and listening to events
    // makes awa complete jobs another way, a hundred times slower.
    client.shutdown(GRACE).await;
    let started = ready.min(*first.get().context("no job ran")?);
    let seconds = started.elapsed().as_secs_f64();
    let left = storage()?.queue_counts(pool, QUEUE).await?;
    ensure!(left.available + left.running == 0, "{} jobs are available and {} running after the last one", left.available, left.running);
    let wrong = runs.iter().position(|count| count.load(Ordering::Relaxed) != 1);
    ensure!(wrong.is_none(), "job {wrong:?} did not run exactly once");
    Ok(seconds)
}

/// A line `NUMBER SECONDS` for each job, in seconds since 1970.
async fn latency(pool: &PgPool, jobs: usize) -> Result<()> {
    let (started, mut starts) = tokio::sync::mpsc::unbounded_channel();
    let client = start(pool, move |n| {
        let _ = started.send((n, SystemTime::now()));
    })
    .await?;
    for _ in 0..jobs {
        let (n, at) = starts.recv().await.context("the worker ended")?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{n} {:.6}", at.duration_since(UNIX_EPOCH)?.as_secs_f64())?;
        out.flush()?;
    }
    client.shutdown(GRACE).await;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| -> Result<usize> { Ok(arguments.get(at).context("a number is missing")?.parse()?) };
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect_with(sqlx::postgres::PgConnectOptions::new()).await?;
    match arguments.first().map(String::as_str) {
        Some("install") => install(&pool).await?,
        Some("drain") => {
            drain(&pool, number(1)?).await?;
            println!("{{\"seconds\": {}}}", drain(&pool, number(2)?).await?);
        }
        Some("latency") => latency(&pool, number(1)?).await?,
        _ => anyhow::bail!("install, drain WARM_UP JOBS, or latency JOBS"),
    }
    Ok(())
}
