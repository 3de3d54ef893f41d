//! One call: read it, decide what it gets, write it down, and only then answer.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::answer::{Answer, ApiError, Delivery};
use super::arrival::Arrival;
use super::endpoint::Endpoint;
use super::models::Wishes;
use super::server::Config;
use super::unipile::{self, Ask, Deed, Route};
use super::{limiter, seed, usage};

/// Largest request body: room for a few images as base64, and what the real API takes at most.
pub(super) const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// What all connections share.
pub(super) struct Sandbox {
    pub(super) config: Config,
    pub(super) stop: CancellationToken,
}

/// Where a call arrived.
#[derive(Debug, Clone, Copy)]
pub(super) enum Door {
    /// Where models answer, or nowhere.
    Model(Endpoint),
    /// At Unipile.
    Outreach(Route),
}

impl From<Endpoint> for Door {
    fn from(endpoint: Endpoint) -> Self {
        Self::Model(endpoint)
    }
}

impl From<Route> for Door {
    fn from(route: Route) -> Self {
        Self::Outreach(route)
    }
}

/// What a call asks for, read as far as its door reads it.
enum Asked {
    Model(Endpoint, Option<Value>),
    Outreach(Ask),
}

/// What a call gets, the word for the fault that shapes it, and what it did to somebody.
struct Decision {
    answer: Answer,
    fault: Option<&'static str>,
    deed: Option<Deed>,
}

impl From<Answer> for Decision {
    fn from(answer: Answer) -> Self {
        Self { answer, fault: None, deed: None }
    }
}

/// Takes one call from its head to its answer.
pub(super) async fn arrive(door: impl Into<Door>, State(sandbox): State<Arc<Sandbox>>, request: Request) -> Result<Response, Infallible> {
    let door = door.into();
    let (parts, body) = request.into_parts();
    let authorized = sandbox.accepts(&parts.headers);
    let head = Request::from_parts(parts.clone(), body);
    let body = Bytes::from_request(head, &()).await;
    let bytes = body.as_deref().unwrap_or_default();
    let json: Option<Value> = serde_json::from_slice(bytes).ok();
    let mut arrival = Arrival::new(&parts, bytes, json.as_ref());
    let asked = match door {
        Door::Model(endpoint) => Asked::Model(endpoint, json),
        Door::Outreach(route) => {
            let ask = Ask::read(route, &parts, bytes, json, &sandbox.config.log);
            arrival.concerns(&ask);
            Asked::Outreach(ask)
        }
    };
    let decision = match &body {
        Err(rejection) => arrival.refusal(unreadable(rejection.status())).into(),
        Ok(_) if !authorized => arrival.refusal(wrong_key()).into(),
        Ok(bytes) => match sandbox.let_through(&parts.headers) {
            Err(wait) => Decision { fault: Some(limiter::SLUG), ..arrival.limited(wait).into() },
            Ok(()) => match asked {
                Asked::Model(endpoint, json) => sandbox.decide(endpoint, &arrival, bytes, json),
                Asked::Outreach(ask) => sandbox.decide_outreach(&ask, &arrival),
            },
        },
    };
    Ok(sandbox.log_and_answer(arrival, decision).await)
}

impl Sandbox {
    /// Whether the token is the one that was asked for, if one was.
    fn accepts(&self, headers: &HeaderMap) -> bool {
        let bearer = || credentials(headers)[0]?.strip_prefix(b"Bearer ");
        let token = || credentials(headers)[1].or_else(bearer);
        self.config.api_key.as_ref().is_none_or(|key| token() == Some(key.as_bytes()))
    }

    /// The rate limit comes before the model, as at a provider's door: what it turns away has met no fault, and waits.
    fn let_through(&self, headers: &HeaderMap) -> Result<(), Duration> {
        let Some(limiter) = &self.config.limiter else {
            return Ok(());
        };
        let caller = seed::hash(&credentials(headers).map(Option::unwrap_or_default));
        limiter.pass(caller, Instant::now())
    }

    /// What a call to a model gets.
    fn decide(&self, endpoint: Endpoint, arrival: &Arrival, bytes: &[u8], json: Option<Value>) -> Decision {
        let normal = match endpoint.answer(bytes, json, arrival) {
            Ok(answer) => answer,
            Err(refused) => return arrival.refusal(refused).into(),
        };
        let model = arrival.model.as_deref().unwrap_or_default();
        let Wishes { count, report, fault } = Wishes::of(model);
        let normal = usage::bend(normal, count, report, bytes, self.config.prices);
        match fault {
            Some(asked) if self.config.log.deal(asked, &arrival.key, model) => {
                Decision { fault: Some(asked.slug), ..endpoint.spoil(normal, asked.fault, model, self.config.slow).into() }
            }
            _ => normal.into(),
        }
    }

    /// What a call to Unipile gets, and what it does.
    fn decide_outreach(&self, ask: &Ask, arrival: &Arrival) -> Decision {
        let (normal, deed) = match self.config.log.outbox(|outbox| ask.answer(outbox, &arrival.key)) {
            Ok(answered) => answered,
            Err(refused) => return refused.answer().into(),
        };
        match ask.fault() {
            Some((asked, name)) if self.config.log.deal(asked, &arrival.key, name) => Decision {
                answer: unipile::spoil(normal, asked.fault, self.config.slow),
                fault: Some(asked.slug),
                deed: deed.filter(|_| !asked.fault.turns_away()),
            },
            _ => Decision { answer: normal, fault: None, deed },
        }
    }

    /// The line is in the log before the first byte of the answer leaves, and before any waiting: a client that goes
    /// away meanwhile has called all the same.
    async fn log_and_answer(&self, arrival: Arrival, decision: Decision) -> Response {
        let Decision { answer, fault, deed } = decision;
        let (answer, seq) = match self.config.log.append(&arrival, fault, &answer, deed, self.config.prices) {
            Ok(seq) => (answer, seq),
            Err(error) => (arrival.refusal(cannot_log(&error)), 0),
        };
        match answer.delivery {
            Delivery::Never => self.stop.cancelled().await,
            Delivery::Whole | Delivery::Truncated | Delivery::Nothing => tokio::time::sleep(self.config.latency + answer.wait).await,
        }
        answer.into_response(&format!("req_sandbox_{seq}"))
    }
}

/// Who calls: the Authorization header, and the one that Anthropic has in its place.
fn credentials(headers: &HeaderMap) -> [Option<&[u8]>; 2] {
    [header::AUTHORIZATION, HeaderName::from_static("x-api-key")].map(|name| headers.get(name).map(HeaderValue::as_bytes))
}

fn unreadable(status: StatusCode) -> ApiError {
    let message = format!("The request body could not be read; it may hold at most {MAX_BODY_BYTES} bytes.");
    ApiError::other(status, message, None)
}

fn wrong_key() -> ApiError {
    let message = "Incorrect API key provided. The sandbox was started with --api-key-env; send the token that variable holds.";
    ApiError::other(StatusCode::UNAUTHORIZED, message, Some("invalid_api_key"))
}

/// An unlogged answer would make every count wrong, so the call fails instead.
fn cannot_log(error: &io::Error) -> ApiError {
    super::warn(&format!("cannot write the call log: {error}"));
    let message = format!("The sandbox cannot write its call log ({error}); free some space or restart it with another --log.");
    ApiError::other(StatusCode::INTERNAL_SERVER_ERROR, message, Some("sandbox_log"))
}
