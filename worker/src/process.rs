//! What the operating system is told about this process, once, at start.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Closes the memory and the environment, where the secrets are, to other processes of the same user.
pub fn refuse_core_dumps() {
    if let Err(error) = nix::sys::prctl::set_dumpable(false) {
        tracing::warn!(%error, "could not make the process undumpable; core dumps and debuggers can read its secrets");
    }
}

/// Raises the limit of open files as far as allowed: a running call needs a socket, a script needs three pipes.
pub fn raise_open_files() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE).and_then(|(_, hard)| setrlimit(Resource::RLIMIT_NOFILE, hard, hard));
    if let Err(error) = raised {
        tracing::warn!(%error, "could not raise the limit of open files; many calls at once may fail to connect");
    }
}
