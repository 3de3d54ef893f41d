//! The http part of a tool: what it sends to its provider, and how the answer is read.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::fields::{Fields, invalid};
use super::name::{self, is_name};
use crate::engine::pointer;
use crate::engine::template::{Document, Text};
use crate::error::Problem;

/// Headers that the transport writes itself; a definition that set them could smuggle a second request into the first.
const TRANSPORT_HEADERS: [&str; 7] = ["host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade"];

/// How requests are completed and answers read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adapter {
    /// `POST /chat/completions` of `OpenAI` and every server that speaks its protocol.
    OpenaiChat,
    /// Any JSON interface, by template and JSON pointers.
    HttpJson,
}

/// What an `openai_chat` tool makes of the text it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseFormat {
    /// The result is `{"text": …}`.
    Text,
    /// The text is a JSON document, and that is the result.
    Json,
}

/// How an answer is read.
pub enum ResponseReading {
    /// As an `OpenAI` chat completion.
    Chat(ResponseFormat),
    /// By JSON pointers into the body.
    Pointers {
        /// The result: one pointer, or an object of pointers.
        result: Value,
        /// Usage figures by name.
        usage: Map<String, Value>,
        /// The provider's words in an answer that is an error.
        error: Option<String>,
    },
}

/// The http part of a tool.
pub struct HttpTool {
    /// Name of the provider.
    pub provider: String,
    /// Adapter.
    pub adapter: Adapter,
    /// HTTP method.
    pub method: &'static str,
    /// Path below the provider's base URL, beginning with a slash.
    pub path: Text,
    /// Query parameters.
    pub query: Vec<(String, Text)>,
    /// Headers, names in lower case.
    pub headers: Vec<(String, Text)>,
    /// Body, if any.
    pub body: Option<Document>,
    /// How the answer is read.
    pub reading: ResponseReading,
}

const METHODS: [(&str, &str); 5] = [("GET", "GET"), ("POST", "POST"), ("PUT", "PUT"), ("PATCH", "PATCH"), ("DELETE", "DELETE")];

impl HttpTool {
    /// Checks and compiles; returns the tool and its `request` and `response` with defaults.
    pub(super) fn parse(fields: &mut Fields<'_>) -> Result<(Self, Value, Value), Problem> {
        let provider = provider_of(fields)?;
        let adapter = fields
            .word("adapter", &[("openai_chat", Adapter::OpenaiChat), ("http_json", Adapter::HttpJson)])?
            .ok_or_else(|| invalid("/adapter", "is missing: openai_chat or http_json"))?;
        let source = fields.get("request").ok_or_else(|| invalid("/request", "is missing"))?;
        let mut request = Fields::of(source, "/request")?;
        let chat = adapter == Adapter::OpenaiChat;
        let method = request.word("method", &METHODS)?.unwrap_or("POST");
        let path = match request.text("path", 2000)? {
            Some(path) => path,
            None if chat => "/chat/completions",
            None => return Err(invalid("/request/path", "is missing")),
        };
        if !path.starts_with('/') || path.contains(['?', '#']) {
            return Err(invalid("/request/path", "must begin with / and hold no ? or #; query parameters go into /request/query"));
        }
        let query = request.get("query");
        let headers = request.get("headers");
        let body = request.get("body");
        request.finish()?;
        check_body(chat, method, body)?;
        let (reading, response) = reading_of(fields, adapter)?;
        let completed = json!({ "method": method, "path": path, "query": query, "headers": headers, "body": body });
        let tool = Self {
            provider,
            adapter,
            method,
            path: Text::compile(path, "/request/path")?,
            query: query.map_or(Ok(Vec::new()), |value| named_texts(value, "/request/query", false))?,
            headers: headers.map_or(Ok(Vec::new()), |value| named_texts(value, "/request/headers", true))?,
            body: body.map(|value| Document::compile(value, "/request/body")).transpose()?,
            reading,
        };
        Ok((tool, completed, response))
    }
}

fn provider_of(fields: &mut Fields<'_>) -> Result<String, Problem> {
    match fields.text("provider", 200)? {
        None => Err(invalid("/provider", "is missing: an http tool needs one")
            .hint("Name one that steward.define_provider(name, definition) has defined.")),
        Some(text) if !is_name(text) => Err(invalid("/provider", format!("must be the name of a provider: {}", name::RULE))),
        Some(text) => Ok(text.to_owned()),
    }
}

fn check_body(chat: bool, method: &str, body: Option<&Value>) -> Result<(), Problem> {
    match body {
        None if chat => Err(invalid("/request/body", "is missing: openai_chat needs model and messages")),
        Some(_) if method == "GET" => Err(invalid("/request/body", "a GET request has no body")),
        Some(body) if chat => ["model", "messages"]
            .into_iter()
            .find(|key| body.get(key).is_none())
            .map_or(Ok(()), |key| Err(invalid(&format!("/request/body/{key}"), "is missing: openai_chat needs it"))),
        _ => Ok(()),
    }
}

fn reading_of(fields: &mut Fields<'_>, adapter: Adapter) -> Result<(ResponseReading, Value), Problem> {
    let empty = json!({});
    let source = fields.get("response").unwrap_or(&empty);
    let mut response = Fields::of(source, "/response")?;
    if adapter == Adapter::OpenaiChat {
        let formats = [("text", ResponseFormat::Text), ("json", ResponseFormat::Json)];
        let format = response.word("format", &formats)?.unwrap_or(ResponseFormat::Text);
        response.finish()?;
        let word = if format == ResponseFormat::Text { "text" } else { "json" };
        return Ok((ResponseReading::Chat(format), json!({ "format": word })));
    }
    let result = response.get("result").cloned().unwrap_or_else(|| json!(""));
    match &result {
        Value::Object(pointers) => {
            pointers.iter().try_for_each(|(key, value)| pointer_at(value, &pointer::child("/response/result", key)))?
        }
        single => pointer_at(single, "/response/result")?,
    }
    let usage = match response.get("usage") {
        None => Map::new(),
        Some(value) => value.as_object().ok_or_else(|| invalid("/response/usage", "must be an object of JSON pointers"))?.clone(),
    };
    usage.iter().try_for_each(|(key, value)| pointer_at(value, &pointer::child("/response/usage", key)))?;
    let error = response.get("error");
    error.map_or(Ok(()), |value| pointer_at(value, "/response/error"))?;
    response.finish()?;
    let error = error.and_then(Value::as_str).map(str::to_owned);
    let completed = json!({ "result": result, "usage": usage, "error": error });
    Ok((ResponseReading::Pointers { result, usage, error }, completed))
}

fn pointer_at(value: &Value, path: &str) -> Result<(), Problem> {
    match value.as_str() {
        Some(pointer) if pointer.is_empty() || pointer.starts_with('/') => Ok(()),
        _ => Err(invalid(path, "must be a JSON pointer such as /data/0/id, or \"\" for the whole body")),
    }
}

/// The named templates of `headers` or `query`: names are literal, values are templates.
pub(super) fn named_texts(value: &Value, path: &str, headers: bool) -> Result<Vec<(String, Text)>, Problem> {
    let object = value.as_object().ok_or_else(|| invalid(path, "must be an object of texts"))?;
    if headers {
        check_header_names(object, path)?;
    }
    object
        .iter()
        .map(|(name, value)| {
            let place = pointer::child(path, name);
            let source = value.as_str().ok_or_else(|| invalid(&place, "must be a text"))?;
            let name = if headers { name.to_ascii_lowercase() } else { name.clone() };
            Ok((name, Text::compile(source, &place)?))
        })
        .collect()
}

/// Refuses what is no header name, and two that name the same header: which of them counted would be chance.
fn check_header_names(object: &Map<String, Value>, path: &str) -> Result<(), Problem> {
    let mut seen = BTreeMap::new();
    for name in object.keys() {
        let (place, lower) = (pointer::child(path, name), name.to_ascii_lowercase());
        check_header_name(&lower, &place)?;
        if let Some(earlier) = seen.insert(lower, name) {
            let what = format!("names the header {earlier} again: upper and lower case are the same header");
            return Err(invalid(&place, what).hint("Keep one of the two."));
        }
    }
    Ok(())
}

fn check_header_name(lower: &str, place: &str) -> Result<(), Problem> {
    let is_token = !lower.is_empty() && lower.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    if !is_token {
        return Err(
            invalid(place, "is no header name").hint("Header names hold letters, digits and !#$%&'*+-.^_`|~ only, and no template.")
        );
    }
    if TRANSPORT_HEADERS.contains(&lower) {
        return Err(invalid(place, "is written by the transport and cannot be set").hint("Leave it out."));
    }
    Ok(())
}
