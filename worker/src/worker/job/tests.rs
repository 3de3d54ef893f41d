#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::collections::HashSet;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::super::database::StatementError;
use super::super::sender;
use super::super::storage::{Attempt, MarkStore};
use super::*;
use crate::address::AddressRules;
use crate::execute::http::HttpExecutor;
use crate::execute::script::{ScriptAccess, Scripts};
use crate::execute::sql::SqlExecutor;
use crate::memory::tests::small;
use crate::secrets::Secrets;
use crate::secrets::vault::Vault;

mod hold;

/// Accepts everything.
struct Willing;

impl MarkStore for Willing {
    async fn mark_sent(&mut self, attempts: &[Attempt]) -> Result<HashSet<Attempt>, StatementError> {
        Ok(attempts.iter().copied().collect())
    }
}

/// Refuses everything.
struct Unwilling;

impl MarkStore for Unwilling {
    async fn mark_sent(&mut self, _: &[Attempt]) -> Result<HashSet<Attempt>, StatementError> {
        Ok(HashSet::new())
    }
}

/// Never answers.
struct Undecided;

impl MarkStore for Undecided {
    async fn mark_sent(&mut self, _: &[Attempt]) -> Result<HashSet<Attempt>, StatementError> {
        std::future::pending().await
    }
}

/// A server that says nothing.
async fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

fn runner(allowed: &str) -> (Runner, mpsc::Receiver<Finished>) {
    runner_asking(Willing, allowed)
}

fn runner_asking(store: impl MarkStore + 'static, allowed: &str) -> (Runner, mpsc::Receiver<Finished>) {
    // An error means that another test has installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (sender, requests) = Sender::new(10);
    tokio::spawn(sender::run(store, requests));
    let secrets = Arc::new(Vault::new(Secrets::default()).unwrap());
    let redactor = Arc::clone(secrets.redactor());
    let executors = Executors {
        http: HttpExecutor::new(AddressRules::from_options(&[allowed.to_owned()]).unwrap()).unwrap(),
        scripts: Scripts::from_options(&[], ScriptAccess::default()).unwrap(),
        functions: SqlExecutor::new(None, "w1"),
        secrets,
    };
    let (outcomes, finished) = mpsc::channel(10);
    let reports = Reports { progress: mpsc::channel(1).0, checkpoints: mpsc::channel(1).0 };
    let memory = small(1 << 20);
    (
        Runner {
            executors,
            memory,
            redactor,
            sender,
            outcomes,
            reports,
            metrics: Metrics::default(),
            under_way: UnderWay::default(),
            shutdown: Shutdown::default(),
        },
        finished,
    )
}

fn call(address: &str, time_left: Duration) -> ClaimedJob {
    let request = json!({"method": "POST", "url": [format!("http://{address}/")], "timeout_seconds": 3600});
    job("http", &request, time_left)
}

fn job(executor: &str, request: &Value, time_left: Duration) -> ClaimedJob {
    ClaimedJob {
        id: (Uuid::from_u128(1), 2),
        workspace: Uuid::nil(),
        token: None,
        tool: "tool".to_owned(),
        executor: executor.to_owned(),
        request: RawValue::from_string(request.to_string()).unwrap(),
        claimed_at: Instant::now(),
        answered_at: Instant::now(),
        deadline: Instant::now() + time_left,
    }
}

async fn run(runner: &Runner, job: ClaimedJob) {
    let begun = runner.under_way.begin(job.id);
    runner.run(job, begun).await;
}

async fn outcome(runner: &Runner, finished: &mut mpsc::Receiver<Finished>, job: ClaimedJob) -> Value {
    run(runner, job).await;
    serde_json::from_str(finished.try_recv().unwrap().json.get()).unwrap()
}

#[tokio::test]
async fn nothing_is_sent_after_the_deadline_although_the_database_agreed() {
    let (listener, address) = silent().await;
    let (runner, mut finished) = runner(&address);
    let outcome = outcome(&runner, &mut finished, call(&address, Duration::ZERO));
    let outcome = tokio::time::timeout(Duration::from_secs(60), outcome).await.expect("it was sent");
    assert_eq!((&outcome["phase"], &outcome["code"]), (&json!("not_executed"), &json!("deadline_passed")));
    assert!(listener.accept().now_or_never().is_none(), "somebody connected");
}

#[tokio::test]
async fn a_call_ends_with_its_attempt_even_if_its_own_time_is_longer() {
    let (_listener, address) = silent().await;
    let (runner, mut finished) = runner(&address);
    let outcome = outcome(&runner, &mut finished, call(&address, Duration::from_millis(300)));
    let outcome = tokio::time::timeout(Duration::from_secs(60), outcome).await.expect("it waits for its own time");
    assert_eq!((&outcome["phase"], &outcome["code"]), (&json!("lost"), &json!("timed_out")));
}

#[tokio::test]
async fn an_outcome_pays_for_its_memory_until_it_is_stored() {
    let (runner, mut finished) = runner("127.0.0.1:1");
    run(&runner, job("noop", &json!({"timeout_seconds": 1}), Duration::from_secs(60))).await;
    let finished = finished.try_recv().unwrap();
    assert_eq!(finished.held.unwrap().covered(), finished.json.get().len());
}

#[tokio::test]
async fn a_log_that_panics_costs_no_answer() {
    let broken = || -> std::io::Sink { panic!("standard error is closed") };
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(broken).finish();
    let (runner, mut finished) = runner("127.0.0.1:1");
    let _broken = tracing::subscriber::set_default(subscriber);
    let noop = job("noop", &json!({"timeout_seconds": 1}), Duration::from_secs(60));
    let outcome = outcome(&runner, &mut finished, noop).await;
    assert_eq!(outcome["phase"], json!("answered"));
}

#[tokio::test]
async fn a_job_on_which_the_worker_fails_still_has_an_outcome() {
    for (was_sent, phase) in [(false, "unsent"), (true, "lost")] {
        let sent = OnceLock::new();
        if was_sent {
            sent.set(Instant::now()).unwrap();
        }
        let job = job("noop", &json!({}), Duration::ZERO);
        let finished = runner("127.0.0.1:1").0.plainly_failed(&job, &sent).unwrap();
        let outcome: Value = serde_json::from_str(finished.json.get()).unwrap();
        assert_eq!((&outcome["phase"], &outcome["code"], &outcome["attempt"]), (&json!(phase), &json!("worker_error"), &json!(2)));
    }
}

/// Cancels the attempt of `call` as soon as `ready`, and returns its outcome.
async fn cancelled(runner: &Runner, finished: &mut mpsc::Receiver<Finished>, address: &str, ready: impl Future) -> Value {
    let job = call(address, Duration::from_secs(3600));
    let id = job.id;
    let cancel = async {
        ready.await;
        runner.under_way.cancel(&[id]);
    };
    let both = async { tokio::join!(outcome(runner, finished, job), cancel).0 };
    tokio::time::timeout(Duration::from_secs(60), both).await.expect("it is not given up")
}

#[tokio::test]
async fn a_call_that_is_cancelled_is_dropped_and_reported_lost() {
    let (listener, address) = silent().await;
    let (runner, mut finished) = runner(&address);
    let (taken, connection) = tokio::sync::oneshot::channel();
    let arrival = async { taken.send(listener.accept().await.unwrap().0).unwrap() };
    let outcome = cancelled(&runner, &mut finished, &address, arrival).await;
    let told = (&outcome["phase"], &outcome["code"], &outcome["error"]);
    assert_eq!(told, (&json!("lost"), &json!("cancelled"), &json!("the call was given up because somebody cancelled the job")));
    let mut connection = connection.await.unwrap();
    let mut request = Vec::new();
    // Its end is seen as an end or as a reset.
    let _ = tokio::time::timeout(Duration::from_secs(60), connection.read_to_end(&mut request)).await.expect("the connection stays open");
}

#[tokio::test]
async fn an_attempt_that_is_cancelled_while_it_waits_for_its_permission_is_unsent() {
    let (listener, address) = silent().await;
    let (runner, mut finished) = runner_asking(Undecided, &address);
    let outcome = cancelled(&runner, &mut finished, &address, tokio::task::yield_now()).await;
    assert_eq!((&outcome["phase"], &outcome["code"]), (&json!("unsent"), &json!("cancelled")));
    assert!(listener.accept().now_or_never().is_none(), "somebody connected");
}

#[tokio::test]
async fn an_attempt_whose_permission_is_refused_is_given_back() {
    let (listener, address) = silent().await;
    let (runner, mut finished) = runner_asking(Unwilling, &address);
    let outcome = outcome(&runner, &mut finished, call(&address, Duration::from_secs(60))).await;
    assert_eq!((&outcome["phase"], &outcome["code"]), (&json!("unsent"), &json!("mark_sent_unconfirmed")));
    assert!(listener.accept().now_or_never().is_none(), "somebody connected");
}
