use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

const DAY: Range = Range { least: 20, most: 40 };

fn weeks(days: usize, count: usize) -> Vec<Vec<u32>> {
    (0..count).map(|week| joint(&vec![DAY; days], &vec![150; days], &mut Draws::new(&[9; 32], &[&week.to_string(), "caps"]))).collect()
}

#[test]
fn five_days_have_the_same_mean_and_no_week_passes_its_cap() {
    let weeks = weeks(5, 4000);
    assert!(weeks.iter().all(|week| week.iter().sum::<u32>() <= 150 && week.iter().all(|cap| (20..=40).contains(cap))));
    for day in 0..5 {
        let mean = weeks.iter().map(|week| f64::from(week[day])).sum::<f64>() / 4000.0;
        // 27.9 with a standard deviation of 5.7: three standard errors are 0.27.
        assert!((mean - 27.9).abs() < 0.3, "day {day}: {mean}");
    }
    assert!(weeks.iter().any(|week| week.iter().sum::<u32>() == 150));
}

#[test]
fn six_and_seven_days_share_what_there_is() {
    for (days, expected) in [(6, 24.3), (7, 21.3)] {
        let weeks = weeks(days, 2000);
        for day in 0..days {
            let mean = weeks.iter().map(|week| f64::from(week[day])).sum::<f64>() / 2000.0;
            assert!((mean - expected).abs() < 0.3, "{days} days, day {day}: {mean}");
        }
    }
}

#[test]
fn every_vector_comes_as_often_as_another() {
    let ranges = [Range { least: 1, most: 3 }, Range { least: 0, most: 2 }, Range { least: 1, most: 2 }];
    let mut seen: HashMap<Vec<u32>, u32> = HashMap::new();
    let mut draws = Draws::new(&[3; 32], &["vectors"]);
    for _ in 0..10_000 {
        *seen.entry(joint(&ranges, &[3, 4, 5], &mut draws)).or_default() += 1;
    }
    // Counted by hand: (1,0,*) (1,1,*) (1,2,*) (2,0,*) (2,1,*) with both, (2,2,1), (3,0,*), (3,1,1).
    assert_eq!(seen.len(), 14, "{seen:?}");
    let expected = 10_000.0 / 14.0;
    let squared: f64 = seen.values().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
    // Chi-squared with 13 degrees of freedom is above 34.5 once in a thousand times.
    assert!(squared < 34.5, "{squared}: {seen:?}");
}

#[test]
fn a_week_that_is_spent_leaves_nothing_and_one_that_is_nearly_spent_leaves_the_first_days() {
    let mut draws = Draws::new(&[3; 32], &["spent"]);
    assert_eq!(joint(&[DAY; 3], &[0, 0, 0], &mut draws), [0, 0, 0]);
    let caps = joint(&[DAY; 3], &[25, 25, 60], &mut draws);
    assert!(caps[0] + caps[1] <= 25 && caps.iter().sum::<u32>() <= 60 && caps[2] >= 20, "{caps:?}");
}

#[test]
fn one_day_by_itself_is_uniform() {
    let mut draws = Draws::new(&[5; 32], &["one"]);
    let mut seen = [0_u32; 21];
    for _ in 0..21_000 {
        seen[independent(DAY, &mut draws) as usize - 20] += 1;
    }
    let squared: f64 = seen.iter().map(|count| (f64::from(*count) - 1000.0).powi(2) / 1000.0).sum();
    assert!(squared < 45.3, "{squared}");
    assert_eq!(independent(DAY.within(12), &mut draws), 12);
}

proptest! {
    #[test]
    fn no_sum_passes_its_bound(days in prop::collection::vec((0_u32..60, 0_u32..60, 0_u32..300), 1..8), seed: [u8; 32]) {
        let ranges: Vec<Range> = days.iter().map(|(a, b, _)| Range { least: *a.min(b), most: *a.max(b) }).collect();
        let bounds: Vec<u32> = days.iter().map(|(_, _, bound)| *bound).collect();
        let caps = joint(&ranges, &bounds, &mut Draws::new(&seed, &[]));
        let mut sum = 0;
        for ((cap, range), bound) in caps.iter().zip(&ranges).zip(&bounds) {
            sum += cap;
            prop_assert!(sum <= *bound && *cap <= range.most, "{caps:?} of {ranges:?} under {bounds:?}");
        }
    }
}
