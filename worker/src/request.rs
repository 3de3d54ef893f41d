//! The prepared request, as `steward.claim_jobs` returns it.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A piece of a URL or of a header value.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Segment {
    /// Final text, already encoded by the database.
    Literal(String),
    /// The name of a secret of this worker.
    Secret {
        /// Its name.
        secret: String,
    },
}

/// What the `http` executor sends; `timeout_seconds`, which every request has, is read by `execute`.
#[derive(Deserialize)]
pub struct HttpRequest {
    /// GET, POST and so on.
    pub method: String,
    /// The URL; scheme, host and port stand in the first piece.
    pub url: Vec<Segment>,
    /// Names with the pieces of their values, in order.
    #[serde(default)]
    pub headers: Vec<(String, Vec<Segment>)>,
    /// The body, sent as exactly this text.
    #[serde(default, deserialize_with = "present")]
    pub body: Option<Box<RawValue>>,
    /// A longer answer is cut off and counts as lost.
    #[serde(default = "default_response_bytes")]
    pub max_response_bytes: usize,
}

/// What the `script` executor runs.
#[derive(Deserialize)]
pub struct ScriptRequest {
    /// The name of a `--script` of this worker.
    pub command: String,
    /// What the script reads on standard input.
    pub input: Box<RawValue>,
    /// How far an earlier attempt came.
    #[serde(default, deserialize_with = "present")]
    pub checkpoint: Option<Box<RawValue>>,
}

/// What the `sql` executor passes; which function that is the database knows.
#[derive(Deserialize)]
pub struct SqlRequest {
    /// Its one argument.
    pub input: Box<RawValue>,
}

/// Without this a body that is the JSON value `null` would count as absent.
fn present<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(source).map(Some)
}

/// 16 MiB, as `MAX_RESPONSE_BYTES` in the extension's core, which sends it with every request; an image in base64 fits.
fn default_response_bytes() -> usize {
    16 << 20
}
