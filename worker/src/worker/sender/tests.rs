#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use uuid::Uuid;

use super::super::database::StatementError;
use super::*;

/// Each statement is shown to the test, which answers it.
type Statement = (Vec<Attempt>, oneshot::Sender<Result<HashSet<Attempt>, StatementError>>);

struct Scripted(mpsc::Sender<Statement>);

impl MarkStore for Scripted {
    async fn mark_sent(&mut self, attempts: &[Attempt]) -> Result<HashSet<Attempt>, StatementError> {
        let (reply, answer) = oneshot::channel();
        self.0.send((attempts.to_vec(), reply)).await.unwrap();
        answer.await.unwrap()
    }
}

fn started() -> (Sender, mpsc::Receiver<Statement>) {
    let (statements, seen) = mpsc::channel(1);
    let (sender, requests) = Sender::new(100);
    tokio::spawn(run(Scripted(statements), requests));
    (sender, seen)
}

fn ask(sender: &Sender, job: u128, patience: Duration) -> tokio::task::JoinHandle<Permission> {
    ask_for(sender, (Uuid::from_u128(job), 1), patience)
}

fn ask_for(sender: &Sender, attempt: Attempt, patience: Duration) -> tokio::task::JoinHandle<Permission> {
    let sender = sender.clone();
    tokio::spawn(async move { sender.ask(attempt, patience).await })
}

fn failed() -> Result<HashSet<Attempt>, StatementError> {
    Err(StatementError { sqlstate: None, words: "connection lost".to_owned() })
}

fn jobs(attempts: &[Attempt]) -> HashSet<Attempt> {
    attempts.iter().copied().collect()
}

const PATIENT: Duration = Duration::from_secs(3600);

#[tokio::test(start_paused = true)]
async fn what_arrives_while_a_statement_runs_shares_the_next_one() {
    let (sender, mut seen) = started();
    let first = ask(&sender, 1, PATIENT);
    let (attempts, reply) = seen.recv().await.unwrap();
    assert_eq!(attempts.len(), 1);
    let others: Vec<_> = (2..=50).map(|job| ask(&sender, job, PATIENT)).collect();
    // All have asked once the channel holds their requests.
    while sender.0.capacity() > 100 - 49 {
        tokio::task::yield_now().await;
    }
    assert!(!first.is_finished(), "permission before the commit");
    reply.send(Ok(jobs(&attempts))).unwrap();
    assert_eq!(first.await.unwrap(), Permission::Accepted);
    let (attempts, reply) = seen.recv().await.unwrap();
    assert_eq!(attempts.len(), 49);
    reply.send(Ok(jobs(&attempts))).unwrap();
    for other in others {
        assert_eq!(other.await.unwrap(), Permission::Accepted);
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_the_database_does_not_return_is_refused() {
    let (sender, mut seen) = started();
    let (one, two) = (ask(&sender, 1, PATIENT), ask(&sender, 2, PATIENT));
    let mut accepted = HashSet::from([(Uuid::from_u128(2), 1)]);
    while !(one.is_finished() && two.is_finished()) {
        let Ok(statement) = tokio::time::timeout(Duration::from_millis(5), seen.recv()).await else { continue };
        statement.unwrap().1.send(Ok(std::mem::take(&mut accepted))).unwrap();
    }
    assert_eq!((one.await.unwrap(), two.await.unwrap()), (Permission::Refused, Permission::Accepted));
}

/// A slow worker can hold two claims of one job: the rescue took the first back, and the same worker claimed it again.
#[tokio::test(start_paused = true)]
async fn only_the_accepted_one_of_two_attempts_of_a_job_may_go_out() {
    let (sender, mut seen) = started();
    let blocker = ask(&sender, 9, PATIENT);
    let (attempts, reply) = seen.recv().await.unwrap();
    let job = Uuid::from_u128(1);
    let (old, new) = (ask_for(&sender, (job, 1), PATIENT), ask_for(&sender, (job, 2), PATIENT));
    while sender.0.capacity() > 100 - 2 {
        tokio::task::yield_now().await;
    }
    reply.send(Ok(jobs(&attempts))).unwrap();
    blocker.await.unwrap();
    let (attempts, reply) = seen.recv().await.unwrap();
    assert_eq!(attempts, [(job, 1), (job, 2)]);
    reply.send(Ok(HashSet::from([(job, 2)]))).unwrap();
    assert_eq!((old.await.unwrap(), new.await.unwrap()), (Permission::Refused, Permission::Accepted));
}

#[tokio::test(start_paused = true)]
async fn a_failed_statement_is_repeated_until_it_works() {
    let (sender, mut seen) = started();
    let asked = ask(&sender, 1, PATIENT);
    for _ in 0..10 {
        seen.recv().await.unwrap().1.send(failed()).unwrap();
    }
    let (attempts, reply) = seen.recv().await.unwrap();
    reply.send(Ok(jobs(&attempts))).unwrap();
    assert_eq!(asked.await.unwrap(), Permission::Accepted);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_after_a_failure_is_unconfirmed_because_the_failed_one_may_have_committed() {
    let (sender, mut seen) = started();
    let asked = ask(&sender, 1, PATIENT);
    seen.recv().await.unwrap().1.send(failed()).unwrap();
    seen.recv().await.unwrap().1.send(Ok(HashSet::new())).unwrap();
    assert_eq!(asked.await.unwrap(), Permission::Unconfirmed);
}

#[tokio::test(start_paused = true)]
async fn a_job_is_not_sent_when_the_database_is_away_until_its_deadline() {
    let (sender, mut seen) = started();
    let asked = ask(&sender, 1, Duration::from_secs(2));
    while !asked.is_finished() {
        let Ok(statement) = tokio::time::timeout(Duration::from_secs(1), seen.recv()).await else { continue };
        statement.unwrap().1.send(failed()).unwrap();
    }
    assert_eq!(asked.await.unwrap(), Permission::Unconfirmed);
}
