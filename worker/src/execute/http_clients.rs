//! The HTTP clients, one per reach and connect timeout.
//!
//! A client that resolves a name does not say for which port, but an exception is for one port only. So requests to the
//! exceptions go through clients of their own, and all the others never reach a private address whatever a name says.
//!
//! A connection that did not come about proves that nothing was executed, but only the connect timeout can say so: when
//! the limit of the whole call strikes first, nobody knows how far the call got. The client takes its connect timeout
//! when it is built, so a call whose limit is short uses a client whose connect timeout is shorter still.

use std::sync::OnceLock;
use std::time::Duration;

use anyhow::Context;
use reqwest::Client;

use super::resolver::{Connector, Resolver};
use crate::address::Reach;

/// A host that does not even accept a connection in this time is down, and saying so early lets the job go on.
const LONGEST_CONNECT: Duration = Duration::from_secs(10);

/// Clients whose connect timeouts halve from [`LONGEST_CONNECT`] to 10 ms, less than which no call can use.
const STEPS: usize = 11;

/// Below the 5 s after which common servers (Node.js, uvicorn) close an idle connection: a request written while the
/// server closes is lost without a trace.
const IDLE_CONNECTION: Duration = Duration::from_secs(4);

/// A server may think about an answer for minutes without a byte: the kernel asks every so often whether it is still there.
const KEEPALIVE: Duration = Duration::from_secs(15);
const KEEPALIVE_AGAIN: Duration = Duration::from_secs(5);

/// How long nothing of what is sent may be acknowledged before the connection counts as dead. Nine of those questions: with the 30 s that
/// reqwest would set one lost packet was enough, and the call, perhaps paid for, was lost (up to 1,093 of 5,000 calls of 30 s on a busy machine).
const UNACKNOWLEDGED: Duration = Duration::from_secs(60);

/// Clients that are built when they are first needed: nearly every call uses the first.
pub struct HttpClients {
    public: Clients,
    anywhere: Clients,
}

struct Clients {
    connector: Connector,
    steps: [OnceLock<Client>; STEPS],
}

impl HttpClients {
    /// Builds the client of the longest connect timeout, so that a mistake is found at start.
    pub fn new(resolver: Resolver) -> anyhow::Result<Self> {
        let clients = |reach| Clients { connector: resolver.connector(reach), steps: Default::default() };
        let (public, anywhere) = (clients(Reach::Public), clients(Reach::Anywhere));
        public.at(0).context("the HTTP client could not be built")?;
        Ok(Self { public, anywhere })
    }

    /// A client that gives up connecting before a call of at most `limit` is over.
    pub fn for_call(&self, reach: Reach, limit: Duration) -> reqwest::Result<&Client> {
        let clients = match reach {
            Reach::Public => &self.public,
            Reach::Anywhere => &self.anywhere,
        };
        clients.at(step_below(limit))
    }
}

impl Clients {
    fn at(&self, step: usize) -> reqwest::Result<&Client> {
        if let Some(client) = self.steps[step].get() {
            return Ok(client);
        }
        let client = build(&self.connector, connect_timeout(step))?;
        Ok(self.steps[step].get_or_init(|| client))
    }
}

fn step_below(limit: Duration) -> usize {
    (0..STEPS).find(|step| connect_timeout(*step) < limit).unwrap_or(STEPS - 1)
}

fn connect_timeout(step: usize) -> Duration {
    LONGEST_CONNECT / (1 << step)
}

fn build(connector: &Connector, connect_timeout: Duration) -> reqwest::Result<Client> {
    Client::builder()
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .connect_timeout(connect_timeout)
        .pool_idle_timeout(IDLE_CONNECTION)
        .tcp_keepalive(KEEPALIVE)
        .tcp_keepalive_interval(KEEPALIVE_AGAIN)
        .tcp_user_timeout(UNACKNOWLEDGED)
        .dns_resolver(connector.clone())
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connecting_is_given_up_before_the_call_but_not_long_before() {
        for milliseconds in [12, 20, 300, 1_000, 9_999, 10_000] {
            let limit = Duration::from_millis(milliseconds);
            let connect = connect_timeout(step_below(limit));
            assert!(connect < limit && connect * 2 >= limit, "{connect:?} of {limit:?}");
        }
        for seconds in [11, 60, 86_400] {
            assert_eq!(connect_timeout(step_below(Duration::from_secs(seconds))), LONGEST_CONNECT);
        }
    }
}
