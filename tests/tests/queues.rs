//! Several queues in one worker.

use anyhow::Result;
use serde_json::json;
use steward_tests::{World, eventually};

/// Attempts of the queue `images`, of which none ends.
const OF_IMAGES: &str = "select count(*) from steward.attempt a join steward.job j on j.id = a.job_id where j.queue = 'images'";

#[tokio::test]
async fn a_queue_keeps_to_its_limit_while_others_go_on() -> Result<()> {
    let world = World::create().await?;
    world.define_chat("paint", json!({ "queue": "images" })).await?;
    world.define_chat("write", json!({})).await?;
    for n in 0..6 {
        world.database.enqueue("paint", json!({ "model": "sandbox-hang", "topic": format!("{n}") })).await?;
    }
    let worker = world.worker(&["--queue", "default", "--queue", "images=2", "--concurrency", "5", "--poll-interval", "0.05"])?;
    eventually("two images are being painted", || async { Ok((world.sandbox.summary().await?["calls"] == 2).then_some(())) }).await?;
    for n in 0..30 {
        let job = world.database.enqueue("write", json!({ "model": "sandbox", "topic": format!("{n}") })).await?;
        assert_eq!(world.database.finished(job).await?.get::<_, &str>("state"), "succeeded");
    }
    assert_eq!(world.database.value::<i64>(OF_IMAGES, &[]).await?, 2, "{}", worker.output());
    let status = "select status ->> 'queue_limits', status -> 'queues' = '[\"default\", \"images\"]' from steward.worker";
    let row = world.database.admin.query_one(status, &[]).await?;
    assert_eq!((row.get::<_, &str>(0), row.get::<_, bool>(1)), ("{\"images\": 2}", true));
    Ok(())
}

#[tokio::test]
async fn a_limited_queue_goes_on_as_soon_as_one_of_its_jobs_ends() -> Result<()> {
    let world = World::create().await?;
    world.define_chat("paint", json!({ "queue": "images" })).await?;
    for n in 0..40 {
        world.database.enqueue("paint", json!({ "model": "sandbox", "topic": format!("{n}") })).await?;
    }
    // Polling alone would take an hour for each.
    let _worker = world.worker(&["--queue", "images=1", "--poll-interval", "3600"])?;
    world.database.until("all have ended", "select count(*) = 40 from steward.job where outcome = 'succeeded'").await
}
