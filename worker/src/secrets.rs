//! The secrets of this worker: read from the environment at start, each bound to the hosts that may see it.
//!
//! The database only ever names a secret. No type here shows a value when printed.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use anyhow::{Context, bail, ensure};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::address::HostPort;
use crate::outcome::{Failure, code};
use crate::request::Segment;

/// A shorter value would be redacted out of ordinary words.
const SHORTEST_VALUE: usize = 4;

/// Everything but the unreserved characters of RFC 3986, so a value can change neither path nor query.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

struct Secret {
    value: String,
    hosts: Vec<HostPort>,
}

/// All secrets of this worker by name.
#[derive(Default)]
pub struct Secrets(BTreeMap<String, Secret>);

impl Secrets {
    /// Reads `--secret NAME=HOST[:PORT][,HOST…]` options; `variable` looks a value up in the environment.
    pub fn from_options(options: &[String], variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let mut secrets = Self::default();
        for option in options {
            let (name, hosts) = option.split_once('=').with_context(|| format!("--secret {option}: write NAME=HOST[:PORT][,HOST…]"))?;
            secrets.add(name, hosts, variable(name)).with_context(|| format!("--secret {option}"))?;
        }
        Ok(secrets)
    }

    fn add(&mut self, name: &str, hosts: &str, value: Option<String>) -> anyhow::Result<()> {
        let hosts = hosts.split(',').map(|host| HostPort::parse(host.trim(), 443)).collect::<Result<Vec<_>, _>>()?;
        let Some(value) = value else {
            bail!("the environment variable {name} is not set; set it to the value of the secret");
        };
        ensure!(value.len() >= SHORTEST_VALUE, "the value of {name} is shorter than {SHORTEST_VALUE} bytes");
        ensure!(
            !value.contains(|letter: char| letter.is_control()),
            "the value of {name} contains a control character, perhaps a line end; remove it"
        );
        match self.0.entry(name.to_owned()) {
            Entry::Vacant(place) => place.insert(Secret { value, hosts }),
            Entry::Occupied(_) => bail!("{name} is given twice; list all its hosts in one option"),
        };
        Ok(())
    }

    /// The names, for the heartbeat.
    pub fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    /// Names and values, for the redactor alone.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, secret)| (name.as_str(), secret.value.as_str()))
    }

    /// Joins the segments, with raw secrets, for a header sent to `target`.
    pub fn fill_header(&self, segments: &[Segment], target: &HostPort) -> Result<String, Failure> {
        self.fill(segments, target, str::to_owned)
    }

    /// Joins the segments, with percent-encoded secrets, for a URL of `target`.
    pub fn fill_url(&self, segments: &[Segment], target: &HostPort) -> Result<String, Failure> {
        self.fill(segments, target, percent_encoded)
    }

    fn fill(&self, segments: &[Segment], target: &HostPort, encode: impl Fn(&str) -> String) -> Result<String, Failure> {
        let mut text = String::new();
        for segment in segments {
            match segment {
                Segment::Literal(literal) => text.push_str(literal),
                Segment::Secret { secret } => text.push_str(&encode(self.reveal(secret, target)?)),
            }
        }
        Ok(text)
    }

    fn reveal(&self, name: &str, target: &HostPort) -> Result<&str, Failure> {
        let Some(secret) = self.0.get(name) else {
            return Err(Failure::unsent(
                code::SECRET_MISSING,
                format!("this worker has no secret {name}; start it with --secret {name}={target}"),
            ));
        };
        if !secret.hosts.contains(target) {
            return Err(Failure::unsent(
                code::SECRET_HOST_REFUSED,
                format!("the secret {name} is not bound to {target}; add the host to --secret {name}=… if it may see it"),
            ));
        }
        Ok(&secret.value)
    }
}

/// Encodes a value for any place of a URL.
pub fn percent_encoded(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

#[cfg(test)]
mod tests;
