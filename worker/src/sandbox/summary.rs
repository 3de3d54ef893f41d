//! `GET /sandbox/summary`: how often which job called, what it got, what was done to whom again, and what all calls cost.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::call_log::Call;
use super::limiter;

/// Key of `by_status` for calls that got no answer at all.
const UNANSWERED: &str = "unanswered";

/// Counts the calls, in all and per job.
pub(super) fn summarize(calls: &[Arc<Call>]) -> Value {
    let mut by_status: BTreeMap<String, u64> = BTreeMap::new();
    let mut by_job: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
    for call in calls {
        let status = call.status.map_or_else(|| UNANSWERED.to_owned(), |status| status.to_string());
        *by_status.entry(status).or_insert(0) += 1;
        if let Some(job) = &call.job_id {
            by_job.entry(job).or_default().push(call);
        }
    }
    let repeated: Vec<Value> = by_job
        .iter()
        .filter(|(_, calls)| calls.len() > 1)
        .map(|(job, calls)| {
            let statuses: Vec<Option<u16>> = calls.iter().map(|call| call.status).collect();
            json!({"job_id": job, "calls": calls.len(), "statuses": statuses})
        })
        .collect();
    let executed_again: Vec<&str> =
        by_job.iter().filter(|(_, calls)| calls.iter().filter(|call| is_executed(call)).count() > 1).map(|(job, _)| *job).collect();
    json!({
        "calls": calls.len(),
        "jobs": by_job.len(),
        "by_status": by_status,
        "called_more_than_once": repeated,
        "executed_more_than_once": executed_again,
        "done_more_than_once": done_again(calls),
        "refused_by_rate_limit": calls.iter().filter(|call| call.fault.as_deref() == Some(limiter::SLUG)).count(),
        "billed_nanos": calls.iter().fold(0_u64, |sum, call| sum.saturating_add(call.billed_nanos)),
    })
}

/// What was done to a person more than once by the same account.
fn done_again(calls: &[Arc<Call>]) -> Vec<Value> {
    let mut times: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.done) {
        if let (Some(action), Some(account), Some(person)) = (&call.action, &call.account, &call.person) {
            *times.entry((action, account, person)).or_insert(0) += 1;
        }
    }
    let again = times.into_iter().filter(|(_, times)| *times > 1);
    again
        .map(|((action, account, person), times)| json!({"action": action, "account": account, "person": person, "times": times}))
        .collect()
}

/// A call that a provider would have carried out and billed, whether or not its client lived to read the answer.
fn is_executed(call: &Call) -> bool {
    call.status == Some(200) || call.prompt_tokens.is_some() || call.done
}
