//! Outcomes that the database was not there to take when the worker ended, one file each: a paid answer outlives the process.
//!
//! A file is written under another name, synced and renamed, so under its own name it is whole. It goes when the database has said
//! accepted or stale, and only then. What is no outcome is set aside under another name, never deleted. Invariant: no secret is in
//! here, because an [`Outcome`](crate::outcome::Outcome) is redacted when it is made.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::finished::Finished;
use crate::outcome::LARGEST_JSON;

/// What is written in every file, so that another one is not taken for an outcome; it changes with the form of the file.
const FORMAT: &str = "steward outcome 1";

/// How the names of whole files end, of those being written, and of those set aside.
const WHOLE: &str = ".outcome.json";
const DRAFT: &str = ".outcome.draft";
const ASIDE: &str = ".set-aside";

/// An outcome and the few words around it.
const LARGEST_FILE: u64 = LARGEST_JSON as u64 + (64 << 10);

/// One file.
#[derive(Serialize, Deserialize)]
struct Document<O> {
    format: String,
    /// Under which name the attempt was claimed; the database takes its outcome under no other.
    worker: String,
    outcome: O,
}

/// The part of an outcome by which it is known.
#[derive(Deserialize)]
struct Key {
    job_id: Uuid,
    attempt: i32,
}

/// The directory of `--spool-dir`.
#[derive(Clone)]
pub struct Spool(PathBuf);

impl Spool {
    /// Takes a directory, which is created for this account alone if it is not there.
    pub fn open(directory: &Path) -> anyhow::Result<Self> {
        let of = || format!("--spool-dir {}", directory.display());
        DirBuilder::new().recursive(true).mode(0o700).create(directory).with_context(|| format!("{}: it cannot be created", of()))?;
        fs::read_dir(directory).with_context(|| format!("{}: it cannot be read", of()))?;
        let spool = Self(directory.to_owned());
        match spool.try_writing() {
            // What fills it is delivered first, which makes room: refusing to start would keep it full for ever.
            Err(error) if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) && spool.len() > 0 => {
                tracing::warn!(directory = %directory.display(), "the disk of --spool-dir is full; what waits there is delivered first");
            }
            written => written.with_context(|| format!("{}: nothing can be written there", of()))?,
        }
        Ok(spool)
    }

    /// Writes and removes a file, so that it is known now whether that is possible.
    fn try_writing(&self) -> io::Result<()> {
        let path = self.0.join(format!(".{}{DRAFT}", Uuid::now_v7()));
        let written = create(&path).and_then(|mut file| file.write_all(FORMAT.as_bytes()));
        written.and(fs::remove_file(&path))
    }

    /// Whether accounts outside of its group get in.
    pub fn is_open_to_others(&self) -> bool {
        fs::metadata(&self.0).is_ok_and(|directory| directory.permissions().mode() & 0o007 != 0)
    }

    /// How many outcomes wait here for the next start.
    pub fn len(&self) -> usize {
        self.files().filter(|path| has_end(path, WHOLE)).count()
    }

    /// Writes outcomes of `worker`; returns how many could not be written, each of which it logs.
    pub fn store(&self, worker: &str, outcomes: &[Finished]) -> usize {
        let lost = outcomes.iter().filter(|outcome| self.write(worker, outcome).is_err()).count();
        let (spooled, directory) = (outcomes.len() - lost, self.0.display());
        tracing::warn!(spooled, %directory, "outcomes that could not be stored are spooled; the next worker with this --spool-dir delivers them");
        lost
    }

    fn write(&self, worker: &str, outcome: &Finished) -> io::Result<()> {
        let (job_id, attempt) = outcome.id;
        let draft = self.0.join(format!(".{job_id}-{attempt}{DRAFT}"));
        let document = Document { format: FORMAT.to_owned(), worker: worker.to_owned(), outcome: &outcome.json };
        let written = create(&draft).and_then(|file| {
            let mut out = BufWriter::new(file);
            serde_json::to_writer(&mut out, &document)?;
            out.into_inner()?.sync_all()?;
            fs::rename(&draft, self.0.join(format!("{job_id}-{attempt}{WHOLE}")))?;
            // The name is in the directory, which is written for itself.
            File::open(&self.0)?.sync_all()
        });
        written.inspect_err(|error| {
            tracing::error!(%job_id, attempt, %error, "an outcome could not be spooled and is lost; the database takes the attempt back");
            // It takes the room that the next one may need, and may never have been there.
            let _ = fs::remove_file(&draft);
        })
    }

    /// The files of the outcomes that wait, by the worker that claimed them; all others are set aside.
    pub fn waiting(&self) -> BTreeMap<String, Vec<PathBuf>> {
        let mut waiting: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        for path in self.files().filter(|path| !has_end(path, ASIDE) && !is_being_written(path)) {
            match read(&path) {
                Ok((worker, _)) => waiting.entry(worker).or_default().push(path),
                Err(error) => set_aside(&path, &format!("{error:#}")),
            }
        }
        waiting
    }

    /// The files in here, in order; of a directory that cannot be read, which is logged, none.
    fn files(&self) -> impl Iterator<Item = PathBuf> {
        let unreadable = |error: &io::Error| tracing::error!(directory = %self.0.display(), %error, "the spool directory cannot be read");
        let entries = fs::read_dir(&self.0).inspect_err(unreadable).into_iter().flatten().flatten();
        let mut paths: Vec<_> =
            entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())).map(|entry| entry.path()).collect();
        paths.sort_unstable();
        paths.into_iter()
    }
}

/// A new file for this account alone, marked as being written as long as it is open.
fn create(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.try_lock()?;
    Ok(file)
}

/// Another worker may share the directory and end just now.
fn is_being_written(path: &Path) -> bool {
    has_end(path, DRAFT) && File::open(path).is_ok_and(|file| file.try_lock_shared().is_err())
}

fn has_end(path: &Path, end: &str) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(end))
}

/// Reads one file: the worker and its outcome.
pub fn read(path: &Path) -> anyhow::Result<(String, Finished)> {
    ensure!(has_end(path, WHOLE), "it is no spooled outcome, or one that was not written to its end");
    let mut text = String::new();
    File::open(path).context("it cannot be opened")?.take(LARGEST_FILE + 1).read_to_string(&mut text).context("it cannot be read")?;
    ensure!(text.len() as u64 <= LARGEST_FILE, "it is larger than {LARGEST_FILE} bytes");
    // The parser's own words could quote an answer.
    let torn = |error: serde_json::Error| format!("it is torn or no outcome: wrong at column {}", error.column());
    let document: Document<Box<RawValue>> = serde_json::from_str(&text).map_err(|error| anyhow::anyhow!(torn(error)))?;
    ensure!(document.format == FORMAT, "it is of another format than this release writes, which is {FORMAT:?}");
    let Key { job_id, attempt } = serde_json::from_str(document.outcome.get()).map_err(|error| anyhow::anyhow!(torn(error)))?;
    let finished = Finished { spooled: Some(path.to_owned()), ..Finished::new((job_id, attempt), document.outcome, None) };
    Ok((document.worker, finished))
}

/// Removes the file of an outcome that the database has settled.
pub fn remove(path: &Path) {
    if let Some(error) = unless_gone(fs::remove_file(path)) {
        tracing::warn!(file = %path.display(), %error, "a delivered outcome cannot be removed; the next start offers it in vain");
    }
}

/// Gives a file another name, under which nobody looks at it but people.
pub fn set_aside(path: &Path, why: &str) {
    let mut name = path.as_os_str().to_owned();
    name.push(ASIDE);
    let (file, aside) = (path.display(), PathBuf::from(name));
    let renamed = fs::rename(path, &aside);
    if renamed.is_ok() {
        tracing::error!(%file, why, aside = %aside.display(), "a file in the spool was set aside; look at it and remove it");
    } else if let Some(error) = unless_gone(renamed) {
        tracing::error!(%file, why, %error, "a file in the spool cannot be used, and cannot be set aside");
    }
}

/// Another worker that shares the directory may have been quicker, which is as good.
fn unless_gone(result: io::Result<()>) -> Option<io::Error> {
    result.err().filter(|error| error.kind() != io::ErrorKind::NotFound)
}

#[cfg(test)]
pub mod tests;
