//! The `script` executor: runs one of the commands that the operator named at start.
//!
//! A script reads the input as JSON on standard input and writes its result as JSON in the last line of standard
//! output. It gets no shell, no environment of ours, and no time beyond its limit.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio_util::sync::CancellationToken;

use super::Claim;
use super::guard_process::{self, GuardOutput, GuardProcess};
use super::progress::ProgressSink;
use super::script_env::{self, PATH};
use super::script_guard::{CANNOT_START, CANNOT_START_CODE};
use super::script_output::{MOST_OUTPUT, OutputError, follow, keep_end};
use crate::account::Account;
use crate::memory::Held;
use crate::outcome::{Answer, Failure, code};
use crate::request::ScriptRequest;

/// How long the rest of standard error may take once the script is gone.
const COMPLAINTS_PATIENCE: Duration = Duration::from_secs(1);

/// This very program, also after an update has replaced its file.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// The commands of this worker by name.
pub struct Scripts {
    commands: BTreeMap<String, Vec<String>>,
    /// The program that is started as the guard.
    guard: PathBuf,
    access: ScriptAccess,
}

/// What scripts may reach, as the operator says.
#[derive(Default)]
pub struct ScriptAccess {
    /// Where their database is.
    pub database_url: Option<String>,
    /// Who they are; the worker itself unless given.
    pub account: Option<Account>,
}

/// A script whose guard waits for the word to start it.
pub struct PreparedScript {
    guard: GuardProcess,
    output: GuardOutput,
    input: String,
}

impl Scripts {
    /// Reads `--script NAME=COMMAND LINE` options.
    pub fn from_options(options: &[String], access: ScriptAccess) -> anyhow::Result<Self> {
        let mut scripts = BTreeMap::new();
        for option in options {
            let (name, line) = option.split_once('=').with_context(|| format!("--script {option}: write NAME=COMMAND LINE"))?;
            let words = shell_words::split(line).with_context(|| format!("--script {option}"))?;
            ensure!(!words.is_empty(), "--script {option}: the command line is empty");
            // Scripts run in `/`, so a relative path would not mean what it says.
            let findable = words[0].starts_with('/') || !words[0].contains('/');
            ensure!(findable, "--script {option}: write the path of the program from the root");
            ensure!(scripts.insert(name.to_owned(), words).is_none(), "--script {name} is given twice");
        }
        Ok(Self { commands: scripts, guard: PathBuf::from(THIS_PROGRAM), access })
    }

    /// Starts a program under the account of the scripts, so that it is known now whether that is possible.
    pub fn try_account(&self) -> anyhow::Result<()> {
        let Some(account) = &self.access.account else { return Ok(()) };
        guard_process::try_account(&self.guard, account)
            .context("--script-user: the worker cannot run scripts under another account; run it as root, or leave the option out")
    }

    /// The names, for the heartbeat.
    pub fn names(&self) -> Vec<&str> {
        self.commands.keys().map(String::as_str).collect()
    }

    /// Each name with its program, and whether that is an executable file.
    pub fn programs(&self) -> impl Iterator<Item = (&str, &str, bool)> {
        self.commands.iter().map(|(name, command)| (name.as_str(), command[0].as_str(), is_executable(&command[0])))
    }

    /// Looks the command up and starts its guard; the script does not run yet.
    pub fn prepare(&self, request: ScriptRequest, claim: Claim<'_>) -> Result<PreparedScript, Failure> {
        let name = &request.command;
        let command = self.commands.get(name).ok_or_else(|| {
            let words = format!("this worker has no script {name}; start it with --script {name}=COMMAND LINE");
            Failure::unsent(code::COMMAND_UNKNOWN, words)
        })?;
        let failed = |why: String| Failure::unsent(code::SCRIPT_FAILED_TO_START, format!("script {name}: {why}"));
        if !is_executable(&command[0]) {
            return Err(failed(format!("{} is not an executable file on this worker", command[0])));
        }
        let variables = script_env::variables(claim, &self.access, request.checkpoint.as_deref());
        let (guard, output) = GuardProcess::start(&self.guard, self.access.account.as_ref(), command, variables)
            .map_err(|error| failed(error.to_string()))?;
        let input = String::from(Box::<str>::from(request.input));
        Ok(PreparedScript { guard, output, input })
    }
}

fn is_executable(program: &str) -> bool {
    let executable = |path: &Path| path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0);
    if program.contains('/') {
        return executable(Path::new(program));
    }
    PATH.split(':').any(|directory| executable(&Path::new(directory).join(program)))
}

impl PreparedScript {
    /// Runs the script for at most `timeout` or until it is `cancelled`; the bytes of its result go to the account of `held`.
    pub async fn run(
        self,
        timeout: Duration,
        mut progress: ProgressSink,
        held: &mut Held,
        cancelled: &CancellationToken,
    ) -> Result<Answer, Failure> {
        let Self { mut guard, output, input } = self;
        // In a task of its own, because it is needed after the script was killed as well.
        let (redactor, enough) = (progress.redactor(), CancellationToken::new());
        let until = enough.clone();
        let mut complaints = tokio::spawn(async move { keep_end(output.stderr, &redactor, until).await });
        let work = async {
            // A guard that is gone does not read; its exit code and its last words tell why.
            let _ = guard.feed(input.as_bytes()).await;
            let result = tokio::select! {
                result = follow(output.stdout, &mut progress, held) => result.map_err(output_failure)?,
                () = guard.struck_down() => return Err(killed("its guard was killed")),
            };
            let status = guard.wait().await.map_err(|error| output_failure(OutputError::Broken(error)))?;
            Ok((result, status))
        };
        let ended = tokio::select! {
            ended = tokio::time::timeout(timeout, work) => ended.unwrap_or_else(|_| Err(timed_out(timeout))),
            () = cancelled.cancelled() => Err(given_up()),
        };
        guard.kill().await;
        progress.finish().await;
        // Ends with the script, unless not all of it could be killed.
        let stderr = match tokio::time::timeout(COMPLAINTS_PATIENCE, &mut complaints).await {
            Ok(stderr) => stderr,
            Err(_) => {
                enough.cancel();
                complaints.await
            }
        };
        let stderr = stderr.unwrap_or_default();
        match ended {
            Ok((result, status)) => answered(result, status, stderr),
            Err(failure) => Err(Failure { stderr: Some(stderr), ..failure }),
        }
    }
}

fn answered(body: Vec<u8>, status: ExitStatus, stderr: Vec<u8>) -> Result<Answer, Failure> {
    let Some(exit_code) = status.code() else {
        return Err(Failure { stderr: Some(stderr), ..killed("a signal ended the script; its standard error may tell which") });
    };
    if exit_code == i32::from(CANNOT_START_CODE) && stderr.starts_with(CANNOT_START.as_bytes()) {
        let words = String::from_utf8_lossy(&stderr);
        return Err(Failure::not_executed(code::SCRIPT_FAILED_TO_START, words.trim()));
    }
    Ok(Answer { body, exit_code: Some(exit_code), stderr: Some(stderr), ..Answer::default() })
}

fn killed(words: &str) -> Failure {
    Failure::lost(code::SCRIPT_KILLED, words)
}

fn timed_out(timeout: Duration) -> Failure {
    Failure::lost(code::TIMED_OUT, format!("the script did not end within {} s and was killed", timeout.as_secs_f64()))
}

fn given_up() -> Failure {
    Failure::lost(code::CANCELLED, "the script was given up because somebody cancelled the job")
}

fn output_failure(error: OutputError) -> Failure {
    match error {
        OutputError::TooLarge => {
            let words = format!("the script wrote more than {MOST_OUTPUT} bytes to standard output and was killed");
            Failure::lost(code::TOO_LARGE, words)
        }
        OutputError::Broken(error) => Failure::lost(code::CONNECTION_LOST, format!("the script could not be followed: {error}")),
    }
}

#[cfg(test)]
mod tests;
