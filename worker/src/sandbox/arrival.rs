//! What one call says about itself: who asks (`x-client-request-id`), on which path, for which model, or what to do to whom.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::Query;
use axum::http::request::Parts;
use serde_json::Value;

use super::answer::{Answer, ApiError};
use super::unipile::{self, Ask, Problem};
use super::{limiter, seed};

/// One call as it arrived.
pub(super) struct Arrival {
    /// `x-client-request-id`, whole.
    pub(super) request_id: Option<String>,
    /// Its part before the first "/".
    pub(super) job_id: Option<String>,
    /// Its part after the first "/", when that is a number.
    pub(super) attempt: Option<u64>,
    /// What makes two arrivals the same request: the job, or the hash of the body.
    pub(super) key: String,
    /// The path without the query, which could hold a key.
    pub(super) path: String,
    /// The model in the body, else in the query.
    pub(super) model: Option<String>,
    /// In whose name something is asked of Unipile.
    pub(super) account: Option<String>,
    /// To whom it is to be done.
    pub(super) person: Option<String>,
    /// What that is.
    pub(super) action: Option<&'static str>,
}

impl Arrival {
    /// Reads the head of a request and its body; `json` is the body parsed, when it could be.
    pub(super) fn new(parts: &Parts, body: &[u8], json: Option<&Value>) -> Self {
        let request_id = parts
            .headers
            .get("x-client-request-id")
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .filter(|text| !text.is_empty());
        let job_id = request_id.as_deref().map(|id| id.split('/').next().unwrap_or(id).to_owned());
        let attempt = request_id.as_deref().and_then(|id| id.split_once('/')?.1.parse().ok());
        let key = job_id.clone().unwrap_or_else(|| format!("body:{:016x}", seed::hash(&[body])));
        let model = json.and_then(|body| body.get("model")?.as_str()).map(str::to_owned).or_else(|| model_in_query(parts));
        Self { request_id, job_id, attempt, key, path: parts.uri.path().to_owned(), model, account: None, person: None, action: None }
    }

    /// Takes over what a call to Unipile says. No model is asked there, whatever the call holds.
    pub(super) fn concerns(&mut self, ask: &Ask) {
        self.model = None;
        (self.account, self.person, self.action) = (ask.account.clone(), ask.person.clone(), ask.action());
    }

    /// A refusal in the words of the interface that was called.
    pub(super) fn refusal(&self, error: ApiError) -> Answer {
        if self.is_outreach() { Problem::of(error).answer() } else { error.into() }
    }

    /// The refusal of a call that has to wait, likewise.
    pub(super) fn limited(&self, wait: Duration) -> Answer {
        let refused = limiter::refusal(wait);
        if self.is_outreach() { Answer { headers: refused.headers, ..Problem::TOO_MANY_REQUESTS.answer() } } else { refused }
    }

    fn is_outreach(&self) -> bool {
        self.path.starts_with(unipile::PREFIX)
    }
}

/// The query field `model`, for tools whose body is not theirs to choose.
fn model_in_query(parts: &Parts) -> Option<String> {
    let Query(mut fields) = Query::<HashMap<String, String>>::try_from_uri(&parts.uri).ok()?;
    fields.remove("model")
}
