use proptest::prelude::*;

use super::*;

fn room(left: i64) -> Room {
    Room { metric: Metric::Cost, left, kept: 0, is_shadow: false }
}

fn job(cost: i64) -> Demand {
    Demand { group: 0, cost, tokens: 0, counts_job: true, is_kept_for: false }
}

#[test]
fn what_fits_is_admitted_and_a_big_job_holds_up_no_small_one() {
    let admission = admit(&[job(4), job(7), job(5), job(2)], &[vec![0]], &[room(10)]);
    assert_eq!(admission.stopped_by, [None, Some(0), None, Some(0)]);
    assert_eq!(admission.taken, [9]);
    assert_eq!(admission.turned_away, [2]);
}

#[test]
fn every_room_that_covers_a_job_counts_and_none_cuts_the_others_short() {
    let rooms = [room(100), Room { metric: Metric::Calls, ..room(1) }, Room { metric: Metric::Jobs, ..room(5) }];
    let admission = admit(&[job(1), job(1)], &[vec![0, 1, 2]], &rooms);
    assert_eq!(admission.stopped_by, [None, Some(1)]);
    assert_eq!(admission.taken, [1, 1, 1]);
}

#[test]
fn a_job_that_uses_nothing_of_a_metric_passes_a_room_that_is_overrun() {
    let free = Demand { counts_job: false, ..job(0) };
    let rooms = [room(-5), Room { metric: Metric::Jobs, ..room(0) }];
    assert_eq!(admit(&[free, job(1)], &[vec![0, 1]], &rooms).stopped_by, [None, Some(0)]);
}

#[test]
fn a_shadow_limit_stops_nobody_and_counts_whom_it_would_have_stopped() {
    let admission = admit(&[job(8), job(8)], &[vec![0]], &[Room { is_shadow: true, ..room(10) }]);
    assert_eq!(admission.stopped_by, [None, None]);
    assert_eq!((admission.taken, admission.turned_away), (vec![16], vec![1]));
}

#[test]
fn room_that_is_kept_for_somebody_is_left_to_him() {
    let kept = [Room { kept: 8, ..room(10) }];
    let waited = Demand { is_kept_for: true, ..job(8) };
    assert_eq!(admit(&[job(3), waited, job(2)], &[vec![0]], &kept).stopped_by, [Some(0), None, None]);
    assert_eq!(admit(&[job(3), job(2)], &[vec![0]], &kept).stopped_by, [Some(0), None]);
}

#[test]
fn amounts_at_the_end_of_the_range_do_not_wrap() {
    let admission = admit(&[job(i64::MAX), job(i64::MAX)], &[vec![0]], &[room(i64::MAX)]);
    assert_eq!(admission.stopped_by, [None, Some(0)]);
    let shadow = Room { is_shadow: true, ..room(i64::MIN) };
    assert_eq!(admit(&[job(i64::MAX)], &[vec![0]], &[shadow]).stopped_by, [None]);
}

proptest! {
    #[test]
    fn no_room_is_ever_overdrawn_and_what_is_taken_is_what_was_admitted(
        lefts in prop::collection::vec(-5i64..60, 1..5),
        jobs in prop::collection::vec((0i64..20, 0usize..3, any::<bool>()), 0..40),
        groups in prop::collection::vec(prop::collection::btree_set(0usize..5, 0..4), 3),
    ) {
        let metrics = [Metric::Cost, Metric::Calls, Metric::Jobs, Metric::Cost, Metric::Running];
        let rooms: Vec<Room> = lefts.iter().zip(metrics).map(|(left, metric)| Room { metric, ..room(*left) }).collect();
        let groups: Vec<Vec<usize>> = groups.into_iter().map(|group| group.into_iter().filter(|index| *index < rooms.len()).collect()).collect();
        let demands: Vec<Demand> =
            jobs.into_iter().map(|(cost, group, counts_job)| Demand { group, counts_job, ..job(cost) }).collect();
        let admission = admit(&demands, &groups, &rooms);
        for (index, room) in rooms.iter().enumerate() {
            let admitted: i64 = demands.iter().zip(&admission.stopped_by)
                .filter(|(demand, stopper)| stopper.is_none() && groups[demand.group].contains(&index))
                .map(|(demand, _)| demand.need(room.metric)).sum();
            prop_assert_eq!(admission.taken[index], admitted);
            prop_assert!(admitted == 0 || admitted <= room.left);
        }
        // Whoever was stopped would not fit into what is left of that room either.
        for (demand, stopper) in demands.iter().zip(&admission.stopped_by) {
            if let Some(index) = stopper {
                prop_assert!(demand.need(rooms[*index].metric) > rooms[*index].left - admission.taken[*index]);
            }
        }
    }
}
