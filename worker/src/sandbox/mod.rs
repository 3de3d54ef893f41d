//! `steward sandbox`: a local server for people without a key, which speaks like `OpenAI`, Anthropic and Unipile.
//!
//! It answers deterministically and without cost, misbehaves on request (the name of the model or person chooses how, see
//! `models` and `unipile::people`), and writes down every call that arrives before it answers, so that a test can count what was really sent, and what a
//! provider would have charged for it.
//!
//! * `server`     routes and stopping; `handler` takes one call from its head to its answer
//! * `arrival`    what one call says about itself: key, model, path
//! * `unipile`    accounts of a network that invite, write and look: its calls, people, errors and what was done
//! * `models`     what a model name asks for; `faults` what can go wrong, `limits` how providers say that theirs is reached
//! * `usage`      tokens, what they cost, and the models that count or report them in other ways
//! * `limiter`    a rate limit that is real, per credential
//! * `answer`     the shape of answers and errors
//! * `endpoint`   which call reaches what; `request`, `messages`, `chat`, `anthropic`, `embeddings` read and
//!   answer it
//! * `schema`, `flatten`, `types`, `strings`, `pattern`, `numbers`, `words`, `seed`  made-up content that fits
//! * `call_log`, `summary`  what arrived, in a file and in memory

mod answer;
mod anthropic;
mod arrival;
mod call_log;
mod chat;
mod embeddings;
mod endpoint;
mod faults;
mod flatten;
mod handler;
mod limiter;
mod limits;
mod messages;
mod models;
mod numbers;
mod pattern;
mod request;
mod schema;
mod seed;
mod server;
mod strings;
mod summary;
mod types;
mod unipile;
mod usage;
mod words;

#[cfg(test)]
mod tests;

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::signal::unix::{SignalKind, signal};

use crate::{process, telemetry};

/// Answer like a paid service, but locally, deterministically and for free (`OpenAI`, Anthropic, Unipile).
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = models::help())]
pub struct Args {
    /// Loopback address to listen on; port 0 takes a free port and prints it.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8089", value_parser = parse_listen)]
    pub listen: SocketAddr,

    /// File that gets one JSON line for every call; an existing one is read back and continued. Without it, calls
    /// are counted in memory only.
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,

    /// Milliseconds every answer takes.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub latency_ms: u64,

    /// Milliseconds the model `sandbox-slow` takes on top.
    #[arg(long, value_name = "MS", default_value_t = 2000)]
    pub slow_ms: u64,

    /// Environment variable that holds the only accepted token (bearer, or in x-api-key); without it every token is accepted.
    #[arg(long, value_name = "NAME")]
    pub api_key_env: Option<String>,

    /// Nano-dollars that a token of the request costs, a whole number; 0 bills nothing.
    #[arg(long, value_name = "NANO", default_value_t = 0)]
    pub price_input: u64,

    /// Nano-dollars that a token of the answer costs, a whole number; 0 bills nothing.
    #[arg(long, value_name = "NANO", default_value_t = 0)]
    pub price_output: u64,

    /// The most calls of one key in any SECONDS, such as 10/1; the others get 429 with Retry-After.
    #[arg(long, value_name = "N/SECONDS")]
    pub rate_limit: Option<limiter::RateLimit>,
}

/// Serves until SIGTERM or SIGINT.
pub async fn run(args: Args) -> Result<()> {
    // The handlers are in place before the address is printed: whoever reads the line may already send the signal.
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    if let Err(error) = process::raise_open_files() {
        warn(&format!("the limit of open files stays as it is ({error}); thousands of connections may not fit"));
    }
    let mut server = server::start(server_config(&args)?).await?;
    announce(server.address)?;
    tokio::select! {
        _ = terminate.recv() => {},
        _ = interrupt.recv() => {},
        ended = server.ended() => bail!("the sandbox stopped serving by itself: {ended}; start it again"),
    }
    server.stop().await;
    Ok(())
}

/// Reads `ADDRESS:PORT`, and takes `localhost` for 127.0.0.1 so that no resolver is asked.
fn parse_listen(text: &str) -> Result<SocketAddr, String> {
    let numeric = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    numeric.parse().map_err(|_| format!("`{text}` is not an address and port; write for example 127.0.0.1:8089"))
}

/// Checks the arguments and opens the log.
fn server_config(args: &Args) -> Result<server::Config> {
    if !args.listen.ip().is_loopback() {
        bail!(
            "the sandbox does not listen on {}: it has no protection against strangers; use a loopback address such as 127.0.0.1",
            args.listen
        );
    }
    Ok(server::Config {
        listen: args.listen,
        api_key: args.api_key_env.as_deref().map(api_key).transpose()?,
        log: call_log::CallLog::open(args.log.as_deref())?,
        latency: Duration::from_millis(args.latency_ms),
        slow: Duration::from_millis(args.slow_ms),
        prices: usage::Prices { input: args.price_input, output: args.price_output },
        limiter: args.rate_limit.map(limiter::Limiter::new),
    })
}

/// The accepted token, from the environment variable `name`.
fn api_key(name: &str) -> Result<String> {
    match std::env::var(name) {
        Ok(key) if !key.is_empty() => Ok(key),
        _ => bail!("--api-key-env names {name}, which is not set to text; set it, or leave the option out to accept every token"),
    }
}

/// Prints the one line that callers wait for.
fn announce(address: SocketAddr) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on http://{address}")
        .and_then(|()| out.flush())
        .context("cannot print the listening address to standard output")
}

/// Says something on standard error: the sandbox is a tool at somebody's terminal and has no log settings of its own.
fn warn(text: &str) {
    telemetry::say(&format!("steward sandbox: {text}"));
}
