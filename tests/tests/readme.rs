//! The README is executed: every shell and SQL block in order, every output compared.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use steward_tests::database::connect;
use steward_tests::{Running, eventually};

const SANDBOX_OF_README: &str = "127.0.0.1:8089";
/// As the README names it.
const DATABASE: &str = "acme";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A block that is run: of kind `sh` or `sql`, with the output that follows it, if one does.
struct Step {
    kind: String,
    body: String,
    output: Option<String>,
}

fn steps(readme: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut blocks = readme.split("\n```").skip(1);
    while let (Some(block), Some(_text)) = (blocks.next(), blocks.next()) {
        let (kind, body) = block.split_once('\n').unwrap_or((block, ""));
        match kind {
            "sh" | "sql" => steps.push(Step { kind: kind.to_owned(), body: body.to_owned(), output: None }),
            "output" => steps.last_mut().into_iter().for_each(|step| step.output = Some(body.to_owned())),
            _ => {}
        }
    }
    steps
}

/// Runs the lines of a shell block; what they leave in the background is returned, and ends with the test.
fn shell(body: &str) -> Result<Vec<Running>> {
    let mut background = Vec::new();
    for line in body.replace("\\\n", " ").lines() {
        let bash = |line: &str| {
            let mut command = Command::new("bash");
            command.current_dir(root()).arg("-c").arg(line);
            command
        };
        match line.strip_suffix(" &") {
            // The program takes the place of the shell, so that killing our child is killing it; env: for assignments before it.
            Some(program) => background.push(Running::start(&mut bash(&format!("exec env {program}")))?),
            None => ensure!(bash(line).status()?.success(), "this failed: {line}"),
        }
    }
    Ok(background)
}

/// Runs statements in one psql session that begins where the steps before it left off: with the login they changed to.
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

/// Whether the sandbox of the tour answers already: a reader is slower than it is.
async fn listening(address: &str) -> Result<()> {
    eventually("the sandbox listens", || async { Ok(std::net::TcpStream::connect(address).ok()) }).await.map(drop)
}

/// An address for the sandbox: the README's may be taken on the machine of a test.
fn free_address() -> Result<String> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

#[tokio::test]
async fn every_output_in_the_readme_is_what_its_statements_print() -> Result<()> {
    let address = free_address()?;
    let readme = fs::read_to_string(root().join("README.md"))?;
    let steps = steps(&readme);
    ensure!(steps.iter().filter(|step| step.output.is_some()).count() >= 5, "the tour has its outputs");
    let mut running = Vec::new();
    let mut login = "";
    for Step { kind, body, output } in &steps {
        let text = body.replace(SANDBOX_OF_README, &address);
        if kind == "sh" {
            running.extend(shell(&text)?);
            listening(&address).await?;
            continue;
        }
        // Sandbox and worker: from then on there is something to wait for.
        if running.len() == 2 {
            settled().await?;
        }
        let printed = psql(login, &text)?.replace(&address, SANDBOX_OF_README);
        if body.contains("\\c - marketing_app") {
            login = "\\c - marketing_app";
        }
        match output {
            Some(expected) => assert_eq!(trimmed(&unpadded(&printed)), trimmed(&unpadded(expected)), "\n{body}"),
            None => ensure!(!printed.contains("ERROR"), "{body}\n{printed}"),
        }
    }
    ensure!(running.len() == 2, "the tour starts a sandbox and a worker");
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
