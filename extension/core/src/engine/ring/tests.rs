//! The ring against a model of the queue: nothing is lost, nobody starves, and a seal never covers a row.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

type Row = (GroupId, Key);

fn workspace(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn row(tenant: u128, priority: i16, at: i64) -> Row {
    ((workspace(tenant), priority), (at, Uuid::from_u128(at.unsigned_abs().into())))
}

/// What `sql/060_ring.sql` does for one claim of one queue, on a set of rows.
fn claim(ring: &mut Ring, queue: &mut BTreeSet<Row>, max_rows: usize, now: i64, next: i64) -> Vec<Row> {
    let mut taken = Vec::new();
    if ring.wants_discovery(now) {
        queue.iter().for_each(|(group, _)| ring.add(*group));
    }
    loop {
        let pass: Vec<Row> =
            ring.take(max_rows - taken.len(), now).iter().flat_map(|stop| rows_of(stop, queue)).take(max_rows - taken.len()).collect();
        pass.iter().for_each(|row| assert!(queue.remove(row)));
        ring.note(&pass, next, Some(next - 1));
        taken.extend(pass);
        if taken.len() >= max_rows || ring.is_exhausted() {
            return taken;
        }
    }
}

fn rows_of(stop: &Stop, queue: &BTreeSet<Row>) -> Vec<Row> {
    let of_group = |(priority, start): &(i16, Key)| {
        let group = (stop.workspace, *priority);
        let start = *start;
        queue.iter().filter(move |(id, key)| *id == group && *key > start).copied().collect::<Vec<_>>()
    };
    stop.groups.iter().flat_map(of_group).take(stop.quantum).collect()
}

#[test]
fn forty_small_workspaces_are_served_in_the_second_claim_beside_a_huge_one() {
    let mut queue: BTreeSet<Row> = (0..3000).map(|at| row(20, 0, at)).collect();
    queue.extend((100..140).map(|tenant| row(tenant, 0, 5000)));
    let mut ring = Ring::default();
    claim(&mut ring, &mut queue, 50, 0, 1);
    let second = claim(&mut ring, &mut queue, 50, 1, 2);
    assert_eq!(second.iter().filter(|((tenant, _), _)| *tenant != workspace(20)).count(), 40);
}

#[test]
fn a_smaller_priority_goes_first_inside_its_workspace_only() {
    let mut queue: BTreeSet<Row> = [row(1, 5, 1), row(1, -3, 9), row(2, 7, 2)].into();
    let taken = claim(&mut Ring::default(), &mut queue, 2, 0, 1);
    assert_eq!(taken, [row(1, -3, 9), row(1, 5, 1)]);
}

/// Claims one job at a time while something more urgent is always there, and returns the priorities in the order in which they came.
fn under_pressure(claims: i64, millis_between: i64) -> Vec<i16> {
    let mut queue: BTreeSet<Row> = [row(1, 9, 1), row(1, 9, 2), row(1, 5, 3)].into();
    let mut ring = Ring::default();
    let mut order = Vec::new();
    for n in 0..claims {
        queue.extend([row(1, 0, 100 + 2 * n), row(1, 0, 101 + 2 * n)]);
        let taken = claim(&mut ring, &mut queue, 1, n * millis_between, n + 1);
        order.extend(taken.into_iter().map(|((_, priority), _)| priority));
    }
    order
}

#[test]
fn what_is_less_urgent_comes_every_eighth_time_however_much_is_more_urgent() {
    let order = under_pressure(33, 1);
    let late: Vec<usize> = (0..33).filter(|n| order[*n] != 0).collect();
    assert_eq!(late, [7, 15, 23]);
    assert_eq!([order[7], order[15], order[23]], [9, 5, 9], "who was served longest ago comes first");
}

#[test]
fn a_queue_that_is_asked_less_than_eight_times_a_minute_lets_nobody_starve_either() {
    let order = under_pressure(33, 30_000);
    assert_eq!(order.iter().filter(|priority| **priority != 0).count(), 3);
}

#[test]
fn more_workspaces_than_one_pass_holds_are_all_served() {
    let mut queue: BTreeSet<Row> = (0..200).map(|tenant| row(tenant, 0, 1)).collect();
    assert_eq!(claim(&mut Ring::default(), &mut queue, 1000, 0, 1).len(), 200);
}

#[test]
fn a_row_committed_late_below_the_high_key_is_found_within_the_low_look() {
    let mut queue: BTreeSet<Row> = (0..10_000).map(|at| row(1, 0, at * 2)).collect();
    let mut ring = Ring::default();
    for round in 0..60 {
        claim(&mut ring, &mut queue, 50, round, round + 1);
    }
    let late = row(1, 0, 3);
    queue.insert(late);
    assert!(!claim(&mut ring, &mut queue, 50, 60, 61).contains(&late), "the quick start looks above it");
    assert!(claim(&mut ring, &mut queue, 50, 60 + LOW_LOOK_MILLIS, 62).contains(&late));
}

#[test]
fn nothing_is_sealed_while_a_transaction_older_than_the_claim_is_open() {
    let mut queue: BTreeSet<Row> = (0..1000).map(|at| row(1, 0, at)).collect();
    let mut ring = Ring::default();
    claim(&mut ring, &mut queue, 600, 0, 77);
    assert_eq!(ring.sealable(76, None), []);
    let candidates = ring.sealable(77, None);
    assert_eq!(candidates.len(), 1);
    assert_eq!((candidates[0].low, candidates[0].high), (LOWEST, row(1, 0, 599).1));
}

#[test]
fn a_transaction_that_took_rows_seals_nothing_because_it_may_roll_back() {
    let mut queue: BTreeSet<Row> = (0..1000).map(|at| row(1, 0, at)).collect();
    let mut ring = Ring::default();
    claim(&mut ring, &mut queue, 600, 0, 77);
    claim(&mut ring, &mut queue, 10, 1, 101);
    assert_eq!(ring.sealable(100, Some(100)), [], "transaction 100 does not see what it deleted");
    assert_eq!(ring.sealable(100, Some(99)).len(), 1);
}

#[test]
fn a_clock_that_stepped_back_is_forgiven_after_a_minute() {
    let mut queue: BTreeSet<Row> = (5000..6000).map(|at| row(1, 0, at)).collect();
    let mut ring = Ring::default();
    claim(&mut ring, &mut queue, 1000, 0, 1);
    ring.seal((workspace(1), 0));
    queue.insert(row(1, 0, 10));
    assert_eq!(claim(&mut ring, &mut queue, 10, 1, 2).len(), 0);
    assert_eq!(claim(&mut ring, &mut queue, 10, FORGET_MILLIS, 3).len(), 1);
}

proptest! {
    #[test]
    fn every_row_is_claimed_once_whatever_the_order_of_commits(
        rows in prop::collection::btree_set((0_u128..90, -2_i16..3, 0_i64..5000), 1..400),
        batch in 1_usize..80,
        late_every in 2_usize..9,
    ) {
        let all: Vec<Row> = rows.into_iter().map(|(tenant, priority, at)| row(tenant, priority, at)).collect();
        let is_late = |(index, _): &(usize, &Row)| index % late_every == 0;
        let mut late: Vec<Row> = all.iter().enumerate().filter(is_late).map(|(_, row)| *row).collect();
        let mut queue: BTreeSet<Row> = all.iter().enumerate().filter(|entry| !is_late(entry)).map(|(_, row)| *row).collect();
        let mut ring = Ring::default();
        let mut claimed = Vec::new();
        for round in 0_i64..2000 {
            // While late rows are open their transaction holds xmin at 0, so nothing may seal.
            let xmin = if late.is_empty() { round } else { 0 };
            for candidate in ring.sealable(xmin, None) {
                if !queue.iter().any(|(id, key)| *id == candidate.group && *key > candidate.low && *key <= candidate.high) {
                    ring.seal(candidate.group);
                }
            }
            let taken = claim(&mut ring, &mut queue, batch, round * 40, round + 1);
            if taken.is_empty() && late.is_empty() && queue.is_empty() {
                break;
            }
            claimed.extend(taken);
            queue.extend(late.pop());
        }
        claimed.sort_unstable();
        let mut expected = all;
        expected.sort_unstable();
        prop_assert_eq!(claimed, expected);
    }
}

#[test]
fn a_pass_that_never_looked_at_the_ring_ends_the_claim() {
    let mut ring = Ring::default();
    ring.add((workspace(1), 0));
    ring.wants_discovery(0);
    ring.note(&[], 1, None);
    assert!(ring.is_exhausted());
}
