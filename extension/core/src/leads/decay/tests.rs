use super::*;

const DAY: i64 = 86_400_000_000;
const POINT: f64 = 1.0;

fn rules(rule: SignalRule) -> BTreeMap<String, SignalRule> {
    BTreeMap::from([("view".to_owned(), rule)])
}

fn rule(points: f64) -> SignalRule {
    SignalRule { points: Points::nearest(points), half_life_days: None, linear_days: None, per_day: None }
}

fn views(at: &[i64]) -> Vec<Signal<'static>> {
    at.iter().map(|at| Signal { kind: "view", value: 1.0, at: *at, day: i32::try_from(at.div_euclid(DAY)).expect("a day") }).collect()
}

#[test]
fn after_a_half_life_half_is_left_and_after_ten_nothing() {
    let rules = rules(SignalRule { half_life_days: Some(14.0), ..rule(8.0) });
    let at = |days: i64| worth(&rules, &views(&[0]), days * DAY, POINT).points;
    assert_eq!([at(0), at(14), at(28), at(140)], [8.0, 4.0, 2.0, 0.0]);
}

#[test]
fn linear_decay_falls_evenly_to_nothing() {
    let rules = rules(SignalRule { linear_days: Some(10.0), ..rule(10.0) });
    let at = |days: i64| worth(&rules, &views(&[0]), days * DAY, POINT).points;
    assert_eq!([at(0), at(5), at(10), at(11)], [10.0, 5.0, 0.0, 0.0]);
}

#[test]
fn a_day_gives_no_more_than_its_cap_and_the_next_day_counts_anew() {
    let rules = rules(SignalRule { per_day: Some(Points::nearest(5.0)), ..rule(2.0) });
    let found = worth(&rules, &views(&[1, 2, 3, 4, DAY + 1]), DAY + 2, POINT);
    assert_eq!((found.points, found.counted), (7.0, 4));
}

#[test]
fn one_that_has_not_happened_yet_counts_in_full() {
    let rules = rules(SignalRule { half_life_days: Some(1.0), ..rule(2.0) });
    assert_eq!(worth(&rules, &views(&[10 * DAY]), 0, POINT).points, 2.0);
}

#[test]
fn a_kind_without_a_rule_counts_nothing_unless_there_is_one_for_all_others() {
    let mut rules = rules(rule(2.0));
    let other = [Signal { kind: "reply", value: 1.0, at: 0, day: 0 }];
    assert_eq!(worth(&rules, &other, 0, POINT).points, 0.0);
    rules.insert("*".to_owned(), rule(7.0));
    assert_eq!(worth(&rules, &other, 0, POINT).points, 7.0);
}

#[test]
fn the_next_refresh_is_due_when_a_point_has_gone_and_never_where_none_will() {
    let rules = rules(SignalRule { linear_days: Some(10.0), ..rule(10.0) });
    let found = worth(&rules, &views(&[0]), 0, POINT);
    let due = found.due_at.expect("it falls");
    assert!((due - DAY).abs() < 60_000_000, "a point a day: {due}");
    assert!(worth(&rules, &views(&[0]), due, POINT).points <= 9.0);
    assert_eq!(worth(&rules, &views(&[0]), 10 * DAY, POINT).due_at, None);
    assert_eq!(worth(&rules, &[], 0, POINT).due_at, None);
}

#[test]
fn gains_and_losses_that_cancel_out_are_looked_at_again_in_time() {
    let slow = SignalRule { linear_days: Some(100.0), ..rule(10.0) };
    let fast = SignalRule { points: Points::nearest(-10.0), linear_days: Some(10.0), ..slow };
    let rules = BTreeMap::from([("view".to_owned(), slow), ("bounce".to_owned(), fast)]);
    let signals = [views(&[0])[0], Signal { kind: "bounce", value: 1.0, at: 0, day: 0 }];
    let now = worth(&rules, &signals, 0, POINT);
    let due = now.due_at.expect("both fall");
    assert!((worth(&rules, &signals, due, POINT).points - now.points).abs() <= POINT);
}

/// The moments at which a score is computed again when it is each time computed as soon as it is due.
fn dues(rules: &BTreeMap<String, SignalRule>, signals: &[Signal], step: f64) -> Vec<i64> {
    let next = |now: &i64| worth(rules, signals, *now, step).due_at;
    std::iter::successors(Some(0), next).skip(1).take(10_000).collect()
}

#[test]
fn less_than_a_step_is_due_at_the_end_of_its_life_and_what_stays_beside_it_hides_nothing() {
    let linear = rules(SignalRule { linear_days: Some(10.0), ..rule(0.9) });
    let halving = rules(SignalRule { half_life_days: Some(14.0), ..rule(0.9) });
    for (rules, end) in [(&linear, 10 * DAY), (&halving, 140 * DAY)] {
        let dues = dues(rules, &views(&[0]), POINT);
        assert!(dues.len() == 1 && (dues[0] - end).abs() < 60_000_000, "{dues:?}");
        assert_eq!(worth(rules, &views(&[0]), dues[0], POINT).points, 0.0);
    }
    let beside = BTreeMap::from([("view".to_owned(), linear["view"]), ("reply".to_owned(), rule(5.0))]);
    let signals = [views(&[0])[0], Signal { kind: "reply", value: 1.0, at: 0, day: 0 }];
    let dues = dues(&beside, &signals, POINT);
    assert!(dues.len() == 1 && (dues[0] - 10 * DAY).abs() < 60_000_000, "{dues:?}");
    assert_eq!(worth(&beside, &signals, dues[0], POINT).points, 5.0);
}

#[test]
fn a_smaller_step_is_due_sooner_and_no_step_so_small_that_scores_are_computed_all_the_time() {
    let rules = rules(SignalRule { linear_days: Some(10.0), ..rule(0.9) });
    let tenths = dues(&rules, &views(&[0]), 0.1);
    assert_eq!(tenths.len(), 9, "{tenths:?}");
    for step in [1e-9, 0.0] {
        let dues = dues(&rules, &views(&[0]), step);
        assert!(dues.len() == 10_000 && dues.windows(2).all(|pair| pair[1] - pair[0] == 60_000_000), "{:?}", &dues[..3]);
    }
}

#[test]
fn each_due_is_later_than_the_one_before_and_after_the_last_nothing_is_left_to_fall() {
    let lives = [0.001, 1.0 / 3.0, 7.0, 36_525.0];
    for life in lives {
        for kind in [SignalRule { linear_days: Some(life), ..rule(30.0) }, SignalRule { half_life_days: Some(life), ..rule(-30.0) }] {
            let (rules, signals) = (rules(kind), views(&[-3 * DAY, 0, 5 * DAY]));
            let dues = dues(&rules, &signals, POINT);
            assert!(!dues.is_empty() && dues.len() < 100 && dues[0] > 0 && dues.is_sorted_by(|one, next| one < next), "{life} {dues:?}");
            assert_eq!(worth(&rules, &signals, dues[dues.len() - 1], POINT).points, 0.0, "{life}");
        }
    }
}
