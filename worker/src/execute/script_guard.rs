//! `steward script-guard`: the parent of one script, which outlives neither its time nor the worker.
//!
//! A worker killed by `kill -9` cannot clean up, so this small process between them does. It reads a line with a
//! length and that many bytes on standard input, starts the script in its own process group, hands it the bytes, and
//! keeps listening: the end of the pipe means that the worker is gone or gave up, and the script is killed. Whatever
//! the script leaves behind is killed too. Standard output and error are the script's own. If standard input is a
//! socket, the guard says on it whom it guards and that it is done, in case the script kills its guard.

use std::io::{self, BufRead, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::thread;

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, write};

use super::script_account;
use crate::account::Account;
use crate::telemetry::say;

/// Begins the one line on standard error that tells the worker that there was no script at all.
pub const CANNOT_START: &str = "steward script-guard: cannot start";

/// The code for it, as in a shell.
pub const CANNOT_START_CODE: u8 = 127;

/// Runs the guard of a script that runs under `account`, if given. It ends as the script did: with the same exit code, or by a signal.
pub fn run(account: Option<Account>, command: &[String]) -> ExitCode {
    // Orphans of the script become our children, so even one that left the group can be found. Without it the group
    // is all we kill.
    let _ = prctl::set_child_subreaper(true);
    let Some(input) = read_input(&mut io::stdin().lock()) else {
        return ExitCode::SUCCESS; // The worker changed its mind before there was anything to guard.
    };
    let mut script = match start(account, command) {
        Ok(script) => script,
        Err(error) => {
            say(&format!("{CANNOT_START} {command:?}: {error}"));
            return ExitCode::from(CANNOT_START_CODE);
        }
    };
    let group = Pid::from_raw(script.id().cast_signed());
    feed(&mut script, input);
    thread::spawn(move || kill_when_worker_is_gone(group));
    let ended = script.wait();
    kill_the_rest(group);
    // An error means that the worker is gone or, as in tests, does not listen.
    let _ = write(io::stdin(), &Message::all_gone());
    match ended {
        Ok(status) => end_like(status),
        Err(error) => {
            say(&format!("steward script-guard: lost sight of the script: {error}"));
            end_by_signal()
        }
    }
}

/// What the guard tells the worker, on the socket that is its standard input.
///
/// Should the script kill its guard, the worker must find and kill what the script started.
pub struct Message;

impl Message {
    /// The first message: the process group of the script, from the script itself before it is anything else.
    fn group(group: Pid) -> [u8; 4] {
        group.as_raw().to_ne_bytes()
    }

    /// The last message: everything the script started is gone.
    fn all_gone() -> [u8; 1] {
        [b'.']
    }

    /// The group that is left behind when nothing comes after these bytes.
    pub fn orphaned_group(heard: &[u8]) -> Option<Pid> {
        // Fewer bytes: the script never began. More: the guard did its work.
        let group = heard.try_into().ok().map(i32::from_ne_bytes)?;
        // 0 and 1 would be our own group and everybody.
        (group > 1).then(|| Pid::from_raw(group))
    }
}

fn read_input(worker: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut length = String::new();
    worker.read_line(&mut length).ok()?;
    let mut input = vec![0; length.trim().parse().ok()?];
    worker.read_exact(&mut input).ok()?;
    Some(input)
}

fn start(account: Option<Account>, command: &[String]) -> io::Result<Child> {
    account.as_ref().map_or(Ok(()), |_| script_account::check_rights())?;
    let (program, arguments) = command.split_first().ok_or_else(|| io::Error::other("no command"))?;
    let mut script = Command::new(program);
    script.args(arguments).stdin(Stdio::piped()).process_group(0);
    // The script's own standard input takes the place of the socket in the new process, so it needs a second name.
    let worker = io::stdin().as_fd().try_clone_to_owned()?;
    let prepare = move || {
        // An error means that the worker is gone or, as in tests, does not listen.
        let _ = write(&worker, &Message::group(Pid::this()));
        account.as_ref().map_or(Ok(()), script_account::change_to)?;
        // Should the guard itself be killed, at least the script goes with it. After the change, which would undo it.
        prctl::set_pdeathsig(Signal::SIGKILL).map_err(io::Error::from)
    };
    // SAFETY: the closure runs between fork and exec and makes nothing but system calls, which is safe there.
    unsafe {
        script.pre_exec(prepare);
    }
    script.spawn()
}

/// From a thread: a script that never reads must not keep us from noticing the end of the worker.
fn feed(script: &mut Child, input: Vec<u8>) {
    let pipe = script.stdin.take();
    thread::spawn(move || {
        // A script may ignore its input and end; that is its business.
        let _ = pipe.map(|mut pipe| pipe.write_all(&input));
    });
}

fn kill_when_worker_is_gone(group: Pid) {
    let mut ignored = [0; 64];
    while matches!(io::stdin().lock().read(&mut ignored), Ok(1..)) {}
    // An error means that the group is gone already.
    let _ = killpg(group, Signal::SIGKILL);
}

fn end_like(status: ExitStatus) -> ExitCode {
    if let Some(code) = status.code().and_then(|code| u8::try_from(code).ok()) {
        return ExitCode::from(code);
    }
    say(&format!("steward script-guard: the script was ended by {status}"));
    end_by_signal()
}

/// A code such as 137 could be the script's own. Always SIGKILL, because the other fatal signals would dump our core.
fn end_by_signal() -> ExitCode {
    let _ = kill(Pid::this(), Signal::SIGKILL);
    ExitCode::FAILURE
}

/// Kills until nothing is left: the death of one process can hand us its children.
fn kill_the_rest(group: Pid) {
    loop {
        let _ = killpg(group, Signal::SIGKILL);
        let children = children();
        for child in &children {
            let _ = kill(*child, Signal::SIGKILL);
        }
        // Without a list of children nobody can be sure that waiting ends.
        let flags = children.is_empty().then_some(WaitPidFlag::WNOHANG);
        match waitpid(None, flags) {
            Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return,
            Ok(_) | Err(_) => {}
        }
    }
}

/// The children of all our threads, from `/proc`; empty when the kernel does not tell.
fn children() -> Vec<Pid> {
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else { return Vec::new() };
    let lists = threads.flatten().filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    let ids = |list: String| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<i32>>();
    lists.flat_map(ids).map(Pid::from_raw).collect()
}
