//! A file system with room for a few files, which only processes of the test see.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use steward_tests::process::is_root;
use steward_tests::{Running, eventually};

/// A process that holds a mount namespace with a tmpfs in it; the file system goes with the process.
pub struct SmallDisk {
    holder: Running,
    /// Where it is, for those who are inside.
    pub path: PathBuf,
}

impl SmallDisk {
    /// Mounts one of so many pages of 4 KiB.
    ///
    /// # Errors
    /// When the kernel does not allow it: as another account than root it needs user namespaces, which Debian allows.
    pub async fn mount(pages: u32) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("steward-disk-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&path)?;
        let script = format!("mount -t tmpfs -o size={}k none {} && echo mounted && exec sleep infinity", 4 * pages, path.display());
        let mut command = Command::new("unshare");
        if !is_root() {
            command.args(["--user", "--map-root-user"]);
        }
        let holder = Running::start(command.args(["--mount", "sh", "-c", &script]))?;
        eventually("the small disk is mounted", || async { Ok(holder.output().contains("mounted").then_some(())) }).await?;
        Ok(Self { holder, path })
    }

    /// The command, run where the disk is seen.
    #[must_use]
    pub fn inside(&self, command: &Command) -> Command {
        let mut inside = Command::new("nsenter");
        inside.args(["--target", &self.holder.id().to_string(), "--mount"]);
        if !is_root() {
            inside.args(["--user", "--preserve-credentials"]);
        }
        inside.arg("--").arg(command.get_program()).args(command.get_args());
        inside.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        inside
    }

    /// The names of the files on it.
    ///
    /// # Errors
    /// When it is gone.
    pub fn files(&self) -> Result<Vec<String>> {
        let seen = Path::new("/proc").join(self.holder.id().to_string()).join("root").join(self.path.strip_prefix("/")?);
        let names = std::fs::read_dir(seen)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        names.collect()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // The mount point, empty outside. Left over in /tmp if it fails, which harms nobody.
        let _ = std::fs::remove_dir(&self.path);
    }
}
