//! The `http` executor: sends the prepared request and reads the answer whole.
//!
//! Deliberately absent: redirects (a second request nobody prepared), proxies, cookies, retries (the database decides)
//! and HTTP/2 (one broken connection would lose every call on it, and a call may wait unseen for a free stream).

use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use reqwest::{Client, Method, Request, Response, Url};

use super::http_clients::HttpClients;
use super::resolver::{ResolveError, Resolver};
use super::{http_error, http_headers};
use crate::address::{AddressRules, HostPort, Reach};
use crate::memory::Held;
use crate::outcome::{Answer, Credential, Failure, LARGEST_JSON, code};
use crate::request::{HttpRequest, Segment};
use crate::secrets::WorkspaceSecrets;

/// Sends requests through pools of connections.
pub struct HttpExecutor {
    clients: HttpClients,
    resolver: Resolver,
}

/// A request with its secrets, checked, ready to go out.
pub struct PreparedHttp {
    request: Request,
    credential: Option<Box<Credential>>,
    reach: Reach,
    max_response_bytes: usize,
}

impl HttpExecutor {
    /// Builds the clients.
    pub fn new(rules: AddressRules) -> anyhow::Result<Self> {
        Self::over(Resolver::new(rules))
    }

    fn over(resolver: Resolver) -> anyhow::Result<Self> {
        let clients = HttpClients::new(resolver.clone())?;
        Ok(Self { clients, resolver })
    }

    /// Fills in the secrets and checks where the request would go; nothing leaves yet.
    pub async fn prepare(&self, request: HttpRequest, secrets: WorkspaceSecrets<'_>) -> Result<Box<PreparedHttp>, Failure> {
        let target = target_of(&request.url)?;
        let url = secrets.fill_url(&request.url, &target)?;
        let url = Url::parse(&url).map_err(|error| invalid(format!("its URL cannot be read: {error}")))?;
        let method =
            Method::from_bytes(request.method.as_bytes()).map_err(|_| invalid(format!("{:?} is no HTTP method", request.method)))?;
        let mut prepared = Request::new(method, url);
        let credential = secrets.credential(request.url.iter().chain(request.headers.iter().flat_map(|(_, segments)| segments)));
        for (name, segments) in &request.headers {
            let (name, value) = header(name, segments, &target, secrets)?;
            prepared.headers_mut().append(name, value);
        }
        *prepared.body_mut() = request.body.map(|body| String::from(Box::<str>::from(body)).into());
        let reach = self.resolver.reach_of(&target);
        match self.resolver.check(&target).await {
            Err(ResolveError::Refused(words)) => Err(Failure::unsent(code::ADDRESS_REFUSED, words)),
            // A name that cannot be resolved now may be when the client connects; its failure is the one reported.
            Ok(()) | Err(ResolveError::Failed(_)) => {
                // What is longer could not be stored either.
                let max_response_bytes = request.max_response_bytes.min(LARGEST_JSON);
                Ok(Box::new(PreparedHttp { request: prepared, credential, reach, max_response_bytes }))
            }
        }
    }

    /// Sends the request and waits at most `timeout` for the whole answer, whose bytes go to the account of `held`.
    pub async fn send(&self, prepared: Box<PreparedHttp>, timeout: Duration, held: &mut Held) -> Result<Answer, Failure> {
        let client = self.clients.for_call(prepared.reach, timeout).map_err(http_error::before_connecting)?;
        match tokio::time::timeout(timeout, exchange(client, prepared, held)).await {
            Ok(result) => result,
            Err(_) => Err(Failure::lost(code::TIMED_OUT, format!("no complete answer within {} s", timeout.as_secs_f64()))),
        }
    }
}

async fn exchange(client: &Client, prepared: Box<PreparedHttp>, held: &mut Held) -> Result<Answer, Failure> {
    let PreparedHttp { request, credential, max_response_bytes, .. } = *prepared;
    let response = client.execute(request).await.map_err(http_error::before_answer)?;
    let status = Some(response.status().as_u16());
    let headers = http_headers::kept(response.headers());
    let body = read_body(response, max_response_bytes, held).await?;
    Ok(Answer { status, headers, credential, body, ..Answer::default() })
}

/// Host and port, read from the literal beginning of the URL, so that no secret can change where it goes.
fn target_of(url: &[Segment]) -> Result<HostPort, Failure> {
    let literals = url.iter().map_while(|segment| match segment {
        Segment::Literal(text) => Some(text.as_str()),
        Segment::Secret { .. } => None,
    });
    let beginning: String = literals.collect();
    let authority_ends = beginning.split_once("://").is_some_and(|(_, rest)| rest.contains(['/', '?', '#']));
    if !authority_ends && url.iter().any(|segment| matches!(segment, Segment::Secret { .. })) {
        return Err(invalid("a secret stands in front of the path of its URL"));
    }
    let parsed = Url::parse(&beginning).map_err(|error| invalid(format!("its URL cannot be read: {error}")))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(invalid(format!("its URL begins with {}: only http and https are sent", parsed.scheme())));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(invalid("its URL contains a user name; use a header with a secret instead"));
    }
    match (parsed.host_str(), parsed.port_or_known_default()) {
        (Some(host), Some(port)) => Ok(HostPort::new(host, port)),
        _ => Err(invalid("its URL has no host")),
    }
}

fn header(
    name: &str,
    segments: &[Segment],
    target: &HostPort,
    secrets: WorkspaceSecrets<'_>,
) -> Result<(HeaderName, HeaderValue), Failure> {
    let text = secrets.fill_header(segments, target)?;
    let parsed = HeaderName::from_bytes(name.as_bytes()).ok().zip(HeaderValue::from_bytes(text.as_bytes()).ok());
    let (parsed_name, mut value) = parsed.ok_or_else(|| invalid(format!("its header {name:?} is no HTTP header")))?;
    value.set_sensitive(true);
    Ok((parsed_name, value))
}

fn invalid(what: impl std::fmt::Display) -> Failure {
    Failure::unsent(code::REQUEST_INVALID, format!("the prepared request cannot be sent: {what}"))
}

async fn read_body(mut response: Response, cap: usize, held: &mut Held) -> Result<Vec<u8>, Failure> {
    let too_large = || Failure::lost(code::TOO_LARGE, format!("the answer is longer than {cap} bytes"));
    let announced = response.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > cap) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(http_error::inside_body)? {
        if body.len() + chunk.len() > cap {
            return Err(too_large());
        }
        held.cover(body.len() + chunk.len()).await;
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod address_tests;
#[cfg(test)]
mod tests;
