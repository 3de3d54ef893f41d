//! What a worker tells systemd, and the unit that starts it there.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use steward_tests::process::steward;
use steward_tests::{Proxy, Running, World, eventually};
use tokio::net::UnixDatagram;

/// The socket of a supervisor, removed with its test.
struct Supervisor {
    path: PathBuf,
    socket: UnixDatagram,
}

impl Supervisor {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("steward-notify-{}", uuid::Uuid::now_v7()));
        Ok(Self { socket: UnixDatagram::bind(&path)?, path })
    }

    fn start(&self, mut worker: Command) -> Result<Running> {
        Running::start(worker.env("NOTIFY_SOCKET", &self.path))
    }

    /// The next message, if there is one already.
    fn heard(&self) -> Option<String> {
        let mut message = [0; 1024];
        let length = self.socket.try_recv(&mut message).ok()?;
        Some(String::from_utf8_lossy(&message[..length]).trim().to_owned())
    }

    async fn hears(&self) -> Result<String> {
        eventually("the worker tells something", || async { Ok(self.heard()) }).await
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        // Left over in /tmp if it fails, which harms nobody.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[tokio::test]
async fn a_worker_is_ready_after_its_first_claim_and_says_when_it_stops() -> Result<()> {
    let (world, supervisor) = (World::create().await?, Supervisor::new()?);
    let mut worker = supervisor.start(world.worker_command(&world.database.worker_url(), &[])?)?;
    assert_eq!(supervisor.hears().await?, "READY=1");
    let claimed =
        "select exists (select from pg_stat_activity where application_name = 'steward worker: claim' and datname = current_database())";
    assert!(world.database.value::<bool>(claimed, &[]).await?);
    worker.signal(libc::SIGTERM);
    assert_eq!(supervisor.hears().await?, "STOPPING=1");
    assert!(worker.ended().await?.success());
    assert_eq!(supervisor.heard(), None);
    Ok(())
}

#[tokio::test]
async fn a_worker_without_its_database_is_not_ready() -> Result<()> {
    let (world, supervisor, proxy) = (World::create().await?, Supervisor::new()?, Proxy::start().await?);
    proxy.vanish();
    let url = proxy.through(&world.database.worker_url());
    let mut worker = supervisor.start(world.worker_command(&url, &[])?)?;
    eventually("it misses the database", || async { Ok(worker.output().contains("the database failed").then_some(())) }).await?;
    worker.signal(libc::SIGTERM);
    assert_eq!(supervisor.hears().await?, "STOPPING=1", "not ready before");
    worker.ended().await?;
    Ok(())
}

fn unit() -> Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/steward-worker.service");
    std::fs::read_to_string(&path).with_context(|| path.display().to_string())
}

#[test]
fn the_unit_gives_the_worker_time_to_drain() -> Result<()> {
    let toml = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/worker.toml"))?;
    let number =
        |text: &str, key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.trim_start_matches([' ', '=']).parse::<u32>().ok());
    let drain = number(&toml, "drain-seconds").context("drain-seconds")?;
    let stop = number(&unit()?, "TimeoutStopSec").context("TimeoutStopSec")?;
    assert!(stop >= drain + 40, "{stop} s for a drain of {drain} s");
    Ok(())
}

/// Where there is no systemd, there is nobody to ask.
#[test]
fn systemd_finds_nothing_wrong_with_the_unit() -> Result<()> {
    let directory = std::env::temp_dir().join(format!("steward-unit-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir(&directory)?;
    let copy = directory.join("steward-worker.service");
    std::fs::write(&copy, unit()?.replace("/usr/local/bin/steward", &steward()?.display().to_string()))?;
    let verified = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&copy).output();
    std::fs::remove_dir_all(&directory)?;
    let Ok(verified) = verified else { return Ok(()) };
    let words = String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success() && !words.contains("steward-worker.service"), "{words}");
    Ok(())
}
