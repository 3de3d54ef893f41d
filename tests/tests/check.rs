//! `steward worker --check` against a real database.

use anyhow::{Context, Result};
use steward_tests::World;

/// The exit code of a check and what it printed.
fn check(world: &World, url: &str, arguments: &[&str]) -> Result<(i32, String)> {
    let output = world.worker_command(url, arguments)?.arg("--check").output()?;
    Ok((output.status.code().context("an exit code")?, String::from_utf8(output.stdout)?))
}

/// Whether there is such a line, whatever the spaces.
fn says(text: &str, level: &str, what: &str, words: &str) -> bool {
    text.lines().any(|line| line.starts_with(level) && line[level.len()..].trim_start().starts_with(what) && line.contains(words))
}

fn url_of(world: &World, login: &str, database: &str) -> String {
    world.database.worker_url().replace("e2e_worker", login).replace(&world.database.name, database)
}

#[tokio::test]
async fn a_worker_that_could_run_passes_and_claims_nothing() -> Result<()> {
    let world = World::create().await?;
    let (code, text) = check(&world, &world.database.worker_url(), &[])?;
    assert!(code == 0 && text.lines().all(|line| line.starts_with("ok")), "{text}");
    for what in ["secrets", "addresses", "database", "extension", "login", "listen"] {
        assert!(says(&text, "ok", what, ""), "{what}: {text}");
    }
    assert!(says(&text, "ok", "login", "e2e_worker is a member of steward_worker"), "{text}");
    assert_eq!(world.database.value::<i64>("select count(*) from steward.worker", &[]).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_login_that_may_too_little_is_an_error_and_one_that_may_too_much_a_warning() -> Result<()> {
    let world = World::create().await?;
    let name = world.database.name.as_str();
    let create = "create role e2e_shy login noinherit; grant steward_worker to e2e_shy";
    world.database.admin.batch_execute(create).await?;
    for (login, level, words) in [
        ("e2e_app", "error", "grant steward_worker to e2e_app"),
        ("e2e_shy", "error", "alter role e2e_shy inherit"),
        ("postgres", "warning", "postgres is a superuser"),
    ] {
        let (code, text) = check(&world, &url_of(&world, login, name), &[])?;
        assert!(code == i32::from(level == "error") && says(&text, level, "login", words), "{login}: {code} {text}");
    }
    let (code, text) = check(&world, &url_of(&world, "no_such_login", name), &[])?;
    assert!(code == 1 && says(&text, "error", "database", "no_such_login"), "{text}");
    Ok(())
}

#[tokio::test]
async fn another_release_is_a_warning_and_no_extension_an_error() -> Result<()> {
    let world = World::create().await?;
    let (code, text) = check(&world, &url_of(&world, "e2e_worker", "postgres"), &[])?;
    assert!(code == 1 && says(&text, "error", "extension", "create extension pg_steward"), "{text}");
    world.database.admin.execute("update pg_extension set extversion = '99.0' where extname = 'pg_steward'", &[]).await?;
    let (code, text) = check(&world, &world.database.worker_url(), &[])?;
    assert!(code == 0 && says(&text, "warning", "extension", "release 99.0"), "{text}");
    Ok(())
}

#[tokio::test]
async fn a_database_that_was_moved_is_a_warning() -> Result<()> {
    let world = World::create().await?;
    world.database.admin.execute("update steward.installation set place = '1/1/1' where left_at is null", &[]).await?;
    let (code, text) = check(&world, &world.database.worker_url(), &[])?;
    assert!(code == 0 && says(&text, "warning", "restore guard", "accept_restore"), "{text}");
    Ok(())
}

#[tokio::test]
async fn a_mistake_beside_the_database_does_not_hide_what_is_right_with_it() -> Result<()> {
    let world = World::create().await?;
    let listen = url_of(&world, "e2e_worker", "no_such_database");
    let (code, text) = check(&world, &world.database.worker_url(), &["--script", "task=/none", "--listen-database-url", &listen])?;
    assert!(code == 1 && says(&text, "error", "script task", "/none") && says(&text, "ok", "login", ""), "{text}");
    assert!(says(&text, "error", "listen", "no_such_database"), "{text}");
    Ok(())
}
