//! Reading a chat request as strictly as the `OpenAI` API does, so that a broken tool definition shows up here first.

use serde_json::{Map, Value};

use super::answer::ApiError;
use super::messages::messages;

/// Most answers one request may ask for, as in the `OpenAI` API.
const MAX_CHOICES: u64 = 128;

/// Longest name of a response schema, as in the `OpenAI` API.
const MAX_SCHEMA_NAME: usize = 64;

/// What the content of the answer has to be.
#[derive(Debug)]
pub(super) enum Format {
    Text,
    JsonObject,
    JsonSchema { name: String, schema: Value },
}

/// A chat request that holds what it must.
#[derive(Debug)]
pub(super) struct ChatRequest {
    pub(super) model: String,
    pub(super) messages: Vec<Value>,
    pub(super) format: Format,
    /// Upper bound of the tokens of one choice.
    pub(super) max_tokens: Option<u64>,
    /// Number of choices.
    pub(super) choices: u64,
}

impl ChatRequest {
    /// Reads the body of `POST /v1/chat/completions`.
    pub(super) fn read(body: &Value) -> Result<Self, ApiError> {
        let fields = object(body)?;
        refuse_stream(fields)?;
        Ok(Self {
            model: model(fields)?,
            messages: messages(fields)?,
            format: format(fields)?,
            max_tokens: max_tokens(fields)?,
            choices: positive(fields, "n", MAX_CHOICES)?.unwrap_or(1),
        })
    }
}

/// Refuses to stream.
pub(super) fn refuse_stream(fields: &Map<String, Value>) -> Result<(), ApiError> {
    if fields.get("stream") != Some(&Value::Bool(true)) {
        return Ok(());
    }
    Err(ApiError::invalid("stream", "The sandbox does not stream; leave 'stream' out or set it to false.").with_code("unsupported_value"))
}

/// The body as an object.
pub(super) fn object(body: &Value) -> Result<&Map<String, Value>, ApiError> {
    body.as_object().ok_or_else(|| ApiError::invalid("", "Invalid type for the request body: expected an object."))
}

/// The field `model`.
pub(super) fn model(fields: &Map<String, Value>) -> Result<String, ApiError> {
    match fields.get("model") {
        Some(Value::String(model)) if !model.is_empty() => Ok(model.clone()),
        Some(Value::String(_)) | None => Err(missing("model")),
        Some(_) => Err(wrong_type("model", "a string")),
    }
}

/// A whole number from 1 to `most`, or nothing.
pub(super) fn positive(fields: &Map<String, Value>, name: &str, most: u64) -> Result<Option<u64>, ApiError> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            match value.as_u64() {
                Some(number) if (1..=most).contains(&number) => Ok(Some(number)),
                Some(_) => Err(ApiError::invalid(name, format!("Invalid '{name}': expected a value from 1 to {most}."))
                    .with_code("integer_out_of_range")),
                None => Err(wrong_type(name, "an integer above 0")),
            }
        }
    }
}

/// A required field that is not there.
pub(super) fn missing(name: &str) -> ApiError {
    ApiError::invalid(name, format!("Missing required parameter: '{name}'.")).with_code("missing_required_parameter")
}

/// A field of the wrong kind.
pub(super) fn wrong_type(name: &str, expected: &str) -> ApiError {
    ApiError::invalid(name, format!("Invalid type for '{name}': expected {expected}.")).with_code("invalid_type")
}

/// The bound on the answer: the current name or the old one, not both.
fn max_tokens(fields: &Map<String, Value>) -> Result<Option<u64>, ApiError> {
    let current = positive(fields, "max_completion_tokens", u64::MAX)?;
    let old = positive(fields, "max_tokens", u64::MAX)?;
    if current.is_some() && old.is_some() {
        return Err(ApiError::invalid("max_tokens", "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."));
    }
    Ok(current.or(old))
}

fn format(fields: &Map<String, Value>) -> Result<Format, ApiError> {
    let format = match fields.get("response_format") {
        None | Some(Value::Null) => return Ok(Format::Text),
        Some(format) => format,
    };
    match format.get("type").and_then(Value::as_str) {
        Some("text") => Ok(Format::Text),
        Some("json_object") => Ok(Format::JsonObject),
        Some("json_schema") => json_schema(format),
        Some(_) => {
            let message = "Invalid value for 'response_format.type'. Supported values are: text, json_object, json_schema.";
            Err(ApiError::invalid("response_format.type", message).with_code("invalid_value"))
        }
        None => Err(missing("response_format.type")),
    }
}

fn json_schema(format: &Value) -> Result<Format, ApiError> {
    let described = format.get("json_schema").ok_or_else(|| missing("response_format.json_schema"))?;
    let name = described.get("name").and_then(Value::as_str).ok_or_else(|| missing("response_format.json_schema.name"))?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || name.len() > MAX_SCHEMA_NAME || !name.chars().all(allowed) {
        let message = "Invalid 'response_format.json_schema.name': up to 64 letters, digits, '_' and '-'.";
        return Err(ApiError::invalid("response_format.json_schema.name", message).with_code("invalid_value"));
    }
    let schema = described.get("schema").filter(|schema| schema.is_object());
    let schema = schema.ok_or_else(|| missing("response_format.json_schema.schema"))?;
    Ok(Format::JsonSchema { name: name.to_owned(), schema: schema.clone() })
}
