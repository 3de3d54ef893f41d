//! The table of the design (`facts/governor.md` §3.9): what many simulated accounts do looks drawn, by the laws that are declared. It finds artefacts of the
//! planner, such as grids, edges and cliffs; it says nothing about what anybody else may notice.
//!
//! `cargo test -p steward-core --test governor_statistics -- --nocapture` prints it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod governor_support;

use governor_support::accounts::{Course, Population, never_stopped, of_the_brief};
use governor_support::rows::{self, Outcome, Row};
use governor_support::{each_seed, limits, table};

const SEEDS: u64 = 20;

/// The courses of a seed, which are enough and pass no limit.
fn courses<'a>(population: &Population<'a>, seed: u64) -> Vec<Course<'a>> {
    let courses = population.courses(seed);
    let days: usize = courses.iter().map(|course| course.active_days().count()).sum();
    assert!(days >= 500, "{days} account-days are too few");
    for course in &courses {
        assert_eq!(limits::passed(course), Vec::<&str>::new(), "seed {seed}");
    }
    courses
}

#[test]
fn what_accounts_do_looks_drawn_by_the_declared_laws_on_twenty_seeds() {
    let (joint, independent) = (of_the_brief(), never_stopped());
    let calm = Population { policy: &joint, accounts: 45, weeks: 5, skipped_weeks: 1, has_outages: false, mutant: None };
    let joint = each_seed(SEEDS, |seed| rows::all(&courses(&calm, seed)));
    let apart = Population { policy: &independent, skipped_weeks: 0, ..calm };
    let independent = each_seed(SEEDS, |seed| {
        let courses = courses(&apart, seed);
        [rows::all(&courses), rows::caps(&courses)].concat()
    });
    table::print("Five days a week, caps drawn together: 900 account-days a seed.", &joint);
    table::print("Three days a week, caps drawn each for itself, no week near its 150: 675 account-days a seed.", &independent);
    let failed: Vec<&Row> = joint.iter().chain(&independent).flatten().filter(|row| row.fails()).collect();
    let (unlikely, others): (Vec<&Row>, Vec<&Row>) = failed.into_iter().partition(|row| matches!(row.outcome, Outcome::P(_)));
    // Of some hundred probabilities one may be below one in a thousand.
    assert!(unlikely.len() <= 1 && others.is_empty(), "{unlikely:?} {others:?}");
}
