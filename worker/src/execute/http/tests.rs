//! Against a server of a few lines that answers, breaks off or stays silent as each test wants.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::future::pending;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::*;
use crate::memory::{Memory, tests::small};
use crate::outcome::Phase;
use crate::secrets::Secrets;

const LONG: Duration = Duration::from_secs(60);

/// Serves one connection: reads a request whole, hands it to `reply`, returns its text.
async fn server<F>(reply: impl FnOnce(TcpStream) -> F + Send + 'static) -> (SocketAddr, JoinHandle<String>)
where
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_request(&mut stream).await;
        reply(stream).await;
        request
    });
    (address, serving)
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut request = String::new();
    let body_length = |head: &str| {
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        length.map_or(0, |length| length.trim().parse::<usize>().unwrap())
    };
    loop {
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.unwrap();
        request.push_str(std::str::from_utf8(&chunk[..read]).unwrap());
        let Some((head, body)) = request.split_once("\r\n\r\n") else { continue };
        if body.len() >= body_length(head) {
            return request;
        }
    }
}

async fn write(mut stream: TcpStream, answer: &str) {
    stream.write_all(answer.as_bytes()).await.unwrap();
}

fn executor(allowed: SocketAddr) -> HttpExecutor {
    // An error means that another test has installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    HttpExecutor::new(AddressRules::from_options(&[allowed.to_string()]).unwrap()).unwrap()
}

fn request(url: &str) -> HttpRequest {
    serde_json::from_value(serde_json::json!({"method": "POST", "url": [url], "max_response_bytes": 100})).unwrap()
}

async fn call(address: SocketAddr, timeout: Duration) -> Result<Answer, Failure> {
    let executor = executor(address);
    let prepared = executor.prepare(request(&format!("http://{address}/")), Secrets::default().of(Uuid::nil())).await?;
    executor.send(prepared, timeout, &mut Memory::default().hold()).await
}

async fn failure(address: SocketAddr, timeout: Duration) -> (Phase, &'static str) {
    let failure = call(address, timeout).await.unwrap_err();
    assert!(!failure.error.contains("http://"), "a URL in {}", failure.error);
    (failure.phase, failure.code)
}

#[tokio::test]
async fn sends_exactly_the_prepared_request_and_keeps_the_useful_headers() {
    let answer = "HTTP/1.1 429 Slow down\r\nRetry-After: 2\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nX-RateLimit-Remaining: 0\r\nServer: x\r\nContent-Length: 4\r\n\r\nwait";
    let (address, serving) = server(move |stream| write(stream, answer)).await;
    let secrets = Secrets::from_options(&[format!("KEY={address}")], |_| Some("s3cret/value".to_owned())).unwrap();
    let request = format!(
        r#"{{"method": "POST", "url": ["http://{address}/v1?k=", {{"secret": "KEY"}}],
            "headers": [["authorization", ["Bearer ", {{"secret": "KEY"}}]]], "body": {{"b": 1.50, "a":  2}}}}"#
    );
    let executor = executor(address);
    let prepared = executor.prepare(serde_json::from_str(&request).unwrap(), secrets.of(Uuid::nil())).await.unwrap();
    let answer = executor.send(prepared, LONG, &mut Memory::default().hold()).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (Some(429), &b"wait"[..]));
    let kept: Vec<_> = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(kept, [("date", "Thu, 01 Jan 2026 00:00:00 GMT"), ("retry-after", "2"), ("x-ratelimit-remaining", "0")]);
    let seen = serving.await.unwrap();
    assert!(seen.starts_with("POST /v1?k=s3cret%2Fvalue HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("authorization: Bearer s3cret/value\r\n"), "{seen}");
    assert!(seen.ends_with(r#"{"b": 1.50, "a":  2}"#), "{seen}");
}

#[tokio::test]
async fn does_not_follow_redirects() {
    let answer = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    let (address, _serving) = server(move |stream| write(stream, answer)).await;
    assert_eq!(call(address, LONG).await.unwrap().status, Some(302));
}

#[tokio::test]
async fn a_refused_connection_proves_that_nothing_was_executed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(failure(address, LONG).await, (Phase::NotExecuted, code::CONNECT_FAILED));
}

#[tokio::test]
async fn a_failed_tls_handshake_proves_that_nothing_was_executed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"this is not TLS\r\n").await.unwrap();
    });
    let executor = executor(address);
    let prepared = executor.prepare(request(&format!("https://{address}/")), Secrets::default().of(Uuid::nil())).await.unwrap();
    let failure = executor.send(prepared, LONG, &mut Memory::default().hold()).await.unwrap_err();
    assert_eq!((failure.phase, failure.code), (Phase::NotExecuted, code::CONNECT_FAILED));
}

/// The call's own limit strikes long before the 10 s that connecting may take otherwise.
#[tokio::test]
async fn a_tls_handshake_that_never_ends_proves_that_nothing_was_executed_however_short_the_call() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let executor = executor(address);
    let prepared = executor.prepare(request(&format!("https://{address}/")), Secrets::default().of(Uuid::nil())).await.unwrap();
    let failure = executor.send(prepared, Duration::from_millis(400), &mut Memory::default().hold()).await.unwrap_err();
    assert_eq!((failure.phase, failure.code), (Phase::NotExecuted, code::CONNECT_FAILED));
}

#[tokio::test]
async fn a_host_that_does_not_take_connections_was_not_called_however_short_the_call() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    // A queue of length 0 holds one connection that nobody accepts; the next one is not answered at all.
    let _queued = TcpStream::connect(address).await.unwrap();
    assert_eq!(failure(address, Duration::from_millis(400)).await, (Phase::NotExecuted, code::CONNECT_FAILED));
}

#[tokio::test]
async fn an_answer_is_counted_while_it_is_held() {
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{}", "x".repeat(90));
    let (address, _serving) = server(move |stream| async move { write(stream, &answer).await }).await;
    let executor = executor(address);
    let prepared = executor.prepare(request(&format!("http://{address}/")), Secrets::default().of(Uuid::nil())).await.unwrap();
    let mut held = small(1000).hold();
    let answer = executor.send(prepared, LONG, &mut held).await.unwrap();
    assert_eq!((answer.body.len(), held.covered()), (90, 90));
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_is_lost() {
    let (address, _serving) = server(|stream| async move { drop(stream) }).await;
    assert_eq!(failure(address, LONG).await, (Phase::Lost, code::CONNECTION_LOST));
}

#[tokio::test]
async fn a_body_that_ends_early_is_truncated() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf";
    let (address, _serving) = server(move |stream| write(stream, answer)).await;
    assert_eq!(failure(address, LONG).await, (Phase::Lost, code::TRUNCATED));
}

#[tokio::test]
async fn a_reset_inside_the_body_is_a_lost_connection() {
    let (address, _serving) = server(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf").await.unwrap();
        // Closing with zero linger sends a reset instead of an end.
        stream.set_zero_linger().unwrap();
    })
    .await;
    let (phase, code) = failure(address, LONG).await;
    assert_eq!(phase, Phase::Lost);
    assert!([code::CONNECTION_LOST, code::TRUNCATED].contains(&code), "{code}");
}

#[tokio::test]
async fn silence_until_the_deadline_is_lost() {
    let (address, _serving) = server(|stream| async move {
        let _open = stream;
        pending().await
    })
    .await;
    assert_eq!(failure(address, Duration::from_millis(50)).await, (Phase::Lost, code::TIMED_OUT));
}

#[tokio::test]
async fn an_answer_over_the_cap_is_lost_announced_or_not() {
    let body = "x".repeat(101);
    let answers = [format!("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n{body}"), format!("HTTP/1.1 200 OK\r\n\r\n{body}")];
    for answer in answers {
        let (address, _serving) = server(move |stream| async move { write(stream, &answer).await }).await;
        assert_eq!(failure(address, LONG).await, (Phase::Lost, code::TOO_LARGE));
    }
}

#[tokio::test]
async fn refuses_private_addresses_by_number_and_by_name_before_anything_is_sent() {
    let executor = executor("127.0.0.1:1".parse().unwrap());
    for url in ["http://127.0.0.1:2/", "http://0x7f.1:2/", "http://[::ffff:127.0.0.1]:1/", "http://localhost:2/"] {
        let failure = executor.prepare(request(url), Secrets::default().of(Uuid::nil())).await.err().unwrap();
        assert_eq!((failure.phase, failure.code), (Phase::Unsent, code::ADDRESS_REFUSED), "{url}");
    }
}

#[tokio::test]
async fn refuses_requests_that_are_no_plain_http() {
    let executor = executor("127.0.0.1:1".parse().unwrap());
    for url in ["ftp://127.0.0.1:1/", "file:///etc/passwd", "http://user@127.0.0.1:1/", "nonsense", "http://"] {
        let failure = executor.prepare(request(url), Secrets::default().of(Uuid::nil())).await.err().unwrap();
        assert_eq!((failure.phase, failure.code), (Phase::Unsent, code::REQUEST_INVALID), "{url}");
    }
    let hidden = r#"{"method": "GET", "url": ["http://", {"secret": "KEY"}, "/"]}"#;
    let failure = executor.prepare(serde_json::from_str(hidden).unwrap(), Secrets::default().of(Uuid::nil())).await.err().unwrap();
    assert_eq!(failure.code, code::REQUEST_INVALID);
}

#[test]
fn tells_a_body_of_null_from_no_body() {
    let body = |text: &str| serde_json::from_str::<HttpRequest>(text).unwrap().body.map(|body| body.get().to_owned());
    assert_eq!(body(r#"{"method": "GET", "url": []}"#), None);
    assert_eq!(body(r#"{"method": "GET", "url": [], "body": null}"#), Some("null".to_owned()));
}
