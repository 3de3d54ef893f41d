use serde_json::json;

use super::*;
use crate::governor::policy::Policy;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const SECRET: [u8; 32] = [7; 32];

fn policy() -> Policy {
    Policy::parse(&json!({})).unwrap_or_else(|problem| unreachable!("{problem:?}"))
}

/// Days from a Monday on, 09:00 to 21:00, in the zone whose midnights are whole days.
fn days(count: u32) -> Vec<Day> {
    let monday = NaiveDate::from_ymd_opt(2026, 1, 5).unwrap_or_default();
    let day = |n: u32| {
        let starts_at = i64::from(n) * 24 * HOUR;
        let parts = vec![Part { starts_at: starts_at + 9 * HOUR, ends_at: starts_at + 21 * HOUR }];
        Day { date: monday + chrono::Days::new(u64::from(n)), age_days: 100 + n, starts_at, parts }
    };
    (0..count).map(day).collect()
}

fn simulated(count: u32, backlog: Backlog, troubles: &Troubles) -> Vec<Sent> {
    simulate(&Rules { secret: &SECRET, version: "1", policy: &policy() }, &days(count), backlog, troubles)
}

fn outage(from: i64, to: i64) -> Troubles {
    Troubles { outages: vec![Span { from, to }], jumps: Vec::new() }
}

#[test]
fn a_calm_day_does_what_its_cap_says_at_the_planned_moments() {
    let policy = policy();
    let rules = Rules { secret: &SECRET, version: "1", policy: &policy };
    let sent = simulate(&rules, &days(1), Backlog::Endless, &Troubles::default());
    let cap = rules.cap(days(1)[0].date, 100, &[0; DAYS_BEFORE]);
    assert_eq!((sent.len(), sent.last().map(|last| last.slot)), (cap as usize, Some(cap)));
    let planned = rules.moments(days(1)[0].date, &days(1)[0].parts, 9 * HOUR, cap, &[]);
    assert!(sent.iter().zip(&planned).all(|(sent, planned)| (0..300).contains(&(sent.at - planned))), "{sent:?} {planned:?}");
}

#[test]
fn a_weekend_has_nothing_and_a_backlog_that_is_smaller_than_the_caps_is_done_each_day() {
    let sent = simulated(14, Backlog::PerDay(3), &Troubles::default());
    let of_day = |day: usize| sent.iter().filter(|sent| sent.day == day).count();
    // What comes on a weekend is done on Monday, what has come is done the same day.
    assert_eq!((0..14).map(of_day).collect::<Vec<_>>(), [3, 3, 3, 3, 3, 0, 0, 9, 3, 3, 3, 3, 0, 0]);
}

#[test]
fn what_an_outage_missed_is_not_caught_up() {
    let calm = simulated(1, Backlog::Endless, &Troubles::default());
    let sent = simulated(1, Backlog::Endless, &outage(12 * HOUR, 18 * HOUR));
    assert!(sent.iter().all(|sent| !(12 * HOUR..18 * HOUR).contains(&sent.at)), "{sent:?}");
    let after = sent.iter().filter(|sent| sent.at >= 18 * HOUR).count();
    // Three of the twelve hours are left: a quarter of the cap.
    assert!(after > 0 && after <= calm.len().div_ceil(4), "{after} of {}", calm.len());
}

#[test]
fn an_outage_of_some_seconds_makes_a_call_late_and_not_lost() {
    let calm = simulated(1, Backlog::Endless, &Troubles::default());
    let late = calm[3].at + 20_000;
    let sent = simulated(1, Backlog::Endless, &outage(calm[3].at - 5_000, late));
    assert!((late..late + 300).contains(&sent[3].at), "{} {late}", sent[3].at);
}

#[test]
fn a_clock_that_is_put_back_makes_the_account_wait() {
    let troubles = Troubles { outages: Vec::new(), jumps: vec![Jump { at: 15 * HOUR, by: -2 * HOUR }] };
    let sent = simulated(1, Backlog::Endless, &troubles);
    assert!(sent.windows(2).all(|pair| pair[1].at - pair[0].at >= 15 * MINUTE), "{sent:?}");
    assert!(sent.iter().any(|sent| sent.at > 15 * HOUR), "{sent:?}");
}

#[test]
fn the_same_is_simulated_again() {
    let troubles = outage(12 * HOUR, 13 * HOUR);
    assert_eq!(simulated(7, Backlog::PerDay(30), &troubles), simulated(7, Backlog::PerDay(30), &troubles));
}

#[test]
fn the_ledger_takes_what_keeps_the_window_the_cap_the_gap_and_the_week_and_nothing_else() {
    let policy = policy();
    let before: Vec<i64> = (0..150).map(|row| row * 16 * MINUTE).collect();
    let at = super::super::plan::WEEK_MILLIS;
    let claim = Claim { at, slot: 5, cap: 5, opens_at: at, closes_at: at + 1, before: &before };
    assert!(admits(&policy, &claim));
    let late = Claim { closes_at: at, ..claim };
    let early = Claim { opens_at: at + 1, ..claim };
    let sixth = Claim { slot: 6, ..claim };
    let in_week = Claim { at: at - 1, opens_at: 0, ..claim };
    let near = [at - 15 * MINUTE + 1];
    assert!([late, early, sixth, in_week, Claim { before: &near, ..claim }].iter().all(|claim| !admits(&policy, claim)));
}
