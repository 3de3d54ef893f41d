//! What holds for every account, whatever its policy, its zone, its backlog and what goes wrong around it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod governor_support;

use proptest::prelude::*;
use serde_json::json;
use steward_core::governor::plan::{Rules, WEEK_MILLIS};
use steward_core::governor::simulate::{Backlog, Claim, Governor, Troubles, simulate};

use governor_support::accounts::{Course, MONDAY, of_the_brief, outages, policy, secret};
use governor_support::calendar::{AUCKLAND, local_days};
use governor_support::mutants::Watched;
use governor_support::worlds::worlds;
use governor_support::{each_seed, limits};

/// A call begins up to so many milliseconds after its planned moment, so two are nearer to each other than planned by as much.
const LATENCY: i64 = 300;

/// The planner without the ledger that keeps it from mistakes.
struct Unchecked<'a>(Rules<'a>);

impl Governor for Unchecked<'_> {
    fn rules(&self) -> Rules<'_> {
        self.0
    }

    fn admits(&self, _: &Claim) -> bool {
        true
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_limit_is_passed_in_any_world(world in worlds(true)) {
        let watched = Watched::new(Rules { secret: &world.secret, version: "1", policy: &world.policy }, None);
        let course = Course::of(&world.policy, watched, world.days.clone(), world.backlog, &world.troubles);
        prop_assert_eq!(limits::passed(&course), Vec::<&str>::new());
    }

    #[test]
    fn the_planner_alone_passes_no_limit_while_nobody_sets_the_clock(world in worlds(false)) {
        let (least, week) = (world.policy.gap().least, world.policy.weekly_cap as usize);
        let rules = Rules { secret: &world.secret, version: "1", policy: &world.policy };
        let sent = simulate(&Unchecked(rules), &world.days, world.backlog, &world.troubles);
        let late = |sent_at: i64| sent_at + LATENCY;
        prop_assert!(sent.windows(2).all(|pair| late(pair[1].at) - pair[0].at >= least));
        prop_assert!(sent.windows(week + 1).all(|span| late(span[week].at) - span[0].at >= WEEK_MILLIS));
        for sent in sent {
            let window = world.days[sent.day].window().unwrap();
            prop_assert!(sent.slot <= sent.cap && (window.starts_at..window.ends_at).contains(&sent.at));
        }
    }
}

#[test]
fn a_hundred_accounts_pass_no_limit_in_a_year() {
    let policies = [
        of_the_brief(),
        policy(json!({ "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "caps": "independent" })),
        policy(
            json!({ "window": ["09:00", "18:00"], "breaks": [["12:00", "14:00"]], "gap_minutes": [20, 40], "daily_cap": [15, 40], "caps": "independent" }),
        ),
        policy(json!({ "days": ["sat", "sun"], "window": ["00:00", "24:00"], "daily_cap": [60, 80] })),
    ];
    let sent = each_seed(100, |account| {
        let (policy, secret) = (&policies[account as usize % policies.len()], secret(account, 0));
        let days = local_days(policy, AUCKLAND, MONDAY, 365, 0);
        let troubles = Troubles { outages: outages(&secret, &days), jumps: Vec::new() };
        let backlog = if account % 3 == 0 { Backlog::PerDay(20) } else { Backlog::Endless };
        let watched = Watched::new(Rules { secret: &secret, version: "1", policy }, None);
        let course = Course::of(policy, watched, days, backlog, &troubles);
        assert_eq!(limits::passed(&course), Vec::<&str>::new(), "account {account}");
        course.sent.len()
    });
    println!("{} actions in a year", sent.iter().sum::<usize>());
    assert!(sent.iter().all(|sent| *sent > 1_000), "{sent:?}");
}
