//! `steward worker --check`: looks at everything a worker needs before it runs, one line per thing. It claims and sends nothing, and
//! talks to the database alone.

use std::fmt::{Arguments, Display};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use super::metrics::Metrics;
use super::setup;
use super::{lanes, ops, spool::Spool};
use crate::account::Account;
use crate::address::AddressRules;
use crate::cli::WorkerArgs;
use crate::execute::script::{ScriptAccess, Scripts};
use crate::execute::script_env;
use crate::redact::Redactor;
use crate::telemetry;

mod database;

/// What was found, told line by line.
struct Report<W> {
    out: W,
    /// Errors quote what others said.
    redactor: Option<Arc<Redactor>>,
    errors: usize,
}

impl<W: Write> Report<W> {
    fn ok(&mut self, what: &str, why: impl Display) {
        self.line("ok", what, format_args!("{why}"));
    }

    fn warning(&mut self, what: &str, why: impl Display) {
        self.line("warning", what, format_args!("{why}"));
    }

    fn error(&mut self, what: &str, why: impl Display) {
        self.errors += 1;
        self.line("error", what, format_args!("{why}"));
    }

    fn line(&mut self, level: &str, what: &str, why: Arguments<'_>) {
        let line = format!("{level:<8} {what:<14} {why}").replace('\n', " ");
        let line = self.redactor.as_ref().map_or_else(|| line.clone(), |redactor| redactor.text(&line).into_owned());
        // Nobody may be there to hear it; the exit code says the rest.
        let _ = writeln!(self.out, "{line}");
    }

    /// Tells how a check ended; its value, for the checks that need it.
    fn note<T>(&mut self, what: &str, result: anyhow::Result<T>, fine: impl FnOnce(&T) -> String) -> Option<T> {
        match result {
            Ok(value) => {
                self.ok(what, fine(&value));
                Some(value)
            }
            Err(error) => {
                self.error(what, format_args!("{error:#}"));
                None
            }
        }
    }
}

/// Looks at everything; the error says how many mistakes there are.
pub async fn run(args: &WorkerArgs) -> anyhow::Result<()> {
    let mut report = Report { out: std::io::stdout(), redactor: None, errors: 0 };
    check(&mut report, args).await;
    anyhow::ensure!(report.errors == 0, "{} of the checks failed", report.errors);
    Ok(())
}

async fn check<W: Write>(report: &mut Report<W>, args: &WorkerArgs) {
    setup::install_crypto();
    let account = args.script_user.as_deref().map(Account::from_option).transpose();
    secrets(report, args, account.as_ref().ok().cloned().flatten()).await;
    config(report, args);
    report.note("queues", lanes::check(&args.queue), |()| args.queue.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    report.note("log", telemetry::filter(&args.log), |_| args.log.clone());
    report.note("addresses", AddressRules::from_options(&args.allow_address), |_| match args.allow_address.as_slice() {
        [] => "no private address is allowed".to_owned(),
        allowed => format!("allowed beside public ones: {}", allowed.join(", ")),
    });
    scripts(report, args, account);
    if let Some(directory) = &args.spool_dir {
        let spool = report.note("spool", Spool::open(directory), |_| format!("{} can be written", directory.display()));
        if spool.is_some_and(|spool| spool.is_open_to_others()) {
            report.warning("spool", format_args!("other accounts may read answers in {0}; run chmod o-rwx {0}", directory.display()));
        }
    } else {
        report.ok("spool", "none: answers that the database does not take before the worker ends are lost (--spool-dir)");
    }
    if let Some(address) = args.http_listen {
        report.note("http", ops::bind(address).await, |_| format!("{address} is free"));
    }
    let metrics = Metrics::default();
    let main = setup::database(args, args.database_url.as_deref(), &metrics);
    if let Some(main) = report.note("database url", main, |main| main.place()) {
        database::check(report, &main).await;
        let listen = args.listen_database_url.as_ref().map_or_else(|| Ok(main), |url| setup::database(args, Some(url), &metrics));
        if !args.listen {
            let interval = args.poll_interval.as_secs_f64();
            return report.ok("listen", format_args!("off: the worker only looks, every {interval} s, give or take a fifth"));
        }
        if let Some(listen) = report.note("listen url", listen, |listen| listen.place()) {
            database::check_listen(report, &listen).await;
        }
    }
}

/// It was read before; a password in it must not be everybody's.
fn config<W: Write>(report: &mut Report<W>, args: &WorkerArgs) {
    let Some(file) = &args.config else { return };
    let mode = std::fs::metadata(file).map_or(0, |file| file.permissions().mode() & 0o777);
    if mode & 0o007 != 0 && (args.database_url.is_some() || args.script_database_url.is_some()) {
        let words = "opens it to every account, and a database URL may hold a password; run chmod o-rwx";
        return report.warning("config", format_args!("{0}: its mode {mode:04o} {words} {0}", file.display()));
    }
    report.ok("config", file.display());
}

async fn secrets<W: Write>(report: &mut Report<W>, args: &WorkerArgs, scripts_run_as: Option<Account>) {
    let names = |names: Vec<String>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let loaded = setup::secrets(args, scripts_run_as).await;
    if let Some((vault, _)) = report.note("secrets", loaded, |(vault, _)| names(vault.now().names())) {
        report.redactor = Some(Arc::clone(vault.redactor()));
    }
}

fn scripts<W: Write>(report: &mut Report<W>, args: &WorkerArgs, account: anyhow::Result<Option<Account>>) {
    if let Some(url) = &args.script_database_url {
        report.note("script url", script_env::passwords(url), |_| "it can be read".to_owned());
    }
    let account = match account {
        Ok(account) => account,
        Err(error) => {
            report.error("script user", format_args!("{error:#}"));
            None
        }
    };
    let is_own = account.is_none() && !args.script.is_empty();
    let access = ScriptAccess { database_url: args.script_database_url.clone(), account };
    let scripts = match Scripts::from_options(&args.script, access) {
        Ok(scripts) => scripts,
        Err(error) => return report.error("scripts", format_args!("{error:#}")),
    };
    if let (Some(name), Err(error)) = (&args.script_user, scripts.try_account()) {
        report.error("script user", format_args!("{name}: {error:#}"));
    } else if is_own && args.script_user.is_none() {
        report.warning("script user", "scripts run as the worker itself and may read its files; give --script-user");
    }
    for (name, program, is_executable) in scripts.programs() {
        let what = format!("script {name}");
        match is_executable {
            true => report.ok(&what, program),
            false => report.error(&what, format_args!("{program} is not an executable file; install it or correct --script {name}=…")),
        }
    }
}

#[cfg(test)]
mod tests;
