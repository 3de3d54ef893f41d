//! Starts `steward script-guard` and speaks its protocol; the other side is `script_guard`.

use std::future::pending;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use super::script_env;
use super::script_guard::Message;
use crate::account::Account;

/// How long a guard may take to kill its script; only a process stuck in the kernel needs more, and we do not wait for it.
const KILL_PATIENCE: Duration = Duration::from_secs(5);

/// A guard that waits for the input of its script.
///
/// Dropping it closes the socket on which the guard listens for our end: the script is killed with all its children.
pub struct GuardProcess {
    child: Child,
    /// The guard's standard input; a socket, because the guard answers on it.
    lifeline: UnixStream,
    /// What the guard has said so far.
    heard: Vec<u8>,
}

/// What the script writes.
pub struct GuardOutput {
    /// Standard output of the script.
    pub stdout: ChildStdout,
    /// Standard error of the script.
    pub stderr: ChildStderr,
}

impl GuardProcess {
    /// Starts `program` as the guard; the script itself starts when its input comes.
    pub fn start(
        program: &Path,
        account: Option<&Account>,
        command: &[String],
        variables: Vec<(&'static str, String)>,
    ) -> io::Result<(Self, GuardOutput)> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let lifeline = UnixStream::from_std(ours)?;
        let mut child = Command::new(program)
            .args(arguments(account))
            .args(command)
            .env_clear()
            .envs(variables)
            .current_dir("/")
            // Its own group, so that Ctrl-C in a terminal reaches the worker alone, which then drains.
            .process_group(0)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(io::Error::other("the guard has no pipes"));
        };
        Ok((Self { child, lifeline, heard: Vec::new() }, GuardOutput { stdout, stderr }))
    }

    /// Hands the input over: a line with its length, then the input. The socket stays open as the sign that we live.
    pub async fn feed(&mut self, input: &[u8]) -> io::Result<()> {
        self.lifeline.write_all(format!("{}\n", input.len()).as_bytes()).await?;
        self.lifeline.write_all(input).await?;
        self.lifeline.flush().await
    }

    /// Waits until script and guard have ended.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Returns when somebody killed the guard before it was done with its script, and never otherwise: the script cannot
    /// be waited for any more, and what it started may live and keep its pipes open.
    pub async fn struck_down(&mut self) {
        let killed = self.child.wait().await.is_ok_and(|status| status.signal().is_some());
        if !(killed && self.orphaned_group().await.is_some()) {
            pending().await
        }
    }

    /// Has the script killed.
    pub async fn kill(mut self) {
        // Tells the guard, as dropping would, but leaves our half open for what it says. If the guard is gone, so be it.
        let _ = self.lifeline.shutdown().await;
        let Ok(ended) = tokio::time::timeout(KILL_PATIENCE, self.child.wait()).await else {
            tracing::warn!(guard_pid = self.child.id(), "a script could not be killed in time; it is left to its guard");
            return;
        };
        if ended.is_ok_and(|status| status.signal().is_none()) {
            return;
        }
        if let Some(group) = self.orphaned_group().await {
            // An error means that nobody is left in it. Its number cannot be taken by others while somebody is.
            let _ = killpg(group, Signal::SIGKILL);
        }
    }

    /// The process group of the script if the guard, which must have ended, began it and did not clean up after it.
    async fn orphaned_group(&mut self) -> Option<Pid> {
        let mut heard = std::mem::take(&mut self.heard);
        // The guard held the other end alone, so this ends at once; an error leaves what was heard before it.
        let _ = tokio::time::timeout(KILL_PATIENCE, self.lifeline.read_to_end(&mut heard)).await;
        self.heard = heard;
        Message::orphaned_group(&self.heard)
    }
}

/// How the guard is told under which account the script runs.
fn arguments(account: Option<&Account>) -> Vec<String> {
    let mut arguments = vec!["script-guard".to_owned()];
    arguments.extend(account.map(|account| format!("--account={account}")));
    arguments.push("--".to_owned());
    arguments
}

/// Has a guard run `true` under an account. Waits for it, so it is for the start of the worker alone.
pub fn try_account(program: &Path, account: &Account) -> anyhow::Result<()> {
    let mut guard = std::process::Command::new(program);
    guard.args(arguments(Some(account))).arg("true").env_clear().env("PATH", script_env::PATH).current_dir("/");
    let mut guard =
        guard.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().context("no guard could be started")?;
    // Kept open until the end: closing it would mean that the worker is gone.
    let mut lifeline = guard.stdin.take();
    // A guard that is gone already says why.
    let _ = lifeline.as_mut().map(|lifeline| lifeline.write_all(b"0\n"));
    let ended = guard.wait_with_output().context("the guard could not be followed")?;
    ensure!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr).trim());
    Ok(())
}
