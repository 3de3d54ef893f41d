//! Outcomes that come late, while somebody is saying by hand how the call ended.

use anyhow::Result;
use serde_json::json;
use steward_tests::database::connect;
use steward_tests::{Mirror, Running, World, eventually};
use tokio_postgres::Client;
use uuid::Uuid;

/// A worker that is sending the call of a job which the database takes for lost.
struct Late {
    world: World,
    mirror: Mirror,
    worker: Running,
    job: Uuid,
}

async fn late() -> Result<Late> {
    let (world, mirror) = (World::create().await?, Mirror::start().await?);
    world.database.define_provider("mirror", json!({ "base_url": format!("http://{}", mirror.address) })).await?;
    let definition = json!({
        "executor": "http", "provider": "mirror", "adapter": "http_json", "effect": "external",
        "request": { "method": "POST", "path": "/hold/200/answer", "body": {} },
    });
    world.database.define_tool("send", definition).await?;
    world.database.define_tool("nothing", json!({ "executor": "noop" })).await?;
    let worker = world.worker(&["--log", "steward=debug", "--allow-address", &mirror.address])?;
    let job = world.database.enqueue("send", json!({})).await?;
    eventually("the call is held", || async { Ok((mirror.seen().len() == 1).then_some(())) }).await?;
    // As if the worker had been silent for one lease. Its heartbeat puts it on the list again.
    eventually("the attempt is taken for lost", || async {
        world.database.admin.batch_execute("begin; delete from steward.worker; select steward.rescue_jobs(); commit").await?;
        Ok((state(&world, job).await? == "in_doubt").then_some(()))
    })
    .await?;
    Ok(Late { world, mirror, worker, job })
}

async fn state(world: &World, job: Uuid) -> Result<String> {
    Ok(world.database.admin.query_one("select state from steward.jobs where id = $1", &[&job]).await?.get(0))
}

impl Late {
    /// A person who resolves the job and does not commit, while the answer comes.
    async fn resolving(&self) -> Result<Client> {
        let person = connect(&self.world.database.name, "e2e_app").await?;
        person.batch_execute("begin").await?;
        person.execute("select steward.resolve_job($1, 'failed', 'the provider says so')", &[&self.job]).await?;
        self.mirror.open();
        let words = "somebody is resolving this job";
        eventually("the answer is busy", || async { Ok(self.worker.output().contains(words).then_some(())) }).await?;
        Ok(person)
    }

    /// Other jobs of the same worker end as ever.
    async fn others_end(&self) -> Result<()> {
        for _ in 0..20 {
            let other = self.world.database.enqueue("nothing", json!({})).await?;
            assert_eq!(self.world.database.finished(other).await?.get::<_, &str>("state"), "succeeded");
        }
        assert_eq!(state(&self.world, self.job).await?, "in_doubt");
        Ok(())
    }
}

#[tokio::test]
async fn an_answer_that_comes_while_a_person_resolves_counts_when_the_person_takes_it_back() -> Result<()> {
    let late = late().await?;
    let person = late.resolving().await?;
    late.others_end().await?;
    person.batch_execute("rollback").await?;
    eventually("the answer is stored", || async { Ok((state(&late.world, late.job).await? == "succeeded").then_some(())) }).await
}

#[tokio::test]
async fn an_answer_that_comes_while_a_person_resolves_changes_nothing_when_the_person_goes_through_with_it() -> Result<()> {
    let late = late().await?;
    let person = late.resolving().await?;
    late.others_end().await?;
    person.batch_execute("commit").await?;
    let words = "an outcome came after the attempt was over";
    eventually("the answer is stale", || async { Ok(late.worker.output().contains(words).then_some(())) }).await?;
    assert_eq!(state(&late.world, late.job).await?, "failed");
    Ok(())
}

#[tokio::test]
async fn a_worker_that_stops_offers_a_busy_answer_until_it_is_taken() -> Result<()> {
    let mut late = late().await?;
    let person = late.resolving().await?;
    late.worker.signal(libc::SIGTERM);
    eventually("the worker stops", || async { Ok(late.worker.output().contains("stopping").then_some(())) }).await?;
    person.batch_execute("rollback").await?;
    assert!(late.worker.ended().await?.success(), "{}", late.worker.output());
    assert_eq!(state(&late.world, late.job).await?, "succeeded");
    Ok(())
}
