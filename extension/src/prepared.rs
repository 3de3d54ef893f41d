//! What a claim has made for its jobs before it hands them out: requests and tokens, kept in this backend from `steward.measure_jobs` to the end
//! of `steward.claim_jobs`, so that nothing is rendered while windows are locked.

use std::cell::RefCell;
use std::collections::HashMap;

use serde_json::Value;
use uuid::Uuid;

/// Bytes of payloads whose requests are kept; the request of a further job is made again when it is handed out. A claim of 500 jobs with
/// 64 kB each stays below it.
const MOST_BYTES: usize = 64 * 1024 * 1024;

enum Prepared {
    Request(Value),
    /// The job ends at its claim; its outcome is set aside already.
    Over,
}

#[derive(Default)]
struct Claim {
    jobs: HashMap<Uuid, Prepared>,
    tokens: HashMap<Uuid, String>,
    bytes: usize,
}

thread_local! {
    static CLAIM: RefCell<Claim> = RefCell::default();
}

/// What was made of a job so far.
pub enum Found {
    /// Its request.
    Request(Value),
    /// It is over.
    Over,
    /// Nothing.
    Nothing,
}

/// Keeps a request; `bytes` of payload went into it.
pub fn keep(job: Uuid, request: Value, bytes: usize) {
    CLAIM.with_borrow_mut(|claim| {
        if claim.bytes.saturating_add(bytes) <= MOST_BYTES {
            claim.bytes += bytes;
            claim.jobs.insert(job, Prepared::Request(request));
        }
    });
}

/// Notes that a job ends at its claim.
pub fn keep_over(job: Uuid) {
    CLAIM.with_borrow_mut(|claim| claim.jobs.insert(job, Prepared::Over));
}

/// What was kept of a job; its request is given away.
pub fn take(job: Uuid) -> Found {
    CLAIM.with_borrow_mut(|claim| match claim.jobs.remove(&job) {
        Some(Prepared::Request(request)) => Found::Request(request),
        Some(Prepared::Over) => Found::Over,
        None => Found::Nothing,
    })
}

/// The token of a job's attempt, the same until the claim is over: 244 random bits, so a plain hash is enough, nobody guesses it.
pub fn token(job: Uuid) -> String {
    let make = || format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    CLAIM.with_borrow_mut(|claim| claim.tokens.entry(job).or_insert_with(make).clone())
}

/// Forgets everything.
pub fn forget() {
    CLAIM.take();
}
