//! Turns the options into the things a worker is made of; every mistake in them is found here, before anything runs.

use std::sync::Arc;

use anyhow::Context;
use rustls::crypto::ring;
use tokio::net::TcpListener;

use super::database::Database;
use super::metrics::Metrics;
use super::spool::Spool;
use super::{dsn, lanes, ops, tls};
use crate::account::Account;
use crate::address::AddressRules;
use crate::cli::WorkerArgs;
use crate::execute::Executors;
use crate::execute::http::HttpExecutor;
use crate::execute::script::{ScriptAccess, Scripts};
use crate::execute::script_env;
use crate::execute::sql::SqlExecutor;
use crate::redact::Redactor;
use crate::secrets::Secrets;
use crate::secrets::file::SecretsFile;
use crate::secrets::vault::Vault;
use crate::secrets::watch::{Stamp, Watch};
use crate::{process, telemetry};

/// The made things.
pub struct Setup {
    /// Where jobs are.
    pub database: Arc<Database>,
    /// Where LISTEN works.
    pub listen_database: Arc<Database>,
    /// What this process calls itself in every call; unlike a name it is never used twice.
    pub worker: String,
    /// What people call it.
    pub name: String,
    /// Knows every secret.
    pub redactor: Arc<Redactor>,
    /// Carry jobs out.
    pub executors: Executors,
    /// Follows the changes of the secrets file.
    pub watch: Option<Watch>,
    /// Where outcomes go that the database does not take at the end.
    pub spool: Option<Spool>,
    /// Counts everything.
    pub metrics: Metrics,
    /// The port for operators.
    pub port: Option<TcpListener>,
}

impl Setup {
    /// Reads the options and the environment.
    pub async fn new(args: &WorkerArgs) -> anyhow::Result<Self> {
        lanes::check(&args.queue)?;
        let access = ScriptAccess {
            database_url: args.script_database_url.clone(),
            account: args.script_user.as_deref().map(Account::from_option).transpose()?,
        };
        let (secrets, watch) = secrets(args, access.account.clone()).await?;
        let redactor = Arc::clone(secrets.redactor());
        if let Some(url) = &access.database_url {
            let passwords = script_env::passwords(url)?;
            redactor.learn(passwords.iter().map(|(name, password)| (*name, password.as_str())))?;
        }
        telemetry::start(args.log_format, &args.log, Arc::clone(&redactor))?;
        if let Err(error) = process::raise_open_files() {
            tracing::warn!(%error, "could not raise the limit of open files; many calls at once may fail to connect");
        }
        install_crypto();
        let name = args.name.clone().map_or_else(host_name, Ok)?;
        let worker = format!("{name}:{}:{:08x}", std::process::id(), rand::random::<u32>());
        let metrics = Metrics::default();
        let database = database(args, args.database_url.as_deref(), &metrics)?;
        let script_database = args.script_database_url.as_deref().map(|url| self::database(args, Some(url), &metrics)).transpose()?;
        let executors = Executors {
            http: HttpExecutor::new(AddressRules::from_options(&args.allow_address)?)?,
            scripts: Scripts::from_options(&args.script, access)?,
            functions: SqlExecutor::new(script_database, &worker),
            secrets,
        };
        executors.scripts.try_account()?;
        let spool = args.spool_dir.as_deref().map(Spool::open).transpose()?;
        let listen_database = match &args.listen_database_url {
            Some(url) => self::database(args, Some(url), &metrics)?,
            None => Arc::clone(&database),
        };
        let port = match args.http_listen {
            Some(address) => Some(ops::bind(address).await?),
            None => None,
        };
        Ok(Self { database, listen_database, worker, name, redactor, executors, watch, spool, metrics, port })
    }
}

/// What HTTP and database connections are encrypted with.
pub fn install_crypto() {
    // An error means that it is installed already.
    let _ = ring::default_provider().install_default();
}

/// Those of the options and of the file, and the watch over the file.
pub async fn secrets(args: &WorkerArgs, scripts_run_as: Option<Account>) -> anyhow::Result<(Arc<Vault>, Option<Watch>)> {
    let options = Secrets::from_options(&args.secret, variable)?;
    let Some(path) = args.secrets_file.clone() else {
        return Ok((Arc::new(Vault::new(options)?), None));
    };
    // Before it is read: what is changed meanwhile is read again.
    let seen = Stamp::of(&path).await;
    let file = SecretsFile { path, scripts_run_as };
    let loaded = file.load(&options).with_context(|| format!("--secrets-file {}", file.path.display()))?;
    let vault = Arc::new(Vault::new(loaded)?);
    Ok((Arc::clone(&vault), Some(Watch::new(file, options, vault, seen))))
}

/// The database at `url`.
pub fn database(args: &WorkerArgs, url: Option<&str>, metrics: &Metrics) -> anyhow::Result<Arc<Database>> {
    let config = dsn::read(url, variable)?;
    let tls = tls::connector(config.get_ssl_mode(), args.tls_ca_file.as_deref())?;
    Ok(Database::new(config, tls, metrics.clone()))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn host_name() -> anyhow::Result<String> {
    let name = nix::unistd::gethostname().context("the host name cannot be read; give --name")?;
    Ok(name.to_string_lossy().into_owned())
}
