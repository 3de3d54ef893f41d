//! A test's world: database, sandbox, provider, and workers on demand.

use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::database::Database;
use crate::http;
use crate::process::{Running, steward};
use crate::wait::eventually;

/// The value of the secret `SANDBOX_KEY`; tests look for it where it must not be.
pub const SECRET: &str = "sk-e2e-7f3a9c/secret+value";

/// The sandbox server with its own log of calls.
pub struct Sandbox {
    process: Running,
    /// `127.0.0.1:PORT`.
    pub address: String,
    _log: TempDir,
}

/// A call that arrived at the sandbox.
pub struct Call {
    /// For which job.
    pub job: uuid::Uuid,
    /// In which of its attempts.
    pub attempt: i32,
    /// What it is billed, in nano-dollars; 0 where the sandbox has no prices.
    pub billed_nanos: i64,
}

struct TempDir(std::path::PathBuf);

impl Drop for TempDir {
    fn drop(&mut self) {
        // Left over in /tmp if it fails, which harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Sandbox {
    /// Starts a sandbox that demands the key.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(arguments: &[&str]) -> Result<Self> {
        let dir = std::env::temp_dir().join(format!("steward-e2e-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&dir)?;
        let log = TempDir(dir);
        let mut command = Command::new(steward()?);
        command.args(["sandbox", "--listen", "127.0.0.1:0", "--api-key-env", "SANDBOX_KEY", "--log"]).arg(log.0.join("calls.jsonl"));
        let process = Running::start(command.args(arguments).env("SANDBOX_KEY", SECRET))?;
        let address = eventually("the sandbox listens", || async {
            let output = process.output();
            let line = output.lines().find_map(|line| line.strip_prefix("listening on http://"));
            Ok(line.map(str::to_owned))
        })
        .await?;
        Ok(Self { process, address, _log: log })
    }

    /// What its log says, from `GET /sandbox/summary`.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn summary(&self) -> Result<Value> {
        get(&self.address, "/sandbox/summary").await.with_context(|| self.process.output())
    }

    /// Every call that arrived, as its log has them.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn calls(&self) -> Result<Vec<Call>> {
        let calls = get(&self.address, "/sandbox/calls").await?;
        let read = |call: &Value| {
            let attempt = call["attempt"].as_i64().and_then(|attempt| attempt.try_into().ok()).context("an attempt")?;
            let billed_nanos = call["billed_nanos"].as_i64().context("a bill")?;
            Ok(Call { job: call["job_id"].as_str().context("a job")?.parse()?, attempt, billed_nanos })
        };
        calls.as_array().context("an array")?.iter().map(read).collect()
    }

    /// How often a job's call arrived.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn arrivals(&self, job: uuid::Uuid) -> Result<usize> {
        let calls = get(&self.address, &format!("/sandbox/calls?job_id={job}")).await?;
        Ok(calls.as_array().context("an array")?.len())
    }
}

async fn get(address: &str, path: &str) -> Result<Value> {
    Ok(serde_json::from_str(&http::get(address, path).await?.1)?)
}

/// Database, sandbox, and the provider `sandbox` that points there with its secret.
pub struct World {
    /// The database.
    pub database: Database,
    /// The sandbox.
    pub sandbox: Sandbox,
}

impl World {
    /// Creates all of it.
    ///
    /// # Errors
    /// When a part does not start.
    pub async fn create() -> Result<Self> {
        Self::with_sandbox(&[]).await
    }

    /// Creates all of it, with further arguments for the sandbox.
    ///
    /// # Errors
    /// When a part does not start.
    pub async fn with_sandbox(arguments: &[&str]) -> Result<Self> {
        let database = Database::create().await?;
        let sandbox = Sandbox::start(arguments).await?;
        let base = format!("http://{}/v1", sandbox.address);
        let headers = json!({ "authorization": "Bearer {{ secret.SANDBOX_KEY }}" });
        database.define_provider("sandbox", json!({ "base_url": base, "headers": headers })).await?;
        let prices = json!([{ "id": "sandbox", "models": [
            { "id": "sandbox", "match": { "starts_with": "sandbox" }, "prices": { "input_mtok": "0.15", "output_mtok": "0.60" } },
        ] }]);
        database.admin.execute("select steward.import_prices($1)", &[&prices]).await?;
        Ok(Self { database, sandbox })
    }

    /// Defines a chat tool whose model is the payload's, and priced as the sandbox's are; `more` is laid over the definition.
    ///
    /// # Errors
    /// The database's.
    pub async fn define_chat(&self, name: &str, more: Value) -> Result<()> {
        let mut definition = json!({
            "title": "Chat", "executor": "http", "provider": "sandbox", "adapter": "openai_chat",
            "backoff": { "base_seconds": 0.05, "max_seconds": 0.2 },
            "request": { "body": {
                "model": "{{ payload.model }}",
                "max_completion_tokens": 200,
                "messages": [{ "role": "user", "content": "Write about {{ payload.topic }}" }],
            } },
        });
        if let (Some(fields), Value::Object(more)) = (definition.as_object_mut(), more) {
            fields.extend(more);
        }
        self.database.define_tool(name, definition).await
    }

    /// Starts a worker that may call the sandbox.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn worker(&self, arguments: &[&str]) -> Result<Running> {
        self.worker_through(&self.database.worker_url(), arguments)
    }

    /// Starts a worker that may call the sandbox, with a connection string of its own.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn worker_through(&self, database_url: &str, arguments: &[&str]) -> Result<Running> {
        Running::start(&mut self.worker_command(database_url, arguments)?)
    }

    /// The command that starts a worker, for a test that adds to its environment.
    ///
    /// # Errors
    /// When `STEWARD_BIN` is not set.
    pub fn worker_command(&self, database_url: &str, arguments: &[&str]) -> Result<Command> {
        let address = &self.sandbox.address;
        let mut command = Command::new(steward()?);
        command.args(["worker", "--database-url", database_url, "--allow-address", address]);
        command.args(["--secret", &format!("SANDBOX_KEY={address}")]).args(arguments).env("SANDBOX_KEY", SECRET);
        Ok(command)
    }
}
