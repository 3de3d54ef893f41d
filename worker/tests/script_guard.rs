//! The guard itself: what happens to a script when the worker is killed and cannot clean up.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::yield_now;
use std::time::{Duration, Instant};

const STEWARD: &str = env!("CARGO_BIN_EXE_steward");

/// Far more than any of this takes; a test that needs it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

fn guard(shell: &str) -> Child {
    guard_fed_by(Stdio::piped(), shell)
}

fn guard_fed_by(worker: Stdio, shell: &str) -> Child {
    let guard = Command::new(STEWARD)
        .args(["script-guard", "--", "/bin/sh", "-c", shell])
        .stdin(worker)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    guard.unwrap()
}

fn feed(guard: &mut Child, input: &str) {
    write!(guard.stdin.as_mut().unwrap(), "{}\n{input}", input.len()).unwrap();
}

/// Waits with the pipe open; `Child::wait` alone would close it first.
fn ended(guard: &mut Child) -> ExitStatus {
    let _lifeline = guard.stdin.take();
    guard.wait().unwrap()
}

fn first_line(guard: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(guard.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

fn wait_until_gone(pid: &str) {
    let started = Instant::now();
    while Path::new(&format!("/proc/{pid}")).exists() {
        assert!(started.elapsed() < PATIENCE, "process {pid} lives on");
        yield_now();
    }
}

#[test]
fn exits_with_the_code_of_the_script() {
    let mut guard = guard("read -r input; [ \"$input\" = hello ] && exit 42");
    feed(&mut guard, "hello\n");
    assert_eq!(ended(&mut guard).code(), Some(42));
}

#[test]
fn ends_by_a_signal_when_the_script_did_and_says_which() {
    let mut guard = guard("kill -TERM $$");
    feed(&mut guard, "");
    assert_eq!(ended(&mut guard).signal(), Some(9));
    let mut words = String::new();
    guard.stderr.take().unwrap().read_to_string(&mut words).unwrap();
    assert!(words.contains("signal: 15"), "{words}");
}

#[test]
fn passes_codes_on_that_look_like_signals() {
    let mut guard = guard("exit 137");
    feed(&mut guard, "");
    assert_eq!(ended(&mut guard).code(), Some(137));
}

#[test]
fn starts_nothing_when_the_worker_goes_away_first() {
    let mut guard = guard("echo started");
    drop(guard.stdin.take());
    let mut output = String::new();
    guard.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    assert!(guard.wait().unwrap().success());
    assert_eq!(output, "");
}

#[test]
fn kills_script_and_grandchildren_when_the_worker_closes_the_pipe() {
    let mut guard = guard("sleep 600 & echo $!; wait");
    feed(&mut guard, "");
    let grandchild = first_line(&mut guard);
    drop(guard.stdin.take());
    assert_eq!(guard.wait().unwrap().signal(), Some(9));
    wait_until_gone(&grandchild);
}

/// Here `sleep` plays the worker: it holds the other end of the pipe, and `kill -9` leaves it no time for anything.
#[test]
fn kills_script_and_grandchildren_when_the_worker_is_killed() {
    let worker = Command::new("/bin/sh").args(["-c", "echo 0; exec sleep 600"]).stdout(Stdio::piped()).spawn();
    let mut worker = worker.unwrap();
    let mut guard = guard_fed_by(worker.stdout.take().unwrap().into(), "sleep 600 & echo $!; wait");
    let grandchild = first_line(&mut guard);
    worker.kill().unwrap();
    worker.wait().unwrap();
    assert_eq!(guard.wait().unwrap().signal(), Some(9));
    wait_until_gone(&grandchild);
}
