use super::*;

const DAY: i64 = 86_400_000_000;

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
    let at = |days: i64| worth(&rules, &views(&[0]), days * DAY).points;
    assert_eq!([at(0), at(14), at(28), at(140)], [8.0, 4.0, 2.0, 0.0]);
}

#[test]
fn linear_decay_falls_evenly_to_nothing() {
    let rules = rules(SignalRule { linear_days: Some(10.0), ..rule(10.0) });
    let at = |days: i64| worth(&rules, &views(&[0]), days * DAY).points;
    assert_eq!([at(0), at(5), at(10), at(11)], [10.0, 5.0, 0.0, 0.0]);
}

#[test]
fn a_day_gives_no_more_than_its_cap_and_the_next_day_counts_anew() {
    let rules = rules(SignalRule { per_day: Some(Points::nearest(5.0)), ..rule(2.0) });
    let found = worth(&rules, &views(&[1, 2, 3, 4, DAY + 1]), DAY + 2);
    assert_eq!((found.points, found.counted), (7.0, 4));
}

#[test]
fn one_that_has_not_happened_yet_counts_in_full() {
    let rules = rules(SignalRule { half_life_days: Some(1.0), ..rule(2.0) });
    assert_eq!(worth(&rules, &views(&[10 * DAY]), 0).points, 2.0);
}

#[test]
fn a_kind_without_a_rule_counts_nothing_unless_there_is_one_for_all_others() {
    let mut rules = rules(rule(2.0));
    let other = [Signal { kind: "reply", value: 1.0, at: 0, day: 0 }];
    assert_eq!(worth(&rules, &other, 0).points, 0.0);
    rules.insert("*".to_owned(), rule(7.0));
    assert_eq!(worth(&rules, &other, 0).points, 7.0);
}

#[test]
fn the_next_refresh_is_due_when_a_point_has_gone_and_never_where_none_will() {
    let rules = rules(SignalRule { linear_days: Some(10.0), ..rule(10.0) });
    let found = worth(&rules, &views(&[0]), 0);
    let due = found.due_at.expect("it falls");
    assert!((due - DAY).abs() < 60_000_000, "a point a day: {due}");
    assert!(worth(&rules, &views(&[0]), due).points <= 9.0);
    assert_eq!(worth(&rules, &views(&[0]), 10 * DAY).due_at, None);
    assert_eq!(worth(&rules, &[], 0).due_at, None);
}

#[test]
fn gains_and_losses_that_cancel_out_are_looked_at_again_in_time() {
    let slow = SignalRule { linear_days: Some(100.0), ..rule(10.0) };
    let fast = SignalRule { points: Points::nearest(-10.0), linear_days: Some(10.0), ..slow };
    let rules = BTreeMap::from([("view".to_owned(), slow), ("bounce".to_owned(), fast)]);
    let signals = [views(&[0])[0], Signal { kind: "bounce", value: 1.0, at: 0, day: 0 }];
    let now = worth(&rules, &signals, 0);
    let due = now.due_at.expect("both fall");
    assert!((worth(&rules, &signals, due).points - now.points).abs() <= WORTH_REFRESHING);
}
