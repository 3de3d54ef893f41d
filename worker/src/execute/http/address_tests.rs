//! Where requests may go, with names that lie and listeners that count. Nothing here leaves loopback: public addresses
//! are only ever looked up, never connected to.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use futures_util::FutureExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use uuid::Uuid;

use super::*;
use crate::execute::resolver::tests::{Fickle, outlast_memory};
use crate::memory::Memory;
use crate::outcome::Phase;
use crate::secrets::Secrets;

const LONG: Duration = Duration::from_secs(60);

/// Nobody is connected to it in these tests.
const PUBLIC: &str = "1.1.1.1";

/// Listens at every address of this machine, IPv6 and mapped IPv4 included.
async fn everywhere() -> (TcpListener, u16) {
    let listener = TcpListener::bind("[::]:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

fn executor(names: &Fickle, exceptions: &[String]) -> HttpExecutor {
    // An error means that another test has installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    HttpExecutor::over(names.resolver(exceptions)).unwrap()
}

async fn prepare(executor: &HttpExecutor, url: &str) -> Result<Box<PreparedHttp>, Failure> {
    let request = serde_json::from_value(serde_json::json!({"method": "GET", "url": [url]})).unwrap();
    executor.prepare(request, Secrets::default().of(Uuid::nil())).await
}

async fn send(executor: &HttpExecutor, prepared: Box<PreparedHttp>) -> Result<Answer, Failure> {
    executor.send(prepared, LONG, &mut Memory::default().hold()).await
}

fn nobody_connected(listener: &TcpListener) -> bool {
    listener.accept().now_or_never().is_none()
}

/// Answers every connection and counts them.
async fn serve(listener: TcpListener, answer: String, served: tokio::sync::watch::Sender<usize>) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        served.send_modify(|served| *served += 1);
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(answer.as_bytes()).await;
    }
}

#[tokio::test]
async fn a_name_that_turns_private_after_its_check_is_never_connected_to() {
    let forbidden = [
        "127.0.0.1",
        "169.254.169.254",
        "::ffff:127.0.0.1",
        "100.64.0.1",
        "0.0.0.0",
        "fe80::1",
        "224.0.0.1",
        "10.0.0.1",
        "::1",
        "::",
        "64:ff9b::7f00:1",
        "255.255.255.255",
    ];
    for address in forbidden {
        let (listener, port) = everywhere().await;
        let names = Fickle::answering(&[&[PUBLIC], &[address]]);
        let executor = executor(&names, &[]);
        let prepared = prepare(&executor, &format!("http://rebound.example:{port}/")).await.unwrap();
        outlast_memory().await;
        let failure = send(&executor, prepared).await.unwrap_err();
        assert_eq!((failure.phase, failure.code), (Phase::NotExecuted, code::ADDRESS_REFUSED), "{address}: {}", failure.error);
        assert_eq!(names.asked(), 2, "{address}");
        assert!(nobody_connected(&listener), "{address}");
    }
}

#[tokio::test]
async fn what_was_checked_is_what_is_connected_to_without_a_second_look() {
    let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = first.local_addr().unwrap().port();
    let second = TcpListener::bind(("127.0.0.2", port)).await.unwrap();
    let (served, counted) = tokio::sync::watch::channel(0);
    tokio::spawn(serve(first, "HTTP/1.1 204 No Content\r\n\r\n".to_owned(), served));
    let names = Fickle::answering(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let executor = executor(&names, &[format!("inside.example:{port}")]);
    let prepared = prepare(&executor, &format!("http://inside.example:{port}/")).await.unwrap();
    assert_eq!(send(&executor, prepared).await.unwrap().status, Some(204));
    assert_eq!((names.asked(), *counted.borrow()), (1, 1));
    assert!(nobody_connected(&second));
}

/// The operator has opened `inside.example` on one port; neither its other ports nor other names of the address are open.
#[tokio::test]
async fn an_exception_opens_one_port_of_one_host_and_nothing_else() {
    let (listener, port) = everywhere().await;
    let names = Fickle::answering(&[&["127.0.0.1"]]);
    let executor = executor(&names, &[format!("inside.example:{}", port ^ 1)]);
    let ways = ["inside.example", "other.example", "127.0.0.1", "[::1]", "localhost", "sub.inside.example", "inside.example."];
    for host in ways {
        let failure = prepare(&executor, &format!("http://{host}:{port}/")).await.err().unwrap();
        assert_eq!((failure.phase, failure.code), (Phase::Unsent, code::ADDRESS_REFUSED), "{host}");
    }
    for host in ways.iter().filter(|host| **host != "inside.example") {
        assert!(prepare(&executor, &format!("http://{host}:{}/", port ^ 1)).await.is_err(), "{host}");
    }
    assert!(prepare(&executor, &format!("http://INSIDE.example:{}/", port ^ 1)).await.is_ok());
    assert!(nobody_connected(&listener));
}

/// A client asks for a name without its port: the exception must not be taken for that of another port.
#[tokio::test]
async fn a_rebound_name_is_not_excused_by_an_exception_for_another_port() {
    let (listener, port) = everywhere().await;
    let names = Fickle::answering(&[&[PUBLIC], &["127.0.0.1"]]);
    let executor = executor(&names, &[format!("inside.example:{}", port ^ 1)]);
    let prepared = prepare(&executor, &format!("http://inside.example:{port}/")).await.unwrap();
    outlast_memory().await;
    assert_eq!(send(&executor, prepared).await.unwrap_err().code, code::ADDRESS_REFUSED);
    assert!(nobody_connected(&listener));
}

#[tokio::test]
async fn an_address_is_recognised_in_every_way_to_write_it() {
    let (listener, port) = everywhere().await;
    let names = Fickle::answering(&[&[PUBLIC]]);
    let executor = executor(&names, &[]);
    let ways = [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.1",
        "127.0.1",
        "127.0.0.1.",
        "0",
        "0x0",
        "%31%32%37.0.0.1",
        "１２７.0.0.1",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "2852039166",
        "0xA9FEA9FE",
        "[fe80::1]",
    ];
    for host in ways {
        let failure = prepare(&executor, &format!("http://{host}:{port}/")).await.err().unwrap();
        assert_eq!((failure.phase, failure.code), (Phase::Unsent, code::ADDRESS_REFUSED), "{host}: {}", failure.error);
    }
    assert_eq!(names.asked(), 0, "an address is no name");
    assert!(nobody_connected(&listener));
}

#[tokio::test]
async fn no_redirect_is_followed_even_to_where_the_request_might_go() {
    for status in [301, 302, 303, 307, 308] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (served, counted) = tokio::sync::watch::channel(0);
        let answer =
            format!("HTTP/1.1 {status} Moved\r\nLocation: http://{address}/elsewhere\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        tokio::spawn(serve(listener, answer, served));
        let executor = executor(&Fickle::default(), &[address.to_string()]);
        let prepared = prepare(&executor, &format!("http://{address}/")).await.unwrap();
        assert_eq!(send(&executor, prepared).await.unwrap().status, Some(status));
        assert_eq!(*counted.borrow(), 1, "{status}");
    }
}
