#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use serde_json::value::RawValue;
use tokio::time::Instant;
use uuid::Uuid;

use super::*;

fn job(executor: &str, tool: &str) -> ClaimedJob {
    ClaimedJob {
        id: (Uuid::nil(), 1),
        workspace: Uuid::nil(),
        token: Some("t0ken".to_owned()),
        tool: tool.to_owned(),
        executor: executor.to_owned(),
        request: RawValue::from_string(r#"{"body":"payload"}"#.to_owned()).unwrap(),
        claimed_at: Instant::now(),
        answered_at: Instant::now(),
        deadline: Instant::now(),
    }
}

#[test]
fn counts_claims_calls_and_outcomes() {
    let metrics = Metrics::default();
    metrics.claimed(&[job("http", "a"), job("http", "a"), job("quantum", "b")]);
    metrics.claimed(&[]);
    metrics.sent(Duration::from_millis(3));
    metrics.finished(&job("http", "write \"posts\"\n"), Phase::Answered, Some(Duration::from_secs(2)));
    metrics.finished(&job("http", "a"), Phase::NotExecuted, None);
    metrics.database_errors("finish").inc();
    let (waiting, _running) = (metrics.waiting(), metrics.running());
    drop(metrics.waiting());
    let text = metrics.text(Now { slots: 9, held: 7, spooled: 3, resident: 5 }).unwrap();
    for line in [
        "steward_claims_total 2",
        "steward_jobs_claimed_total{executor=\"http\"} 2",
        "steward_jobs_claimed_total{executor=\"other\"} 1",
        "steward_jobs_finished_total{phase=\"answered\",executor=\"http\",tool=\"write \\\"posts\\\"\\n\"} 1",
        "steward_jobs_finished_total{phase=\"not_executed\",executor=\"http\",tool=\"a\"} 1",
        "steward_claim_to_sent_seconds_bucket{le=\"0.0025\"} 0",
        "steward_claim_to_sent_seconds_bucket{le=\"0.005\"} 1",
        "steward_call_duration_seconds_count{executor=\"http\"} 1",
        "steward_call_duration_seconds_sum{executor=\"http\"} 2.0",
        "steward_outcomes_waiting 1",
        "steward_database_errors_total{purpose=\"finish\"} 1",
        "steward_jobs_running 1",
        "steward_slots 9",
        "steward_answers_held_bytes 7",
        "steward_outcomes_spooled 3",
        "steward_resident_memory_bytes 5",
        "# EOF",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
    }
    assert!(!text.contains("t0ken") && !text.contains("payload"));
    drop(waiting);
    assert!(metrics.text(Now::default()).unwrap().contains("steward_outcomes_waiting 0"));
}

#[test]
fn thousands_of_tools_do_not_become_thousands_of_rows() {
    let metrics = Metrics::default();
    for tool in 0..5000 {
        metrics.finished(&job("noop", &format!("tool-{tool}")), Phase::Answered, None);
    }
    metrics.finished(&job("noop", "tool-0"), Phase::Answered, None);
    let text = metrics.text(Now::default()).unwrap();
    assert_eq!(text.matches("tool=\"").count(), MOST_TOOLS + 1);
    assert!(text.contains("tool=\"other\"} 4800") && text.contains("tool=\"tool-0\"} 2"), "{text}");
}
