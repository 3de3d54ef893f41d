//! Jobs that run a function of the database: it takes effect once, with its outcome, whatever becomes of the worker meanwhile.

use anyhow::Result;
use serde_json::{Value, json};
use steward_tests::database::USER;
use steward_tests::{Running, World};
use uuid::Uuid;

/// Notes its words, and then waits for whoever holds the gate.
const FUNCTION: &str = "
    create schema app;
    create table app.note (words text not null);
    create function app.note(input jsonb) returns jsonb language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
    begin
        insert into app.note values (input ->> 'words');
        perform pg_advisory_xact_lock_shared(1);
        return jsonb_build_object('noted', input ->> 'words', 'by', steward.uid());
    end
    $$;
    revoke execute on function app.note(jsonb) from public;
    grant usage on schema app to steward_script;
    grant execute on function app.note(jsonb) to steward_script;
    select steward.register_function('note', 'app.note(jsonb)')";

const AT_THE_GATE: &str = "select count(*) from pg_stat_activity
    where datname = current_database() and usename = 'steward_script' and wait_event_type = 'Lock' and wait_event = 'advisory'";

async fn world(definition: Value) -> Result<World> {
    let world = World::create().await?;
    world.database.admin.batch_execute(FUNCTION).await?;
    let mut tool =
        json!({ "executor": "sql", "request": { "function": "note" }, "backoff": { "base_seconds": 0.05 }, "timeout_seconds": 600 });
    if let (Some(fields), Value::Object(more)) = (tool.as_object_mut(), definition) {
        fields.extend(more);
    }
    world.database.define_tool("note", tool).await?;
    Ok(world)
}

fn worker(world: &World) -> Result<Running> {
    let url = world.database.worker_url().replace("e2e_worker", "steward_script");
    world.worker(&["--script-database-url", &url])
}

/// With the gate shut its function has noted its words and waits.
async fn running(world: &World) -> Result<Uuid> {
    world.database.admin.batch_execute("select pg_advisory_lock(1)").await?;
    let job = world.database.enqueue("note", json!({ "words": "hello" })).await?;
    waiting(world, 1).await?;
    Ok(job)
}

async fn waiting(world: &World, sessions: i64) -> Result<()> {
    world.database.until("the functions run", &format!("select ({AT_THE_GATE}) = {sessions}")).await
}

async fn open_gate(world: &World) -> Result<()> {
    Ok(world.database.admin.batch_execute("select pg_advisory_unlock(1)").await?)
}

async fn notes(world: &World) -> Result<i64> {
    world.database.value("select count(*) from app.note", &[]).await
}

/// State, code of the error, and attempts of a job that has ended.
async fn end(world: &World, job: Uuid) -> Result<(String, Option<String>, i32)> {
    let row = world.database.finished(job).await?;
    Ok((row.get("state"), row.get("error_code"), row.get("attempts")))
}

#[tokio::test]
async fn a_function_acts_as_the_user_of_its_job_and_its_result_is_that_of_the_job() -> Result<()> {
    let world = world(json!({})).await?;
    let _worker = worker(&world)?;
    let job = world.database.enqueue("note", json!({ "words": "hello" })).await?;
    let row = world.database.finished(job).await?;
    assert_eq!(row.get::<_, Value>("result"), json!({ "noted": "hello", "by": USER }));
    assert_eq!(notes(&world).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_function_that_fails_leaves_nothing_and_the_job_has_its_words() -> Result<()> {
    let world = world(json!({})).await?;
    let _worker = worker(&world)?;
    let job = world.database.enqueue("note", json!({ "wrong": "key" })).await?;
    let row = world.database.finished(job).await?;
    assert_eq!(
        (row.get::<_, &str>("state"), row.get::<_, &str>("error_code"), row.get::<_, i32>("attempts")),
        ("failed", "function_failed", 1)
    );
    let words: String = row.get("error_message");
    assert!(words.contains("null value in column \"words\"") && words.contains("(SQLSTATE 23502)"), "{words}");
    Ok(())
}

#[tokio::test]
async fn a_function_whose_worker_was_given_up_meanwhile_is_rolled_back() -> Result<()> {
    let world = world(json!({})).await?;
    let first = worker(&world)?;
    let job = running(&world).await?;
    // It sends no heartbeat any more, but its connections stay, and so does its function.
    first.signal(libc::SIGSTOP);
    let _second = worker(&world)?;
    waiting(&world, 2).await?;
    open_gate(&world).await?;
    assert_eq!(end(&world, job).await?, ("succeeded".to_owned(), None, 2));
    world.database.until("the first has ended too", "select count(*) = 0 from pg_stat_activity where datname = current_database() and state = 'active' and query like '%run_function%' and pid <> pg_backend_pid()").await?;
    first.signal(libc::SIGCONT);
    assert_eq!(notes(&world).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_function_of_a_killed_worker_takes_effect_once() -> Result<()> {
    let world = world(json!({})).await?;
    let mut first = worker(&world)?;
    let job = running(&world).await?;
    first.signal(libc::SIGKILL);
    first.ended().await?;
    let _second = worker(&world)?;
    world.database.until("it is taken over", "select exists (select from steward.attempt where number = 2 and state = 'sent')").await?;
    open_gate(&world).await?;
    assert_eq!(end(&world, job).await?, ("succeeded".to_owned(), None, 2));
    assert_eq!(notes(&world).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_function_whose_session_is_terminated_is_run_again() -> Result<()> {
    let world = world(json!({ "effect": "external" })).await?;
    let _worker = worker(&world)?;
    let job = running(&world).await?;
    let terminate = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and application_name like '%: function'";
    assert_eq!(world.database.value::<i64>(terminate, &[]).await?, 1);
    open_gate(&world).await?;
    // The database says that it rolled everything back, so there is no doubt.
    assert_eq!(end(&world, job).await?, ("succeeded".to_owned(), None, 2));
    assert_eq!(notes(&world).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_function_is_ended_when_somebody_cancels_its_job() -> Result<()> {
    let world = world(json!({ "effect": "external" })).await?;
    let _worker = worker(&world)?;
    let job = running(&world).await?;
    world.database.app.execute("select steward.cancel_job($1, 'wrong list')", &[&job]).await?;
    assert_eq!(end(&world, job).await?, ("cancelled".to_owned(), Some("cancelled".to_owned()), 1));
    waiting(&world, 0).await?;
    open_gate(&world).await?;
    assert_eq!(notes(&world).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_function_is_ended_when_its_time_is_over() -> Result<()> {
    let world = world(json!({ "timeout_seconds": 0.5, "max_tries": 2 })).await?;
    let _worker = worker(&world)?;
    let job = running(&world).await?;
    assert_eq!(end(&world, job).await?, ("failed".to_owned(), Some("timed_out".to_owned()), 2));
    waiting(&world, 0).await?;
    open_gate(&world).await?;
    assert_eq!(notes(&world).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_tool_runs_as_many_functions_as_it_may_and_no_more() -> Result<()> {
    let world = world(json!({ "concurrency": 2 })).await?;
    let _worker = worker(&world)?;
    running(&world).await?;
    for n in 0..5 {
        world.database.enqueue("note", json!({ "words": format!("{n}") })).await?;
    }
    world.database.until("the others wait", "select count(*) = 4 from steward.waiting where reason = 'concurrency'").await?;
    waiting(&world, 2).await?;
    open_gate(&world).await?;
    world.database.until("all have ended", "select count(*) = 6 from steward.job where outcome = 'succeeded'").await?;
    assert_eq!(notes(&world).await?, 6);
    Ok(())
}
