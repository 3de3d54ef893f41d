//! The README is executed: every SQL block in order, every output compared, and its list of error codes held against the sources.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use steward_tests::database::connect;
use steward_tests::process::steward;
use steward_tests::world::SECRET;
use steward_tests::{Running, Sandbox, eventually};

const SANDBOX_OF_README: &str = "127.0.0.1:8089";
const DATABASE: &str = "readme_tour";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A SQL block with the output that follows it, if one does.
struct Step {
    sql: String,
    output: Option<String>,
}

fn steps(readme: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut blocks = readme.split("\n```").skip(1);
    while let (Some(block), Some(_text)) = (blocks.next(), blocks.next()) {
        let (kind, body) = block.split_once('\n').unwrap_or((block, ""));
        match kind {
            "sql" => steps.push(Step { sql: body.to_owned(), output: None }),
            "output" => steps.last_mut().into_iter().for_each(|step| step.output = Some(body.to_owned())),
            _ => {}
        }
    }
    steps
}

/// Runs statements in one psql session that begins where the steps before it left off: with the variables and login they set.
fn psql(before: &str, sql: &str) -> Result<String> {
    let mut child = Command::new("psql")
        .args(["-X", "-q", "-v", "SHOW_CONTEXT=never", "-d", DATABASE])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // Errors belong between the results, where psql itself would show them.
    let script = format!("{before}\n\\! true\n{sql}\n");
    child.stdin.take().context("stdin")?.write_all(script.as_bytes())?;
    let output = child.wait_with_output()?;
    Ok(String::from_utf8(output.stdout)? + &String::from_utf8(output.stderr)?)
}

fn trimmed(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// Nothing runs and nothing waits to be retried: what the reader sees "a moment later".
async fn settled() -> Result<()> {
    let client = connect(DATABASE, "postgres").await?;
    let query = "select not exists (select from steward.job j where j.outcome is null and not exists
        (select from steward.waiting w where w.id = j.id and w.reason = 'schedule'))";
    eventually("all jobs of the tour are settled", || async { Ok(client.query_one(query, &[]).await?.get::<_, bool>(0).then_some(())) })
        .await
}

async fn worker(sandbox: &Sandbox) -> Result<Running> {
    let client = connect(DATABASE, "postgres").await?;
    client.batch_execute("create role acme_worker login; grant steward_worker to acme_worker").await?;
    let url = format!("host=127.0.0.1 port={} user=acme_worker dbname={DATABASE}", std::env::var("PGPORT")?);
    let mut command = Command::new(steward()?);
    command.args(["worker", "--database-url", &url, "--secret", &format!("OPENAI_API_KEY={}", sandbox.address)]);
    Running::start(command.args(["--allow-address", &sandbox.address]).env("OPENAI_API_KEY", SECRET))
}

#[tokio::test]
async fn every_output_in_the_readme_is_what_its_statements_print() -> Result<()> {
    let sandbox = Sandbox::start(&[]).await?;
    let readme = fs::read_to_string(root().join("README.md"))?;
    connect("steward", "postgres").await?.batch_execute(&format!("create database {DATABASE} template template0")).await?;
    let steps = steps(&readme);
    ensure!(steps.iter().filter(|step| step.output.is_some()).count() >= 5, "the tour has its outputs");
    let mut started = None;
    let mut login = "";
    for step in &steps {
        // The worker starts where the README starts it: after the first jobs were enqueued.
        if started.is_none() && step.sql.contains("waiting_for") {
            started = Some(worker(&sandbox).await?);
        }
        if started.is_some() {
            settled().await?;
        }
        let sql = step.sql.replace(SANDBOX_OF_README, &sandbox.address);
        let printed = psql(login, &sql)?.replace(&sandbox.address, SANDBOX_OF_README);
        if step.sql.contains("\\c - marketing_app") {
            login = "\\c - marketing_app";
        }
        match &step.output {
            Some(expected) => assert_eq!(trimmed(&unpadded(&printed)), trimmed(&unpadded(expected)), "\n{}", step.sql),
            None => ensure!(!printed.contains("ERROR"), "{}\n{printed}", step.sql),
        }
    }
    Ok(())
}

/// A port of another length moves the right edge of a column: padding before `+` and rulers do not count.
fn unpadded(text: &str) -> String {
    let line = |line: &str| match line.trim_end().strip_suffix('+') {
        Some(rest) => rest.trim_end().to_owned(),
        None if line.chars().all(|c| c == '-') => String::new(),
        None => line.trim().to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_readme_lists_every_error_code_and_no_other() -> Result<()> {
    let readme = fs::read_to_string(root().join("README.md"))?;
    let section = readme.split("## Errors").nth(1).and_then(|rest| rest.split("## How").next()).context("the section Errors")?;
    let listed: BTreeSet<String> = section.split('`').skip(1).step_by(2).filter(|word| is_slug(word)).map(str::to_owned).collect();
    let mut used = BTreeSet::new();
    for folder in ["sql", "extension/src", "extension/core/src", "worker/src"] {
        sources(&root().join(folder), &mut |text| used.extend(codes(text)))?;
    }
    let not_codes = ["error_code", "steward.jobs", "steward.attempts"];
    let listed: BTreeSet<String> = listed.into_iter().filter(|word| !not_codes.contains(&word.as_str())).collect();
    assert_eq!(listed.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new(), "listed but not used");
    assert_eq!(used.difference(&listed).collect::<Vec<_>>(), Vec::<&String>::new(), "used but not listed");
    Ok(())
}

fn is_slug(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The slugs in one source: arguments of the functions that refuse or fail, wherever they stand.
fn codes(text: &str) -> Vec<String> {
    const CALLS: [&str; 15] = [
        "Problem::bad(",
        "Problem::too_large(",
        "Problem::bad_json(",
        ".fail(",
        ".retry(",
        ".lost(",
        "code: ",
        "code=",
        ": &str = ",
        "'code', ",
        ".reason(",
        "steward.refuse('22004', ",
        "code => ",
        "'code', case when h.alive then ",
        "'deadline_passed' else ",
    ];
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let refusals = text.split("steward.refuse('").skip(1).filter_map(|rest| rest.get(8..));
    let calls = CALLS.iter().flat_map(|call| text.split(call).skip(1));
    refusals.chain(calls).filter_map(first_slug).collect()
}

/// The slug that a call's arguments begin with, after `true`, `false`, white space and quotes.
fn first_slug(arguments: &str) -> Option<String> {
    let start = arguments.trim_start_matches(|c: char| c.is_whitespace());
    let start = start.trim_start_matches("true, ").trim_start_matches("false, ");
    let word = start.strip_prefix(['"', '\'']).or_else(|| bare(start))?;
    let end = word.find(|c: char| !(c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit()))?;
    let closes = word[end..].starts_with(['"', '\'']);
    (closes && end > 2).then(|| word[..end].to_owned())
}

/// In SQL `detail = 'code=slug'` has no quote before the slug.
fn bare(start: &str) -> Option<&str> {
    start.starts_with(|c: char| c.is_ascii_lowercase()).then_some(start)
}

fn sources(folder: &Path, act: &mut impl FnMut(&str)) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_ours = !path.ends_with("sandbox")
            && !path.ends_with("template/operators.rs")
            && !path.ends_with("tests")
            && !path.ends_with("tests.rs");
        if path.is_dir() && is_ours {
            sources(&path, act)?;
        } else if is_ours && path.extension().is_some_and(|end| end == "rs" || end == "sql") {
            act(&fs::read_to_string(&path)?);
        }
    }
    Ok(())
}
