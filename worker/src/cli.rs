//! The command line. Every option can come from the environment as well, for containers.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::account::Account;
use crate::sandbox;

/// The worker of `pg_steward`: listens, sends the prepared requests, hands the answers back.
#[derive(Parser)]
#[command(name = "steward", version, about)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands of `steward`.
#[derive(Subcommand)]
pub enum Command {
    /// Claim jobs, carry them out, report the outcomes.
    Worker(Box<WorkerArgs>),
    /// Imitate the paid AI services on loopback, for demos and tests.
    Sandbox(sandbox::Args),
    /// Run one script and kill all of it when the worker is gone; started by the worker itself.
    #[command(hide = true)]
    ScriptGuard {
        /// Under which account the program runs, in numbers.
        #[arg(long, value_name = "USER:GROUP:GROUP…")]
        account: Option<Account>,
        /// The program and its arguments.
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
}

/// Options of `steward worker`.
#[derive(Args, Clone)]
pub struct WorkerArgs {
    /// Where the database is; without it the variables PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE and PGSSLMODE say it.
    #[arg(long, env = "STEWARD_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// A direct connection for LISTEN, when the database URL leads to a transaction pooler.
    #[arg(long, env = "STEWARD_LISTEN_DATABASE_URL", hide_env_values = true)]
    pub listen_database_url: Option<String>,
    /// PEM file with the certificates trusted for the database connection, instead of the system's.
    #[arg(long, env = "STEWARD_TLS_CA_FILE", value_name = "PEM")]
    pub tls_ca_file: Option<PathBuf>,
    /// A queue to serve; repeatable.
    #[arg(long, env = "STEWARD_QUEUE", value_name = "NAME", value_delimiter = ',', default_value = "default")]
    pub queue: Vec<String>,
    /// The most jobs running at once.
    #[arg(long, env = "STEWARD_CONCURRENCY", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub concurrency: u32,
    /// The most jobs claimed by one statement.
    #[arg(long, env = "STEWARD_BATCH", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub batch: u32,
    /// Seconds between two looks at an empty queue, give or take a fifth.
    #[arg(long, env = "STEWARD_POLL_INTERVAL", default_value = "1.0", value_name = "SECONDS", value_parser = poll_interval)]
    pub poll_interval: Duration,
    /// A command that tools may run, as NAME=COMMAND LINE; repeatable. No shell is involved.
    #[arg(long, env = "STEWARD_SCRIPT", value_name = "NAME=COMMAND LINE", value_delimiter = '\n')]
    pub script: Vec<String>,
    /// Where scripts find the database, as `STEWARD_DATABASE_URL`; the login should be `steward_script`.
    #[arg(long, env = "STEWARD_SCRIPT_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub script_database_url: Option<String>,
    /// The account under which scripts run; the worker must be root. Without it a script may read and end what the worker may.
    #[arg(long, env = "STEWARD_SCRIPT_USER", value_name = "NAME")]
    pub script_user: Option<String>,
    /// A secret that only these hosts are sent (port 443 unless given); repeatable.
    ///
    /// Its value is read from the environment variable NAME. `NAME@WORKSPACE=HOST…`, with the uuid of a workspace, is for the jobs of
    /// that workspace alone, goes before `NAME`, and is read from the variable `NAME__WORKSPACE` with `_` for each `-` of the uuid.
    #[arg(long, env = "STEWARD_SECRET", value_name = "NAME[@WORKSPACE]=HOST[:PORT][,HOST…]", value_delimiter = ';')]
    pub secret: Vec<String>,
    /// More secrets, in a TOML file that may be changed at any time.
    ///
    /// Each stands in a table [[secret]] with name, value, hosts = ["HOST[:PORT]", …] and perhaps workspace = "UUID". A change counts from
    /// the next request on; a file that is missing or wrong leaves the secrets as they were. Other accounts must not be able to read it.
    #[arg(long, env = "STEWARD_SECRETS_FILE", value_name = "PATH")]
    pub secrets_file: Option<PathBuf>,
    /// A private address that requests may reach all the same; repeatable.
    #[arg(long, env = "STEWARD_ALLOW_ADDRESS", value_name = "HOST:PORT", value_delimiter = ',')]
    pub allow_address: Vec<String>,
    /// Seconds that running jobs get to end after SIGTERM or SIGINT.
    #[arg(long, env = "STEWARD_DRAIN_SECONDS", default_value = "30", value_name = "SECONDS", value_parser = drain_seconds)]
    pub drain_seconds: Duration,
    /// The form of the log, which goes to standard error.
    #[arg(long, env = "STEWARD_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// What is logged, for example `info` or `steward=debug`.
    #[arg(long, env = "STEWARD_LOG", default_value = "info", value_name = "FILTER")]
    pub log: String,
    /// What this worker calls itself; the host name unless given.
    #[arg(long, env = "STEWARD_NAME")]
    pub name: Option<String>,
}

/// The form of the log.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Below a twentieth of a second an idle fleet would keep the database busy; after an hour nobody waits any more.
fn poll_interval(text: &str) -> Result<Duration, String> {
    seconds(text, 0.05, 3600.0)
}

/// No supervisor waits longer than a day for a process to end.
fn drain_seconds(text: &str) -> Result<Duration, String> {
    seconds(text, 0.0, 86_400.0)
}

fn seconds(text: &str, least: f64, most: f64) -> Result<Duration, String> {
    let wrong = || format!("give a number of seconds from {least} to {most}, such as 1.5");
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    if !(least..=most).contains(&seconds) {
        return Err(wrong());
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worker(option: &str, value: &str) -> Result<Cli, String> {
        Cli::try_parse_from(["steward", "worker", &format!("{option}={value}")]).map_err(|error| error.to_string())
    }

    #[test]
    fn times_are_taken_within_their_bounds_only() {
        for (option, value) in
            [("--poll-interval", "0.05"), ("--poll-interval", "3600"), ("--drain-seconds", "0"), ("--drain-seconds", "86400")]
        {
            assert!(worker(option, value).is_ok(), "{option} {value} was refused");
        }
        let nonsense = ["", "soon", "NaN", "inf", "-1", "1.8e19", "86401"];
        let times = nonsense.iter().flat_map(|value| [("--poll-interval", *value), ("--drain-seconds", *value)]);
        for (option, value) in times.chain([("--poll-interval", "0"), ("--poll-interval", "0.049"), ("--poll-interval", "3601")]) {
            let error = worker(option, value).err();
            let bounds = if option == "--poll-interval" { "from 0.05 to 3600" } else { "from 0 to 86400" };
            assert!(error.is_some_and(|words| words.contains(option) && words.contains(bounds)), "{option} {value}");
        }
    }
}
