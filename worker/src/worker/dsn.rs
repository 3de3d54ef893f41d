//! Reads where the database is: a URL or key=value string, completed like libpq by the `PG…` variables.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

/// Where packaged servers on this machine listen; libpq looks there too.
const SOCKET_DIRECTORY: &str = "/var/run/postgresql";

/// A server that does not answer in this time is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Silence after which TCP asks whether the server still exists, and asks again: a vanished host must not hold a connection for the two
/// hours of the system's default.
const KEEPALIVE: Duration = Duration::from_secs(5);
const KEEPALIVE_AGAIN: Duration = Duration::from_secs(2);

/// How long bytes and questions may stay unacknowledged. With the silence before it, it is less than the lease of 30 s: the heartbeat is
/// back over a new connection before the worker counts as dead. A server that is only slow acknowledges all the same.
const UNACKNOWLEDGED: Duration = Duration::from_secs(15);

/// Reads `url`; what it leaves open comes from `variable`, the environment.
pub fn read(url: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Config> {
    let written = known_modes(url.unwrap_or_default());
    // The error of the parser can quote the text, and with it a password.
    let parsed = written.parse::<Config>().map_err(|_| ());
    let mut config = parsed.ok().context("the database URL cannot be read; write postgres://user@host/database")?;
    complete_place(&mut config, &variable)?;
    complete_login(&mut config, &variable);
    if let Some(mode) = variable("PGSSLMODE").filter(|_| !written.contains("sslmode")) {
        config.ssl_mode(ssl_mode(&mode)?);
    }
    config
        .connect_timeout(CONNECT_TIMEOUT)
        .keepalives_idle(KEEPALIVE)
        .keepalives_interval(KEEPALIVE_AGAIN)
        .tcp_user_timeout(UNACKNOWLEDGED);
    Ok(config)
}

/// The driver knows three modes; its `require` checks as much as the two strict ones of libpq.
fn known_modes(url: &str) -> String {
    url.replace("sslmode=verify-full", "sslmode=require")
        .replace("sslmode=verify-ca", "sslmode=require")
        .replace("sslmode=allow", "sslmode=prefer")
}

fn ssl_mode(name: &str) -> anyhow::Result<SslMode> {
    match name {
        "disable" => Ok(SslMode::Disable),
        "allow" | "prefer" => Ok(SslMode::Prefer),
        "require" | "verify-ca" | "verify-full" => Ok(SslMode::Require),
        other => anyhow::bail!("PGSSLMODE is {other:?}; use disable, prefer, require or verify-full"),
    }
}

fn complete_place(config: &mut Config, variable: &impl Fn(&str) -> Option<String>) -> anyhow::Result<()> {
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        let local = if Path::new(SOCKET_DIRECTORY).is_dir() { SOCKET_DIRECTORY } else { "localhost" };
        config.host(variable("PGHOST").unwrap_or_else(|| local.to_owned()));
    }
    if let Some(port) = variable("PGPORT").filter(|_| config.get_ports().is_empty()) {
        config.port(port.parse().with_context(|| format!("PGPORT is {port:?}, not a port"))?);
    }
    Ok(())
}

fn complete_login(config: &mut Config, variable: &impl Fn(&str) -> Option<String>) {
    if let Some(user) = variable("PGUSER").filter(|_| config.get_user().is_none()) {
        config.user(user);
    }
    if let Some(password) = variable("PGPASSWORD").filter(|_| config.get_password().is_none()) {
        config.password(password);
    }
    if let Some(database) = variable("PGDATABASE").filter(|_| config.get_dbname().is_none()) {
        config.dbname(database);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use tokio_postgres::config::Host;

    use super::*;

    fn environment(name: &str) -> Option<String> {
        let pairs = [("PGHOST", "/sockets"), ("PGPORT", "6000"), ("PGUSER", "ann"), ("PGDATABASE", "crm"), ("PGSSLMODE", "verify-full")];
        pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn builds_everything_from_the_environment() {
        let config = read(None, environment).unwrap();
        assert_eq!(config.get_hosts(), [Host::Unix("/sockets".into())]);
        assert_eq!((config.get_ports(), config.get_user(), config.get_dbname()), (&[6000][..], Some("ann"), Some("crm")));
        assert_eq!(config.get_ssl_mode(), SslMode::Require);
    }

    #[test]
    fn lets_the_url_win_over_the_environment() {
        let config = read(Some("postgres://bob@db:5433/app?sslmode=disable"), environment).unwrap();
        assert_eq!(config.get_hosts(), [Host::Tcp("db".into())]);
        assert_eq!((config.get_ports(), config.get_user(), config.get_dbname()), (&[5433][..], Some("bob"), Some("app")));
        assert_eq!(config.get_ssl_mode(), SslMode::Disable);
    }

    #[test]
    fn never_quotes_an_unreadable_url() {
        let error = read(Some("postgres://bob:hunter2@db:notaport/app"), |_| None).unwrap_err();
        assert!(!format!("{error:#}").contains("hunter2"));
    }
}
