#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

async fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn answers_with_states_and_counts() {
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (health, metrics) = (Health::default(), Metrics::default());
    let (room, poll_interval) = (5, Duration::from_secs(1));
    let watched = Watched { health: health.clone(), metrics, room, memory: Memory::default(), spool: None, poll_interval };
    tokio::spawn(serve(listener, watched));
    assert!(get(address, "/healthz").await.starts_with("HTTP/1.1 200 OK"));
    let not_ready = get(address, "/readyz").await;
    assert!(not_ready.starts_with("HTTP/1.1 503 ") && not_ready.contains(r#""reason":"the database"#), "{not_ready}");
    health.beaten(30);
    health.claimed();
    assert!(get(address, "/readyz").await.starts_with("HTTP/1.1 200 OK"));
    health.ended("finish");
    assert!(get(address, "/healthz").await.starts_with("HTTP/1.1 503 "));
    let metrics = get(address, "/metrics").await;
    assert!(metrics.contains("content-type: application/openmetrics-text") && metrics.contains("steward_slots 5"), "{metrics}");
    assert!(get(address, "/").await.starts_with("HTTP/1.1 404 "));
    let words = format!("{:#}", bind(address).await.unwrap_err());
    assert!(words.contains("--http-listen") && words.contains(&address.to_string()), "{words}");
}
