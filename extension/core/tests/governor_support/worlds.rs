//! Any account in any world: policies that are accepted, zones with a clock change, backlogs, outages, and clocks that are set.

use chrono::Days;
use proptest::prelude::*;
use serde_json::{Value, json};
use steward_core::governor::policy::{Minute, Policy};
use steward_core::governor::simulate::{Backlog, Day, Jump, Span, Troubles};

use super::accounts::MONDAY;
use super::calendar::{DAY, HOUR, MINUTE, Zone, local_days, midnight_utc};

/// Days of each world: four weeks, so that a week's stop is met more than once.
const DAYS: u32 = 28;

/// An account and what is around it.
#[derive(Debug, Clone)]
pub struct World {
    pub policy: Policy,
    pub secret: [u8; 32],
    pub days: Vec<Day>,
    pub backlog: Backlog,
    pub troubles: Troubles,
}

/// Four times in order: a window with a break in it, if the second and the third differ.
fn window() -> impl Strategy<Value = (Value, Value)> {
    let minute = |minute: u16| String::from(Minute(minute));
    prop::collection::btree_set(0_u16..=1440, 4).prop_flat_map(move |times| {
        let times: Vec<String> = times.into_iter().map(minute).collect();
        any::<bool>().prop_map(move |has_break| {
            let breaks = if has_break { json!([[times[1], times[2]]]) } else { json!([]) };
            (json!([times[0], times[3]]), breaks)
        })
    })
}

fn range(most: u32) -> impl Strategy<Value = Value> {
    (0..=most, 0..=most).prop_map(|(one, other)| json!([one.min(other), one.max(other)]))
}

/// Policies that `Policy::parse` accepts.
pub fn policies() -> impl Strategy<Value = Policy> {
    let days = prop::sample::subsequence(vec!["mon", "tue", "wed", "thu", "fri", "sat", "sun"], 1..=7);
    let gap = (15_u32..60, 0_u32..60).prop_map(|(least, more)| json!([least, least + more]));
    let caps = prop::sample::select(vec!["joint", "independent"]);
    let ramp = prop::collection::vec(range(30), 0..3);
    let written = (window(), days, gap, range(45), 1_u32..=150, caps, ramp).prop_map(|(window, days, gap, cap, week, caps, ramp)| {
        let (window, breaks) = window;
        json!({ "window": window, "breaks": breaks, "days": days, "gap_minutes": gap, "daily_cap": cap, "weekly_cap": week, "caps": caps, "ramp": ramp })
    });
    written.prop_filter_map("the window holds too little", |written| Policy::parse(&written).ok())
}

/// Zones with a clock that is put forward, back, or not at all while the account works.
fn zones() -> impl Strategy<Value = Zone> {
    let change = prop::sample::select(vec![-60, -30, 0, 30, 60]);
    (-12_i64..=14, change, 0..u64::from(DAYS)).prop_map(|(ahead, change, on)| Zone {
        before: ahead * 60,
        after: ahead * 60 + change,
        changes_on: MONDAY + Days::new(on),
    })
}

fn moment() -> impl Strategy<Value = i64> {
    (0..i64::from(DAYS) * DAY / MINUTE).prop_map(|minute| midnight_utc(MONDAY) + minute * MINUTE + 7)
}

fn outages() -> impl Strategy<Value = Vec<Span>> {
    prop::collection::vec((moment(), 1..20 * HOUR), 0..12)
        .prop_map(|spans| spans.into_iter().map(|(from, long)| Span { from, to: from + long }).collect())
}

fn jumps() -> impl Strategy<Value = Vec<Jump>> {
    prop::collection::vec((moment(), -5 * HOUR..5 * HOUR), 0..4)
        .prop_map(|jumps| jumps.into_iter().map(|(at, by)| Jump { at, by }).collect())
}

/// Worlds in which the clock is set, or only in which it is not.
pub fn worlds(sets_clock: bool) -> impl Strategy<Value = World> {
    let backlog = prop_oneof![Just(Backlog::Endless), (0_u32..40).prop_map(Backlog::PerDay)];
    let age = 0_u32..30;
    (policies(), any::<[u8; 32]>(), zones(), age, backlog, outages(), jumps()).prop_map(
        move |(policy, secret, zone, age, backlog, outages, jumps)| {
            let days = local_days(&policy, zone, MONDAY, DAYS, age);
            let jumps = if sets_clock { jumps } else { Vec::new() };
            World { policy, secret, days, backlog, troubles: Troubles { outages, jumps } }
        },
    )
}
