//! Scripts: what they are given, what they report, and how they end.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use steward_tests::{Running, Script, World, eventually};

async fn world_with(source: &str, more: Value) -> Result<(World, Script, Running)> {
    let world = World::create().await?;
    let mut definition = json!({ "executor": "script", "request": { "command": "task" }, "backoff": { "base_seconds": 0.05 } });
    definition.as_object_mut().context("an object")?.extend(more.as_object().cloned().unwrap_or_default());
    world.database.define_tool("task", definition).await?;
    let script = Script::new(source)?;
    let worker = world.worker(&["--script", &script.listed()])?;
    Ok((world, script, worker))
}

#[tokio::test]
async fn a_script_gets_its_payload_and_returns_its_last_line() -> Result<()> {
    let source = "import json,sys,os\np=json.load(sys.stdin)\nprint(json.dumps({'double': p['n']*2, 'env': sorted(os.environ)}))";
    let (world, _script, _worker) = world_with(source, json!({})).await?;
    let job = world.database.enqueue("task", json!({ "n": 21 })).await?;
    let row = world.database.finished(job).await?;
    let result: Value = row.get("result");
    assert_eq!(result["double"], 42);
    let names = result["env"].to_string();
    assert!(!names.contains("SANDBOX_KEY") && !names.replace("PGOPTIONS", "").contains("PG"), "the environment is cleared: {names}");
    Ok(())
}

#[tokio::test]
async fn a_scripts_progress_is_in_sql_while_it_runs() -> Result<()> {
    let gate = std::env::temp_dir().join(format!("steward-gate-{}", uuid::Uuid::now_v7()));
    let source = format!(
        "import os,time\nprint('Enriched 125/500', flush=True)\nwhile not os.path.exists('{}'): time.sleep(0.02)\nprint('{{}}')",
        gate.display()
    );
    let (world, _script, _worker) = world_with(&source, json!({})).await?;
    let job = world.database.enqueue("task", json!({})).await?;
    let shown = "select state, progress, message from steward.job_status where id = $1";
    let row = eventually("progress is shown", || async { Ok(world.database.app.query_opt(shown, &[&job]).await?) }).await?;
    assert_eq!((row.get::<_, &str>(0), row.get::<_, f64>(1), row.get::<_, &str>(2)), ("running", 0.25, "Enriched 125/500"));
    std::fs::write(&gate, "")?;
    assert_eq!(world.database.finished(job).await?.get::<_, &str>("state"), "succeeded");
    std::fs::remove_file(&gate)?;
    Ok(())
}

#[tokio::test]
async fn a_script_that_fails_ends_its_job_with_its_last_words() -> Result<()> {
    let (world, _script, _worker) = world_with("import sys\nsys.exit('no such segment')", json!({})).await?;
    let job = world.database.enqueue("task", json!({})).await?;
    let row = world.database.finished(job).await?;
    assert_eq!((row.get::<_, &str>("state"), row.get::<_, &str>("error_code")), ("failed", "script_failed"));
    assert!(row.get::<_, &str>("error_message").contains("no such segment"));
    Ok(())
}

#[tokio::test]
async fn a_script_that_is_run_again_finds_its_checkpoint() -> Result<()> {
    let source = "import os,sys,json\nfound = os.environ.get('STEWARD_CHECKPOINT')\nif not found:\n    print('checkpoint: {\"row\": 1}')\n    \
                  print('checkpoint: {\"row\": 3}')\n    sys.exit(75)\nprint(json.dumps({'from': json.loads(found)}))";
    let (world, _script, _worker) = world_with(source, json!({ "max_tries": 2 })).await?;
    let job = world.database.enqueue("task", json!({})).await?;
    let row = world.database.finished(job).await?;
    assert_eq!((row.get::<_, &str>("state"), row.get::<_, i32>("attempts")), ("succeeded", 2));
    assert_eq!(row.get::<_, Value>("result"), json!({ "from": { "row": 3 } }));
    Ok(())
}

#[tokio::test]
async fn a_script_is_stopped_with_its_grandchildren_at_the_deadline() -> Result<()> {
    let marker = format!("steward-grandchild-{}", uuid::Uuid::now_v7());
    let source = format!("import subprocess\nsubprocess.run(['/usr/bin/python3', '-c', 'import time; time.sleep(600)', '{marker}'])");
    let (world, _script, _worker) = world_with(&source, json!({ "timeout_seconds": 1, "max_tries": 1 })).await?;
    let job = world.database.enqueue("task", json!({})).await?;
    let row = world.database.finished(job).await?;
    assert_eq!((row.get::<_, &str>("state"), row.get::<_, &str>("error_code")), ("failed", "timed_out"));
    eventually("the grandchild is gone", || async { Ok((!is_running(&marker)).then_some(())) }).await
}

#[tokio::test]
async fn a_script_dies_with_a_worker_that_is_killed() -> Result<()> {
    let marker = format!("steward-grandchild-{}", uuid::Uuid::now_v7());
    let source = format!("import subprocess\nsubprocess.run(['/usr/bin/python3', '-c', 'import time; time.sleep(600)', '{marker}'])");
    let (world, _script, mut worker) = world_with(&source, json!({})).await?;
    world.database.enqueue("task", json!({})).await?;
    eventually("the grandchild runs", || async { Ok(is_running(&marker).then_some(())) }).await?;
    worker.signal(libc::SIGKILL);
    worker.ended().await?;
    eventually("the grandchild is gone", || async { Ok((!is_running(&marker)).then_some(())) }).await
}

#[tokio::test]
async fn a_command_that_is_not_on_the_workers_list_is_not_run() -> Result<()> {
    let world = World::create().await?;
    world.database.define_tool("task", json!({ "executor": "script", "request": { "command": "/bin/sh" }, "max_attempts": 5 })).await?;
    let _worker = world.worker(&[])?;
    let job = world.database.enqueue("task", json!({})).await?;
    let seen = "select state, error_code from steward.attempts where job_id = $1 and finished_at is not null limit 1";
    let row = eventually("the attempt ends", || async { Ok(world.database.admin.query_opt(seen, &[&job]).await?) }).await?;
    assert_eq!((row.get::<_, &str>(0), row.get::<_, &str>(1)), ("released", "command_unknown"));
    Ok(())
}

/// Whether a process has `marker` among its arguments.
fn is_running(marker: &str) -> bool {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .any(|line| line.split(|byte| *byte == 0).any(|argument| argument == marker.as_bytes()))
}
