//! The endpoints a call can reach, the normal answer of each, and what a fault makes of that answer.

use std::time::Duration;

use axum::http::StatusCode;
use chrono::Utc;
use serde_json::{Value, json};

use super::answer::{Answer, ApiError, Delivery};
use super::arrival::Arrival;
use super::faults::Fault;
use super::request::ChatRequest;
use super::{anthropic, chat, embeddings};

/// Where a call arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endpoint {
    Chat,
    Messages,
    Embeddings,
    Echo,
    Unknown,
    WrongMethod,
}

impl Endpoint {
    /// The answer to a call nothing goes wrong with.
    pub(super) fn answer(self, bytes: &[u8], json: Option<Value>, arrival: &Arrival) -> Result<Answer, ApiError> {
        match self {
            Self::Chat => chat::complete(&ChatRequest::read(&parsed(json)?)?),
            Self::Messages => anthropic::complete(&parsed(json)?),
            Self::Embeddings => embeddings::embed(&parsed(json)?),
            Self::Echo if bytes.is_empty() => Ok(echo(&Value::Null, arrival)),
            Self::Echo => Ok(echo(&parsed(json)?, arrival)),
            Self::Unknown => Err(ApiError::other(
                StatusCode::NOT_FOUND,
                format!("Unknown request URL: {}. `steward sandbox --help` lists the endpoints.", arrival.path),
                Some("unknown_url"),
            )),
            Self::WrongMethod => Err(ApiError::other(
                StatusCode::METHOD_NOT_ALLOWED,
                format!("This method is not allowed for {}. `steward sandbox --help` lists the endpoints.", arrival.path),
                None,
            )),
        }
    }

    /// What `fault` makes of the normal answer; `slow` is the time the slow model takes.
    pub(super) fn spoil(self, normal: Answer, fault: Fault, model: &str, slow: Duration) -> Answer {
        if let Some(error) = Answer::from_fault(fault, model) {
            return Answer { usage: normal.usage.filter(|_| !fault.turns_away()), ..error };
        }
        match fault {
            Fault::Exhausted(limit) => Answer { headers: limit.headers(Utc::now()), ..normal },
            Fault::Refusal if self == Self::Chat => chat::refuse(&normal),
            _ => spoiled_on_its_way(normal, fault, slow),
        }
    }
}

/// The same answer, as a fault that is about its delivery lets it arrive.
pub(super) fn spoiled_on_its_way(normal: Answer, fault: Fault, slow: Duration) -> Answer {
    match fault {
        Fault::Hang => Answer { delivery: Delivery::Never, ..normal },
        Fault::Lost => Answer { delivery: Delivery::Nothing, ..normal },
        Fault::Truncated => Answer { delivery: Delivery::Truncated, body: first_half(normal.body), ..normal },
        Fault::Malformed => Answer { body: first_half(normal.body), ..normal },
        Fault::Slow => Answer { wait: slow, ..normal },
        _ => normal,
    }
}

/// The start of a JSON document, which is never a document itself: every answer is one object, closed by its last byte.
fn first_half(mut body: Vec<u8>) -> Vec<u8> {
    body.truncate(body.len() / 2);
    body
}

/// The body, or the complaint of the `OpenAI` API about one that is not JSON.
fn parsed(json: Option<Value>) -> Result<Value, ApiError> {
    let message = "We could not parse the JSON body of your request. The sandbox expects a JSON document in UTF-8.";
    json.ok_or_else(|| ApiError::other(StatusCode::BAD_REQUEST, message, None))
}

/// Sends the body back, for tools that speak plain JSON over HTTP.
fn echo(received: &Value, arrival: &Arrival) -> Answer {
    Answer::json(StatusCode::OK, &json!({"received": received, "id": format!("echo_{}", arrival.key)}))
}
