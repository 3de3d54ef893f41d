//! The port for operators: `/healthz`, `/readyz` and `/metrics`. It shows counts and times, never a payload or a secret, and changes
//! nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use serde_json::Value;
use tokio::net::TcpListener;

use super::health::Health;
use super::metrics::{Metrics, Now};
use super::spool::Spool;
use crate::memory::Memory;
use crate::process;

/// What Prometheus asks for since 2.5, and reads from everybody who sends it.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is looked at when somebody asks.
pub struct Watched {
    /// The marks of the parts.
    pub health: Health,
    /// The counts.
    pub metrics: Metrics,
    /// How many jobs may run.
    pub room: usize,
    /// The answers.
    pub memory: Memory,
    /// The outcomes on disk.
    pub spool: Option<Spool>,
    /// Between two looks at an empty queue.
    pub poll_interval: Duration,
}

/// Takes the port, so that a mistake in the address is known now.
pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let words = || format!("--http-listen {address}: the port cannot be taken; is another program using it?");
    let listener = TcpListener::bind(address).await.with_context(words)?;
    tracing::info!(address = %listener.local_addr()?, "health and metrics are served over HTTP");
    Ok(listener)
}

/// Answers for ever.
pub async fn serve(listener: TcpListener, watched: Watched) {
    let routes = Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).route("/metrics", get(metrics));
    if let Err(error) = axum::serve(listener, routes.with_state(Arc::new(watched))).await {
        tracing::error!(%error, "the port for health and metrics is closed");
    }
}

async fn healthz(State(watched): State<Arc<Watched>>) -> Response {
    verdict(watched.health.alive())
}

async fn readyz(State(watched): State<Arc<Watched>>) -> Response {
    verdict(watched.health.ready(watched.poll_interval))
}

fn verdict((is_good, told): (bool, Value)) -> Response {
    let status = if is_good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(told)).into_response()
}

async fn metrics(State(watched): State<Arc<Watched>>) -> Response {
    let now = Now {
        slots: watched.room,
        held: watched.memory.taken(),
        spooled: watched.spool.as_ref().map_or(0, Spool::len),
        resident: process::resident_bytes().unwrap_or_default(),
    };
    match watched.metrics.text(now) {
        Ok(text) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

#[cfg(test)]
mod tests;
