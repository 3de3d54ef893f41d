//! Governors that are wrong in one way each are found out by the statistics or by the limits, where the right one is not.
//!
//! `cargo test -p steward-core --test governor_mutants -- --nocapture` prints by what.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod governor_support;

use std::collections::BTreeMap;

use governor_support::accounts::{Population, never_stopped};
use governor_support::mutants::{MUTANTS, Mutant};
use governor_support::{each_seed, limits, rows};

const SEEDS: u64 = 20;

/// The rows and limits that each seed fails.
fn failures(population: Population) -> Vec<Vec<&'static str>> {
    each_seed(SEEDS, |seed| {
        let courses = population.courses(seed);
        let rows = rows::all(&courses);
        let mut failed: Vec<&str> = rows.iter().filter(|row| row.fails()).map(|row| row.name).collect();
        failed.extend(courses.iter().flat_map(limits::passed));
        failed.sort_unstable();
        failed.dedup();
        failed
    })
}

/// Says by what a governor was found out, and how often.
fn report(governor: &str, seeds: &[Vec<&'static str>]) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    seeds.iter().flatten().for_each(|name| *counts.entry(*name).or_default() += 1);
    println!("{governor}");
    counts.iter().for_each(|(name, count)| println!("    {name:48} on {count} of {SEEDS} seeds"));
}

fn is_found(mutant: Mutant) {
    let policy = mutant.policy();
    let has_outages = mutant == Mutant::CatchUp;
    let seeds = failures(Population { policy: &policy, accounts: 45, weeks: 5, skipped_weeks: 1, has_outages, mutant: Some(mutant) });
    report(&format!("{mutant:?}"), &seeds);
    let found = seeds.iter().filter(|failed| !failed.is_empty()).count();
    assert!(found >= 18, "{mutant:?} is found on {found} seeds only: {seeds:?}");
}

#[test]
fn every_mutant_is_found_out_on_eighteen_of_twenty_seeds() {
    MUTANTS.into_iter().for_each(is_found);
}

#[test]
fn the_right_governor_passes_no_limit_among_outages_and_looks_drawn_there_too() {
    let policy = never_stopped();
    let seeds = failures(Population { policy: &policy, accounts: 45, weeks: 5, skipped_weeks: 1, has_outages: true, mutant: None });
    report("none", &seeds);
    assert!(seeds.iter().flatten().all(|name| !name.starts_with('I')), "{seeds:?}");
    assert!(seeds.iter().map(Vec::len).sum::<usize>() <= 1, "{seeds:?}");
}
