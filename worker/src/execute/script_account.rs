//! How the guard turns the process that becomes the script into another account, of which it stays the master.

use std::io;
use std::os::fd::BorrowedFd;

use nix::libc;
use nix::sys::prctl;
use nix::sys::stat::{SFlag, fstat};
use nix::unistd::{fchown, setgroups, setresgid, setresuid};

use crate::account::Account;

/// `CAP_KILL`, `CAP_SETGID` and `CAP_SETUID`, by their numbers in capabilities(7).
const NEEDED: u64 = 1 << 5 | 1 << 6 | 1 << 7;

/// Whether the guard may become somebody else and may kill who that is afterwards. Without the latter a script could
/// start that nobody can end.
pub fn check_rights() -> io::Result<()> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let effective = effective.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    if effective & NEEDED == NEEDED {
        return Ok(());
    }
    Err(io::Error::other("this process may not change its account: it needs CAP_SETUID, CAP_SETGID and CAP_KILL, as root has them"))
}

/// Between fork and exec: system calls only. The groups go first, since who is not root any more may not change them.
pub fn change_to(account: &Account) -> io::Result<()> {
    give_pipes_to(account);
    setgroups(&account.groups)?;
    setresgid(account.group, account.group, account.group)?;
    setresuid(account.user, account.user, account.user)?;
    // A worker that is not root has its rights as ambient capabilities, which the script would inherit.
    // SAFETY: this form of the call takes no pointers.
    if unsafe { libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // No program with set-user-ID bit leads back.
    prctl::set_no_new_privs()?;
    Ok(())
}

/// Without it the script could not open `/dev/stderr`, as shell scripts do. An error leaves just that.
fn give_pipes_to(account: &Account) {
    for number in 0..=2 {
        // SAFETY: the three standard streams are open as long as the process is.
        let stream = unsafe { BorrowedFd::borrow_raw(number) };
        let is_pipe = fstat(stream).is_ok_and(|stat| SFlag::from_bits_truncate(stat.st_mode & SFlag::S_IFMT.bits()) == SFlag::S_IFIFO);
        if is_pipe {
            let _ = fchown(stream, Some(account.user), Some(account.group));
        }
    }
}
