//! A disk that is full when answers should be saved.

use anyhow::{Context, Result};
use steward_chaos::account::Job;
use steward_chaos::{Account, Load, SmallDisk, Tool};
use steward_tests::{Proxy, Running, eventually};
use uuid::Uuid;

/// Answers that have nowhere to go but the spool.
const ANSWERS: i64 = 60;
/// Pages of the disk, which is fewer files than that.
const PAGES: u32 = 20;

#[tokio::test]
async fn a_full_disk_costs_the_answers_that_do_not_fit_and_no_other() -> Result<()> {
    let (mut load, disk, proxy) = (Load::create(1500).await?, SmallDisk::mount(PAGES).await?, Proxy::start().await?);
    let direct = load.world.database.worker_url();
    let mut worker = self::worker(&load, &disk, &proxy.through(&direct))?;
    let jobs = load.enqueue(ANSWERS, "sandbox-slow").await?.len();
    load.in_flight(&load.jobs.iter().map(|job| job.id).collect::<Vec<_>>(), ANSWERS).await?;
    proxy.vanish();
    worker.signal(libc::SIGTERM);
    assert!(!worker.ended().await?.success(), "{}", worker.output());
    let output = worker.output();
    assert!(output.contains("could not be spooled") && output.contains("No space left on device"), "{output}");
    let saved = disk.files()?;
    assert!(!saved.is_empty() && saved.len() < jobs && saved.iter().all(|name| name.ends_with(".outcome.json")), "{saved:?}");

    let next = self::worker(&load, &disk, &direct)?;
    eventually("what was saved is delivered", || async { Ok(disk.files()?.is_empty().then_some(())) }).await?;
    assert!(next.output().contains("the disk of --spool-dir is full"), "{}", next.output());
    let account = Account::of(&load).await?;
    account.check();
    let is_saved = |id: Uuid| saved.iter().any(|name| name.starts_with(&id.to_string()));
    let is_wrong = |job: &Job| job.enqueued.tool == Tool::Send && job.is("succeeded") != is_saved(job.enqueued.id);
    assert_eq!(account.count(is_wrong), 0, "a `send` succeeds where its answer was saved, and is in doubt where it was not");
    println!("{} of {jobs} answers fitted on the disk", saved.len());
    Ok(())
}

/// A worker with its spool on the disk.
fn worker(load: &Load, disk: &SmallDisk, url: &str) -> Result<Running> {
    let directory = disk.path.to_str().context("a plain path")?;
    Running::start(&mut disk.inside(&load.world.worker_command(url, &["--spool-dir", directory])?))
}
