//! Paid answers that outlive a worker which cannot reach its database.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;
use steward_tests::world::SECRET;
use steward_tests::{Proxy, Running, World, eventually};
use uuid::Uuid;

/// A directory that is removed with its test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("steward-spool-{}", Uuid::now_v7())))
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    fn files(&self) -> Result<Vec<PathBuf>> {
        Ok(fs::read_dir(&self.0)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // Left over in /tmp if it fails, which harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Sends one call and takes the database away from its worker, which will have the answer.
async fn called_without_database(world: &World, directory: &Directory) -> Result<(Uuid, Running)> {
    world.define_chat("send", json!({ "effect": "external" })).await?;
    let proxy = Proxy::start().await?;
    let worker = world.worker_through(&proxy.through(&world.database.worker_url()), &["--spool-dir", directory.path()])?;
    let job = world.database.enqueue("send", json!({ "model": "sandbox-slow", "topic": "x" })).await?;
    eventually("the call has arrived", || async { Ok((world.sandbox.arrivals(job).await? == 1).then_some(())) }).await?;
    proxy.vanish();
    Ok((job, worker))
}

/// The same, and stops the worker.
async fn answered_without_database(world: &World, directory: &Directory) -> Result<(Uuid, Running)> {
    let (job, mut worker) = called_without_database(world, directory).await?;
    worker.signal(libc::SIGTERM);
    let ended = worker.ended().await?;
    assert_eq!(ended.success(), worker.output().contains("are spooled"), "{}", worker.output());
    Ok((job, worker))
}

async fn succeeded_with_one_call(world: &World, job: Uuid) -> Result<()> {
    assert_eq!(world.database.finished(job).await?.get::<_, &str>("state"), "succeeded");
    assert_eq!((world.sandbox.arrivals(job).await?, &world.sandbox.summary().await?["calls"]), (1, &json!(1)));
    Ok(())
}

#[tokio::test]
async fn an_answer_that_came_when_the_database_was_gone_is_delivered_by_the_next_worker() -> Result<()> {
    let (world, directory) = (World::with_sandbox(&["--slow-ms", "1000"]).await?, Directory::new());
    let (job, _) = answered_without_database(&world, &directory).await?;
    let files = directory.files()?;
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(!fs::read_to_string(&files[0])?.contains(SECRET));
    let torn = files[0].with_file_name("torn.outcome.json");
    fs::write(&torn, &fs::read(&files[0])?[..100])?;
    let worker = world.worker(&["--spool-dir", directory.path()])?;
    succeeded_with_one_call(&world, job).await?;
    eventually("the file is removed", || async { Ok((!files[0].exists()).then_some(())) }).await?;
    let aside = Path::new(directory.path()).join("torn.outcome.json.set-aside");
    assert!(aside.exists() && worker.output().contains("was set aside"), "{}", worker.output());
    Ok(())
}

#[tokio::test]
async fn a_spooled_answer_ends_the_doubt_about_its_call() -> Result<()> {
    let (world, directory) = (World::with_sandbox(&["--slow-ms", "1000"]).await?, Directory::new());
    let (job, _) = answered_without_database(&world, &directory).await?;
    let rescuer = world.worker(&[])?;
    world.database.until("the call is in doubt", "select exists (select from steward.job where outcome = 'in_doubt')").await?;
    drop(rescuer);
    let _worker = world.worker(&["--spool-dir", directory.path()])?;
    eventually("the doubt has ended", || async {
        let state: String = world.database.value("select state from steward.jobs where id = $1", &[&job]).await?;
        Ok((state == "succeeded").then_some(()))
    })
    .await?;
    succeeded_with_one_call(&world, job).await
}

#[tokio::test]
async fn a_spool_that_cannot_be_written_costs_the_answer_and_says_so() -> Result<()> {
    let (world, directory) = (World::with_sandbox(&["--slow-ms", "1000"]).await?, Directory::new());
    let (job, mut worker) = called_without_database(&world, &directory).await?;
    fs::remove_dir(&directory.0).context("it was empty")?;
    worker.signal(libc::SIGTERM);
    assert!(!worker.ended().await?.success());
    let output = worker.output();
    assert!(output.contains("could not be spooled") && output.contains(&job.to_string()), "{output}");
    Ok(())
}
