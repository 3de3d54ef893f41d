//! The worker as a process: what it survives and how it ends, with a database that takes no connection.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread::yield_now;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Far more than any of this takes; a test that needs it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Hangs up on the worker until it has come back `times` times.
fn hang_up(database: &TcpListener, worker: &mut Child, times: u32) {
    let started = Instant::now();
    database.set_nonblocking(true).unwrap();
    let mut seen = 0;
    while seen < times {
        seen += u32::from(database.accept().is_ok());
        assert_eq!(worker.try_wait().unwrap(), None, "the worker died after {seen} connections");
        assert!(started.elapsed() < PATIENCE, "the worker came {seen} times only");
        yield_now();
    }
}

/// Every failed connection is logged at first, and the log goes into a pipe that nobody reads.
#[test]
fn a_worker_outlives_whoever_reads_its_log() {
    let database = TcpListener::bind("127.0.0.1:0").unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let url = format!("host=127.0.0.1 port={} user=nobody dbname=none", database.local_addr().unwrap().port());
    let mut worker = Command::new(env!("CARGO_BIN_EXE_steward"))
        .args(["worker", "--log", "trace", "--database-url", &url])
        .stdout(Stdio::null())
        .stderr(writer)
        .spawn()
        .unwrap();
    hang_up(&database, &mut worker, 3);
    drop(database);
    kill(Pid::from_raw(worker.id().cast_signed()), Signal::SIGTERM).unwrap();
    assert!(worker.wait().unwrap().success());
}
