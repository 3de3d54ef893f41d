//! The clock of all databases of the cluster, moved for every session at once: those of workers, too.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use steward_tests::Database;
use steward_tests::database::connect;
use steward_tests::eventually;
use tokio_postgres::Client;

/// A session knows the setting when it has loaded the library.
const LOAD: &str = "select steward.clock()";
/// Which offsets it had.
const MOVES: &str = "create table public.clock_move (moved_by interval not null)";
const NOTE: &str = "insert into public.clock_move values (make_interval(secs => $1))";
/// Looks without a pause: it is mostly a matter of a millisecond or two.
const LOOKS: usize = 50;
/// What a live worker would have done in the time that is left out.
const BEAT: &str = "update steward.worker set heartbeat_at = steward.clock() where split_part(id, ':', 2) = any ($1::int[]::text[])";

/// The clock. It stands as it was when this is dropped.
pub struct Clock {
    setter: Client,
    keeper: Client,
    offset: f64,
}

impl Clock {
    /// The clock as a database sees it.
    ///
    /// # Errors
    /// The database's.
    pub async fn of(database: &Database) -> Result<Self> {
        let (setter, keeper) = (connect(&database.name, "postgres").await?, connect(&database.name, "postgres").await?);
        setter.batch_execute(&format!("{LOAD}; {MOVES}")).await?;
        setter.execute(NOTE, &[&0.0]).await?;
        Ok(Self { setter, keeper, offset: 0.0 })
    }

    /// What time it is, in seconds.
    #[must_use]
    pub fn now(&self) -> f64 {
        real() + self.offset
    }

    /// Moves it to a time that is written down.
    ///
    /// # Errors
    /// The database's.
    pub async fn go_to(&mut self, at: &str, alive: &[i32]) -> Result<()> {
        let at = self.epoch(at).await?;
        self.move_to(at, alive).await
    }

    /// Seconds of a time that is written down.
    ///
    /// # Errors
    /// The database's.
    pub async fn epoch(&self, at: &str) -> Result<f64> {
        Ok(self.setter.query_one("select extract(epoch from $1::text::timestamptz)::float8", &[&at]).await?.get(0))
    }

    /// Moves it to a time in seconds, forwards or backwards. Workers that are alive count as having said so all the while: nobody is taken for dead because the
    /// clock was moved.
    ///
    /// # Errors
    /// The database's.
    pub async fn move_to(&mut self, at: f64, alive: &[i32]) -> Result<()> {
        self.keeper.batch_execute("begin; select steward.hold_latch('rescue_jobs')").await?;
        self.offset = at - real();
        self.setter.execute(NOTE, &[&self.offset]).await?;
        self.setter.batch_execute(&format!("alter system set steward.clock_offset = '{:.6}'", self.offset)).await?;
        self.setter.batch_execute("select pg_reload_conf()").await?;
        for _ in 0..LOOKS {
            if self.is_moved().await? {
                break;
            }
        }
        eventually("the clock is moved", || async { Ok(self.is_moved().await?.then_some(())) }).await?;
        self.keeper.execute(BEAT, &[&alive]).await?;
        self.keeper.batch_execute("commit").await?;
        Ok(())
    }

    async fn is_moved(&self) -> Result<bool> {
        let seen = "select abs(extract(epoch from steward.clock() - clock_timestamp())::float8 - $1) < 0.001";
        Ok(self.setter.query_one(seen, &[&self.offset]).await?.get(0))
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        // By a program, because nobody waits here. If it fails the tests after this one tell.
        let reset = ["-qX", "-c", LOAD, "-c", "alter system reset steward.clock_offset", "-c", "select pg_reload_conf()"];
        let _ = Command::new("psql").args(reset).stdout(std::process::Stdio::null()).status();
    }
}

fn real() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
