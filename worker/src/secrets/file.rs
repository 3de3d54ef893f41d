//! Secrets from a file, in TOML:
//!
//! ```toml
//! [[secret]]
//! name = "OPENAI_API_KEY"
//! value = "sk-…"
//! hosts = ["api.openai.com"]
//! workspace = "0198c0de-0000-7000-8000-000000000001"  # optional: for the jobs of this workspace only
//! ```
//! An error names the line and never quotes it: the parser's own words would show the value beside the mistake.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail, ensure};
use serde::Deserialize;
use toml::Spanned;
use uuid::Uuid;

use super::Secrets;
use crate::account::Account;

/// Far more than anybody has secrets, and little enough to be read at once.
const LARGEST_FILE: u64 = 1 << 20;

/// The mode bits of all those who are neither the owner nor in the group.
const OTHERS: u32 = 0o007;

/// What is wrong with an entry that is TOML but not an entry.
const ENTRY: &str =
    "this is no entry: a [[secret]] has name, value and hosts, a list of texts, perhaps workspace, a uuid, and nothing else";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    secret: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// Says in which line the entry is.
    name: Spanned<String>,
    value: String,
    hosts: Vec<String>,
    workspace: Option<Uuid>,
}

/// `--secrets-file PATH`
#[derive(Clone)]
pub struct SecretsFile {
    /// Where it is.
    pub path: PathBuf,
    /// Who must not read it, beside everybody else: the account of the scripts.
    pub scripts_run_as: Option<Account>,
}

impl SecretsFile {
    /// The secrets of the options and the file together.
    pub fn load(&self, options: &Secrets) -> anyhow::Result<Secrets> {
        let text = self.read()?;
        let mut secrets = options.clone();
        add_all(&mut secrets, &text)?;
        Ok(secrets)
    }

    fn read(&self) -> anyhow::Result<String> {
        // Opening a pipe would wait for somebody to write into it.
        ensure!(metadata_of(&self.path)?.is_file(), "it is not a file");
        let file = File::open(&self.path).map_err(|error| anyhow!("it cannot be opened: {error}"))?;
        self.check(&file)?;
        let mut text = String::new();
        let read = file.take(LARGEST_FILE + 1).read_to_string(&mut text);
        // Without the error's own words: they may quote the bytes.
        ensure!(read.is_ok(), "it cannot be read as UTF-8 text");
        ensure!(text.len() as u64 <= LARGEST_FILE, "it is larger than {LARGEST_FILE} bytes");
        // Cut short by somebody who is writing it; a file without secrets has at least a comment.
        ensure!(!text.is_empty(), "it is empty; write it beside and rename it into place");
        Ok(text)
    }

    /// Looks at the opened file, because another may stand at its path meanwhile.
    fn check(&self, file: &File) -> anyhow::Result<()> {
        let metadata = file.metadata().context("it cannot be looked at")?;
        let mode = metadata.mode() & 0o777;
        if mode & OTHERS != 0 {
            let path = self.path.display();
            bail!("its mode {mode:04o} opens it to every account; run chmod o-rwx {path} (a Kubernetes volume: defaultMode: 0440)");
        }
        let scripts_may = self.scripts_run_as.as_ref().is_some_and(|account| account.may_read(&metadata));
        ensure!(!scripts_may, "the account of --script-user may read it; give it an owner and a group that this account has no part in");
        Ok(())
    }
}

fn metadata_of(path: &Path) -> anyhow::Result<std::fs::Metadata> {
    std::fs::metadata(path).map_err(|error| anyhow!("it cannot be found: {error}"))
}

fn add_all(secrets: &mut Secrets, text: &str) -> anyhow::Result<()> {
    let line = |at: usize| text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
    let place = |error: &toml::de::Error| error.span().map_or_else(String::new, |span| format!("line {}: ", line(span.start)));
    // What the syntax parser says is made of constants alone; what is said of misplaced values quotes them.
    let syntax = |error: toml::de::Error| anyhow!("{}{}", place(&error), error.message());
    let document = toml::Deserializer::parse(text).map_err(syntax)?;
    let document = Document::deserialize(document).map_err(|error| anyhow!("{}{ENTRY}", place(&error)))?;
    for Entry { name, value, hosts, workspace } in document.secret {
        let line = line(name.span().start);
        let key = (name.into_inner(), workspace);
        secrets.add(key, value, hosts.iter().map(String::as_str)).with_context(|| format!("line {line}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
