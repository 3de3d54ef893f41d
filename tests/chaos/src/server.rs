//! The server of the cluster, taken down and started again.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use steward_tests::process::is_root;

/// The server that tests/cluster.sh started.
pub struct Server {
    data: PathBuf,
    log: PathBuf,
    port: String,
}

impl Server {
    /// Finds it.
    ///
    /// # Errors
    /// Outside of tests/cluster.sh.
    pub fn find() -> Result<Self> {
        let variable =
            |name| std::env::var(name).with_context(|| format!("{name} is not set: run the tests through scripts/test.sh chaos"));
        Ok(Self { data: variable("CLUSTER_DATA")?.into(), log: variable("CLUSTER_LOG")?.into(), port: variable("PGPORT")? })
    }

    /// Ends it as a crash would: no checkpoint, and what was not flushed is lost.
    ///
    /// # Errors
    /// When it does not end.
    pub fn crash(&self) -> Result<()> {
        self.control(&["-m", "immediate", "-w", "stop"])
    }

    /// Starts it again, which recovers what was flushed.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(&self) -> Result<()> {
        let (log, port) = (self.log.display().to_string(), format!("-p {}", self.port));
        self.control(&["-l", &log, "-o", &port, "-w", "-t", "60", "start"])
    }

    /// As root it steps down, because the server refuses to run as root.
    fn control(&self, arguments: &[&str]) -> Result<()> {
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--", "pg_ctl"]);
            command
        } else {
            Command::new("pg_ctl")
        };
        // The server inherits what is open here, so it gets nothing that somebody waits for. Its account may not be able to enter our directory.
        command.arg("-D").arg(&self.data).args(arguments).current_dir("/tmp");
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        ensure!(status.success(), "pg_ctl {} failed; the log of the server is {}", arguments.join(" "), self.log.display());
        Ok(())
    }
}
