//! Starts `steward script-guard` and speaks its protocol; the other side is `script_guard`.

use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use super::script::JobName;

/// How long a guard may take to kill its script; only a process stuck in the kernel needs more, and we do not wait for it.
const KILL_PATIENCE: Duration = Duration::from_secs(5);

/// A guard that waits for the input of its script.
///
/// Dropping it closes the pipe on which the guard listens for our end: the script is killed with all its children.
pub struct GuardProcess {
    child: Child,
    lifeline: ChildStdin,
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
    pub fn start(program: &Path, command: &[String], job: JobName) -> io::Result<(Self, GuardOutput)> {
        let mut child = Command::new(program)
            .arg("script-guard")
            .arg("--")
            .args(command)
            .env_clear()
            .env("PATH", super::script::PATH)
            .env("LANG", "C.UTF-8")
            .env("STEWARD_JOB_ID", job.id.to_string())
            .env("STEWARD_ATTEMPT", job.attempt.to_string())
            .current_dir("/")
            // Its own group, so that Ctrl-C in a terminal reaches the worker alone, which then drains.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(lifeline), Some(stdout), Some(stderr)) = pipes else {
            return Err(io::Error::other("the guard has no pipes"));
        };
        Ok((Self { child, lifeline }, GuardOutput { stdout, stderr }))
    }

    /// Hands the input over: a line with its length, then the input. The pipe stays open as the sign that we live.
    pub async fn feed(&mut self, input: &[u8]) -> io::Result<()> {
        self.lifeline.write_all(format!("{}\n", input.len()).as_bytes()).await?;
        self.lifeline.write_all(input).await?;
        self.lifeline.flush().await
    }

    /// Waits until script and guard have ended.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Has the script killed.
    pub async fn kill(self) {
        let Self { mut child, lifeline } = self;
        drop(lifeline);
        if tokio::time::timeout(KILL_PATIENCE, child.wait()).await.is_err() {
            tracing::warn!(guard_pid = child.id(), "a script could not be killed in time; it is left to its guard");
        }
    }
}
