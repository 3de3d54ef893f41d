//! Calls over HTTP: what is sent, what comes back, and what follows from every fault. Arrivals are counted in the sandbox's own log.

use anyhow::Result;
use serde_json::{Value, json};
use steward_tests::database::USER;
use steward_tests::traces::{tables_with, tables_with_but};
use steward_tests::world::SECRET;
use steward_tests::{World, eventually};

#[tokio::test]
async fn a_job_enqueued_in_sql_is_answered_over_http_and_its_result_is_in_sql() -> Result<()> {
    let world = World::create().await?;
    world.define_chat("chat", json!({ "realtime": true })).await?;
    let _worker = world.worker(&[])?;
    let job = world.database.enqueue("chat", json!({ "model": "sandbox", "topic": "Medical Device Regulations" })).await?;
    let row = world.database.finished(job).await?;
    assert_eq!(row.get::<_, &str>("state"), "succeeded");
    let text = row.get::<_, Value>("result")["text"].as_str().unwrap_or_default().to_owned();
    assert!(text.contains("Medical Device Regulations"), "{text}");
    let usage: Value = world.database.value("select usage from steward.attempts where job_id = $1", &[&job]).await?;
    assert!(usage["total_tokens"].as_i64() > Some(0), "{usage}");
    let shown: String = world.database.value("select state from steward.job_status where id = $1", &[&job]).await?;
    assert_eq!(shown, "succeeded");
    assert_eq!(world.sandbox.arrivals(job).await?, 1);
    Ok(())
}

#[tokio::test]
async fn every_passing_fault_is_retried_and_only_executed_attempts_burn_a_try() -> Result<()> {
    let world = World::create().await?;
    world.define_chat("chat", json!({})).await?;
    let _worker = world.worker(&[])?;
    let cases = [
        ("sandbox-429-once", "rate_limited", 1),
        ("sandbox-503-once", "provider_unavailable", 2),
        ("sandbox-500-once", "provider_error", 2),
        ("sandbox-truncated-once", "truncated", 2),
        ("sandbox-malformed-once", "answer_malformed", 2),
    ];
    for (model, code, tries) in cases {
        let job = world.database.enqueue("chat", json!({ "model": model, "topic": "x" })).await?;
        let row = world.database.finished(job).await?;
        assert_eq!(row.get::<_, &str>("state"), "succeeded", "{model}");
        assert_eq!((row.get::<_, i32>("attempts"), row.get::<_, i32>("tries")), (2, tries), "{model}");
        let first: String =
            world.database.value("select error_code from steward.attempts where job_id = $1 and number = 1", &[&job]).await?;
        assert_eq!(first, code, "{model}");
        assert_eq!(world.sandbox.arrivals(job).await?, 2, "{model}");
    }
    Ok(())
}

#[tokio::test]
async fn a_call_that_hangs_is_given_up_at_its_timeout_and_fails_when_its_tries_are_used() -> Result<()> {
    let world = World::create().await?;
    world.define_chat("chat", json!({ "timeout_seconds": 0.3, "max_tries": 2 })).await?;
    let _worker = world.worker(&[])?;
    let job = world.database.enqueue("chat", json!({ "model": "sandbox-hang", "topic": "x" })).await?;
    let row = world.database.finished(job).await?;
    assert_eq!((row.get::<_, &str>("state"), row.get::<_, &str>("error_code")), ("failed", "timed_out"));
    assert!(row.get::<_, &str>("error_message").ends_with("(all 2 tries used)"));
    assert_eq!(world.sandbox.arrivals(job).await?, 2);
    Ok(())
}

#[tokio::test]
async fn a_lost_call_with_an_external_effect_is_never_repeated_but_stands_in_doubt() -> Result<()> {
    let world = World::create().await?;
    world.define_chat("send", json!({ "effect": "external" })).await?;
    let _worker = world.worker(&[])?;
    for model in ["sandbox-500", "sandbox-truncated", "sandbox-malformed"] {
        let job = world.database.enqueue("send", json!({ "model": model, "topic": "x" })).await?;
        assert_eq!(world.database.finished(job).await?.get::<_, &str>("state"), "in_doubt", "{model}");
        assert_eq!(world.sandbox.arrivals(job).await?, 1, "{model}");
    }
    let waiting: i64 = world.database.app.query_one("select count(*) from steward.in_doubt", &[]).await?.get(0);
    assert_eq!(waiting, 3);
    Ok(())
}

#[tokio::test]
async fn a_refused_call_fails_at_once_with_the_providers_words() -> Result<()> {
    let world = World::create().await?;
    world.define_chat("chat", json!({})).await?;
    let _worker = world.worker(&[])?;
    let job = world.database.enqueue("chat", json!({ "model": "sandbox-400", "topic": "x" })).await?;
    let row = world.database.finished(job).await?;
    assert_eq!((row.get::<_, &str>("state"), row.get::<_, &str>("error_code")), ("failed", "provider_refused"));
    assert!(row.get::<_, &str>("error_message").contains("sandbox-400"));
    assert_eq!(world.sandbox.arrivals(job).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_down_was_not_called_so_even_an_external_effect_is_retried() -> Result<()> {
    let world = World::create().await?;
    let free = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    world.database.define_provider("down", json!({ "base_url": format!("http://{free}"), "price_list": "sandbox" })).await?;
    world.define_chat("send", json!({ "effect": "external", "provider": "down", "max_tries": 3 })).await?;
    let _worker = world.worker(&["--allow-address", &free.to_string()])?;
    let job = world.database.enqueue("send", json!({ "model": "sandbox", "topic": "x" })).await?;
    let row = world.database.finished(job).await?;
    assert_eq!(
        (row.get::<_, &str>("state"), row.get::<_, &str>("error_code"), row.get::<_, i32>("tries")),
        ("failed", "connect_failed", 3)
    );
    Ok(())
}

#[tokio::test]
async fn a_private_address_is_refused_before_a_byte_leaves_unless_it_is_allowed() -> Result<()> {
    let world = World::create().await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://localhost:{}", listener.local_addr()?.port());
    world.database.define_provider("inside", json!({ "base_url": base, "price_list": "sandbox" })).await?;
    world.define_chat("chat", json!({ "provider": "inside", "max_attempts": 5 })).await?;
    let _worker = world.worker(&[])?;
    let job = world.database.enqueue("chat", json!({ "model": "sandbox", "topic": "x" })).await?;
    let code = "select error_code from steward.attempts where job_id = $1 and finished_at is not null limit 1";
    let code: String =
        eventually("the address is refused", || async { Ok(world.database.admin.query_opt(code, &[&job]).await?.map(|row| row.get(0))) })
            .await?;
    assert_eq!(code, "address_refused");
    let unsent: bool = world.database.value("select bool_and(sent_at is null) from steward.attempts where job_id = $1", &[&job]).await?;
    assert!(unsent);
    assert!(tokio::time::timeout(std::time::Duration::ZERO, listener.accept()).await.is_err(), "nobody connected");
    Ok(())
}

#[tokio::test]
async fn a_job_whose_request_cannot_be_rendered_fails_alone() -> Result<()> {
    let world = World::create().await?;
    // At the same price for every call: by tokens it would be rendered, and refused, at its enqueue.
    world.define_chat("chat", json!({ "price": { "call": "0.001" } })).await?;
    let broken = world.database.enqueue("chat", json!({ "model": "sandbox" })).await?;
    let sound = world.database.enqueue("chat", json!({ "model": "sandbox", "topic": "x" })).await?;
    let _worker = world.worker(&[])?;
    let row = world.database.finished(broken).await?;
    assert_eq!((row.get::<_, &str>("state"), row.get::<_, &str>("error_code")), ("failed", "render_failed"));
    assert_eq!(world.database.finished(sound).await?.get::<_, &str>("state"), "succeeded");
    assert_eq!(world.sandbox.arrivals(broken).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_json_interface_is_called_by_template_and_read_by_pointers() -> Result<()> {
    let world = World::create().await?;
    let definition = json!({
        "executor": "http", "provider": "sandbox", "adapter": "http_json",
        "request": { "path": "/echo", "body": { "lead": { "$ref": "/payload/lead" }, "for": "{{ job.user_id }}" } },
        "response": { "result": { "who": "/received/lead/name", "for": "/received/for" } },
    });
    world.database.define_tool("enrich", definition).await?;
    let _worker = world.worker(&[])?;
    let job = world.database.enqueue("enrich", json!({ "lead": { "name": "Zoë \"Ω\" {{ 7*7 }}\\" } })).await?;
    let row = world.database.finished(job).await?;
    assert_eq!(row.get::<_, Value>("result"), json!({ "who": "Zoë \"Ω\" {{ 7*7 }}\\", "for": USER.to_string() }));
    Ok(())
}

#[tokio::test]
async fn a_payload_of_nine_mebibytes_arrives_whole() -> Result<()> {
    let world = World::create().await?;
    let definition = json!({
        "executor": "http", "provider": "sandbox", "adapter": "http_json",
        "request": { "path": "/echo", "body": { "text": "{{ payload.text }}" } },
        "response": { "result": "/received/text" },
    });
    world.database.define_tool("echo", definition).await?;
    let _worker = world.worker(&[])?;
    let text = "0123456789abcde\n".repeat(9 * 65_536);
    let job = world.database.enqueue("echo", json!({ "text": text })).await?;
    let row = world.database.finished(job).await?;
    assert_eq!(row.get::<_, Option<&str>>("error_message"), None);
    assert!(row.get::<_, Value>("result") == json!(text), "the answer is the text that was sent");
    Ok(())
}

#[tokio::test]
async fn a_secret_that_a_server_echoes_is_in_no_row_and_no_log_line() -> Result<()> {
    let world = World::create().await?;
    let definition = json!({
        "executor": "http", "provider": "sandbox", "adapter": "http_json",
        "request": { "path": "/echo", "body": { "said": "{{ payload.said }}" } },
        "response": { "result": "" },
    });
    world.database.define_tool("echo", definition).await?;
    let worker = world.worker(&["--log", "debug"])?;
    let job = world.database.enqueue("echo", json!({ "said": format!("the key is {SECRET}!") })).await?;
    let row = world.database.finished(job).await?;
    let result = row.get::<_, Value>("result").to_string();
    assert!(result.contains("the key is [secret SANDBOX_KEY]!"), "{result}");
    assert_eq!(tables_with(&world.database, SECRET).await?, ["job"], "the test itself put it into the payload");
    assert_eq!(tables_with_but(&world.database, SECRET, "payload").await?, Vec::<String>::new());
    assert!(!tables_with_but(&world.database, "[secret SANDBOX_KEY]", "payload").await?.is_empty(), "the search finds what is there");
    eventually("the worker has logged the job", || async { Ok(worker.output().contains(&job.to_string()).then_some(())) }).await?;
    assert!(!worker.output().contains(SECRET), "{}", worker.output());
    Ok(())
}
