//! The environment of a worker, where its secrets are, is closed to other processes of the same account.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::unistd::geteuid;

/// Far more than any of this takes; a test that needs it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// The program where every account may run it: the directory it was built in may be closed.
struct Program(PathBuf);

impl Program {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("steward-program-{}", uuid::Uuid::now_v7()));
        std::fs::copy(env!("CARGO_BIN_EXE_steward"), &path).unwrap();
        Self(path)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Left over in /tmp if it fails, which harms nobody.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A process that is killed with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A command run by an ordinary account: root itself may read everything.
fn ordinary(program: impl AsRef<OsStr>) -> Command {
    if !geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]).arg(program);
    command
}

fn start(mut command: Command) -> Running {
    Running(command.env("API_KEY", "sk-very-secret").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

/// What the same account reads, if anything.
fn environment_of(process: &Running) -> String {
    let read = ordinary("cat").arg(format!("/proc/{}/environ", process.0.id())).current_dir("/").output().unwrap();
    String::from_utf8_lossy(&read.stdout).into_owned()
}

#[test]
fn nobody_of_the_same_account_reads_the_secrets_of_a_worker() {
    let program = Program::new();
    let database = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("host=127.0.0.1 port={} user=nobody dbname=none", database.local_addr().unwrap().port());
    let mut command = ordinary(&program.0);
    command.args(["worker", "--database-url", &url, "--secret", "API_KEY=api.example.com"]).current_dir("/");
    let mut worker = start(command);
    // It connects when it has read its secrets and does what it does for as long as it lives.
    database.set_nonblocking(true).unwrap();
    let started = Instant::now();
    while database.accept().is_err() {
        assert!(started.elapsed() < PATIENCE, "the worker did not connect");
        assert_eq!(worker.0.try_wait().unwrap(), None, "the worker did not start");
        std::thread::yield_now();
    }
    assert_eq!(environment_of(&worker), "");

    let mut command = ordinary("sleep");
    command.arg("600").current_dir("/");
    let open = start(command);
    let started = Instant::now();
    while !environment_of(&open).contains("sk-very-secret") {
        assert!(started.elapsed() < PATIENCE, "the environment of an ordinary process is not seen either");
        // Until `setpriv` has become `sleep`: this shows that the test would see what can be seen.
        std::thread::yield_now();
    }
}
