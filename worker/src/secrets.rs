//! The secrets of this worker, each bound to the hosts that may see it, and perhaps to one workspace.
//!
//! They come from the environment (`option`) and from a file that is watched (`file`, `watch`); `vault` holds those that
//! count now. The database only ever names a secret. No type here shows a value when printed, and no error quotes one, or
//! what may be one because it was written in the wrong place.

use std::collections::BTreeMap;

use anyhow::{Context, bail, ensure};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

use crate::address::HostPort;
use crate::outcome::{Credential, Failure, code};
use crate::request::Segment;

pub mod file;
mod option;
pub mod vault;
pub mod watch;

/// A shorter value would be redacted out of ordinary words.
pub const SHORTEST_VALUE: usize = 4;

/// Everything but the unreserved characters of RFC 3986, so a value can change neither path nor query.
pub const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Which requests may name a secret: by its name, of one workspace or of any.
type Key = (String, Option<Uuid>);

#[derive(Clone)]
struct Secret {
    value: String,
    hosts: Vec<HostPort>,
}

/// All secrets of this worker.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<Key, Secret>);

/// The secrets that the jobs of one workspace may use.
#[derive(Clone, Copy)]
pub struct WorkspaceSecrets<'a> {
    all: &'a Secrets,
    workspace: Uuid,
}

impl Secrets {
    /// Adds one secret; the error quotes nothing.
    fn add<'a>(&mut self, key: Key, value: String, hosts: impl IntoIterator<Item = &'a str>) -> anyhow::Result<()> {
        ensure!(is_name(&key.0), "its name has 1 to 63 characters A-Z, 0-9 and _, a letter first");
        ensure!(value.len() >= SHORTEST_VALUE, "its value is shorter than {SHORTEST_VALUE} bytes");
        ensure!(
            !value.contains(|letter: char| letter.is_control()),
            "its value contains a control character, perhaps a line end; remove it"
        );
        let parsed: Option<Vec<_>> = hosts.into_iter().map(|host| HostPort::parse(host.trim(), 443).ok()).collect();
        let hosts = parsed.context("a host of it is neither HOST nor HOST:PORT; write it without a scheme and a path")?;
        ensure!(!hosts.is_empty(), "it is bound to no host; name those that it may be sent to");
        if self.0.contains_key(&key) {
            bail!("it is given twice (the options and the file count together); list all its hosts in one place");
        }
        self.0.insert(key, Secret { value, hosts });
        Ok(())
    }

    /// The names, for the heartbeat: `NAME`, or `NAME@WORKSPACE`.
    pub fn names(&self) -> Vec<String> {
        let shown = |(name, workspace): &Key| workspace.map_or_else(|| name.clone(), |workspace| format!("{name}@{workspace}"));
        self.0.keys().map(shown).collect()
    }

    /// Names and values, for the redactor alone.
    pub fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|((name, _), secret)| (name.as_str(), secret.value.as_str()))
    }

    /// What a job of `workspace` may use.
    pub fn of(&self, workspace: Uuid) -> WorkspaceSecrets<'_> {
        WorkspaceSecrets { all: self, workspace }
    }
}

impl WorkspaceSecrets<'_> {
    /// Joins the segments, with raw secrets, for a header sent to `target`.
    pub fn fill_header(&self, segments: &[Segment], target: &HostPort) -> Result<String, Failure> {
        self.fill(segments, target, str::to_owned)
    }

    /// Joins the segments, with percent-encoded secrets, for a URL of `target`.
    pub fn fill_url(&self, segments: &[Segment], target: &HostPort) -> Result<String, Failure> {
        self.fill(segments, target, percent_encoded)
    }

    /// What the secrets that these segments name amount to, values aside; nothing where they name none.
    pub fn credential<'s>(&self, segments: impl IntoIterator<Item = &'s Segment>) -> Option<Box<Credential>> {
        let mut credential = Credential::default();
        for segment in segments {
            if let Segment::Secret { secret } = segment {
                credential.own |= self.all.0.contains_key(&(secret.clone(), Some(self.workspace)));
                credential.secrets.insert(secret.clone());
            }
        }
        (!credential.secrets.is_empty()).then(|| Box::new(credential))
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
        // The same words whether nobody has it or another workspace does, which is nobody else's business.
        let Some(secret) = self.find(name) else {
            let words = format!(
                "this worker has no secret {name} for workspace {}; start it with --secret {name}={target} or write it into its --secrets-file",
                self.workspace
            );
            return Err(Failure::unsent(code::SECRET_MISSING, words));
        };
        if !secret.hosts.contains(target) {
            let words = format!(
                "the secret {name} is not bound to {target}; add the host to --secret {name}=… or in the --secrets-file if it may see it"
            );
            return Err(Failure::unsent(code::SECRET_HOST_REFUSED, words));
        }
        Ok(&secret.value)
    }

    /// The workspace's own goes before that of all.
    fn find(&self, name: &str) -> Option<&Secret> {
        let held = |workspace| self.all.0.get(&(name.to_owned(), workspace));
        held(Some(self.workspace)).or_else(|| held(None))
    }
}

/// As in the database: `[A-Z][A-Z0-9_]{0,62}`. A request cannot name any other.
fn is_name(name: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'_';
    name.starts_with(|first: char| first.is_ascii_uppercase()) && name.len() <= 63 && name.bytes().all(allowed)
}

/// Encodes a value for any place of a URL.
pub fn percent_encoded(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

#[cfg(test)]
pub mod tests;
