//! pgbouncer in transaction mode before the server of the tests: each transaction of a client may go to another session.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use tokio::net::TcpStream;

use crate::process::{Running, is_root};
use crate::proxy::with_port;
use crate::wait::eventually;

/// Where Debian puts it, which is not on everybody's PATH.
const PROGRAM: &str = "/usr/sbin/pgbouncer";

/// Few, so that clients do meet each other's sessions.
const SESSIONS: u32 = 3;

/// A running pgbouncer.
pub struct Pooler {
    process: Running,
    port: u16,
    dir: PathBuf,
}

impl Pooler {
    /// Starts it for some logins.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(logins: &[&str]) -> Result<Self> {
        let dir = std::env::temp_dir().join(format!("steward-pooler-{}", uuid::Uuid::now_v7()));
        fs::create_dir_all(&dir)?;
        let server = std::env::var("PGPORT").context("PGPORT is not set: run the tests through tests/cluster.sh")?;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let (users, config) = (dir.join("users.txt"), dir.join("pgbouncer.ini"));
        fs::write(&users, logins.iter().map(|login| format!("\"{login}\" \"\"\n")).collect::<String>())?;
        let lines = format!(
            "[databases]\n* = host=127.0.0.1 port={server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = trust\nauth_file = {}\npool_mode = transaction\ndefault_pool_size = {SESSIONS}\nmax_client_conn = 2000\n",
            users.display()
        );
        fs::write(&config, lines)?;
        let mut command = Command::new(PROGRAM);
        // It refuses to run as root, and nobody has to read what we wrote, whatever the umask.
        if is_root() {
            command.args(["-u", "nobody"]);
            for (path, mode) in [(&dir, 0o755), (&users, 0o644), (&config, 0o644)] {
                fs::set_permissions(path, Permissions::from_mode(mode))?;
            }
        }
        let process = Running::start(command.arg(&config)).context("starting pgbouncer, which scripts/setup.sh tests installs")?;
        eventually("pgbouncer listens", || async { Ok(TcpStream::connect(("127.0.0.1", port)).await.ok().map(drop)) })
            .await
            .with_context(|| process.output())?;
        Ok(Self { process, port, dir })
    }

    /// The connection string `url` through it.
    #[must_use]
    pub fn through(&self, url: &str) -> String {
        with_port(url, self.port)
    }

    /// What it has logged.
    #[must_use]
    pub fn output(&self) -> String {
        self.process.output()
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // Left over in /tmp if it fails, which harms nobody.
        let _ = fs::remove_dir_all(&self.dir);
    }
}
