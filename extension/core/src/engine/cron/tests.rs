//! Patterns against the calendar.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use proptest::prelude::*;

use super::*;

fn at(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
}

fn comes(pattern: &str, after: &str) -> String {
    next(pattern, at(after)).unwrap().format("%Y-%m-%d %H:%M:%S").to_string()
}

#[test]
fn the_next_time_is_after_the_given_one_and_never_the_same() {
    assert_eq!(comes("0 9 * * *", "2026-11-21 08:59:59"), "2026-11-21 09:00:00");
    assert_eq!(comes("0 9 * * *", "2026-11-21 09:00:00"), "2026-11-22 09:00:00");
    assert_eq!(comes("*/15 * * * *", "2026-12-31 23:50:01"), "2027-01-01 00:00:00");
}

#[test]
fn weekdays_months_and_leap_years_are_those_of_the_calendar() {
    assert_eq!(comes("30 8 * * MON-FRI", "2026-11-20 08:30:00"), "2026-11-23 08:30:00");
    assert_eq!(comes("0 0 1 JAN *", "2026-11-21 00:00:00"), "2027-01-01 00:00:00");
    assert_eq!(comes("0 0 29 2 *", "2026-03-01 00:00:00"), "2028-02-29 00:00:00");
    assert_eq!(comes("0 12 L * *", "2026-02-01 00:00:00"), "2026-02-28 12:00:00");
    assert_eq!(comes("@daily", "2026-11-21 10:00:00"), "2026-11-22 00:00:00");
}

#[test]
fn what_is_no_pattern_or_never_comes_is_refused() {
    for pattern in
        ["", " ", "soon", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "0 0 30 2 *", "0 0 * * 9", "*/0 * * * *", "@reboot", "\0"]
    {
        let problem = next(pattern, at("2026-11-21 00:00:00")).expect_err(pattern);
        assert_eq!(problem.code, "cron_invalid", "{pattern}");
    }
    assert!(next(&"1,".repeat(200), at("2026-11-21 00:00:00")).is_err());
}

#[test]
fn only_a_pattern_of_every_hour_follows_elapsed_time() {
    for (pattern, expected) in [
        ("0 * * * *", true),
        ("*/5 * * * *", true),
        ("0 9 * * *", false),
        ("0 */6 * * *", false),
        ("0 9-17 * * *", false),
        ("@hourly", true),
    ] {
        assert_eq!(is_hourly(pattern).unwrap(), expected, "{pattern}");
    }
}

proptest! {
    #[test]
    fn hostile_patterns_end_in_a_time_or_a_problem(pattern in "[0-9*/,LW#?@ A-Za-z-]{0,30}") {
        if let Ok(found) = next(&pattern, at("2026-11-21 00:00:00")) {
            prop_assert!(found > at("2026-11-21 00:00:00"));
        }
    }
}
