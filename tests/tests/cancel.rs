//! Cancelling a job that runs: its worker is asked, ends it, and what it reports says how the job ends.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use steward_tests::{Letter, Running, Script, World, eventually};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use uuid::Uuid;

/// As long as `eventually` waits.
const PATIENCE: Duration = Duration::from_secs(60);

/// Seconds that a call or script has: so long that a job that ends within a test was given up.
const LONG: u32 = 600;

/// Takes calls and never answers them; the provider `silent` leads there.
async fn silent(world: &World) -> Result<TcpListener> {
    let server = TcpListener::bind("127.0.0.1:0").await?;
    world.database.define_provider("silent", json!({ "base_url": format!("http://{}", server.local_addr()?) })).await?;
    Ok(server)
}

/// Defines the tool `call`, which calls it.
async fn define_call(world: &World, effect: &str) -> Result<()> {
    let call = json!({
        "executor": "http", "provider": "silent", "adapter": "http_json", "effect": effect, "timeout_seconds": LONG, "request": { "path": "/x" },
    });
    world.database.define_tool("call", call).await
}

fn worker(world: &World, server: &TcpListener, more: &[&str]) -> Result<Running> {
    let address = server.local_addr()?.to_string();
    world.worker(&[&["--allow-address", &address], more].concat())
}

/// A call that has arrived.
async fn arrived(server: &TcpListener) -> Result<TcpStream> {
    Ok(timeout(PATIENCE, server.accept()).await.context("no call arrives")??.0)
}

/// Waits until the other side has closed a connection; its end is seen as an end or as a reset.
async fn closed(mut connection: TcpStream) -> Result<()> {
    let mut request = Vec::new();
    let _ = timeout(PATIENCE, connection.read_to_end(&mut request)).await.context("the connection stays open")?;
    Ok(())
}

async fn cancel(world: &World, job: Uuid) -> Result<()> {
    world.database.app.execute("select steward.cancel_job($1, 'wrong list')", &[&job]).await?;
    Ok(())
}

/// Waits for the end of a job: its state, the code of its error and the words.
async fn end(world: &World, job: Uuid) -> Result<(String, String, String)> {
    let row = world.database.finished(job).await?;
    Ok((row.get("state"), row.get("error_code"), row.get("error_message")))
}

fn cancelled() -> (String, String, String) {
    ("cancelled".to_owned(), "cancelled".to_owned(), "wrong list".to_owned())
}

/// A heart that beats every ten minutes tells nothing within a test, so what is heard came as a notification.
async fn beat_rarely(world: &World) -> Result<()> {
    let name = &world.database.name;
    world.database.admin.batch_execute(&format!("alter database {name} set steward.lease = 3600")).await?;
    Ok(())
}

async fn listens(world: &World) -> Result<()> {
    let listening = "select exists (select from pg_stat_activity where datname = current_database() and query ilike '%listen steward_cancel%' and usename = 'e2e_worker')";
    world.database.until("the worker listens", listening).await
}

#[tokio::test]
async fn a_call_without_effect_is_ended_at_a_notification_and_its_job_cancelled() -> Result<()> {
    let world = World::create().await?;
    let server = silent(&world).await?;
    define_call(&world, "none").await?;
    beat_rarely(&world).await?;
    let _worker = worker(&world, &server, &[])?;
    listens(&world).await?;
    let [job, other] = [world.database.enqueue("call", json!({})).await?, world.database.enqueue("call", json!({})).await?];
    let connections = [arrived(&server).await?, arrived(&server).await?];
    cancel(&world, job).await?;
    assert_eq!(end(&world, job).await?, cancelled());
    let state = "select state from steward.jobs where id = $1";
    assert_eq!(world.database.value::<String>(state, &[&other]).await?, "running", "only one was cancelled");
    cancel(&world, other).await?;
    for connection in connections {
        closed(connection).await?;
    }
    assert_eq!(end(&world, other).await?, cancelled());
    Ok(())
}

#[tokio::test]
async fn a_call_that_may_have_reached_somebody_is_ended_and_its_job_in_doubt() -> Result<()> {
    let world = World::create().await?;
    let server = silent(&world).await?;
    define_call(&world, "external").await?;
    let _worker = worker(&world, &server, &[])?;
    let job = world.database.enqueue("call", json!({})).await?;
    let connection = arrived(&server).await?;
    cancel(&world, job).await?;
    closed(connection).await?;
    let (state, code, words) = end(&world, job).await?;
    assert_eq!((state.as_str(), code.as_str()), ("in_doubt", "cancelled"));
    assert!(words.contains("the call was given up because somebody cancelled the job"), "{words}");
    Ok(())
}

#[tokio::test]
async fn a_worker_that_cannot_listen_hears_of_it_with_its_heartbeat() -> Result<()> {
    let world = World::create().await?;
    let server = silent(&world).await?;
    define_call(&world, "none").await?;
    let nowhere = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
    let listen = format!("host=127.0.0.1 port={nowhere} user=e2e_worker dbname=none");
    let _worker = worker(&world, &server, &["--poll-interval", "0.1", "--listen-database-url", &listen])?;
    let job = world.database.enqueue("call", json!({})).await?;
    let connection = arrived(&server).await?;
    cancel(&world, job).await?;
    closed(connection).await?;
    assert_eq!(end(&world, job).await?, cancelled());
    Ok(())
}

#[tokio::test]
async fn a_script_is_killed_at_a_notification_and_its_job_cancelled() -> Result<()> {
    let world = World::create().await?;
    let letter = Letter::new();
    let script = Script::new(&format!("import os,time\nopen({}, 'w').write(f'{{os.getpid()}}\\n')\ntime.sleep({LONG})", letter.path()))?;
    let tool: Value = json!({ "executor": "script", "timeout_seconds": LONG, "request": { "command": "task" } });
    world.database.define_tool("task", tool).await?;
    beat_rarely(&world).await?;
    let _worker = world.worker(&["--script", &script.listed()])?;
    listens(&world).await?;
    let job = world.database.enqueue("task", json!({})).await?;
    let process = format!("/proc/{}", letter.received().await?);
    assert!(Path::new(&process).exists(), "the script does not run");
    cancel(&world, job).await?;
    eventually("the script is gone", || async { Ok((!Path::new(&process).exists()).then_some(())) }).await?;
    assert_eq!(end(&world, job).await?, cancelled());
    Ok(())
}
