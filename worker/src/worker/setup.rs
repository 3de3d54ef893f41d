//! Turns the options into the things a worker is made of; every mistake in them is found here, before anything runs.

use std::sync::Arc;

use anyhow::Context;
use rustls::crypto::ring;

use super::database::Database;
use super::{dsn, tls};
use crate::address::AddressRules;
use crate::cli::WorkerArgs;
use crate::execute::Executors;
use crate::execute::http::HttpExecutor;
use crate::execute::script::Scripts;
use crate::redact::Redactor;
use crate::secrets::Secrets;
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
}

impl Setup {
    /// Reads the options and the environment.
    pub fn new(args: &WorkerArgs) -> anyhow::Result<Self> {
        let secrets = Arc::new(Secrets::from_options(&args.secret, variable)?);
        let redactor = Arc::new(Redactor::new(&secrets)?);
        telemetry::start(args.log_format, &args.log, Arc::clone(&redactor))?;
        process::refuse_core_dumps();
        if let Err(error) = process::raise_open_files() {
            tracing::warn!(%error, "could not raise the limit of open files; many calls at once may fail to connect");
        }
        // An error means that it is installed already.
        let _ = ring::default_provider().install_default();
        let executors = Executors {
            http: HttpExecutor::new(AddressRules::from_options(&args.allow_address)?)?,
            scripts: Scripts::from_options(&args.script)?,
            secrets,
        };
        let name = args.name.clone().map_or_else(host_name, Ok)?;
        let worker = format!("{name}:{}:{:08x}", std::process::id(), rand::random::<u32>());
        let database = database(args, args.database_url.as_deref())?;
        let listen_database = match &args.listen_database_url {
            Some(url) => self::database(args, Some(url))?,
            None => Arc::clone(&database),
        };
        Ok(Self { database, listen_database, worker, name, redactor, executors })
    }
}

fn database(args: &WorkerArgs, url: Option<&str>) -> anyhow::Result<Arc<Database>> {
    let config = dsn::read(url, variable)?;
    let tls = tls::connector(config.get_ssl_mode(), args.tls_ca_file.as_deref())?;
    Ok(Database::new(config, tls))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn host_name() -> anyhow::Result<String> {
    let name = nix::unistd::gethostname().context("the host name cannot be read; give --name")?;
    Ok(name.to_string_lossy().into_owned())
}
