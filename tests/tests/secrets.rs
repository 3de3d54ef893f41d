//! Secrets: whose they are, when a new value counts, and that no value is ever stored or logged, whatever a server does with it.

use anyhow::Result;
use serde_json::{Value, json};
use steward_tests::database::USER;
use steward_tests::forms::{forms, percent};
use steward_tests::traces::{none_of, tables_with};
use steward_tests::{Mirror, Running, SecretsFile, World, eventually};
use tokio::net::TcpListener;
use uuid::Uuid;

/// Everything in it looks different in one form or another.
const OLD: &str = "sk-old \"quoted\\é\"/a+b?c>d~";
/// Longer than the old one, and it does not begin like it.
const NEW: &str = "sk-new%7Evalue/+&é\\\"<end>";

/// The world with a server that says everything back, and the tool `say`, which sends it the secret `KEY` everywhere.
struct Echo {
    world: World,
    mirror: Mirror,
}

impl Echo {
    async fn create() -> Result<Self> {
        let (world, mirror) = (World::create().await?, Mirror::start().await?);
        let base = format!("http://{}", mirror.address);
        world.database.define_provider("mirror", json!({ "base_url": base, "headers": { "x-key": "{{ secret.KEY }}" } })).await?;
        let definition = json!({
            "executor": "http", "provider": "mirror", "adapter": "http_json", "max_tries": 1, "max_attempts": 3,
            "backoff": { "base_seconds": 0.05, "max_seconds": 0.1 },
            "request": { "path": "/{{ payload.how }}/{{ payload.status }}/{{ secret.KEY }}", "query": { "key": "{{ secret.KEY }}" },
                "headers": { "authorization": "Bearer {{ secret.KEY }}" }, "body": { "n": 1 } },
            "response": { "result": "", "error": "/error/message" },
        });
        world.database.define_tool("say", definition).await?;
        Ok(Self { world, mirror })
    }

    fn worker(&self, arguments: &[&str]) -> Result<Running> {
        let both = ["--log", "debug", "--allow-address", &self.mirror.address];
        self.world.worker(&[&both, arguments].concat())
    }

    async fn enqueue(&self, how: &str, status: u16, workspace: Uuid) -> Result<Uuid> {
        let query = "select steward.enqueue('say', $1, workspace_id => $2)";
        let payload = json!({ "how": how, "status": status.to_string() });
        Ok(self.world.database.app.query_one(query, &[&payload, &workspace]).await?.get(0))
    }

    async fn say(&self, status: u16) -> Result<tokio_postgres::Row> {
        self.world.database.finished(self.enqueue("say", status, self.world.database.workspace).await?).await
    }

    /// Whether the server was sent this value in the last request.
    fn was_told(&self, value: &str) -> bool {
        self.mirror.seen().last().is_some_and(|head| head.contains(&format!("x-key: {value}")) && head.contains(&percent(value, true)))
    }
}

#[tokio::test]
async fn a_secret_that_comes_back_in_every_form_is_in_no_row_and_no_line() -> Result<()> {
    let echo = Echo::create().await?;
    let file = SecretsFile::new(&[("KEY", OLD, &echo.mirror.address, None)])?;
    for format in ["text", "json"] {
        let worker = echo.worker(&["--secrets-file", file.path(), "--log-format", format])?;
        let result: Value = echo.say(200).await?.get("result");
        assert!(echo.was_told(OLD));
        assert!(result["head"].as_str().is_some_and(|head| head.contains("authorization: Bearer [secret KEY]")), "{result}");
        assert!(result["basic"].as_str().is_some_and(|basic| basic.contains("[secret KEY]")), "{result}");
        let refused = echo.say(400).await?;
        assert!(refused.get::<_, &str>("error_message").contains("[secret KEY]"), "the provider's words are told");
        for status in [429, 500, 302] {
            echo.enqueue("say", status, echo.world.database.workspace).await?;
        }
        // The one with 429 waits for as long as the provider says so.
        let ended = "select bool_and(outcome is not null or exists (
            select from steward.attempt a where a.job_id = j.id and a.error_code = 'rate_limited')) from steward.job j";
        echo.world.database.until("every job has ended but the one that met a limit", ended).await?;
        none_of(&forms(OLD), &echo.world.database, &worker.output()).await?;
    }
    assert!(!tables_with(&echo.world.database, "[secret KEY]").await?.is_empty(), "the search finds what is there");
    Ok(())
}

#[tokio::test]
async fn a_changed_file_counts_without_a_restart_and_the_old_value_is_nowhere() -> Result<()> {
    let echo = Echo::create().await?;
    let (address, database) = (echo.mirror.address.as_str(), &echo.world.database);
    let file = SecretsFile::new(&[("KEY", OLD, address, None)])?;
    let worker = echo.worker(&["--secrets-file", file.path()])?;
    echo.say(200).await?;
    assert!(echo.was_told(OLD));
    // A call with the old value is under way while the value changes, and comes back after that.
    let held = echo.enqueue("hold", 200, database.workspace).await?;
    eventually("the call is held", || async { Ok((echo.mirror.seen().len() == 2).then_some(())) }).await?;

    file.replace_by(&format!("[[secret]]\nname = \"KEY\"\nvalue = '{NEW}'\nhost = \"misspelt\"\n"))?;
    eventually("the mistake is in the log", || async { Ok(worker.output().contains("line 4: ").then_some(())) }).await?;
    echo.say(200).await?;
    assert!(echo.was_told(OLD), "a file with a mistake changes nothing");

    file.replace(&[("KEY", NEW, address, None), ("ANOTHER_KEY", "sk-another", address, None)])?;
    eventually("the change is in the log", || async { Ok(worker.output().contains("counts from the next request on").then_some(())) })
        .await?;
    echo.say(200).await?;
    assert!(echo.was_told(NEW));
    echo.mirror.open();
    let result: Value = database.finished(held).await?.get("result");
    assert!(result["head"].as_str().is_some_and(|head| head.contains("x-key: [secret KEY]")), "{result}");

    let names = "select secrets = '{ANOTHER_KEY,KEY,SANDBOX_KEY}' from steward.workers";
    database.until("the heartbeat names the new secret", names).await?;
    assert_eq!(worker.output().matches("ERROR").count(), 1, "one line for one mistake: {}", worker.output());
    none_of(&[forms(OLD), forms(NEW)].concat(), database, &worker.output()).await
}

#[tokio::test]
async fn a_job_gets_the_secret_of_its_own_workspace_and_never_that_of_another() -> Result<()> {
    let echo = Echo::create().await?;
    let (database, address) = (&echo.world.database, echo.mirror.address.as_str());
    let mut workspaces = vec![database.workspace];
    for slug in ["second", "third"] {
        let workspace: Uuid = database.value("select steward.create_workspace($1, $1)", &[&slug]).await?;
        database.admin.execute("select steward.add_member($1, $2, 'editor')", &[&workspace, &USER]).await?;
        workspaces.push(workspace);
    }
    let file = SecretsFile::new(&[("KEY", "sk-of-the-first", address, Some(workspaces[0]))])?;
    let option = format!("KEY@{}={address}", workspaces[1]);
    let arguments = ["--allow-address", address, "--secrets-file", file.path(), "--secret", &option];
    let mut command = echo.world.worker_command(&database.worker_url(), &arguments)?;
    command.env(format!("KEY__{}", workspaces[1].to_string().replace('-', "_")), "sk-of-the-second");
    let worker = Running::start(&mut command)?;
    for (workspace, value) in [(workspaces[0], "sk-of-the-first"), (workspaces[1], "sk-of-the-second")] {
        let job = echo.enqueue("say", 200, workspace).await?;
        assert_eq!(database.finished(job).await?.get::<_, &str>("state"), "succeeded");
        assert!(echo.was_told(value));
    }
    let job = echo.enqueue("say", 200, workspaces[2]).await?;
    let ended = "select error_code, error_message from steward.attempts where job_id = $1 and finished_at is not null limit 1";
    let row = eventually("the attempt ends", || async { Ok(database.admin.query_opt(ended, &[&job]).await?) }).await?;
    assert_eq!(row.get::<_, &str>(0), "secret_missing");
    let words: &str = row.get(1);
    assert!(workspaces[..2].iter().all(|other| !words.contains(&other.to_string())) && !words.contains("another"), "{words}");
    assert_eq!(echo.mirror.seen().len(), 2, "nothing was sent");

    // As soon as there is one for all, it counts for the third, and the first keeps its own.
    file.replace(&[("KEY", "sk-of-the-first", address, Some(workspaces[0])), ("KEY", "sk-of-all", address, None)])?;
    eventually("the change is in the log", || async { Ok(worker.output().contains("counts from the next request on").then_some(())) })
        .await?;
    for (workspace, value) in [(workspaces[2], "sk-of-all"), (workspaces[0], "sk-of-the-first")] {
        let job = echo.enqueue("say", 200, workspace).await?;
        database.finished(job).await?;
        assert!(echo.was_told(value));
    }
    let values = ["sk-of-the-first", "sk-of-the-second", "sk-of-all"].iter().flat_map(|value| forms(value));
    none_of(&values.collect::<Vec<_>>(), database, &worker.output()).await
}

#[tokio::test]
async fn a_worker_does_not_start_with_a_secrets_file_that_others_may_read() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let world = World::create().await?;
    let file = SecretsFile::new(&[("KEY", "sk-open-to-all", "api.example.com", None)])?;
    std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o644))?;
    let mut worker = world.worker(&["--secrets-file", file.path()])?;
    assert!(!worker.ended().await?.success());
    let mend = format!("chmod o-rwx {}", file.path());
    eventually("the worker says why", || async { Ok(worker.output().contains(&mend).then_some(())) }).await?;
    assert!(!worker.output().contains("sk-open-to-all"));
    Ok(())
}

#[tokio::test]
async fn no_proxy_of_the_environment_sees_a_request() -> Result<()> {
    let echo = Echo::create().await?;
    let file = SecretsFile::new(&[("KEY", OLD, &echo.mirror.address, None)])?;
    let proxy = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", proxy.local_addr()?);
    let arguments = ["--allow-address", &echo.mirror.address, "--secrets-file", file.path()];
    let mut command = echo.world.worker_command(&echo.world.database.worker_url(), &arguments)?;
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env(name, &url);
    }
    let _worker = Running::start(command.env_remove("NO_PROXY").env_remove("no_proxy"))?;
    assert_eq!(echo.say(200).await?.get::<_, &str>("state"), "succeeded");
    assert!(echo.was_told(OLD));
    assert!(tokio::time::timeout(std::time::Duration::ZERO, proxy.accept()).await.is_err(), "somebody asked the proxy");
    Ok(())
}
