//! Scripts of a test, and what passes between them and the test beside the database.

use std::path::PathBuf;

use anyhow::Result;
use serde_json::{Value, json};

use crate::database::Database;
use crate::wait::eventually;

/// A Python script in a file of its own that every account may read, removed with the test.
pub struct Script(PathBuf);

impl Script {
    /// Writes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(source: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("steward-script-{}.py", uuid::Uuid::now_v7()));
        std::fs::write(&path, source)?;
        Ok(Self(path))
    }

    /// The option `--script` under which the worker knows it as `task`.
    #[must_use]
    pub fn listed(&self) -> String {
        format!("task=/usr/bin/python3 {}", self.0.display())
    }

    /// Defines the tool `task`, which runs it once.
    ///
    /// # Errors
    /// The database's.
    pub async fn define(&self, database: &Database) -> Result<()> {
        database.define_tool("task", json!({ "executor": "script", "request": { "command": "task" }, "max_tries": 1 })).await
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // Left over in /tmp if it fails, which harms nobody.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A file by which a script tells the test something, or the test a script. It is not there at first.
pub struct Letter(PathBuf);

impl Letter {
    /// A name that nobody has used.
    #[must_use]
    pub fn new() -> Self {
        Self(std::env::temp_dir().join(format!("steward-letter-{}", uuid::Uuid::now_v7())))
    }

    /// Its path, for the script.
    #[must_use]
    pub fn path(&self) -> Value {
        json!(self.0)
    }

    /// Writes it, at once as a whole.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn send(&self, text: &str) -> Result<()> {
        let draft = self.0.with_extension("draft");
        std::fs::write(&draft, text)?;
        Ok(std::fs::rename(&draft, &self.0)?)
    }

    /// Waits for it and returns what it says, which ends with a line end.
    ///
    /// # Errors
    /// When it does not come in time.
    pub async fn received(&self) -> Result<String> {
        let text = eventually("the script writes its letter", || async {
            Ok(std::fs::read_to_string(&self.0).ok().filter(|text| text.ends_with('\n')))
        });
        Ok(text.await?.trim().to_owned())
    }
}

impl Default for Letter {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Letter {
    fn drop(&mut self) {
        // It may never have been written.
        let _ = std::fs::remove_file(&self.0);
    }
}
