//! What the operating system is told about this process, once, at start.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::telemetry::say;

/// Closes the memory and the environment, where the secrets are, to other processes of the same user. It lasts until the
/// process changes its account or becomes another program, neither of which the worker does.
pub fn refuse_core_dumps() {
    if let Err(error) = nix::sys::prctl::set_dumpable(false) {
        say(&format!("steward: could not make the process undumpable; core dumps and debuggers can read its secrets: {error}"));
    }
}

/// Raises the limit of open files as far as allowed: a call needs a socket, a script three pipes, and the
/// usual soft limit of 1,024 is far below the thousands of a busy worker or sandbox.
///
/// A failure is only worth a warning, in the words and at the place of the caller: few calls at once do not need more.
pub fn raise_open_files() -> nix::Result<()> {
    getrlimit(Resource::RLIMIT_NOFILE).and_then(|(_, hard)| setrlimit(Resource::RLIMIT_NOFILE, hard, hard))
}

/// Bytes of memory that this process occupies; none where /proc is not mounted.
pub fn resident_bytes() -> Option<usize> {
    // The second number is the pages in memory: proc(5).
    let pages: usize = std::fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    let page = nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok()??;
    pages.checked_mul(usize::try_from(page).ok()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn as_many_files_may_be_open_as_the_administrator_allows() {
        raise_open_files().unwrap();
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        assert_eq!(soft, hard);
    }

    #[test]
    fn the_memory_of_this_process_is_known() {
        let bytes = resident_bytes().unwrap();
        assert!((1 << 20..1 << 40).contains(&bytes), "{bytes}");
    }
}
