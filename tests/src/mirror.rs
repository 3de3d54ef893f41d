//! A server that says everything back: in its body, in its headers, and in every form that a secret can take.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::forms::{base64, percent};

/// The server, which ends with the runtime of its test.
pub struct Mirror {
    /// `127.0.0.1:PORT`.
    pub address: String,
    seen: Arc<Mutex<Vec<String>>>,
    open: watch::Sender<bool>,
}

impl Mirror {
    /// Starts it. The status of its answers is the second part of the path: `/say/400/…`. With `/hold/` instead of
    /// `/say/` it answers when it is [opened](Self::open).
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let (open, gate) = watch::channel(false);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let all_seen = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&all_seen), gate.clone()));
            }
        });
        Ok(Self { address, seen, open })
    }

    /// The beginnings of all requests, from the method to the empty line.
    #[must_use]
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Answers what it holds.
    pub fn open(&self) {
        self.open.send_replace(true);
    }
}

async fn answer(mut stream: TcpStream, seen: Arc<Mutex<Vec<String>>>, mut gate: watch::Receiver<bool>) -> Result<()> {
    let head = head_of(&mut stream).await?;
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(head.clone());
    let mut parts = head.split('/');
    if parts.nth(1) == Some("hold") {
        gate.wait_for(|open| *open).await?;
    }
    let status: u16 = parts.next().context("a status")?.parse()?;
    // The value alone, as it came.
    let value = head.lines().find_map(|line| line.strip_prefix("x-key: ")).unwrap_or_default();
    let body = json!({
        "error": { "message": format!("the key {value} may not {head}") },
        "head": head,
        "basic": base64(format!("user:{value}").as_bytes(), false),
        "base64": [base64(head.as_bytes(), false), base64(&head.as_bytes()[1..], true), base64(&head.as_bytes()[2..], true)],
        "percent": [percent(&head, true), percent(&head, false), percent(&head, false).replace("%20", "+")],
        "json in json": json!({ "head": head }).to_string(),
    });
    let body = body.to_string();
    let answer = format!(
        "HTTP/1.1 {status} Said\r\nx-request-id: {value}\r\nx-ratelimit-key: {value}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    Ok(stream.write_all(answer.as_bytes()).await?)
}

/// Reads a request whole and returns it without its body.
async fn head_of(stream: &mut TcpStream) -> Result<String> {
    let mut request = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await?;
        anyhow::ensure!(read > 0, "the request ended early");
        request.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if body.len() >= length.unwrap_or_default() {
            return Ok(head.to_owned());
        }
    }
}
