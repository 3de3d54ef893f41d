//! Days of outreach by real workers, lived in seconds, with clock changes, midnights and weekends, while workers are killed in the middle of calls, connections
//! are cut, ticks race and the clock goes back. What was done is judged by the rows and by the sandbox's own log.

use std::time::Instant;

use anyhow::Result;
use serde_json::{Value, json};
use steward_chaos::outreach::{Sender, Trouble};
use steward_chaos::{Outreach, short_or_full};

/// Calls take so long, and those to slow people so long.
const LATENCY: [&str; 4] = ["--latency-ms", "5", "--slow-ms", "200"];
/// In the past: what the sandbox, whose clock is not moved, says of the time of a message must lie after its claim. Each holds a night on which clocks change: of
/// New York; of Berlin; of Auckland and, by half an hour, of Lord Howe.
const SPRING: [[&str; 2]; 3] = [
    ["2026-03-07 06:00+00", "2026-03-09 20:00+00"],
    ["2026-03-28 22:00+00", "2026-03-29 16:00+00"],
    ["2026-04-04 10:00+00", "2026-04-04 20:00+00"],
];
/// The same at more length, with the nights of autumn.
const YEAR: [[&str; 2]; 6] = [
    ["2026-03-07 00:00+00", "2026-03-15 00:00+00"],
    ["2026-03-28 12:00+00", "2026-03-29 22:00+00"],
    ["2026-04-04 06:00+00", "2026-04-05 20:00+00"],
    ["2026-09-26 06:00+00", "2026-09-27 20:00+00"],
    ["2026-10-24 12:00+00", "2026-10-25 22:00+00"],
    ["2026-10-31 12:00+00", "2026-11-02 06:00+00"],
];

fn sender(name: &'static str, zone: &'static str, window: [&'static str; 2], policy: Value) -> Sender {
    let is_daily = policy.get("days").is_some();
    Sender { name, zone, window, rest: None, is_daily, policy, warm_up_from: "2025-01-01" }
}

/// Some work by night, where clocks change; one is careful, one warms up, one is never tired, one has a week that is soon full, and one has trouble.
fn senders() -> Vec<Sender> {
    let daily = |window: [&str; 2], cap: [u32; 2]| json!({ "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "window": window, "daily_cap": cap });
    let with = |mut policy: Value, more: Value| {
        if let (Some(fields), Value::Object(more)) = (policy.as_object_mut(), more) {
            fields.extend(more);
        }
        policy
    };
    let (night, day, all_day) = (["00:00", "06:00"], ["09:00", "18:00"], ["00:00", "24:00"]);
    let careful = with(daily(day, [8, 16]), json!({ "preset": "careful" }));
    let careful = with(careful, json!({ "window": day }));
    let tireless = with(daily(all_day, [76, 84]), json!({ "gap_minutes": [15, 20], "caps": "independent" }));
    let soon_full = with(daily(all_day, [10, 14]), json!({ "weekly_cap": 18, "caps": "independent" }));
    vec![
        sender("sao paulo", "America/Sao_Paulo", ["09:00", "21:00"], json!({})),
        Sender { rest: Some(["12:00", "14:00"]), ..sender("kolkata", "Asia/Kolkata", day, json!({ "preset": "careful" })) },
        Sender { rest: Some(["12:00", "14:00"]), ..sender("berlin careful", "Europe/Berlin", day, careful) },
        sender("berlin", "Europe/Berlin", night, daily(night, [6, 12])),
        sender("new york", "America/New_York", night, daily(night, [6, 12])),
        sender("auckland", "Pacific/Auckland", night, daily(night, [6, 12])),
        sender("lord howe", "Australia/Lord_Howe", night, daily(night, [6, 12])),
        sender("kiritimati", "Pacific/Kiritimati", ["20:00", "24:00"], daily(["20:00", "24:00"], [4, 8])),
        Sender { warm_up_from: "2026-03-05", ..sender("new here", "America/New_York", day, daily(day, [8, 16])) },
        sender("tireless", "UTC", all_day, tireless),
        sender("soon full", "UTC", all_day, soon_full),
        sender("troubled", "Europe/Lisbon", all_day, daily(all_day, [20, 30])),
    ]
}

/// People whose calls take long, are lost, or have their account slowed down or stopped; most of them of the troubled sender.
fn people(sender: &Sender, count: usize) -> Vec<String> {
    let is_troubled = sender.name == "troubled";
    let name = |n: usize| match n % 20 {
        3 | 13 => "sandbox-slow",
        7 => "sandbox-lost",
        9 if is_troubled => "sandbox-429",
        15 if is_troubled => "sandbox-usage-80",
        17 if is_troubled => "sandbox-500",
        19 if is_troubled => "sandbox-422",
        _ => "sandbox-fine",
    };
    (0..count).map(|n| format!("{}.{} {n}", name(n), sender.name)).collect()
}

#[tokio::test]
async fn no_account_ever_does_too_much_too_soon_or_twice_whatever_happens_to_workers_and_clocks() -> Result<()> {
    let started = Instant::now();
    let stretches: &[[&str; 2]] = short_or_full(&SPRING, &YEAR);
    let mut outreach = Outreach::create(&LATENCY, stretches[0][0]).await?;
    for sender in senders() {
        let account = outreach.enable(&sender).await?;
        let count = short_or_full(60, 400) * if sender.name == "tireless" { 2 } else { 1 };
        outreach.invite_and_write(account, &people(&sender, count)).await?;
    }
    for _ in 0..3 {
        outreach.start_worker()?;
    }
    let mut trouble = Trouble::of(&outreach, 11).await?;
    for [from, until] in stretches {
        trouble.turns = 1;
        let alive = outreach.alive();
        outreach.clock.go_to(from, &alive).await?;
        let until = outreach.clock.epoch(until).await?;
        outreach.live(until, &mut trouble).await?;
        outreach.check().await?;
    }
    let told = outreach.told().await?;
    println!("outreach: {told}");
    println!("{:?} in {:.0} s", trouble.tally, started.elapsed().as_secs_f64());
    let tally = &trouble.tally;
    assert!(
        tally.killed > 2 && tally.killed_in_call > 2 && tally.cut > 2 && tally.frozen > 0 && tally.late > 2 && tally.missed > 0,
        "{tally:?}"
    );
    assert!(tally.raced_ticks > 2 && tally.cut_ticks > 2 && tally.overtaken > 0 && tally.turned_back > 0, "{tally:?}");
    let number = |name: &str| told[name].as_i64().unwrap_or(0);
    for what in
        ["account_days", "claims", "in_doubt", "probed", "told_late", "refused_gap_limit", "refused_moment_missed", "stopped", "full_weeks"]
    {
        assert!(number(what) > 0, "no {what}: {told}");
    }
    Ok(())
}
