//! The server: its routes, the looks into the call log, and stopping.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::call_log::{Call, CallLog};
use super::endpoint::Endpoint;
use super::handler::{MAX_BODY_BYTES, Sandbox, arrive};
use super::limiter::Limiter;
use super::usage::Prices;
use super::{models, summary, unipile};

/// Connections the kernel may hold before they are accepted: a load test opens thousands at once. The kernel caps it
/// at net.core.somaxconn (4,096 by default).
const ACCEPT_BACKLOG: u32 = 8192;

/// How long answers under way may still take when the sandbox stops. Hanging calls are cut off at once.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// What a server needs to know.
pub(super) struct Config {
    pub(super) listen: SocketAddr,
    pub(super) api_key: Option<String>,
    pub(super) log: CallLog,
    pub(super) latency: Duration,
    pub(super) slow: Duration,
    pub(super) prices: Prices,
    pub(super) limiter: Option<Limiter>,
}

/// A server that accepts connections.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    stop: CancellationToken,
    serving: JoinHandle<io::Result<()>>,
}

/// Binds the address and starts to serve.
pub(super) async fn start(config: Config) -> Result<Server> {
    let listener = bind(config.listen)
        .with_context(|| format!("cannot listen on {}; is another program using that port? Port 0 takes a free one", config.listen))?;
    let address = listener.local_addr().context("cannot read the listening address")?;
    let stop = CancellationToken::new();
    let app = router(Arc::new(Sandbox { config, stop: stop.clone() }));
    // Answers are single small writes; waiting to fill a packet would only add latency to a measurement.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let serving = axum::serve(listener, app).with_graceful_shutdown(stop.clone().cancelled_owned());
    Ok(Server { address, stop, serving: tokio::spawn(async move { serving.await }) })
}

/// A listening socket with a long queue, on an address a stopped sandbox may have used a moment ago.
fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(ACCEPT_BACKLOG)
}

impl Server {
    /// Waits until the server ends without having been told to, and says why.
    pub(super) async fn ended(&mut self) -> String {
        match (&mut self.serving).await {
            Ok(Ok(())) => "it no longer accepts connections".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        }
    }

    /// Stops accepting, cuts hanging calls off, lets answers under way finish, and gives up on them after the grace.
    pub(super) async fn stop(mut self) {
        self.stop.cancel();
        if tokio::time::timeout(STOP_GRACE, &mut self.serving).await.is_err() {
            self.serving.abort();
        }
    }
}

fn router(sandbox: Arc<Sandbox>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(|s, r| arrive(Endpoint::Chat, s, r)))
        .route("/v1/messages", post(|s, r| arrive(Endpoint::Messages, s, r)))
        .route("/v1/embeddings", post(|s, r| arrive(Endpoint::Embeddings, s, r)))
        .route("/v1/echo", post(|s, r| arrive(Endpoint::Echo, s, r)))
        .merge(unipile::routes())
        .route("/v1/models", get(|| async { Json(models::list()) }))
        .route("/healthz", get(|| async { Json(json!({"status": "ok"})) }))
        .route("/sandbox/calls", get(list_calls))
        .route("/sandbox/summary", get(summarize_calls))
        .fallback(|s, r| arrive(Endpoint::Unknown, s, r))
        .method_not_allowed_fallback(|s, r| arrive(Endpoint::WrongMethod, s, r))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(sandbox)
}

#[derive(Deserialize)]
struct CallsQuery {
    job_id: Option<String>,
    account: Option<String>,
    person: Option<String>,
}

async fn list_calls(State(sandbox): State<Arc<Sandbox>>, Query(query): Query<CallsQuery>) -> Response {
    let fits = |wanted: &Option<String>, has: &Option<String>| wanted.is_none() || wanted == has;
    let mut calls = sandbox.config.log.calls();
    calls.retain(|call| fits(&query.job_id, &call.job_id) && fits(&query.account, &call.account) && fits(&query.person, &call.person));
    let calls: Vec<&Call> = calls.iter().map(AsRef::as_ref).collect();
    Json(calls).into_response()
}

async fn summarize_calls(State(sandbox): State<Arc<Sandbox>>) -> Json<Value> {
    Json(summary::summarize(&sandbox.config.log.calls()))
}
