//! `steward`: the worker of `pg_steward`.
//!
//! The database decides and remembers; this program only carries requests out. `worker/` talks to the database,
//! `execute/` talks to the world, and neither knows the other's business.

use std::process::ExitCode;

mod account;
mod address;
mod cli;
mod config;
mod execute;
mod memory;
mod outcome;
mod process;
mod redact;
mod request;
mod sandbox;
mod secrets;
mod telemetry;
mod worker;

fn main() -> ExitCode {
    // Before anything that may be secret is read.
    process::refuse_core_dumps();
    let result = match config::parse().command {
        cli::Command::Worker(args) => run(worker::run(*args)),
        cli::Command::Sandbox(args) => run(sandbox::run(args)),
        cli::Command::ScriptGuard { account, command } => return execute::script_guard::run(account, &command),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            telemetry::say(&format!("steward: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Only here is a runtime built: the script guard stays a small, single-threaded process.
fn run(command: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(command);
    // A name that is being looked up must not hold up the end: nothing waits for it any more.
    runtime.shutdown_background();
    result
}
