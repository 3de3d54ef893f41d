//! The documents are executed: every shell and SQL block in order, every output compared.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use steward_tests::database::connect;
use steward_tests::{Running, eventually};

/// A document that stands on its own: it creates its database, and starts what its statements need.
struct Document {
    path: &'static str,
    /// As it names it.
    database: &'static str,
    /// The ports on loopback that its programs listen on; they may be taken on the machine of a test.
    ports: &'static [&'static str],
    /// How many programs it leaves in the background.
    programs: usize,
    /// How many outputs it shows, at least: a document in which none is found is none that was tested.
    outputs: usize,
}

const TOUR: Document = Document { path: "README.md", database: "acme", ports: &["8089"], programs: 2, outputs: 5 };
const TOOLS: Document = Document { path: "docs/tools.md", database: "studio", ports: &["8091", "8092"], programs: 3, outputs: 10 };
const LEADS: Document = Document { path: "docs/leads.md", database: "pipeline", ports: &[], programs: 0, outputs: 15 };

#[tokio::test]
async fn every_output_in_the_readme_is_what_its_statements_print() -> Result<()> {
    TOUR.holds().await
}

#[tokio::test]
async fn every_output_in_the_page_on_tools_is_what_its_statements_print() -> Result<()> {
    TOOLS.holds().await
}

#[tokio::test]
async fn every_output_in_the_page_on_leads_is_what_its_statements_print() -> Result<()> {
    LEADS.holds().await
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A block that is run: of kind `sh` or `sql`, with the output that follows it, if one does.
struct Step {
    kind: String,
    body: String,
    output: Option<String>,
}

fn steps(document: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut blocks = document.split("\n```").skip(1);
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

impl Document {
    async fn holds(&self) -> Result<()> {
        let document = fs::read_to_string(root().join(self.path))?;
        let steps = steps(&document);
        ensure!(steps.iter().filter(|step| step.output.is_some()).count() >= self.outputs, "{} has its outputs", self.path);
        let free = self.ports.iter().map(|_| free_port()).collect::<Result<Vec<_>>>()?;
        let ports: Vec<(&str, &str)> = self.ports.iter().copied().zip(free.iter().map(String::as_str)).collect();
        let mut running = Vec::new();
        let (mut login, mut has_worker) = (String::new(), false);
        for Step { kind, body, output } in &steps {
            let text = ports.iter().fold(body.clone(), |text, (told, free)| text.replace(told, free));
            if kind == "sh" {
                running.extend(shell(&text)?);
                self.listening(body, &ports).await?;
                has_worker |= body.contains("steward worker");
                continue;
            }
            if has_worker {
                self.settled().await?;
            }
            let printed = self.psql(&login, &text)?;
            let printed = ports.iter().fold(printed, |text, (told, free)| text.replace(free, told));
            login = body.lines().rfind(|line| line.starts_with("\\c - ")).map_or(login, str::to_owned);
            match output {
                Some(expected) => assert_eq!(trimmed(&unpadded(&printed)), trimmed(&unpadded(expected)), "\n{body}"),
                None => ensure!(!printed.contains("ERROR"), "{body}\n{printed}"),
            }
        }
        ensure!(running.len() == self.programs, "{} starts {} programs", self.path, running.len());
        Ok(())
    }

    /// Runs statements in one psql session that begins where the steps before it left off: with the login they changed to.
    fn psql(&self, login: &str, sql: &str) -> Result<String> {
        let mut child = Command::new("psql")
            .args(["-X", "-q", "-v", "SHOW_CONTEXT=never", "-d", self.database])
            .current_dir(root())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // Errors belong between the results, where psql itself would show them.
        let script = format!("{login}\n\\! true\n{sql}\n");
        child.stdin.take().context("stdin")?.write_all(script.as_bytes())?;
        let output = child.wait_with_output()?;
        Ok(String::from_utf8(output.stdout)? + &String::from_utf8(output.stderr)?)
    }

    /// Nothing runs here and nothing waits to be retried: what the reader sees "a moment later". What an external service has taken on
    /// ends when it says so.
    async fn settled(&self) -> Result<()> {
        let client = connect(self.database, "postgres").await?;
        let query = "select not exists (select from steward.job j where j.outcome is null
            and not exists (select from steward.waiting w where w.id = j.id and w.reason = 'schedule')
            and not exists (select from steward.attempt a where a.job_id = j.id and a.finished_at is null and a.worker = ''))";
        eventually("all jobs of the document are settled", || async {
            Ok(client.query_one(query, &[]).await?.get::<_, bool>(0).then_some(()))
        })
        .await
    }

    /// Waits for the programs of a block that listen: a reader is slower than they are. A block that starts none names no new port.
    async fn listening(&self, body: &str, ports: &[(&str, &str)]) -> Result<()> {
        for (told, free) in ports.iter().filter(|(told, _)| body.contains(told)) {
            eventually(&format!("{} is listened on", told), || async { Ok(TcpStream::connect(format!("127.0.0.1:{free}")).ok()) })
                .await
                .map(drop)?;
        }
        Ok(())
    }
}

/// The lines of a shell block as they are entered: with those that a backslash or a here-document continues.
fn commands(body: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let body = body.replace("\\\n", " ");
    let mut lines = body.lines();
    while let Some(line) = lines.next() {
        let mut command = line.to_owned();
        if let Some(end) = line.split("<<'").nth(1).and_then(|rest| rest.split('\'').next()) {
            for line in lines.by_ref() {
                command = command + "\n" + line;
                if line == end {
                    break;
                }
            }
        }
        commands.push(command);
    }
    commands
}

/// Runs the lines of a shell block; what they leave in the background is returned, and ends with the test.
fn shell(body: &str) -> Result<Vec<Running>> {
    let mut background = Vec::new();
    for line in commands(body) {
        let bash = |line: &str| {
            let mut command = Command::new("bash");
            command.current_dir(root()).arg("-c").arg(line);
            command
        };
        match line.strip_suffix(" &") {
            // The program takes the place of the shell, so that killing our child is killing it; env: for assignments before it.
            Some(program) => background.push(Running::start(&mut bash(&format!("exec env {program}")))?),
            None => ensure!(bash(&line).status()?.success(), "this failed: {line}"),
        }
    }
    Ok(background)
}

fn trimmed(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

fn free_port() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string())
}

/// A port of another length moves the right edge of a column: padding and rulers do not count.
fn unpadded(text: &str) -> String {
    let line = |line: &str| match line.trim_end().strip_suffix('+') {
        Some(rest) => rest.trim_end().to_owned(),
        None if line.chars().all(|c| "-+".contains(c)) => String::new(),
        None => line.split('|').map(str::trim).collect::<Vec<_>>().join("|"),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
