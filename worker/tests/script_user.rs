//! Scripts under another account: what the guard makes of them, and when a worker refuses to try.
//! Only root can change its account; run by anybody else these tests see the refusal.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::time::{Duration, Instant};

use nix::unistd::{Uid, User, geteuid};

const STEWARD: &str = env!("CARGO_BIN_EXE_steward");

/// Far more than any of this takes; a test that needs it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

fn nobody() -> Uid {
    User::from_name("nobody").unwrap().unwrap().uid
}

/// Runs a guard whose script may take its time, and keeps the pipe open.
fn guarded(account: &str, shell: &str) -> Output {
    let (guard, _lifeline) = start(account, shell);
    guard.wait_with_output().unwrap()
}

fn start(account: &str, shell: &str) -> (Child, ChildStdin) {
    let guard = Command::new(STEWARD)
        .args(["script-guard", "--account", account, "--", "/bin/sh", "-c", shell])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut guard = guard.unwrap();
    let mut lifeline = guard.stdin.take().unwrap();
    lifeline.write_all(b"0\n").unwrap();
    (guard, lifeline)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn refuses(output: &Output) {
    assert!(!output.status.success() && text(&output.stderr).contains("may not change its account"), "{}", text(&output.stderr));
}

#[test]
fn a_script_has_the_numbers_of_its_account_and_nothing_of_ours() {
    let shell = "id -u; id -g; id -G; grep -E '^(Uid|Cap(Inh|Prm|Eff|Amb)|NoNewPrivs):' /proc/self/status";
    let output = guarded(&format!("{}:7:7:9", nobody()), shell);
    if !geteuid().is_root() {
        return refuses(&output);
    }
    let zero = "0".repeat(16);
    let user = nobody();
    let expected = format!(
        "{user}\n7\n7 9\nUid:\t{user}\t{user}\t{user}\t{user}\nCapInh:\t{zero}\nCapPrm:\t{zero}\nCapEff:\t{zero}\nCapAmb:\t{zero}\nNoNewPrivs:\t1\n"
    );
    assert_eq!(text(&output.stdout), expected, "{}", text(&output.stderr));
}

#[test]
fn a_script_may_write_to_its_streams_by_their_names_and_not_signal_its_guard() {
    let shell = "echo out >/dev/stdout; echo err >/dev/stderr; kill -0 $PPID 2>/dev/null && echo may signal its guard";
    let output = guarded(&format!("{0}:{0}:{0}", nobody()), shell);
    if !geteuid().is_root() {
        return refuses(&output);
    }
    assert_eq!((text(&output.stdout), text(&output.stderr)), ("out\n".to_owned(), "err\n".to_owned()));
}

#[test]
fn what_a_script_of_another_account_leaves_behind_is_killed() {
    let output = guarded(&format!("{0}:{0}:{0}", nobody()), "setsid sleep 600 >/dev/null 2>&1 & echo $!");
    if !geteuid().is_root() {
        return refuses(&output);
    }
    let child = text(&output.stdout);
    assert!(!child.trim().is_empty() && !std::path::Path::new(&format!("/proc/{}", child.trim())).exists(), "{child} lives");
}

/// The change of account takes the sign away that a process asked for to be sent when its parent dies.
#[test]
fn a_script_of_another_account_dies_with_a_guard_that_is_killed() {
    let (mut guard, _lifeline) = start(&format!("{0}:{0}:{0}", nobody()), "echo $$; exec sleep 600");
    if !geteuid().is_root() {
        return refuses(&guard.wait_with_output().unwrap());
    }
    let mut script = String::new();
    BufReader::new(guard.stdout.as_mut().unwrap()).read_line(&mut script).unwrap();
    guard.kill().unwrap();
    guard.wait().unwrap();
    let status = format!("/proc/{}/status", script.trim());
    // Gone, or a zombie that nobody has taken yet.
    let started = Instant::now();
    while std::fs::read_to_string(&status).is_ok_and(|status| !status.contains("State:\tZ")) {
        assert!(started.elapsed() < PATIENCE, "the script lives on");
        std::thread::yield_now();
    }
}

/// As in a container that drops capabilities: root by name only.
#[test]
fn a_worker_that_may_not_change_its_account_says_so_at_its_start() {
    for missing in ["setuid", "setgid", "kill"] {
        let mut worker = match geteuid().is_root() {
            true => Command::new("setpriv"),
            false => Command::new("env"),
        };
        if geteuid().is_root() {
            worker.arg(format!("--bounding-set=-{missing}"));
        }
        worker.args([STEWARD, "worker", "--database-url", "host=127.0.0.1 port=1 user=none dbname=none", "--script-user", "nobody"]);
        let ended = worker.output().unwrap();
        refuses(&ended);
        assert!(text(&ended.stderr).contains("--script-user"), "{}", text(&ended.stderr));
    }
}
