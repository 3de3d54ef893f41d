//! Where requests may go: public addresses, and what `--allow-address` adds.
//!
//! A URL comes from a tool definition and may point anywhere, also at the cloud's metadata service or the database.
//! So names are resolved here, and only permitted addresses reach the HTTP client: what was checked is what is
//! connected to.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anyhow::{Context, ensure};

/// A host, lower-case and without brackets, and a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostPort {
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl HostPort {
    /// Builds one from the parts of a URL.
    pub fn new(host: &str, port: u16) -> Self {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        Self { host: bare.to_ascii_lowercase(), port }
    }

    /// Reads `host`, `host:port` or `[v6]:port`.
    pub fn parse(text: &str, default_port: u16) -> anyhow::Result<Self> {
        let after_brackets = text.rfind(']').map_or(0, |at| at + 1);
        let (host, port) = match text[after_brackets..].rfind(':') {
            Some(at) => (&text[..after_brackets + at], Some(&text[after_brackets + at + 1..])),
            None => (text, None),
        };
        let port = match port {
            Some(port) => port.parse().with_context(|| format!("{text:?} has no valid port"))?,
            None => default_port,
        };
        let parsed = Self::new(host, port);
        ensure!(!parsed.host.is_empty(), "{text:?} has no host; write HOST:PORT");
        ensure!(!parsed.host.contains(['/', '@', '*']), "{text:?} is not a host; write HOST:PORT without a scheme");
        ensure!(!parsed.host.contains(':') || text.starts_with('['), "{text:?}: write an IPv6 address in brackets");
        Ok(parsed)
    }

    /// The address itself, when the host is one.
    pub fn literal(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.literal() {
            Some(IpAddr::V6(address)) => write!(out, "[{address}]:{}", self.port),
            _ => write!(out, "{}:{}", self.host, self.port),
        }
    }
}

/// The addresses that a request may be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Those that the whole internet can reach.
    Public,
    /// All of them: the operator has named the target.
    Anywhere,
}

impl Reach {
    /// Whether a connection may be made to `address`.
    pub fn includes(self, address: IpAddr) -> bool {
        self == Self::Anywhere || is_public(address)
    }
}

/// The exceptions of this worker.
#[derive(Default)]
pub struct AddressRules(Vec<HostPort>);

impl AddressRules {
    /// Reads `--allow-address HOST:PORT` options.
    pub fn from_options(options: &[String]) -> anyhow::Result<Self> {
        let parse = |option: &String| {
            let allowed = HostPort::parse(option, 0).with_context(|| format!("--allow-address {option}"))?;
            ensure!(allowed.port != 0, "--allow-address {option}: write HOST:PORT");
            Ok(allowed)
        };
        options.iter().map(parse).collect::<anyhow::Result<_>>().map(Self)
    }

    /// What requests to `target` may reach: exactly this host on exactly this port can be an exception.
    pub fn reach_of(&self, target: &HostPort) -> Reach {
        if self.0.contains(target) { Reach::Anywhere } else { Reach::Public }
    }
}

/// Whether the whole internet can reach this address.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Network and prefix length of everything that is not public: the IANA special-purpose registry.
const SPECIAL_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),       // this network; Linux connects 0.0.0.0 to loopback
    (Ipv4Addr::new(10, 0, 0, 0), 8),      // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),   // carrier-grade NAT, and some clouds' internal services
    (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback
    (Ipv4Addr::new(169, 254, 0, 0), 16),  // link-local, where clouds keep credentials
    (Ipv4Addr::new(172, 16, 0, 0), 12),   // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),    // protocol assignments
    (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation
    (Ipv4Addr::new(192, 88, 99, 0), 24),  // 6to4 relays
    (Ipv4Addr::new(192, 168, 0, 0), 16),  // private
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),     // reserved and broadcast
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let inside = |(network, prefix): &(Ipv4Addr, u32)| (address.to_bits() ^ network.to_bits()) >> (32 - prefix) == 0;
    !SPECIAL_V4.iter().any(inside)
}

/// An address that carries an IPv4 address is as public as that one; else only global unicast counts.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low] => is_public_v4(v4_of(high, low)), // IPv4-mapped
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(v4_of(high, low)), // NAT64
        [0x2002, high, low, ..] => is_public_v4(v4_of(high, low)),            // 6to4
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,           // protocol assignments, documentation
        [0x3fff, second, ..] => second >= 0x1000,                             // documentation
        [first, ..] => first & 0xe000 == 0x2000,                              // global unicast is 2000::/3
    }
}

fn v4_of(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

#[cfg(test)]
mod tests;
