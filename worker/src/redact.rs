//! Takes secret values out of everything that is stored or logged.
//!
//! A provider may echo the key it was sent, and a script may print its environment. A value is looked for in the
//! forms in which it travels: raw, base64 (standard and URL-safe, padded or not), percent-encoded, and escaped as in JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};
use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use crate::secrets::{Secrets, percent_encoded};

/// Replaces every known form of every secret by `[secret NAME]`.
pub struct Redactor {
    /// Absent when there is no secret.
    search: Option<AhoCorasick>,
    /// By pattern number of `search`.
    replacements: Vec<String>,
    /// Bytes of the longest form of a secret.
    longest: usize,
}

impl Redactor {
    /// Prepares the search for the values of `secrets`.
    pub fn new(secrets: &Secrets) -> anyhow::Result<Self> {
        // A map, because two forms of one value are often equal, and the first name wins if two secrets share a value.
        let mut patterns: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in secrets.values() {
            for form in forms(value) {
                patterns.entry(form).or_insert_with(|| format!("[secret {name}]"));
            }
        }
        if patterns.is_empty() {
            return Ok(Self { search: None, replacements: Vec::new(), longest: 0 });
        }
        let (forms, replacements): (Vec<_>, Vec<_>) = patterns.into_iter().unzip();
        let longest = forms.iter().map(String::len).max().unwrap_or_default();
        // Longest first, so that a padded form does not leave its padding behind.
        let search = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(forms)
            .context("the search for secret values could not be prepared")?;
        Ok(Self { search: Some(search), replacements, longest })
    }

    /// So many bytes more than wanted must be kept for [`Self::rest`] when the beginning of a text is thrown away.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Redacts what is left of bytes whose beginning was thrown away. A secret may have been cut in two there, and its
    /// rest is not recognisable, so as many bytes as the longest secret has are left out.
    pub fn rest(&self, bytes: &[u8]) -> Vec<u8> {
        let doubtful = self.longest.min(bytes.len());
        // A whole secret across that place is left out whole.
        let whole = self.search.iter().flat_map(|search| search.find_iter(bytes));
        let start = whole.take_while(|secret| secret.start() < doubtful).map(|secret| secret.end()).fold(doubtful, usize::max);
        self.bytes(&bytes[start..]).into_owned()
    }

    /// Redacts a text.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match &self.search {
            Some(search) if search.is_match(text) => Cow::Owned(search.replace_all(text, &self.replacements)),
            _ => Cow::Borrowed(text),
        }
    }

    /// Redacts bytes that need not be text.
    pub fn bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        match &self.search {
            Some(search) if search.is_match(bytes) => Cow::Owned(search.replace_all_bytes(bytes, &self.replacements)),
            _ => Cow::Borrowed(bytes),
        }
    }
}

fn forms(value: &str) -> Vec<String> {
    let percent = percent_encoded(value);
    vec![
        value.to_owned(),
        STANDARD.encode(value),
        STANDARD_NO_PAD.encode(value),
        URL_SAFE.encode(value),
        URL_SAFE_NO_PAD.encode(value),
        lower_case_escapes(&percent),
        form_encoded(value),
        percent,
        escaped_in_json(value),
    ]
}

/// `%3A` and `%3a` mean the same; servers echo either.
fn lower_case_escapes(percent: &str) -> String {
    let mut rest = 0;
    let lower = |(at, letter): (usize, char)| {
        if letter == '%' {
            rest = at + 3;
        }
        if at < rest { letter.to_ascii_lowercase() } else { letter }
    };
    percent.char_indices().map(lower).collect()
}

/// The encoding of HTML forms writes a space as `+`.
fn form_encoded(value: &str) -> String {
    percent_encoded(value).replace("%20", "+")
}

fn escaped_in_json(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests;
