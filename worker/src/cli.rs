//! The command line. Every option can come from the environment as well, for containers.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::account::Account;
use crate::sandbox;

/// The most jobs that one process may be told to run at once; a call needs a socket, of which a process has about a million at most.
const MOST_JOBS: u32 = 100_000;

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
    /// Imitate paid services on loopback, for demos and tests.
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
    /// A TOML file with options, each under its long name, lists as arrays; the command line and the environment go before it.
    ///
    /// For example: queue = ["default", "mail"]. Values of secrets belong into the --secrets-file.
    #[arg(long, env = "STEWARD_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Look at all options, files, rights and connections, print a line for each, and end; 1 if something is wrong.
    #[arg(long)]
    pub check: bool,
    /// Where the database is; without it the variables PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE and PGSSLMODE say it.
    #[arg(long, env = "STEWARD_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// A direct connection for LISTEN, when the database URL leads to a transaction pooler.
    #[arg(long, env = "STEWARD_LISTEN_DATABASE_URL", hide_env_values = true)]
    pub listen_database_url: Option<String>,
    /// Whether to LISTEN for wake-ups; `false` only looks at each poll interval, as behind a transaction pooler without a direct connection.
    #[arg(long, env = "STEWARD_LISTEN", default_value_t = true, action = ArgAction::Set, value_name = "true|false")]
    pub listen: bool,
    /// PEM file with the certificates trusted for the database connection, instead of the system's.
    #[arg(long, env = "STEWARD_TLS_CA_FILE", value_name = "PEM")]
    pub tls_ca_file: Option<PathBuf>,
    /// A queue to serve, and perhaps the most jobs of it running at once in this worker; repeatable.
    #[arg(long, env = "STEWARD_QUEUE", value_name = "NAME[=N]", value_delimiter = ',', default_value = "default")]
    pub queue: Vec<QueueOption>,
    /// The most jobs running at once.
    #[arg(long, env = "STEWARD_CONCURRENCY", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_JOBS)))]
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
    /// Where scripts find the database, as `STEWARD_DATABASE_URL`, and functions (tools with executor sql) are run; the login is `steward_script`.
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
    /// A directory for answers that the database does not take before the worker ends; the next start delivers them first.
    ///
    /// It is created for this account alone. Give it a place that outlives the process; several workers may share it. Without it such
    /// answers are lost with the process, and their attempts end as lost.
    #[arg(long, env = "STEWARD_SPOOL_DIR", value_name = "DIR")]
    pub spool_dir: Option<PathBuf>,
    /// A port for operators, with /healthz, /readyz and /metrics (for Prometheus); none unless given.
    ///
    /// It shows counts, times and the names of tools, and asks nobody for a password: keep it inside your network.
    #[arg(long, env = "STEWARD_HTTP_LISTEN", value_name = "ADDRESS:PORT")]
    pub http_listen: Option<SocketAddr>,
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

/// `--queue NAME[=N]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueOption {
    /// Its name.
    pub name: String,
    /// The most of its jobs running at once; no limit but that of the worker unless given.
    pub most: Option<u32>,
}

impl FromStr for QueueOption {
    type Err = String;

    /// No name of a queue contains `=`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, most) = text.split_once('=').map_or((text, None), |(name, most)| (name, Some(most)));
        let most = most.map(|most| most.parse().ok().filter(|most| (1..=MOST_JOBS).contains(most)));
        match most {
            _ if name.is_empty() => Err("name a queue".to_owned()),
            Some(None) => Err(format!("write NAME or NAME=N, with N from 1 to {MOST_JOBS}")),
            most => Ok(Self { name: name.to_owned(), most: most.flatten() }),
        }
    }
}

impl fmt::Display for QueueOption {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.name)?;
        self.most.map_or(Ok(()), |most| write!(out, "={most}"))
    }
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
    fn a_queue_may_have_a_limit_of_its_own() {
        let read = |text: &str| text.parse::<QueueOption>().map(|queue| (queue.to_string(), queue.most));
        assert_eq!((read("mail"), read("mail=5")), (Ok(("mail".to_owned(), None)), Ok(("mail=5".to_owned(), Some(5)))));
        for wrong in ["", "=5", "mail=", "mail=0", "mail=-1", "mail=many", "mail=100001", "mail=5=6"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
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
