use serde_json::json;

use super::*;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const SECRET: [u8; 32] = [7; 32];
const OPEN: [Part; 1] = [Part { starts_at: 9 * HOUR, ends_at: 21 * HOUR }];

fn policy(written: &serde_json::Value) -> Policy {
    Policy::parse(written).unwrap_or_else(|problem| unreachable!("{problem:?}"))
}

fn date(day: u64) -> NaiveDate {
    // A Monday.
    NaiveDate::from_ymd_opt(2026, 1, 5).and_then(|first| first.checked_add_days(chrono::Days::new(day))).unwrap_or_default()
}

/// The caps of consecutive days of one account.
fn drawn(rules: Rules, days: u64) -> Vec<u32> {
    let mut caps = vec![0_u32; DAYS_BEFORE];
    for day in 0..days {
        let before: Vec<u32> = caps.iter().rev().take(DAYS_BEFORE).copied().collect();
        caps.push(rules.cap(date(day), 100, before.as_slice().try_into().unwrap_or(&[0; DAYS_BEFORE])));
    }
    caps.split_off(DAYS_BEFORE)
}

#[test]
fn no_seven_days_pass_the_week_cap_and_every_weekday_has_the_same_mean() {
    let policy = policy(&json!({}));
    let mut sums = [0_u32; 7];
    for account in 0..40_u8 {
        let caps = drawn(Rules { secret: &[account; 32], version: "1", policy: &policy }, 7 * 26);
        assert!(caps.windows(7).all(|week| week.iter().sum::<u32>() <= 150), "{caps:?}");
        caps.iter().enumerate().for_each(|(day, cap)| sums[day % 7] += cap);
    }
    let means = sums.map(|sum| f64::from(sum) / (40.0 * 26.0));
    assert_eq!(means[5..], [0.0, 0.0]);
    let mean = means[..5].iter().sum::<f64>() / 5.0;
    // A standard deviation of 5.7 and 1,040 weeks: three standard errors of a mean are 0.53.
    assert!(means[..5].iter().all(|day| (day - mean).abs() < 0.53), "{means:?}");
    assert!((26.0..29.0).contains(&mean), "{means:?}");
}

#[test]
fn the_same_day_is_planned_the_same_and_another_account_or_version_is_not() {
    let policy = policy(&json!({}));
    let rules = Rules { secret: &SECRET, version: "1", policy: &policy };
    let planned = rules.moments(date(0), &OPEN, 0, 24, &[]);
    assert_eq!(planned, rules.moments(date(0), &OPEN, 0, 24, &[]));
    for other in [Rules { secret: &[8; 32], ..rules }, Rules { version: "2", ..rules }] {
        assert_ne!(planned, other.moments(date(0), &OPEN, 0, 24, &[]));
    }
    assert_ne!(planned, rules.moments(date(1), &OPEN, 0, 24, &[]));
}

#[test]
fn what_is_left_of_a_day_is_planned_after_the_moment_that_is_passed_and_holds_what_fits() {
    let policy = policy(&json!({}));
    let rules = Rules { secret: &SECRET, version: "1", policy: &policy };
    let planned = rules.moments(date(0), &OPEN, 18 * HOUR, 30, &[]);
    assert!((6..=11).contains(&planned.len()) && planned[0] >= 18 * HOUR, "{planned:?}");
    assert_eq!(rules.moments(date(0), &OPEN, 21 * HOUR, 30, &[]), Vec::<i64>::new());
    assert_eq!(rules.moments(date(0), &[], 0, 30, &[]), Vec::<i64>::new());
}

#[test]
fn nothing_is_done_in_the_first_and_last_two_minutes() {
    let policy = policy(&json!({}));
    for secret in 0..200 {
        let planned = Rules { secret: &[secret; 32], version: "1", policy: &policy }.moments(date(0), &OPEN, 0, 40, &[]);
        assert!(planned.iter().all(|at| (9 * HOUR + 120_000..21 * HOUR - 120_000).contains(at)), "{planned:?}");
    }
}

#[test]
fn what_the_week_does_not_admit_yet_waits_and_is_not_a_week_later_to_the_second() {
    let policy = policy(&json!({}));
    let rules = Rules { secret: &SECRET, version: "1", policy: &policy };
    // 150 actions, the first ten of them a week ago at this time of day.
    let mut before: Vec<i64> = (0..10).map(|n| -7 * DAY + 9 * HOUR + n * HOUR).collect();
    before.extend((0..140).map(|n| -4 * DAY + n * 900_000));
    let planned = rules.moments(date(0), &OPEN, 0, 20, &before);
    let all: Vec<i64> = before.iter().chain(&planned).copied().collect();
    assert!(!planned.is_empty());
    assert!(all.windows(151).all(|span| span[150] - span[0] >= WEEK_MILLIS), "{planned:?}");
    assert!(planned.windows(2).all(|pair| pair[1] - pair[0] >= 900_000), "{planned:?}");
    assert!(planned.iter().enumerate().any(|(n, at)| *at != before[n] + WEEK_MILLIS));
}

#[test]
fn what_is_left_of_a_day_gets_its_share_of_the_cap_and_no_more() {
    let share = |from: i64| Rules::share(&OPEN, from * HOUR, 30);
    assert_eq!((share(0), share(15), share(20), share(21)), (30, 15, 3, 0));
    assert_eq!(Rules::share(&[], 0, 30), 0);
}

#[test]
fn a_week_cap_that_is_less_than_the_least_of_all_days_leaves_every_day_some() {
    let policy = policy(&json!({ "weekly_cap": 42 }));
    let mut sums = [0_u32; 7];
    for account in 0..20_u8 {
        let caps = drawn(Rules { secret: &[account; 32], version: "1", policy: &policy }, 7 * 26);
        assert!(caps.windows(7).all(|week| week.iter().sum::<u32>() <= 42), "{caps:?}");
        caps.iter().enumerate().for_each(|(day, cap)| sums[day % 7] += cap);
    }
    let means = sums.map(|sum| f64::from(sum) / (20.0 * 26.0));
    assert!(means[..5].iter().all(|mean| (5.0..9.0).contains(mean)), "{means:?}");
}

#[test]
fn what_the_week_moves_into_a_break_is_not_done_at_the_very_end_of_it() {
    let policy = policy(&json!({ "breaks": [["12:00", "14:00"]] }));
    let parts = [Part { starts_at: 9 * HOUR, ends_at: 12 * HOUR }, Part { starts_at: 14 * HOUR, ends_at: 21 * HOUR }];
    // 150 actions, the first ten of them from half an hour into the break on, a week ago.
    let mut before: Vec<i64> = (0..10).map(|n| -WEEK_MILLIS + 12 * HOUR + HOUR / 2 + n * 900_000).collect();
    before.extend((0..140).map(|n| -4 * DAY + n * 900_000));
    for secret in 0..100 {
        let planned = Rules { secret: &[secret; 32], version: "1", policy: &policy }.moments(date(0), &parts, 0, 20, &before);
        assert!(planned[0] > 14 * HOUR, "{planned:?}");
        assert!(planned.windows(2).all(|pair| pair[1] - pair[0] >= 900_000), "{planned:?}");
    }
}
