//! Looks at the secrets file once a second. A changed file counts from the next request on; one that is gone or wrong
//! leaves what there was, and is mentioned once.
//!
//! Looking beats being notified: it works on every file system, and when Kubernetes swaps the links that lead to the file.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::Secrets;
use super::file::SecretsFile;
use super::vault::Vault;

/// Between two looks: whoever changes a secret waits no longer, and one `stat` a second costs nothing.
const PAUSE: Duration = Duration::from_secs(1);

/// What tells one state of a file from another.
#[derive(Clone, PartialEq, Eq)]
pub struct Stamp(Result<[i64; 7], ErrorKind>);

impl Stamp {
    /// The state of the file to which `path` leads.
    pub async fn of(path: &Path) -> Self {
        // Device and inode tell of another file at this place. The clock of file systems ticks a few hundred times a second only,
        // so the mode has its own place beside the time of the last change.
        let numbers = |file: Metadata| {
            let (time, size) = ([file.mtime(), file.ctime(), file.ctime_nsec()], file.size().cast_signed());
            [file.dev().cast_signed(), file.ino().cast_signed(), size, file.mode().into(), time[0], time[1], time[2]]
        };
        Self(tokio::fs::metadata(path).await.map(numbers).map_err(|error| error.kind()))
    }
}

/// The watch over one file.
pub struct Watch {
    file: SecretsFile,
    /// Those of the options, which stay.
    options: Secrets,
    vault: Arc<Vault>,
    /// The state that was loaded or found wrong.
    seen: Stamp,
}

impl Watch {
    /// Watches `file`, which was loaded into `vault` when it was as `seen` says.
    pub fn new(file: SecretsFile, options: Secrets, vault: Arc<Vault>, seen: Stamp) -> Self {
        Self { file, options, vault, seen }
    }

    /// Looks for ever.
    pub async fn run(mut self) {
        loop {
            sleep(PAUSE).await;
            if let Some(change) = self.look().await {
                self.mention(change);
            }
        }
    }

    /// Follows a change, if there is one: the names that count now, or why everything stays as it was.
    async fn look(&mut self) -> Option<anyhow::Result<Vec<String>>> {
        let stamp = Stamp::of(&self.file.path).await;
        if stamp == self.seen {
            return None;
        }
        let loaded = self.file.load(&self.options);
        // Somebody is writing it: wait until it rests.
        if Stamp::of(&self.file.path).await != stamp {
            return None;
        }
        self.seen = stamp;
        Some(loaded.and_then(|secrets| {
            let names = secrets.names();
            self.vault.replace(secrets).map(|()| names)
        }))
    }

    fn mention(&self, change: anyhow::Result<Vec<String>>) {
        let file = self.file.path.display();
        match change {
            Ok(names) => tracing::info!(%file, secrets = ?names, "the secrets file has changed and counts from the next request on"),
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(%file, error, "the secrets file cannot be used; the secrets from before go on counting until it is mended");
            }
        }
    }
}

#[cfg(test)]
mod tests;
