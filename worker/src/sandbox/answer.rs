//! Answers: the JSON shapes of the `OpenAI` API and the ways an answer can fail to be delivered.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use chrono::Utc;
use futures_util::stream;
use serde_json::{Value, json};

use super::faults::Fault;
use super::limits::{Headers, RETRY_AFTER_SECONDS};
use super::usage::Usage;

/// Bytes a truncated answer promises beyond what it sends; any number above 0 does.
const MISSING_BYTES: usize = 64;

/// How the bytes leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    Whole,
    Truncated,
    /// The connection is closed before the first byte.
    Nothing,
    Never,
}

/// What a call gets.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
    /// What is billed, whether or not the body says so; absent when nothing was carried out.
    pub(super) usage: Option<Usage>,
    /// The most tokens that the request allows the answer; absent when it sets no bound.
    pub(super) bound: Option<u64>,
    pub(super) delivery: Delivery,
    /// Waiting time on top of the latency of every answer.
    pub(super) wait: Duration,
    pub(super) headers: Headers,
}

impl Answer {
    /// A complete JSON answer.
    pub(super) fn json(status: StatusCode, body: &Value) -> Self {
        Self {
            status,
            body: body.to_string().into_bytes(),
            usage: None,
            bound: None,
            delivery: Delivery::Whole,
            wait: Duration::ZERO,
            headers: Vec::new(),
        }
    }

    /// A complete JSON answer with status 200 that is billed.
    pub(super) fn billed(body: &Value, usage: Usage, bound: Option<u64>) -> Self {
        Self { usage: Some(usage), bound, ..Self::json(StatusCode::OK, body) }
    }

    /// An error of the `OpenAI` API that comes whether or not the request is a good one.
    pub(super) fn from_fault(fault: Fault, model: &str) -> Option<Self> {
        let (status, message, kind, code, headers) = match fault {
            Fault::Limited(limit) => return Some(limit.refusal(model, Utc::now())),
            Fault::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The engine is currently overloaded, please try again later.".to_owned(),
                "server_error",
                Some("service_unavailable"),
                vec![("retry-after", RETRY_AFTER_SECONDS.to_string())],
            ),
            Fault::ServerError | Fault::BilledServerError => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "The server had an error while processing your request.".to_owned(),
                "server_error",
                None,
                Vec::new(),
            ),
            Fault::BadRequest => (
                StatusCode::BAD_REQUEST,
                format!("The model {model} refuses every request."),
                "invalid_request_error",
                Some("sandbox_bad_request"),
                Vec::new(),
            ),
            Fault::Exhausted(_) | Fault::Hang | Fault::Lost | Fault::Truncated | Fault::Malformed => return None,
            Fault::Slow | Fault::Refusal | Fault::Outreach(_) => return None,
        };
        let body = error_body(&message, kind, None, code);
        Some(Self { headers, ..Self::json(status, &body) })
    }

    /// The status for the call log: absent when nothing is ever answered.
    pub(super) fn logged_status(&self) -> Option<u16> {
        (!matches!(self.delivery, Delivery::Nothing | Delivery::Never)).then(|| self.status.as_u16())
    }

    /// The HTTP response of a delivery that sends something.
    pub(super) fn into_response(self, request_id: &str) -> Response {
        let promised = self.body.len() + if self.delivery == Delivery::Truncated { MISSING_BYTES } else { 0 };
        let body = match self.delivery {
            Delivery::Truncated => breaking_off(self.body),
            Delivery::Whole => Body::from(self.body),
            Delivery::Nothing => broken(),
            Delivery::Never => breaking_off(Vec::new()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(promised));
        if let Ok(value) = HeaderValue::from_str(request_id) {
            headers.insert("x-request-id", value);
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// A body that sends `bytes` and then closes the connection.
fn breaking_off(bytes: Vec<u8>) -> Body {
    let sent = stream::once(async move { Ok(Bytes::from(bytes)) });
    let broken = stream::once(async {
        // hyper throws away what it has not flushed when a body fails, and it flushes when the body is not ready.
        tokio::task::yield_now().await;
        Err(on_purpose())
    });
    Body::from_stream(futures_util::StreamExt::chain(sent, broken))
}

/// A body that fails at once: hyper then throws away the head, too, and the client gets no byte.
fn broken() -> Body {
    Body::from_stream(stream::once(async { Err::<Bytes, _>(on_purpose()) }))
}

fn on_purpose() -> io::Error {
    io::Error::other("the sandbox closes this connection on purpose")
}

/// A refusal of the request itself.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    message: String,
    param: Option<String>,
    code: Option<&'static str>,
}

impl ApiError {
    /// 400 because of the field `param`.
    pub(super) fn invalid(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: message.into(), param: Some(param.into()), code: None }
    }

    /// Any other refusal.
    pub(super) fn other(status: StatusCode, message: impl Into<String>, code: Option<&'static str>) -> Self {
        Self { status, message: message.into(), param: None, code }
    }

    /// What other interfaces say of it in words of their own.
    pub(super) fn into_words(self) -> (StatusCode, String) {
        (self.status, self.message)
    }

    /// The same refusal with the code clients look at.
    pub(super) fn with_code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }
}

impl From<ApiError> for Answer {
    fn from(error: ApiError) -> Self {
        let kind = if error.status.is_server_error() { "server_error" } else { "invalid_request_error" };
        Self::json(error.status, &error_body(&error.message, kind, error.param.as_deref(), error.code))
    }
}

/// `{"error": {…}}` as the `OpenAI` API writes it.
pub(super) fn error_body(message: &str, kind: &str, param: Option<&str>, code: Option<&str>) -> Value {
    json!({"error": {"message": message, "type": kind, "param": param, "code": code}})
}
