//! Takes secret values out of everything that is stored or logged.
//!
//! A provider may echo the key it was sent, and a script may print its environment. A value is looked for in every form
//! in which it travels (`forms`). What was ever known stays known: a call that carries the old value of a secret may
//! still be on its way when a new one takes its place.

use std::borrow::Cow;
use std::sync::{Arc, PoisonError, RwLock};

use crate::secrets::Secrets;

mod forms;
mod search;

use search::{Search, Span};

/// Replaces every known form of every secret by `[secret NAME]`.
pub struct Redactor {
    /// What all of the worker knows, beside the token of one attempt.
    shared: Option<Arc<Self>>,
    search: RwLock<Arc<Search>>,
}

impl Redactor {
    /// Prepares the search for the values of `secrets`.
    pub fn new(secrets: &Secrets) -> anyhow::Result<Self> {
        let search = Search::default().with(secrets.values())?;
        Ok(Self { shared: None, search: RwLock::new(Arc::new(search)) })
    }

    /// A redactor that knows one value more, for as long as the value means something.
    pub fn knowing(shared: &Arc<Self>, name: &str, value: &str) -> anyhow::Result<Self> {
        let search = Search::default().with([(name, value)])?;
        Ok(Self { shared: Some(Arc::clone(shared)), search: RwLock::new(Arc::new(search)) })
    }

    /// From now on replaces these values as well.
    pub fn learn<'a>(&self, values: impl IntoIterator<Item = (&'a str, &'a str)>) -> anyhow::Result<()> {
        // Held while the search is built, some milliseconds, so that nobody else's new values are lost.
        let mut search = self.search.write().unwrap_or_else(PoisonError::into_inner);
        *search = Arc::new(search.with(values)?);
        Ok(())
    }

    /// So many bytes more than wanted must be kept for [`Self::rest`] when the beginning of a text is thrown away.
    pub fn longest(&self) -> usize {
        self.searches().iter().map(|search| search.longest()).max().unwrap_or_default()
    }

    /// Redacts what is left of bytes whose beginning was thrown away. A secret may have been cut in two there, and its
    /// rest is not recognisable, so as many bytes as the longest secret has are left out.
    pub fn rest(&self, bytes: &[u8]) -> Vec<u8> {
        let doubtful = self.longest().min(bytes.len());
        let searches = self.searches();
        // A whole secret across that place is left out whole.
        let across = spans(&searches, bytes).into_iter().find(|span| span.start < doubtful && span.end > doubtful);
        self.bytes(&bytes[across.map_or(doubtful, |span| span.end)..]).into_owned()
    }

    /// Redacts a text.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            // Only whole characters are replaced, so it is text still.
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }

    /// Redacts bytes that need not be text.
    pub fn bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let searches = self.searches();
        let spans = spans(&searches, bytes);
        if spans.is_empty() {
            return Cow::Borrowed(bytes);
        }
        let mut clean = Vec::with_capacity(bytes.len());
        let mut from = 0;
        for span in spans {
            clean.extend_from_slice(&bytes[from..span.start]);
            clean.extend_from_slice(b"[secret ");
            clean.extend_from_slice(span.name.as_bytes());
            clean.push(b']');
            from = span.end;
        }
        clean.extend_from_slice(&bytes[from..]);
        Cow::Owned(clean)
    }

    /// Redacts every text of a document, whose names are our own.
    pub fn document(&self, document: serde_json::Value) -> serde_json::Value {
        use serde_json::Value;
        match document {
            Value::String(text) => Value::String(self.text(&text).into_owned()),
            Value::Array(items) => items.into_iter().map(|item| self.document(item)).collect(),
            Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, self.document(value))).collect(),
            other => other,
        }
    }

    fn searches(&self) -> Vec<Arc<Search>> {
        let mut searches = self.shared.as_ref().map(|shared| shared.searches()).unwrap_or_default();
        searches.push(Arc::clone(&self.search.read().unwrap_or_else(PoisonError::into_inner)));
        searches
    }
}

/// Where secrets are, in order and without overlaps.
fn spans<'a>(searches: &'a [Arc<Search>], bytes: &[u8]) -> Vec<Span<'a>> {
    let mut found = Vec::new();
    searches.iter().for_each(|search| search.find(bytes, &mut found));
    // Of two that begin together the longer gives the name.
    found.sort_unstable_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    found.dedup_by(|next, last| {
        let overlap = next.start < last.end;
        if overlap {
            last.end = last.end.max(next.end);
        }
        overlap
    });
    found
}

#[cfg(test)]
mod tests;
