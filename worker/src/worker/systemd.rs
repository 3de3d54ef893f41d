//! Tells systemd (`Type=notify`) that the worker is ready, which is after its first claim, and that it stops. Without
//! `NOTIFY_SOCKET` in the environment nobody is told.

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

use super::health::Health;

/// Tells both in their time.
pub async fn run(health: Health, stop: CancellationToken) {
    tokio::select! {
        () = health.first_claim() => tell(&NotifyState::Ready),
        () = stop.cancelled() => {}
    }
    stop.cancelled().await;
    tell(&NotifyState::Stopping);
}

/// A failure costs the supervisor's view of the worker, not the worker.
fn tell(state: &NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(std::slice::from_ref(state)) {
        tracing::warn!(?state, %error, "systemd could not be told; is NOTIFY_SOCKET right, and is the unit of Type=notify?");
    }
}
