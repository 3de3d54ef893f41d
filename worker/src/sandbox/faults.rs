//! The models that misbehave. This table is the only list: the help text and `GET /v1/models` are made from it.

use serde_json::{Value, json};

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    RateLimited,
    Unavailable,
    ServerError,
    Hang,
    Truncated,
    Malformed,
    Slow,
    Refusal,
    BadRequest,
}

/// One model of the sandbox.
pub(super) struct Row {
    /// The name a request gives as `model`.
    pub(super) model: &'static str,
    /// The word the call log shows; empty for the model without a fault.
    pub(super) slug: &'static str,
    fault: Option<Fault>,
    what: &'static str,
}

const fn row(model: &'static str, slug: &'static str, fault: Option<Fault>, what: &'static str) -> Row {
    Row { model, slug, fault, what }
}

/// Every model with a meaning; any other name is answered normally.
const MODELS: [Row; 10] = [
    row("sandbox", "", None, "answers normally, as does every name not listed here"),
    row("sandbox-429", "429", Some(Fault::RateLimited), "429 rate limit error with Retry-After: 1"),
    row("sandbox-503", "503", Some(Fault::Unavailable), "503 overloaded with Retry-After: 1"),
    row("sandbox-500", "500", Some(Fault::ServerError), "500 server error without Retry-After"),
    row("sandbox-400", "400", Some(Fault::BadRequest), "400 invalid request error"),
    row("sandbox-hang", "hang", Some(Fault::Hang), "takes the request and never answers"),
    row("sandbox-truncated", "truncated", Some(Fault::Truncated), "200, but the connection closes before Content-Length is reached"),
    row("sandbox-malformed", "malformed", Some(Fault::Malformed), "200 with broken JSON"),
    row("sandbox-slow", "slow", Some(Fault::Slow), "answers normally after --slow-ms"),
    row("sandbox-refusal", "refusal", Some(Fault::Refusal), "chat: content_filter and message.refusal; elsewhere normal"),
];

/// A suffix limits a fault to the first arrivals of a request.
const SUFFIXES: [(&str, u32, &str); 2] = [
    ("-once", 1, "only the first time the same request arrives, then normal"),
    ("-twice", 2, "only the first two times the same request arrives, then normal"),
];

/// A fault that a model name asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) fault: Fault,
    /// The word for the call log.
    pub(super) slug: &'static str,
    /// How many arrivals of the same request it hits; all when absent.
    pub(super) first: Option<u32>,
}

/// The fault `model` asks for, if any.
pub(super) fn asked_by(model: &str) -> Option<Asked> {
    let (base, first) =
        SUFFIXES.iter().find_map(|(suffix, count, _)| Some((model.strip_suffix(suffix)?, Some(*count)))).unwrap_or((model, None));
    let row = MODELS.iter().find(|row| row.model == base)?;
    Some(Asked { fault: row.fault?, slug: row.slug, first })
}

/// The part of `--help` that explains the models.
pub(super) fn help() -> String {
    let mut text = String::from("Models (the name in the request chooses what happens):\n");
    for row in &MODELS {
        text.push_str(&format!("  {:<18} {}\n", row.model, row.what));
    }
    text.push_str("\nSuffixes of a model that misbehaves, as in sandbox-429-once:\n");
    for (suffix, _, what) in &SUFFIXES {
        text.push_str(&format!("  {suffix:<18} {what}\n"));
    }
    text.push_str(
        "\nThe same request means the same model and the same x-client-request-id up to its first \"/\", or, without \
         that header, the same body.\n\nEndpoints: POST /v1/chat/completions, /v1/embeddings, /v1/echo; GET /v1/models, \
         /healthz, /sandbox/calls[?job_id=], /sandbox/summary",
    );
    text
}

/// The answer of `GET /v1/models`.
pub(super) fn models() -> Value {
    let mut list = Vec::new();
    for row in &MODELS {
        list.push(model(row.model.to_owned(), row.what.to_owned()));
        if row.fault.is_some() {
            list.extend(SUFFIXES.iter().map(|(suffix, _, when)| model(format!("{}{suffix}", row.model), format!("{}; {when}", row.what))));
        }
    }
    json!({"object": "list", "data": list})
}

/// One model as the `OpenAI` API lists it, with a description on top.
fn model(id: String, description: String) -> Value {
    json!({"id": id, "object": "model", "created": 0, "owned_by": "sandbox", "description": description})
}
