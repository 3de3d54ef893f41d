//! The rows of the table in the design: what is tested of the accounts of one seed.

use chrono::{Datelike, NaiveDate};
use steward_core::governor::day::Part;
use steward_core::governor::policy::Day as Weekday;
use steward_core::governor::simulate::Day;

use super::accounts::Course;
use super::calendar::{HOUR, MINUTE};
use super::gaps::{self, Gaps};
use super::p_values::{equal_counts, least_of, no_difference, one_side_of_circle, uniform, unrelated};

/// What a row came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Outcome {
    /// How likely such a deviation is.
    P(f64),
    /// So many times what uniform moments would have: at most twice.
    Times(f64),
    /// To be read, without a bar.
    Figure(f64),
}

/// A test of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub name: &'static str,
    pub outcome: Outcome,
}

impl Row {
    /// Whether it shows that something is wrong, at one in a thousand.
    pub fn fails(&self) -> bool {
        match self.outcome {
            Outcome::P(p) => p < 0.001,
            Outcome::Times(times) => times > 2.0,
            Outcome::Figure(_) => false,
        }
    }
}

fn p(name: &'static str, p: f64) -> Row {
    Row { name, outcome: Outcome::P(p) }
}

/// Everything that can be tested whatever the policy.
pub fn all(courses: &[Course]) -> Vec<Row> {
    [clock(courses), edges(courses), weekdays(courses), laws(courses)].concat()
}

/// Where moments are on the clock. The gaps of a day keep its moments apart on the circle of an hour, so there the true probability is larger than the one
/// stated; on the shorter circles they make nearly no difference.
fn clock(courses: &[Course]) -> Vec<Row> {
    let moments: Vec<i64> = courses.iter().flat_map(Course::moments).collect();
    let turns = |period: i64| one_side_of_circle(moments.iter().map(|at| at.rem_euclid(period) as f64 / period as f64));
    let counts = |unit: i64, cells: usize| {
        let mut counts = vec![0; cells];
        moments.iter().for_each(|at| counts[at.div_euclid(unit).rem_euclid(cells as i64) as usize] += 1);
        counts
    };
    vec![
        p("position in the hour, Rayleigh", turns(HOUR)),
        p("position in 10 minutes, Rayleigh", turns(HOUR / 6)),
        p("position in 5 minutes, Rayleigh", turns(HOUR / 12)),
        p("position in the minute, Rayleigh", turns(MINUTE)),
        p("second of the minute, chi-squared", equal_counts(&counts(1000, 60))),
        p("minute modulo 10, chi-squared", equal_counts(&counts(MINUTE, 10))),
    ]
}

/// The first and the last five minutes of the window.
fn edges(courses: &[Course]) -> Vec<Row> {
    let windows = |course: &Course| course.active_days().filter_map(Day::window).collect::<Vec<Part>>();
    let done = |cut: fn(Part) -> Part| {
        let of_course = |course: &Course| {
            windows(course).into_iter().map(cut).map(|part| course.done_between(part.starts_at, part.ends_at)).sum::<usize>()
        };
        courses.iter().map(of_course).sum::<usize>() as f64
    };
    let times = |cut: fn(Part) -> Part| Outcome::Times(done(cut) / done(|window| window) / (5.0 / 720.0));
    vec![
        Row { name: "first 5 minutes, times uniform", outcome: times(|window| Part { ends_at: window.starts_at + 5 * MINUTE, ..window }) },
        Row { name: "last 5 minutes, times uniform", outcome: times(|window| Part { starts_at: window.ends_at - 5 * MINUTE, ..window }) },
    ]
}

/// How much is done on the days of the week. One account's weeks are not independent of each other, nor are its days; accounts are. So each account is one
/// observation of how far a weekday is from its other weekdays.
fn weekdays(courses: &[Course]) -> Vec<Row> {
    let mean = |course: &Course, is_it: &dyn Fn(Weekday) -> bool| {
        let windows = course.active_days().filter(|day| is_it(weekday(day.date))).filter_map(Day::window);
        let (days, done) =
            windows.fold((0, 0), |(days, done), window| (days + 1, done + course.done_between(window.starts_at, window.ends_at)));
        done as f64 / f64::from(days)
    };
    let difference = |course: &Course, weekday: Weekday| mean(course, &|day| day == weekday) - mean(course, &|day| day != weekday);
    let of_weekday = |weekday: &Weekday| no_difference(&courses.iter().map(|course| difference(course, *weekday)).collect::<Vec<_>>());
    let each: Vec<f64> = courses[0].policy.days.iter().map(of_weekday).collect();
    vec![p("actions of a weekday and of others, least t-test", least_of(&each))]
}

fn weekday(date: NaiveDate) -> Weekday {
    use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    [Mon, Tue, Wed, Thu, Fri, Sat, Sun][date.weekday().num_days_from_monday() as usize]
}

/// Gaps against their declared law, and against the gap before them.
fn laws(courses: &[Course]) -> Vec<Row> {
    let gaps: Vec<Gaps> = courses.iter().flat_map(gaps::of).collect();
    let shares =
        |of: &dyn Fn(usize) -> bool| gaps.iter().filter(|gaps| of(gaps.actions)).flat_map(|gaps| gaps.shares.iter().copied()).collect();
    let each: Vec<f64> =
        (2..60).map(|actions| shares(&|of| of == actions)).filter(|shares: &Vec<f64>| shares.len() >= 100).map(uniform).collect();
    let pairs: Vec<[f64; 2]> = gaps.iter().flat_map(|gaps| gaps.shares.windows(2).map(|pair| [pair[0], pair[1]])).collect();
    let variations: Vec<(f64, f64)> = gaps.iter().filter_map(gaps::variation).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| Outcome::Figure(variations.iter().map(of).sum::<f64>() / variations.len() as f64);
    vec![
        p("gaps by their law, Kolmogorov-Smirnov", uniform(shares(&|_| true))),
        p("gaps of each number of actions, least of them", least_of(&each)),
        p("gap and the gap before it, correlation", unrelated(&pairs)),
        Row { name: "coefficient of variation within a day", outcome: mean(|variation| variation.0) },
        Row { name: "burstiness within a day", outcome: mean(|variation| variation.1) },
    ]
}

/// Caps that are drawn each for itself from 20 to 40.
pub fn caps(courses: &[Course]) -> Vec<Row> {
    let drawn = |course: &Course| -> Vec<u32> { course.active_days().map(|day| course.caps[&day.date]).collect() };
    let all: Vec<Vec<u32>> = courses.iter().map(drawn).collect();
    let mut counts = [0; 21];
    all.iter().flatten().for_each(|cap| counts[*cap as usize - 20] += 1);
    let pairs: Vec<[f64; 2]> = all.iter().flat_map(|caps| caps.windows(2).map(|pair| [f64::from(pair[0]), f64::from(pair[1])])).collect();
    vec![p("caps from 20 to 40, chi-squared", equal_counts(&counts)), p("cap and the cap before it, correlation", unrelated(&pairs))]
}
