//! A server on a free port and the smallest HTTP client that notices how an answer ends.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::sandbox::server::{self, Server};
use crate::sandbox::{Args, server_config};

/// Arguments for a server on a free port that answers without delay.
pub fn args() -> Args {
    Args {
        listen: "127.0.0.1:0".parse().unwrap(),
        log: None,
        latency_ms: 0,
        slow_ms: 0,
        api_key_env: None,
        price_input: 0,
        price_output: 0,
        rate_limit: None,
    }
}

pub async fn start(args: &Args) -> Server {
    server::start(server_config(args).unwrap()).await.unwrap()
}

/// A path for a call log that is removed at the end of the test.
pub struct TempLog(pub PathBuf);

impl TempLog {
    pub fn new() -> Self {
        let name = format!("steward-sandbox-{}.jsonl", uuid::Uuid::now_v7());
        Self(std::env::temp_dir().join(name))
    }

    pub fn lines(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.0).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn args(&self) -> Args {
        Args { log: Some(self.0.clone()), ..args() }
    }
}

impl Drop for TempLog {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

/// An answer, as far as it came.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The text of the first choice of a chat answer.
    pub fn content(&self) -> String {
        self.json()["choices"][0]["message"]["content"].as_str().unwrap().to_owned()
    }

    pub fn promised_bytes(&self) -> usize {
        self.headers["content-length"].parse().unwrap()
    }

    fn read(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers =
            lines.map(|line| line.split_once(": ").unwrap()).map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Self { status, headers, body: bytes[end + 4..].to_vec() }
    }
}

/// Opens a connection and writes a request without reading anything.
pub async fn write(to: SocketAddr, line: &str, headers: &[(&str, &str)], body: &[u8]) -> TcpStream {
    let mut head = format!("{line} HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut stream = TcpStream::connect(to).await.unwrap();
    stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    stream
}

/// Sends a request and reads until the connection ends.
pub async fn send(to: SocketAddr, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let mut stream = write(to, line, headers, body).await;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    Reply::read(&bytes)
}

pub async fn get(to: SocketAddr, path: &str) -> Value {
    let reply = send(to, &format!("GET {path}"), &[], b"").await;
    assert_eq!(reply.status, 200);
    reply.json()
}

/// A chat request with one message.
pub fn chat_body(model: &str, prompt: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": prompt}]})
}

/// Sends a chat request, with a request id unless that is empty.
pub async fn chat(to: SocketAddr, request_id: &str, body: &Value) -> Reply {
    let id = [("x-client-request-id", request_id)];
    let headers = if request_id.is_empty() { &id[..0] } else { &id[..] };
    send(to, "POST /v1/chat/completions", headers, body.to_string().as_bytes()).await
}

/// Sends the usual chat request to a model.
pub async fn ask(to: SocketAddr, request_id: &str, model: &str) -> Reply {
    chat(to, request_id, &chat_body(model, "Write a carousel about sourdough bread.")).await
}
