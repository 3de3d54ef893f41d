//! The governor: policies read, days drawn and planned. See `sql/121_policies.sql` and `sql/122_account_days.sql`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use chrono::NaiveDate;
use pgrx::datum::{Date, TimestampWithTimeZone};
use pgrx::prelude::*;
use pgrx::{Array, JsonB};
use steward_core::error::Problem;
use steward_core::governor::day::Part;
use steward_core::governor::plan::{Before, DAYS_BEFORE, Rules};
use steward_core::governor::policy::Policy;

use crate::convert::{micros, timestamp};
use crate::error::OrRaise;

fn parsed(policy: &str) -> Policy {
    let value = serde_json::from_str(policy).map_err(|error| Problem::bad("policy_invalid", error.to_string()));
    value.and_then(|value| Policy::parse(&value)).or_raise()
}

/// A policy with its defaults, and what the tables of the governor hold of it.
#[pg_extern(immutable, parallel_safe)]
pub fn read_policy(
    policy: &str,
) -> TableIterator<
    'static,
    (
        name!(definition, JsonB),
        name!(days, i32),
        name!(minutes, Vec<i32>),
        name!(gap_seconds, i32),
        name!(week_cap, i32),
        name!(most_a_day, i32),
    ),
> {
    let policy = parsed(policy);
    let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    TableIterator::once((
        JsonB(serde_json::to_value(&policy).unwrap_or_default()),
        policy.days.iter().map(|day| 1 << (*day as i32)).sum(),
        policy.minutes().into_iter().map(i32::from).collect(),
        number(policy.gap_minutes[0] * 60),
        number(policy.weekly_cap),
        number(policy.most_a_day()),
    ))
}

/// Policies that were read last, by their text: few accounts have one of their own, and reading it took a third of a draw.
const REMEMBERED: usize = 64;

thread_local! {
    static POLICIES: RefCell<HashMap<String, Rc<Policy>>> = RefCell::default();
}

fn remembered(text: &str) -> Rc<Policy> {
    if let Some(policy) = POLICIES.with_borrow(|policies| policies.get(text).cloned()) {
        return policy;
    }
    let policy = Rc::new(parsed(text));
    POLICIES.with_borrow_mut(|policies| {
        if policies.len() >= REMEMBERED {
            policies.clear();
        }
        policies.insert(text.to_owned(), Rc::clone(&policy));
    });
    policy
}

/// What a day is drawn with: 32 bytes, the version of a policy, and the policy.
pub fn with_rules<T>(secret: &[u8], version: &str, policy: &str, act: impl FnOnce(Rules) -> T) -> T {
    let no_secret = |_| Problem::bad("secret_invalid", "the secret of an account has 32 bytes".to_owned());
    let secret: &[u8; 32] = secret.try_into().map_err(no_secret).or_raise();
    act(Rules { secret, version, policy: &remembered(policy) })
}

pub fn date(day: Date) -> NaiveDate {
    NaiveDate::from_ymd_opt(day.year(), u32::from(day.month()), u32::from(day.day())).unwrap_or_default()
}

pub fn millis(at: TimestampWithTimeZone) -> i64 {
    micros(at).div_euclid(1000)
}

/// Beginnings and ends in turn.
pub fn parts_of(ends: &[i64]) -> Vec<Part> {
    ends.chunks_exact(2).map(|part| Part { starts_at: part[0], ends_at: part[1] }).collect()
}

#[pg_extern(immutable, parallel_safe)]
pub fn draw_cap(secret: &[u8], version: &str, policy: &str, day: Date, age_days: i32, days_ago: Array<i32>, caps: Array<i32>) -> i32 {
    let mut before = [0_u32; DAYS_BEFORE];
    for (ago, cap) in days_ago.iter().flatten().zip(caps.iter().flatten()) {
        let place = usize::try_from(ago).ok().and_then(|ago| before.get_mut(ago.checked_sub(1)?));
        place.into_iter().for_each(|place| *place = u32::try_from(cap).unwrap_or(0));
    }
    let cap = with_rules(secret, version, policy, |rules| rules.cap(date(day), u32::try_from(age_days).unwrap_or(0), &before));
    i32::try_from(cap).unwrap_or(i32::MAX)
}

#[pg_extern(immutable, parallel_safe)]
#[expect(clippy::too_many_arguments, reason = "a function of SQL")]
pub fn plan_moments(
    secret: &[u8],
    version: &str,
    policy: &str,
    day: Date,
    parts: Array<TimestampWithTimeZone>,
    from_at: TimestampWithTimeZone,
    actions: i32,
    cap: i32,
    claims: i32,
    first_claims: Array<TimestampWithTimeZone>,
) -> Vec<TimestampWithTimeZone> {
    let parts = parts_of(&parts.iter().flatten().map(millis).collect::<Vec<i64>>());
    let first: Vec<i64> = first_claims.iter().flatten().map(millis).collect();
    let before = Before { actions: usize::try_from(claims).unwrap_or(0), first: &first };
    // Up: not before the moment that is asked for.
    let from = micros(from_at).div_euclid(1000) + 1;
    let [actions, cap] = [actions, cap].map(|number| u32::try_from(number).unwrap_or(0));
    let actions = actions.min(Rules::share(&parts, from, cap));
    let planned = with_rules(secret, version, policy, |rules| rules.moments_after(date(day), &parts, from, actions, before));
    planned.into_iter().map(|at| timestamp(at * 1000)).collect()
}
