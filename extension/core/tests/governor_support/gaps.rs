//! The time between actions, and the law it was to follow.

use statrs::distribution::{ContinuousCDF, Normal};
use steward_core::governor::day::Part;
use steward_core::governor::gaps::Law;
use steward_core::governor::policy::GUARD_SECONDS;

use super::accounts::Course;
use super::mutants::Plan;

/// A call begins up to so much after its planned moment.
const LATENCY: i64 = 300;

/// The gaps of one plan, in order.
pub struct Gaps {
    /// The actions that it was made for.
    pub actions: usize,
    /// In seconds.
    pub seconds: Vec<f64>,
    /// The share of gaps that are to be below each: uniform, if they follow their law.
    pub shares: Vec<f64>,
}

/// The realised gaps of all plans, each plan's under the law that was declared for it: of as many gaps in as much time, in windows without breaks.
///
/// Left out is what the week could have moved, and every plan that an outage came into. Both are told from what was before the plan; of moments that an outage
/// happened not to hit, the gaps are shorter.
pub fn of(course: &Course) -> Vec<Gaps> {
    course.plans.iter().filter(|plan| plan.from >= course.counts_from).filter_map(|plan| of_plan(course, plan)).collect()
}

fn of_plan(course: &Course, plan: &Plan) -> Option<Gaps> {
    let window = course.days.iter().find(|day| day.date == plan.date)?.window()?;
    if course.outages.iter().any(|outage| outage.from < window.ends_at && plan.from < outage.to) {
        return None;
    }
    let gap = course.policy.gap();
    let law = Fitting::of(seconds(gap.least), seconds(gap.most), plan.actions.checked_sub(1)?, room(window, plan.from))?;
    let realised: Vec<i64> = plan.moments[..plan.free].iter().map_while(|moment| realised(course, *moment)).collect();
    let gaps: Vec<f64> = realised.windows(2).map(|pair| seconds(pair[1] - pair[0])).collect();
    let shares = gaps.iter().map(|gap| law.below(*gap)).collect();
    Some(Gaps { actions: plan.actions as usize, seconds: gaps, shares })
}

/// The time for a plan from a moment on, in seconds: up to the last millisecond before the end.
pub fn room(window: Part, from: i64) -> f64 {
    let guard = i64::from(GUARD_SECONDS) * 1000;
    seconds(window.ends_at - guard - from.max(window.starts_at + guard) - 1)
}

fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}

/// Steps in which the share of days that fit is summed up.
const STEPS: usize = 64;

/// The declared law of a gap, given that the day fits into its window. One draw of a day in a hundred does not and is thrown away, so gaps are 1 s to 3 s shorter
/// than the law by itself has them. That is little, but against it a test of 20,000 gaps fails five times in a thousand, and against this one once.
struct Fitting {
    law: Law,
    /// How many of the days that fit have a gap in the first n steps of the law.
    sums: Vec<f64>,
}

impl Fitting {
    fn of(least: f64, most: f64, gaps: u32, room: f64) -> Option<Self> {
        let law = Law::of(least, most, gaps, room)?;
        let others = f64::from(gaps) - 1.0;
        // The sum of all others, nearly normal.
        let others = Normal::new(others * law.mean(), (others.sqrt() * law.deviation()).max(1e-9)).ok()?;
        let fits = |step: usize| others.cdf(room - law.at((step as f64 + 0.5) / STEPS as f64));
        let sums = std::iter::once(0.0)
            .chain((0..STEPS).map(fits).scan(0.0, |sum, fits| {
                *sum += fits;
                Some(*sum)
            }))
            .collect();
        Some(Self { law, sums })
    }

    fn below(&self, gap: f64) -> f64 {
        let step = self.law.below(gap) * STEPS as f64;
        let whole = (step as usize).min(STEPS - 1);
        let within = (self.sums[whole + 1] - self.sums[whole]) * (step - whole as f64);
        (self.sums[whole] + within) / self.sums[STEPS]
    }
}

/// When the action of a planned moment was done.
fn realised(course: &Course, moment: i64) -> Option<i64> {
    let next = course.sent.partition_point(|sent| sent.at < moment);
    course.sent.get(next).map(|sent| sent.at).filter(|at| *at <= moment + LATENCY)
}

/// The coefficient of variation of a plan's gaps, and their burstiness in its form for few gaps (Kim and Jo 2016): −1 for a clock, 0 for a Poisson process.
pub fn variation(gaps: &Gaps) -> Option<(f64, f64)> {
    let count = gaps.seconds.len() as f64;
    if count < 2.0 {
        return None;
    }
    let mean = gaps.seconds.iter().sum::<f64>() / count;
    let deviation = (gaps.seconds.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / count).sqrt();
    let cv = deviation / mean;
    let (more, less) = ((count + 1.0).sqrt(), (count - 1.0).sqrt());
    Some((cv, (more * cv - less) / ((more - 2.0) * cv + less)))
}
