//! The README is executed: every shell and SQL block in order, every output compared. Its lists of functions and of error codes are held
//! against the database and the sources.

use std::collections::BTreeSet;
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

/// Everything of the schema that one role was granted and not all have, or, for everybody, what all have.
async fn granted(role: &str) -> Result<BTreeSet<String>> {
    let query = "select distinct name from (
            select p.proname::text as name, a.grantee from pg_proc p, aclexplode(p.proacl) a where p.pronamespace = 'steward'::regnamespace
            union all
            select c.relname, a.grantee from pg_class c, aclexplode(c.relacl) a where c.relnamespace = 'steward'::regnamespace) g
        where grantee = $1::text::regrole and ($1 = 'steward_analyst' or name not in
            (select p.proname from pg_proc p, aclexplode(p.proacl) a
            where p.pronamespace = 'steward'::regnamespace and a.grantee = 'steward_analyst'::regrole))";
    let rows = connect("steward", "postgres").await?.query(query, &[&role]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

#[tokio::test]
async fn the_reference_lists_what_each_role_may_call_and_read() -> Result<()> {
    let readme = fs::read_to_string(root().join("README.md"))?;
    let section =
        readme.split("## Reference").nth(1).and_then(|rest| rest.split("Every function, view").next()).context("the reference")?;
    let mut seen = 0;
    for paragraph in section.split("\n\n").filter(|paragraph| paragraph.starts_with("**")) {
        let mut words = paragraph.split('`').skip(1).step_by(2).map(str::to_owned);
        let role = words.next().context("a role")?;
        assert_eq!(words.collect::<BTreeSet<_>>(), granted(&role).await?, "{role}");
        seen += 1;
    }
    ensure!(seen == 4, "a paragraph for each of four roles");
    Ok(())
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
