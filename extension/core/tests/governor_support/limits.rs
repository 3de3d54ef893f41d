//! What holds for everything that was done, whatever was planned.

use std::collections::BTreeMap;

use steward_core::governor::plan::WEEK_MILLIS;

use super::accounts::Course;

/// The limits that an account passed, by their names in the design.
pub fn passed(course: &Course) -> Vec<&'static str> {
    let at: Vec<i64> = course.sent.iter().map(|sent| sent.at).collect();
    let least = course.policy.gap().least;
    let week = course.policy.weekly_cap as usize;
    let checks = [
        ("I1 window", at.iter().all(|at| is_open(course, *at))),
        ("I2 gap", at.windows(2).all(|pair| pair[1] - pair[0] >= least)),
        ("I3 day", keeps_caps(course)),
        ("I4 week", at.windows(week + 1).all(|span| span[week] - span[0] >= WEEK_MILLIS)),
    ];
    checks.into_iter().filter(|(_, holds)| !holds).map(|(name, _)| name).collect()
}

fn is_open(course: &Course, at: i64) -> bool {
    course.days.iter().filter_map(|day| day.window()).any(|window| (window.starts_at..window.ends_at).contains(&at))
}

/// A local day is what is between two midnights of the account, whoever counted what was done in it.
fn keeps_caps(course: &Course) -> bool {
    let mut done: BTreeMap<usize, u32> = BTreeMap::new();
    for sent in &course.sent {
        *done.entry(course.days.partition_point(|day| day.starts_at <= sent.at)).or_default() += 1;
    }
    let cap = |day: usize| day.checked_sub(1).and_then(|day| course.caps.get(&course.days[day].date)).copied().unwrap_or(0);
    done.iter().all(|(day, count)| *count <= cap(*day))
}
