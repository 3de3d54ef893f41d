//! What a script can do to its worker: nothing under an account of its own, and little under that of the worker.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use steward_tests::process::{is_root, steward};
use steward_tests::{Running, Script, SecretsFile, World, eventually};
use uuid::Uuid;

/// The number of the account `nobody`, and of its group.
const NOBODY: u32 = 65_534;

/// Tries what a script must not be able to do, and starts something that outlives it unless it is killed.
const SNOOP: &str = r#"
import json, os, subprocess, sys
payload = json.load(sys.stdin)
guard = os.getppid()
worker = int([line for line in open(f'/proc/{guard}/status') if line.startswith('PPid:')][0].split()[1])
def tried(act):
    try: return str(act())
    except OSError as error: return type(error).__name__
tries = {
    'environment of the worker': tried(lambda: open(f'/proc/{worker}/environ').read()),
    'environment of the guard': tried(lambda: open(f'/proc/{guard}/environ').read()),
    'memory of the worker': tried(lambda: open(f'/proc/{worker}/mem')),
    'secrets file': tried(lambda: open(payload['file']).read()),
    'signal to the worker': tried(lambda: os.kill(worker, 0)),
    'signal to the guard': tried(lambda: os.kill(guard, 0)),
}
print(json.dumps({'tries': tries, 'user': os.getuid(), 'groups': os.getgroups()}), flush=True)
if 'marker' in payload: subprocess.run(['/usr/bin/python3', '-c', 'import time; time.sleep(600)', payload['marker']])
"#;

/// Whether a process has `marker` among its arguments, and under which account it runs.
fn owner_of(marker: &str) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let marked = |line: Vec<u8>| line.split(|byte| *byte == 0).any(|argument| argument == marker.as_bytes());
    let mut found = processes.filter(|entry| std::fs::read(entry.path().join("cmdline")).is_ok_and(marked));
    found.find_map(|entry| entry.metadata().ok()).map(|metadata| metadata.uid())
}

#[tokio::test]
async fn a_script_under_another_account_cannot_touch_the_worker_and_dies_with_it() -> Result<()> {
    let world = World::create().await?;
    let script = Script::new(SNOOP)?;
    script.define(&world.database).await?;
    let file = SecretsFile::new(&[("FILE_KEY", "sk-from-the-file", "api.example.com", None)])?;
    let mut worker = world.worker(&["--script", &script.listed(), "--script-user", "nobody", "--secrets-file", file.path()])?;
    if !is_root() {
        assert!(!worker.ended().await?.success(), "only root can run scripts under another account");
        assert!(worker.output().contains("--script-user"), "{}", worker.output());
        return Ok(());
    }
    let job = world.database.enqueue("task", json!({ "file": file.path() })).await?;
    let result: Value = world.database.finished(job).await?.get("result");
    let tries = result["tries"].as_object().with_context(|| worker.output())?;
    assert!(tries.len() == 6 && tries.values().all(|outcome| outcome == "PermissionError"), "{result}");
    assert_eq!((&result["user"], &result["groups"]), (&json!(NOBODY), &json!([NOBODY])));

    let marker = format!("steward-grandchild-{}", Uuid::now_v7());
    world.database.enqueue("task", json!({ "file": file.path(), "marker": marker })).await?;
    let owner = eventually("the grandchild runs", || async { Ok(owner_of(&marker)) }).await?;
    assert_eq!(owner, NOBODY);
    worker.signal(libc::SIGKILL);
    worker.ended().await?;
    eventually("the grandchild is gone", || async { Ok(owner_of(&marker).is_none().then_some(())) }).await
}

/// The worker's program where every account may run it: the directory it was built in may be closed.
struct Program(PathBuf);

impl Program {
    fn new() -> Result<Self> {
        let program = Self(std::env::temp_dir().join(format!("steward-program-{}", Uuid::now_v7())));
        std::fs::copy(steward()?, &program.0)?;
        Ok(program)
    }

    /// A worker of an ordinary account, since root may read everything; whoever is not root is ordinary already.
    fn worker(&self, world: &World, arguments: &[&str]) -> Result<Running> {
        let made = world.worker_command(&world.database.worker_url(), arguments)?;
        let mut command = Command::new(if is_root() { "setpriv" } else { "env" });
        if is_root() {
            command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]);
        }
        command.arg(&self.0).args(made.get_args()).current_dir("/");
        command.envs(made.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Running::start(&mut command)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Left over in /tmp if it fails, which harms nobody.
        let _ = std::fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn even_under_the_workers_own_account_a_script_cannot_read_its_environment_and_memory() -> Result<()> {
    let world = World::create().await?;
    let script = Script::new(SNOOP)?;
    script.define(&world.database).await?;
    let program = Program::new()?;
    let worker = program.worker(&world, &["--script", &script.listed()])?;
    let job = world.database.enqueue("task", json!({ "file": "/no/such/file" })).await?;
    let result: Value = world.database.finished(job).await?.get("result");
    let tries = result["tries"].as_object().with_context(|| worker.output())?;
    for closed in ["environment of the worker", "environment of the guard", "memory of the worker"] {
        assert_eq!(tries[closed], "PermissionError", "{closed}: {result}");
    }
    assert_eq!(tries["signal to the worker"], "None", "an account of its own keeps it from that: {result}");
    Ok(())
}
