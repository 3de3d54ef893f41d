//! Stopping in good order: first no new work, later no work at all.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The exit code of a process ended by Ctrl-C, as shells report it.
const INTERRUPTED: i32 = 130;

/// The two signs that every part of the worker can wait for.
#[derive(Clone, Default)]
pub struct Shutdown {
    /// Nothing is claimed and nothing unsent goes out any more.
    pub stop: CancellationToken,
    /// What still runs is given up.
    pub abort: CancellationToken,
}

/// Stops the worker at SIGTERM or SIGINT; at the second one the process ends at once.
pub fn on_signals(shutdown: Shutdown) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if shutdown.stop.is_cancelled() {
                tracing::warn!("second signal: ending at once; the database takes back what was running");
                std::process::exit(INTERRUPTED);
            }
            tracing::info!("stopping: running jobs may end, a second signal ends at once");
            shutdown.stop.cancel();
        }
    });
    Ok(())
}
