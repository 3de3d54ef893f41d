//! These run the real guard, `steward script-guard`, which `cargo test` builds for `tests/script_guard.rs`.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::sync::Arc;

use tokio::sync::mpsc;
use uuid::Uuid;

use super::*;
use crate::execute::checkpoint::CheckpointUpdate;
use crate::execute::progress::{ProgressUpdate, Reports};
use crate::memory::Memory;
use crate::outcome::Phase;
use crate::redact::Redactor;
use crate::secrets::Secrets;

const LONG: Duration = Duration::from_secs(60);

fn scripts(options: &[&str]) -> Scripts {
    let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
    let tests = std::env::current_exe().unwrap();
    // target/debug/deps/steward-0123 is this test, target/debug/steward the program.
    let guard = tests.ancestors().nth(2).unwrap().join("steward");
    assert!(guard.exists(), "{} is missing; run the tests of the whole package", guard.display());
    Scripts { guard, ..Scripts::from_options(&options, ScriptAccess::default()).unwrap() }
}

fn claim(attempt: i32) -> Claim<'static> {
    Claim { job_id: Uuid::nil(), attempt, workspace: Uuid::nil(), token: None }
}

fn prepare(shell: &str, input: &str) -> Result<PreparedScript, Failure> {
    let option = format!("test=/bin/sh -c {}", shell_words::quote(shell));
    let input = serde_json::value::RawValue::from_string(input.to_owned()).unwrap();
    let request = ScriptRequest { command: "test".to_owned(), input, checkpoint: None };
    scripts(&[&option]).prepare(request, claim(7))
}

fn sink() -> (ProgressSink, mpsc::Receiver<ProgressUpdate>) {
    let (sink, seen, _) = both_sinks();
    (sink, seen)
}

fn both_sinks() -> (ProgressSink, mpsc::Receiver<ProgressUpdate>, mpsc::Receiver<CheckpointUpdate>) {
    let ((progress, messages), (checkpoints, saved)) = (mpsc::channel(100), mpsc::channel(100));
    let redactor = Arc::new(Redactor::new(&Secrets::default()).unwrap());
    (ProgressSink::new((Uuid::nil(), 7), Reports { progress, checkpoints }, redactor), messages, saved)
}

async fn run(shell: &str, input: &str, timeout: Duration) -> Result<Answer, Failure> {
    prepare(shell, input)?.run(timeout, sink().0, &mut Memory::default().hold(), &CancellationToken::new()).await
}

#[tokio::test]
async fn hands_the_input_over_and_returns_the_last_line() {
    let answer = run("echo working; cat; echo; echo", r#"{"lead": 1}"#, LONG).await.unwrap();
    assert_eq!(answer.body, br#"{"lead": 1}"#);
    assert_eq!(answer.exit_code, Some(0));
}

#[tokio::test]
async fn reports_the_lines_before_the_result_as_progress() {
    let (sink, mut seen) = sink();
    let script = prepare("echo 'Enriched 25/500'; echo '{\"n\": 500}'", "{}").unwrap();
    let answer = script.run(LONG, sink, &mut Memory::default().hold(), &CancellationToken::new()).await.unwrap();
    assert_eq!(answer.body, br#"{"n": 500}"#);
    let update = seen.recv().await.unwrap();
    assert_eq!((update.progress, update.message.as_str()), (Some(0.05), "Enriched 25/500"));
    assert!(seen.recv().await.is_none(), "the result is no progress");
}

#[tokio::test]
async fn a_checkpoint_is_neither_progress_nor_the_result_and_is_saved_before_the_outcome() {
    let (sink, mut messages, mut saved) = both_sinks();
    let script = prepare("echo '{\"n\": 500}'; printf 'checkpoint: {\"row\": 3}'; exit 75", "{}").unwrap();
    let mut held = Memory::default().hold();
    let ended = tokio::spawn(async move { script.run(LONG, sink, &mut held, &CancellationToken::new()).await });
    let update = saved.recv().await.unwrap();
    assert_eq!((update.attempt, update.data.get()), (7, "{\"row\": 3}"));
    assert!(!ended.is_finished());
    update.settled.send(true).unwrap();
    let answer = ended.await.unwrap().unwrap();
    assert_eq!((answer.exit_code, answer.body.as_slice()), (Some(75), br#"{"n": 500}"#.as_slice()));
    assert!(messages.recv().await.is_none(), "it is shown as progress");
}

#[tokio::test]
async fn returns_the_exit_code_and_the_end_of_standard_error() {
    let noise = "i=0; while [ $i -lt 2000 ]; do echo noise >&2; i=$((i+1)); done; echo cause >&2; exit 3";
    let answer = run(noise, "{}", LONG).await.unwrap();
    assert_eq!(answer.exit_code, Some(3));
    let stderr = answer.stderr.unwrap();
    assert!(stderr.ends_with(b"cause\n") && stderr.len() == 4096);
}

#[tokio::test]
async fn a_script_ended_by_a_signal_is_lost() {
    let failure = run("kill -SEGV $$", "{}", LONG).await.unwrap_err();
    assert_eq!((failure.phase, failure.code), (Phase::Lost, code::SCRIPT_KILLED));
    assert!(String::from_utf8_lossy(&failure.stderr.unwrap()).contains("signal: 11"));
}

#[tokio::test]
async fn gives_the_script_a_clean_environment() {
    let answer = run("exec env", "{}", LONG).await.unwrap();
    assert!(!answer.body.is_empty());
    let answer = run("echo $(env | cut -d= -f1 | sort) $STEWARD_JOB_ID $STEWARD_ATTEMPT; cat >&2", "{}", LONG).await.unwrap();
    let text = String::from_utf8(answer.body).unwrap();
    assert_eq!(text, format!("LANG PATH PWD STEWARD_ATTEMPT STEWARD_JOB_ID {} 7", Uuid::nil()));
}

#[tokio::test]
async fn kills_a_script_and_its_children_at_the_deadline() {
    // The child leaves the group and closes its pipes: the hardest one to find.
    let shell = "setsid sh -c 'echo $$ >&3; exec sleep 600' 3>&2 2>/dev/null >/dev/null & wait";
    let failure = run(shell, "{}", Duration::from_millis(500)).await.unwrap_err();
    assert_eq!((failure.phase, failure.code), (Phase::Lost, code::TIMED_OUT));
    let child = String::from_utf8(failure.stderr.unwrap()).unwrap();
    let child = child.trim();
    assert!(!child.is_empty(), "the child did not start in time");
    assert!(!Path::new(&format!("/proc/{child}")).exists(), "the grandchild {child} lives");
}

#[tokio::test]
async fn a_script_that_is_cancelled_is_killed_and_its_last_words_are_kept() {
    let (sink, mut seen) = sink();
    let script = prepare("echo $$ >&2; echo working; exec sleep 600", "{}").unwrap();
    let cancelled = CancellationToken::new();
    let cancel = async {
        seen.recv().await.unwrap();
        cancelled.cancel();
    };
    let mut held = Memory::default().hold();
    let (ended, ()) = tokio::join!(script.run(LONG, sink, &mut held, &cancelled), cancel);
    let failure = ended.unwrap_err();
    assert_eq!((failure.phase, failure.code), (Phase::Lost, code::CANCELLED));
    assert_eq!(failure.error, "the script was given up because somebody cancelled the job");
    let pid = String::from_utf8(failure.stderr.unwrap()).unwrap();
    assert!(!pid.trim().is_empty() && !is_running(pid.trim()), "the script {pid} lives");
}

/// Alive, and not only a zombie that init has not taken yet.
fn is_running(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains('Z'))
}

/// The child in the script's group is killed by us; the one in a session of its own cannot be found any more, keeps
/// standard output open, and must not keep the job until its deadline.
#[tokio::test]
async fn a_script_that_kills_its_guard_ends_its_job_and_leaves_nothing_in_its_group() {
    let shell = "sleep 600 & echo $! >&2; setsid sleep 600 & echo $! >&2; kill -9 $PPID; wait";
    let ended = tokio::time::timeout(LONG / 2, run(shell, "{}", LONG)).await.expect("the survivor keeps the job");
    let failure = ended.unwrap_err();
    assert_eq!((failure.phase, failure.code), (Phase::Lost, code::SCRIPT_KILLED));
    let children = String::from_utf8(failure.stderr.unwrap()).unwrap();
    let (in_group, survivor) = children.trim().split_once('\n').unwrap();
    while is_running(in_group) {
        tokio::task::yield_now().await;
    }
    let survivor = nix::unistd::Pid::from_raw(survivor.parse().unwrap());
    nix::sys::signal::kill(survivor, nix::sys::signal::Signal::SIGKILL).unwrap();
}

#[tokio::test]
async fn kills_what_a_script_leaves_behind() {
    let answer = run("sleep 600 >/dev/null 2>&1 & echo $!", "{}", LONG).await.unwrap();
    let child = String::from_utf8(answer.body).unwrap();
    assert!(!Path::new(&format!("/proc/{child}")).exists(), "the child {child} lives");
}

#[tokio::test]
async fn kills_a_script_that_writes_too_much() {
    let failure = run("exec cat /dev/zero", "{}", LONG).await.unwrap_err();
    assert_eq!((failure.phase, failure.code), (Phase::Lost, code::TOO_LARGE));
}

#[tokio::test]
async fn does_not_mind_a_script_that_ignores_a_large_input() {
    let input = format!("\"{}\"", "x".repeat(1 << 20));
    let answer = run("echo done", &input, LONG).await.unwrap();
    assert_eq!(answer.body, b"done");
}

#[tokio::test]
async fn reports_a_program_that_is_not_there_before_anything_is_sent() {
    let request = |command: &str| ScriptRequest {
        command: command.to_owned(),
        input: serde_json::value::RawValue::NULL.to_owned(),
        checkpoint: None,
    };
    let scripts = scripts(&["gone=/no/such/program", "lost=no-such-program"]);
    let job = claim(1);
    for command in ["gone", "lost"] {
        let failure = scripts.prepare(request(command), job).err().unwrap();
        assert_eq!((failure.phase, failure.code), (Phase::Unsent, code::SCRIPT_FAILED_TO_START));
    }
    let failure = scripts.prepare(request("other"), job).err().unwrap();
    assert_eq!((failure.phase, failure.code), (Phase::Unsent, code::COMMAND_UNKNOWN));
}

#[test]
fn refuses_options_that_mean_nothing() {
    for option in ["name", "name=", "name='", "name=./relative"] {
        assert!(Scripts::from_options(&[option.to_owned()], ScriptAccess::default()).is_err(), "{option} was taken");
    }
}
