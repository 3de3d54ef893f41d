//! Behind pgbouncer in transaction mode, with three sessions for everybody: every statement of a worker may run in another one.

use anyhow::Result;
use futures_util::future::try_join_all;
use serde_json::json;
use steward_tests::{Letter, Pooler, Running, Script, World, eventually};
use tokio_postgres::NoTls;
use uuid::Uuid;

/// Long enough that no look at the queue within a test is one of these.
const HOUR: &str = "3600";

const LISTENING: &str = "select count(*) from pg_stat_activity
    where datname = current_database() and usename = 'e2e_worker' and query ilike '%listen steward_jobs%'";

/// A world with a chat tool, a script and a function, and a script that reports its progress.
async fn world() -> Result<(World, Script, Letter)> {
    let world = World::create().await?;
    world.define_chat("chat", json!({})).await?;
    let gate = Letter::new();
    let source = format!(
        "import os,time\nprint('1/2', flush=True)\nprint('checkpoint: 7', flush=True)\nwhile not os.path.exists({}): time.sleep(0.02)\nprint('{{}}')",
        gate.path()
    );
    let script = Script::new(&source)?;
    script.define(&world.database).await?;
    world
        .database
        .admin
        .batch_execute(
            "create schema app;
            create function app.double(input jsonb) returns jsonb language sql security definer set search_path = pg_catalog, pg_temp as $$
                select to_jsonb((input ->> 'n')::int * 2) $$;
            revoke execute on function app.double(jsonb) from public;
            grant usage on schema app to steward_script;
            grant execute on function app.double(jsonb) to steward_script;
            select steward.register_function('double', 'app.double(jsonb)')",
        )
        .await?;
    world.database.define_tool("double", json!({ "executor": "sql", "request": { "function": "double" } })).await?;
    Ok((world, script, gate))
}

/// Jobs of every executor end well, and a running one can be cancelled.
async fn works(world: &World, gate: &Letter) -> Result<()> {
    let chats = "select count(*) from steward.enqueue_many('chat', array(select jsonb_build_object('model', 'sandbox', 'topic', n::text) from generate_series(1, 100) n))";
    assert_eq!(world.database.app.query_one(chats, &[]).await?.get::<_, i64>(0), 100);
    for n in 1..=10 {
        world.database.enqueue("double", json!({ "n": n })).await?;
    }
    let script = world.database.enqueue("task", json!({})).await?;
    world.database.until("its progress is shown", "select exists (select from steward.job_status where progress = 0.5)").await?;
    world.database.until("its checkpoint is saved", "select exists (select from steward.checkpoint where data = '7')").await?;
    gate.send("go on\n")?;
    assert_eq!(world.database.finished(script).await?.get::<_, &str>("state"), "succeeded");
    world.database.until("all have ended", "select count(*) = 111 from steward.job where outcome = 'succeeded'").await?;
    assert_eq!(world.database.value::<i64>("select sum(result::int) from steward.job where result between '2' and '20'", &[]).await?, 110);
    let hanging = world.database.enqueue("chat", json!({ "model": "sandbox-hang", "topic": "x" })).await?;
    world.database.until("the call is in flight", "select exists (select from steward.attempt where state = 'sent')").await?;
    world.database.app.execute("select steward.cancel_job($1, 'enough')", &[&hanging]).await?;
    assert_eq!(world.database.finished(hanging).await?.get::<_, &str>("state"), "cancelled");
    let attempts = "select count(*) from steward.attempt where number > 1";
    assert_eq!(world.database.value::<i64>(attempts, &[]).await?, 0, "nothing was done twice");
    Ok(())
}

fn worker(world: &World, pooler: &Pooler, script: &Script, more: &[&str]) -> Result<Running> {
    let (listed, url) = (script.listed(), pooler.through(&world.database.worker_url()));
    let scripts = url.replace("e2e_worker", "steward_script");
    world.worker_through(&url, &[&["--script", &listed, "--script-database-url", &scripts], more].concat())
}

#[tokio::test]
async fn a_worker_with_a_direct_connection_for_listen_is_woken() -> Result<()> {
    let (world, script, gate) = world().await?;
    let pooler = Pooler::start(&["e2e_worker", "steward_script"]).await?;
    let direct = world.database.worker_url();
    let _worker = worker(&world, &pooler, &script, &["--poll-interval", HOUR, "--listen-database-url", &direct])?;
    world.database.until("the worker listens", &format!("select ({LISTENING}) = 1")).await?;
    works(&world, &gate).await
}

#[tokio::test]
async fn a_worker_without_listen_looks() -> Result<()> {
    let (world, script, gate) = world().await?;
    let pooler = Pooler::start(&["e2e_worker", "steward_script"]).await?;
    let mut worker = worker(&world, &pooler, &script, &["--poll-interval", "0.1", "--listen", "false"])?;
    works(&world, &gate).await?;
    assert_eq!(world.database.value::<i64>(LISTENING, &[]).await?, 0);
    worker.signal(libc::SIGTERM);
    assert!(worker.ended().await?.success(), "{}", worker.output());
    assert_eq!(world.database.value::<i64>("select count(*) from steward.worker", &[]).await?, 0);
    Ok(())
}

#[tokio::test]
async fn the_check_says_that_no_notification_comes_through() -> Result<()> {
    let (world, ..) = world().await?;
    let pooler = Pooler::start(&["e2e_worker"]).await?;
    let through = pooler.through(&world.database.worker_url());
    for (options, said) in [
        (&[][..], "no notification arrives"),
        (&["--listen-database-url", &world.database.worker_url()][..], "a notification arrives"),
        (&["--listen", "false"][..], "off: the worker only looks"),
    ] {
        let output = world.worker_command(&through, options)?.arg("--check").output()?;
        let text = String::from_utf8(output.stdout)?;
        assert!(output.status.success() && text.lines().any(|line| line.contains("listen") && line.contains(said)), "{options:?}: {text}");
    }
    Ok(())
}

/// What an application does behind a pooler: it says in each transaction who its user is.
async fn enqueued_as(url: &str, user: Uuid) -> Result<()> {
    let (mut client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    for _ in 0..20 {
        let transaction = client.transaction().await?;
        transaction.batch_execute(&format!("select set_config('steward.user_id', '{user}', true)")).await?;
        transaction
            .batch_execute("select steward.enqueue('chat', '{\"model\": \"m\", \"topic\": \"x\"}', tags => array[steward.uid()::text])")
            .await?;
        transaction.commit().await?;
        // Between two transactions nobody is anybody.
        let said = client.simple_query("select coalesce(steward.uid()::text, 'nobody')").await?;
        let row =
            said.iter().find_map(|message| if let tokio_postgres::SimpleQueryMessage::Row(row) = message { row.get(0) } else { None });
        assert_eq!(row, Some("nobody"));
    }
    Ok(())
}

#[tokio::test]
async fn users_of_an_application_that_share_sessions_never_act_for_one_another() -> Result<()> {
    let (world, ..) = world().await?;
    let database = &world.database;
    let login =
        "do $$ begin create role e2e_gateway login; exception when duplicate_object then null; end $$; grant steward_user to e2e_gateway";
    database.admin.batch_execute(login).await?;
    database.admin.batch_execute("select steward.trust_gateway('e2e_gateway')").await?;
    let pooler = Pooler::start(&["e2e_gateway"]).await?;
    let url = pooler.through(&database.worker_url().replace("e2e_worker", "e2e_gateway"));
    let users: Vec<Uuid> = (1..=12).map(Uuid::from_u128).collect();
    for user in &users {
        database.admin.execute("select steward.add_member($1, $2, 'editor')", &[&database.workspace, user]).await?;
    }
    try_join_all(users.iter().map(|user| enqueued_as(&url, *user))).await?;
    let mine = "select count(*) from steward.job where tags = array[user_id::text]";
    assert_eq!(database.value::<i64>(mine, &[]).await?, 240);
    let shared = "select count(*) <= 3 from pg_stat_activity where datname = current_database() and usename = 'e2e_gateway'";
    eventually("they shared three sessions", || async { Ok(database.value::<bool>(shared, &[]).await?.then_some(())) }).await
}
