//! Request templates: JSON documents and short texts whose string leaves are minijinja templates.
//!
//! Only strings are templates, so a value of a payload can never change the shape of a document: a quote in it stays a
//! character of its string. A rendered value is never parsed or rendered again. Lists and objects enter a document by
//! `{"$ref": "/payload/slides"}`. Secrets are recognised in the template's own source only, so no payload can name one.
//!
//! What may stand in a template is a whitelist checked on the syntax tree (`grammar`), after limits on the tokens
//! (`scan`) that keep the parser's recursion shallow. Fuel bounds steps but not memory, so every filter that makes
//! text is our own and pays for its bytes (`filters`), and the writer stops at the limit (`leaf`).

mod context;
mod document;
mod filters;
mod grammar;
mod leaf;
mod operators;
mod scan;
mod text;
mod vocabulary;

use serde::{Deserialize, Serialize};

pub use context::Context;
pub use document::Document;
pub use text::Text;

/// How much one rendering may produce and compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the rendered document, counted as JSON text over all strings and inserted values; for a [`Text`], its
    /// plain bytes. The bytes that filters produce on the way may be at most [`WORK_FACTOR`] times as many.
    pub max_output_bytes: usize,
    /// minijinja steps one string leaf may take. Fewer when it compares values of a big context, see
    /// [`MAX_BYTES_COMPARED`].
    pub fuel: u64,
}

impl Default for Limits {
    /// 10 MiB, the payload limit, and 20,000 steps: a list of a thousand entries with a dozen steps each fits.
    fn default() -> Self {
        Self { max_output_bytes: 10 * 1024 * 1024, fuel: 20_000 }
    }
}

/// Bytes filters may produce, as a multiple of the output limit: an input passes through a few filters, not hundreds.
pub const WORK_FACTOR: usize = 4;

/// Bytes that the comparisons of one leaf may read. `x in y` costs one step however long y is: without this bound, 20,000
/// steps over a payload of 10 MiB searched for two minutes, and nothing interrupts a leaf. minijinja searches about
/// 0.3 GB a second.
pub const MAX_BYTES_COMPARED: u64 = 512 * 1024 * 1024;

/// A piece of a rendered text: final characters, or the name of a secret that the worker fills in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Segment {
    /// Characters to send as they are. In JSON a string.
    Text(String),
    /// The name of a secret. In JSON `{"secret": "NAME"}`.
    Secret(#[serde(with = "named_secret")] String),
}

impl Segment {
    /// Bytes of its text; a secret's value is the worker's.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Secret(_) => 0,
        }
    }
}

/// What happens to the value of every expression of a [`Text`]. The literal text is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encode {
    /// A header value: nothing is encoded, control characters (CR, LF, NUL and the rest) are refused.
    None,
    /// Part of a URL path: percent-encoded; an empty value and a segment `.` or `..` are refused.
    PathSegment,
    /// A query value: percent-encoded.
    QueryValue,
}

/// The JSON form of [`Segment::Secret`].
mod named_secret {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Named {
        secret: String,
    }

    pub(super) fn serialize<S: Serializer>(name: &str, serializer: S) -> Result<S::Ok, S::Error> {
        Named { secret: name.to_owned() }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        Named::deserialize(deserializer).map(|named| named.secret)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn segments_travel_as_strings_and_named_secrets() {
        let segments = vec![Segment::Text("Bearer ".into()), Segment::Secret("OPENAI_API_KEY".into())];
        let json = serde_json::to_value(&segments).unwrap();
        assert_eq!(json, serde_json::json!(["Bearer ", {"secret": "OPENAI_API_KEY"}]));
        assert_eq!(serde_json::from_value::<Vec<Segment>>(json).unwrap(), segments);
        assert!(serde_json::from_str::<Segment>(r#"{"secret": "A", "more": 1}"#).is_err());
    }
}
