//! Processes of a test: started, watched, and gone when the test ends.

use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};

use crate::wait::eventually;

/// A running process, killed when it is dropped.
pub struct Running {
    child: Child,
    output: Arc<Mutex<String>>,
}

/// The binary under test.
///
/// # Errors
/// When `STEWARD_BIN` is not set.
pub fn steward() -> Result<PathBuf> {
    Ok(std::env::var_os("STEWARD_BIN").context("STEWARD_BIN is not set: run the tests through tests/cluster.sh")?.into())
}

/// Whether the tests run as root.
#[must_use]
pub fn is_root() -> bool {
    // SAFETY: geteuid touches no memory and cannot fail.
    unsafe { libc::geteuid() == 0 }
}

impl Running {
    /// Starts a command and collects what it prints.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let output = Arc::new(Mutex::new(String::new()));
        collect(child.stdout.take().context("stdout")?, Arc::clone(&output));
        collect(child.stderr.take().context("stderr")?, Arc::clone(&output));
        Ok(Self { child, output })
    }

    /// Everything it has printed so far.
    pub fn output(&self) -> String {
        self.output.lock().map(|text| text.clone()).unwrap_or_default()
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal.
    pub fn signal(&self, signal: i32) {
        let pid = i32::try_from(self.child.id()).unwrap_or(0);
        // SAFETY: kill touches no memory; the pid is that of our child, which is not waited for yet.
        unsafe { libc::kill(pid, signal) };
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it does not end in time.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        let child = Mutex::new(&mut self.child);
        eventually("the process ends", || async {
            let mut child = child.lock().map_err(|_| anyhow::anyhow!("poisoned"))?;
            Ok(child.try_wait()?)
        })
        .await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(mut stream: impl std::io::Read + Send + 'static, output: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = stream.read(&mut buffer) {
            if let Ok(mut text) = output.lock() {
                text.push_str(&String::from_utf8_lossy(&buffer[..read]));
            }
        }
    });
}
