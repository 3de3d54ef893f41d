//! A complete answer with status 2xx, read under its tool's adapter.

use serde_json::{Map, Value, json};

use super::definition::{HttpTool, ResponseFormat, ResponseReading};
use super::jsonb::MOST_VALUES;
use super::outcome::{Outcome, Unreadable, read_json};

/// Words of a provider longer than this many characters are cut: they stand in error columns.
const LONGEST_WORDS: usize = 1000;

/// What an answer holds.
#[derive(Debug, PartialEq)]
pub enum Reading {
    /// The result of the job.
    Result(Value),
    /// The provider answered and declined; asking again would get the same.
    Declined {
        /// Slug.
        code: &'static str,
        /// The provider's words.
        message: String,
    },
    /// The answer is not what the protocol says.
    Malformed(String),
}

/// Reads an answer: the result or what is wrong with it, and the usage it reports.
pub fn read(tool: &HttpTool, outcome: &Outcome) -> (Reading, Option<Value>) {
    let body = match outcome.body_json() {
        Ok(body) => body,
        Err(Unreadable::NotJson) => return (Reading::Malformed("the body of the answer is not JSON".to_owned()), None),
        Err(Unreadable::TooLarge) => return (too_large(), None),
    };
    match &tool.reading {
        ResponseReading::Chat(format) => (read_chat(&body, *format), body.get("usage").filter(|usage| usage.is_object()).cloned()),
        ResponseReading::Pointers { result, usage, .. } => (read_result(&body, result), read_usage(&body, usage)),
    }
}

/// The call was carried out; the same call would bring the same answer.
fn too_large() -> Reading {
    let message = format!("the answer holds more than {MOST_VALUES} values: ask the provider for less at once");
    Reading::Declined { code: "answer_too_large", message }
}

fn read_chat(body: &Value, format: ResponseFormat) -> Reading {
    let Some(choice) = body.pointer("/choices/0") else {
        return Reading::Malformed("the answer has no choices".to_owned());
    };
    if let Some(words) = choice.pointer("/message/refusal").and_then(Value::as_str) {
        return Reading::Declined { code: "refused_by_model", message: shortened(words) };
    }
    match choice.get("finish_reason").and_then(Value::as_str) {
        Some("content_filter") => {
            let message = "the provider's content filter stopped the answer".to_owned();
            return Reading::Declined { code: "refused_by_model", message };
        }
        Some("length") if format == ResponseFormat::Json => {
            let message = "the answer was cut at max_completion_tokens, so its JSON is incomplete: raise the limit in the tool".to_owned();
            return Reading::Declined { code: "answer_cut", message };
        }
        _ => {}
    }
    let Some(text) = choice.pointer("/message/content").and_then(Value::as_str) else {
        return Reading::Malformed("the first choice has no text".to_owned());
    };
    match format {
        ResponseFormat::Text => Reading::Result(json!({ "text": text })),
        ResponseFormat::Json => match read_json(text) {
            Ok(result) => Reading::Result(result),
            Err(Unreadable::NotJson) => Reading::Malformed("the model's text is not the JSON document that was asked for".to_owned()),
            Err(Unreadable::TooLarge) => too_large(),
        },
    }
}

fn read_result(body: &Value, pointers: &Value) -> Reading {
    let at = |pointer: &Value| pointer.as_str().and_then(|pointer| body.pointer(pointer)).cloned();
    let missing = |pointer: &Value| Reading::Malformed(format!("the answer has nothing at {pointer}"));
    let Some(fields) = pointers.as_object() else {
        return at(pointers).map_or_else(|| missing(pointers), Reading::Result);
    };
    let mut result = Map::new();
    for (name, pointer) in fields {
        match at(pointer) {
            Some(value) => result.insert(name.clone(), value),
            None => return missing(pointer),
        };
    }
    Reading::Result(Value::Object(result))
}

fn read_usage(body: &Value, pointers: &Map<String, Value>) -> Option<Value> {
    let found =
        pointers.iter().filter_map(|(name, pointer)| Some((name.clone(), body.pointer(pointer.as_str()?)?.clone()))).collect::<Map<_, _>>();
    (!found.is_empty()).then_some(Value::Object(found))
}

/// The provider's own words in an answer that is an error: at the tool's pointer, at the usual places, or the body itself.
pub fn error_words(tool: Option<&HttpTool>, outcome: &Outcome) -> String {
    let text = outcome.body_text();
    let body = serde_json::from_str::<Value>(&text).unwrap_or(Value::Null);
    let own = match tool.map(|tool| &tool.reading) {
        Some(ResponseReading::Pointers { error: Some(pointer), .. }) => Some(pointer.as_str()),
        _ => None,
    };
    let words = own
        .into_iter()
        .chain(["/error/message", "/error", "/message", "/detail", "/title"])
        .find_map(|pointer| body.pointer(pointer).and_then(Value::as_str))
        .unwrap_or(&text);
    shortened(words.trim())
}

/// At most [`LONGEST_WORDS`] characters.
pub fn shortened(words: &str) -> String {
    match words.char_indices().nth(LONGEST_WORDS) {
        None => words.to_owned(),
        Some((end, _)) => format!("{}…", &words[..end]),
    }
}
