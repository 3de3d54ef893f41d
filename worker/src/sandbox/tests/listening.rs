//! Addresses, tokens, many connections, and stopping.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::client::{TempLog, args, ask, chat_body, get, send, start, write};
use crate::sandbox::{Args, parse_listen, server_config};

#[test]
fn an_address_that_strangers_can_reach_is_refused() {
    for address in ["0.0.0.0:0", "[::]:0", "192.168.1.5:80"] {
        let args = Args { listen: address.parse().unwrap(), ..args() };
        let error = server_config(&args).err().unwrap().to_string();
        assert!(error.contains("loopback") && error.contains(address), "{error}");
    }
}

#[test]
fn the_listening_address_may_say_localhost() {
    assert_eq!(parse_listen("localhost:0").unwrap().to_string(), "127.0.0.1:0");
    assert_eq!(parse_listen("[::1]:8089").unwrap().to_string(), "[::1]:8089");
    assert!(parse_listen("8089").unwrap_err().contains("127.0.0.1:8089"));
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_that_names_it() {
    let server = start(&args()).await;
    let config = server_config(&Args { listen: server.address, ..args() }).unwrap();
    let error = crate::sandbox::server::start(config).await.err().unwrap();
    assert!(format!("{error:#}").contains(&server.address.to_string()));
    server.stop().await;
}

#[tokio::test]
async fn with_an_api_key_only_its_bearer_is_served() {
    // A variable that is always there stands in for a key: setting one is not safe beside other tests.
    let path = std::env::var("PATH").unwrap();
    let server = start(&Args { api_key_env: Some("PATH".into()), ..args() }).await;
    let body = chat_body("gpt-4o-mini", "hello").to_string();
    let line = "POST /v1/chat/completions";
    let right = format!("Bearer {path}");
    assert_eq!(send(server.address, line, &[("authorization", &right)], body.as_bytes()).await.status, 200);
    let wrong = send(server.address, line, &[("authorization", "Bearer sk-wrong")], body.as_bytes()).await;
    assert_eq!(wrong.status, 401);
    assert_eq!(wrong.json()["error"]["code"], "invalid_api_key");
    assert!(!wrong.json().to_string().contains("sk-wrong"));
    assert_eq!(send(server.address, line, &[], body.as_bytes()).await.status, 401);
    server.stop().await;
}

#[test]
fn an_api_key_variable_that_is_not_set_is_an_error() {
    let args = Args { api_key_env: Some("STEWARD_TEST_NO_SUCH_VARIABLE".into()), ..args() };
    let error = server_config(&args).err().unwrap().to_string();
    assert!(error.contains("STEWARD_TEST_NO_SUCH_VARIABLE"));
}

#[tokio::test]
async fn hundreds_of_calls_at_once_are_all_answered_and_counted_once() {
    let log = TempLog::new();
    let server = start(&Args { latency_ms: 20, ..log.args() }).await;
    let ids: Vec<String> = (0..400).map(|number| format!("job-{number}/1")).collect();
    let replies = join_all(ids.iter().map(|id| ask(server.address, id, "sandbox"))).await;
    assert!(replies.iter().all(|reply| reply.status == 200));
    let summary = get(server.address, "/sandbox/summary").await;
    assert_eq!(summary["calls"], 400);
    assert_eq!(summary["jobs"], 400);
    let mut numbers: Vec<u64> = log.lines().iter().map(|line| line["seq"].as_u64().unwrap()).collect();
    numbers.dedup();
    assert_eq!(numbers, (1..=400).collect::<Vec<u64>>(), "the lines stand in the order of their numbers");
    server.stop().await;
}

#[tokio::test]
async fn an_answer_under_way_is_finished_when_the_sandbox_stops() {
    let server = start(&Args { latency_ms: 300, ..args() }).await;
    let address = server.address;
    let call = tokio::spawn(async move { ask(address, "last/1", "sandbox").await });
    while get(address, "/sandbox/summary").await["calls"] == 0 {}
    server.stop().await;
    assert_eq!(call.await.unwrap().status, 200);
}

#[tokio::test]
async fn neither_a_silent_connection_nor_a_long_answer_holds_up_the_stop() {
    let server = start(&Args { latency_ms: 600_000, ..args() }).await;
    let silent = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let body = chat_body("sandbox", "hello").to_string();
    let long = write(server.address, "POST /v1/chat/completions", &[], body.as_bytes()).await;
    while get(server.address, "/sandbox/summary").await["calls"] == 0 {}
    let begin = Instant::now();
    server.stop().await;
    assert!(begin.elapsed() < Duration::from_secs(5));
    drop((silent, long));
}
