//! Resolves names, keeps the permitted addresses only, and remembers them for a moment.
//!
//! Every call asks twice: once before the attempt is marked as sent, so that a refused address costs nothing, and
//! once when the HTTP client connects. The memory makes both see the same answer. Should it be outdated by then, because
//! the permission to send took long, the new answer is checked as the old one was: the client connects to the very
//! addresses that it gets from here and asks nobody else.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::address::{AddressRules, HostPort, Reach};

/// Long enough for a burst of calls to one provider to need one lookup, short enough to follow its DNS fail-over.
const REMEMBERED: Duration = Duration::from_secs(5);

/// Names remembered before the outdated ones are thrown out; a fleet of tools has a handful of hosts.
const MOST_NAMES: usize = 1024;

/// The addresses of a name, or the words of the failure.
type Lookup = Result<Vec<IpAddr>, String>;

/// Where names are looked up.
type NameService = dyn Fn(String) -> BoxFuture<'static, Lookup> + Send + Sync;

/// Why no address of a host may be connected to.
#[derive(Debug)]
pub enum ResolveError {
    /// The name has no address.
    Failed(String),
    /// All its addresses are private.
    Refused(String),
}

impl std::fmt::Display for ResolveError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Failed(words) | Self::Refused(words) => out.write_str(words),
        }
    }
}

impl std::error::Error for ResolveError {}

struct Remembered {
    since: Instant,
    lookup: OnceCell<Lookup>,
}

/// The resolver, shared by all calls.
#[derive(Clone)]
pub struct Resolver {
    rules: Arc<AddressRules>,
    service: Arc<NameService>,
    names: Arc<Mutex<HashMap<String, Arc<Remembered>>>>,
}

/// What an HTTP client resolves names with.
#[derive(Clone)]
pub struct Connector {
    resolver: Resolver,
    reach: Reach,
}

impl Resolver {
    /// Resolves under these rules.
    pub fn new(rules: AddressRules) -> Self {
        Self::asking(Arc::new(|host| Box::pin(ask_system(host))), rules)
    }

    fn asking(service: Arc<NameService>, rules: AddressRules) -> Self {
        Self { rules: Arc::new(rules), service, names: Arc::default() }
    }

    /// What requests to `target` may reach.
    pub fn reach_of(&self, target: &HostPort) -> Reach {
        self.rules.reach_of(target)
    }

    /// Resolves for the clients of this reach.
    pub fn connector(&self, reach: Reach) -> Connector {
        Connector { resolver: self.clone(), reach }
    }

    /// Checks that `target` has an address that may be connected to.
    pub async fn check(&self, target: &HostPort) -> Result<(), ResolveError> {
        let addresses = match target.literal() {
            Some(address) => vec![address],
            None => self.lookup(&target.host).await.map_err(ResolveError::Failed)?,
        };
        let reach = self.reach_of(target);
        if addresses.iter().any(|address| reach.includes(*address)) {
            return Ok(());
        }
        Err(refused(&target.to_string()))
    }

    /// One lookup at a time per name; the others wait for its answer.
    async fn lookup(&self, host: &str) -> Lookup {
        self.remembered(host).lookup.get_or_init(|| (self.service)(host.to_owned())).await.clone()
    }

    fn remembered(&self, host: &str) -> Arc<Remembered> {
        let now = Instant::now();
        let fresh = |entry: &Arc<Remembered>| now.duration_since(entry.since) < REMEMBERED;
        // The map is whole at every step, so a panic elsewhere cannot have left it half-changed.
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = names.get(host).filter(|entry| fresh(entry)) {
            return Arc::clone(entry);
        }
        if names.len() >= MOST_NAMES {
            names.retain(|_, entry| fresh(entry));
        }
        let entry = Arc::new(Remembered { since: now, lookup: OnceCell::new() });
        names.insert(host.to_owned(), Arc::clone(&entry));
        entry
    }
}

fn refused(subject: &str) -> ResolveError {
    ResolveError::Refused(format!("{subject} leads to a private address; start the worker with --allow-address HOST:PORT if that is meant"))
}

async fn ask_system(host: String) -> Lookup {
    match tokio::net::lookup_host((host.as_str(), 0)).await {
        Ok(addresses) => Ok(addresses.map(|address| address.ip()).collect()),
        Err(error) => Err(format!("the name {host} could not be resolved: {error}")),
    }
}

impl Connector {
    async fn permitted(&self, host: &str) -> Result<Vec<SocketAddr>, ResolveError> {
        let mut addresses = self.resolver.lookup(host).await.map_err(ResolveError::Failed)?;
        addresses.retain(|address| self.reach.includes(*address));
        if addresses.is_empty() {
            return Err(refused(host));
        }
        // Port 0: the client puts the port of the URL in its place.
        Ok(addresses.into_iter().map(|address| SocketAddr::new(address, 0)).collect())
    }
}

impl Resolve for Connector {
    fn resolve(&self, name: Name) -> Resolving {
        let connector = self.clone();
        Box::pin(async move {
            let addresses = connector.permitted(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
pub mod tests;
