//! Waiting for a condition instead of for a time.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Longest wait for a condition: far beyond what it takes on a busy machine, short enough to end a hung test.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks until `look` gives something, for at most a minute.
///
/// # Errors
/// When a look fails, or nothing came in time; `what` says what was waited for.
pub async fn eventually<T, F, Fut>(what: &str, look: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Option<T>>>,
{
    eventually_within(PATIENCE, what, look).await
}

/// The same with a patience of its own, for what rightly takes longer.
///
/// # Errors
/// When a look fails, or nothing came in time; `what` says what was waited for.
pub async fn eventually_within<T, F, Fut>(patience: Duration, what: &str, mut look: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<Option<T>>>,
{
    let started = Instant::now();
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        if started.elapsed() > patience {
            bail!("waited {} s in vain until {what}", patience.as_secs());
        }
        tokio::time::sleep(PAUSE).await;
    }
}
