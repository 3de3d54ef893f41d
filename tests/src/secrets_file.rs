//! A secrets file of a test.

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;
use uuid::Uuid;

/// Name, value, host, and perhaps the only workspace.
pub type Entry<'a> = (&'a str, &'a str, &'a str, Option<Uuid>);

/// A file that only its owner may read, removed with the test.
pub struct SecretsFile(PathBuf);

impl SecretsFile {
    /// Writes a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(entries: &[Entry<'_>]) -> Result<Self> {
        let file = Self(std::env::temp_dir().join(format!("steward-secrets-{}.toml", Uuid::now_v7())));
        file.replace(entries)?;
        Ok(file)
    }

    /// Its path.
    ///
    /// # Panics
    /// Never: the path is made of letters and digits, and so are directories for temporary files.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.to_str().expect("a path of ASCII letters")
    }

    /// Puts another file in its place.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn replace(&self, entries: &[Entry<'_>]) -> Result<()> {
        let mut text = String::from("# written by a test\n");
        for (name, value, host, workspace) in entries {
            // Texts of TOML and of JSON have the same escapes.
            let [name, value, host] = [name, value, host].map(|text| Value::from(*text));
            writeln!(text, "[[secret]]\nname = {name}\nvalue = {value}\nhosts = [{host}]")?;
            if let Some(workspace) = workspace {
                writeln!(text, "workspace = \"{workspace}\"")?;
            }
        }
        self.replace_by(&text)
    }

    /// Puts a file with this text in its place.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn replace_by(&self, text: &str) -> Result<()> {
        let next = self.0.with_extension("next");
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&next).context("the secrets file")?;
        file.write_all(text.as_bytes())?;
        Ok(std::fs::rename(&next, &self.0)?)
    }
}

impl Drop for SecretsFile {
    fn drop(&mut self) {
        // Left over in /tmp if it fails, which harms nobody.
        let _ = std::fs::remove_file(&self.0);
    }
}
