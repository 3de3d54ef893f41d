//! One account between its ticks.

use super::{AHEAD_MILLIS, Backlog, Claim, Day, Governor, Left, Sent, Troubles};
use crate::governor::draws::Draws;
use crate::governor::plan::DAYS_BEFORE;

/// A worker has to be given a moment this long before it; a plan leaves it more.
const NOTICE_MILLIS: i64 = 5_000;
/// A plan begins so long after the tick that makes it.
const PLAN_NOTICE_MILLIS: i64 = 60_000;
/// A worker that wakes earlier than the planned moment by more than this is not let through: somebody put the clock back.
const EARLY_MILLIS: i64 = 1_000;
/// A moment that was missed by more than this is lost.
const LATE_MILLIS: i64 = 60_000;
/// A call begins so long after its planned moment at most.
const LATENCY_MILLIS: f64 = 300.0;

/// What is known of a day so far.
#[derive(Default)]
struct State {
    cap: Option<u32>,
    /// The last plan: for how many actions it was made, and the moments that it had room for.
    plan: Option<(u32, Vec<i64>)>,
    done: u32,
}

/// An action in the hands of a worker.
struct Job {
    day: usize,
    moment: i64,
    /// In real time: the worker sleeps for as long as it was at the tick, whatever becomes of the clock.
    wakes_at: i64,
}

/// An account, what it did, and what it is about to do.
pub(super) struct Account<'a, G> {
    governor: &'a G,
    days: &'a [Day],
    backlog: Backlog,
    troubles: &'a Troubles,
    latency: Draws,
    states: Vec<State>,
    job: Option<Job>,
    claims: Vec<i64>,
    pub(super) sent: Vec<Sent>,
}

impl<'a, G: Governor> Account<'a, G> {
    pub(super) fn new(governor: &'a G, days: &'a [Day], backlog: Backlog, troubles: &'a Troubles, latency: Draws) -> Self {
        let states = days.iter().map(|_| State::default()).collect();
        Self { governor, days, backlog, troubles, latency, states, job: None, claims: Vec::new(), sent: Vec::new() }
    }

    /// A tick at a moment of real time, and before it everything that the worker did since the last one.
    pub(super) fn tick(&mut self, real: i64) {
        self.work(real);
        if self.troubles.outage(real).is_some() {
            return;
        }
        let now = self.troubles.clock(real);
        let Some(day) = self.days.partition_point(|day| day.starts_at <= now).checked_sub(1) else { return };
        if self.states[day].cap.is_none() {
            self.states[day].cap = Some(self.governor.cap(&self.days[day], &self.caps_before(day)));
        }
        let Some(window) = self.days[day].window() else { return };
        if window.ends_at > now && window.starts_at <= now + AHEAD_MILLIS {
            self.plan(day, now);
            self.release(day, real, now);
        }
    }

    /// Caps of the days before one, yesterday's first; 0 for a day that has none.
    fn caps_before(&self, day: usize) -> [u32; DAYS_BEFORE] {
        let mut caps = [0; DAYS_BEFORE];
        for (other, state) in self.days[..day].iter().zip(&self.states).rev().take(DAYS_BEFORE) {
            let ago = usize::try_from((self.days[day].date - other.date).num_days()).unwrap_or(usize::MAX);
            if let Some(cap) = ago.checked_sub(1).and_then(|index| caps.get_mut(index)) {
                *cap = state.cap.unwrap_or(0);
            }
        }
        caps
    }

    /// Plans what is left of a day, where that is more than its plan has moments ahead.
    fn plan(&mut self, day: usize, now: i64) {
        let (state, busy_until) = (&self.states[day], self.job.as_ref().map(|job| job.moment));
        let cap = state.cap.unwrap_or(0);
        let actions = cap.saturating_sub(state.done + u32::from(self.job.is_some())).min(self.waiting(day));
        // What the last plan had no room for, this one has not either.
        let provided = state.plan.as_ref().map_or(0, |(wanted, moments)| {
            let over = moments.partition_point(|moment| *moment <= busy_until.unwrap_or(now).max(now));
            wanted - count(over)
        });
        if actions <= provided {
            return;
        }
        let policy = self.governor.rules().policy;
        let after_last = self.claims.last().copied().max(busy_until).map_or(now, |last| last + policy.gap().least);
        let opens_at = self.days[day].window().map_or(now, |window| window.starts_at);
        let before = &self.claims[self.claims.len().saturating_sub(policy.weekly_cap as usize)..];
        let left = Left { from: opens_at.max(now + PLAN_NOTICE_MILLIS).max(after_last), cap, actions, before };
        let moments = self.governor.moments(&self.days[day], &left);
        self.states[day].plan = Some((actions, moments));
    }

    /// Actions that have come and are neither done nor with the worker.
    fn waiting(&self, day: usize) -> u32 {
        match self.backlog {
            Backlog::Endless => u32::MAX,
            Backlog::PerDay(more) => {
                more.saturating_mul(count(day + 1)).saturating_sub(count(self.sent.len()) + u32::from(self.job.is_some()))
            }
        }
    }

    /// Gives the worker the next moment, if it comes before the next tick and the worker has none.
    fn release(&mut self, day: usize, real: i64, now: i64) {
        let Some((_, moments)) = self.states[day].plan.as_ref().filter(|_| self.job.is_none()) else { return };
        let next = moments.iter().find(|moment| **moment > now + NOTICE_MILLIS).filter(|moment| **moment <= now + AHEAD_MILLIS);
        self.job = next.map(|moment| Job { day, moment: *moment, wakes_at: real + moment - now });
    }

    /// What the worker does until a moment of real time.
    fn work(&mut self, until: i64) {
        let troubles = self.troubles;
        let Some(job) = self.job.take_if(|job| job.wakes_at <= until) else { return };
        if let Some(outage) = troubles.outage(job.wakes_at) {
            // Whoever comes back first looks at what was left lying.
            self.job = Some(Job { wakes_at: outage.to, ..job });
            return self.work(until);
        }
        #[expect(clippy::cast_possible_truncation, reason = "less than a second")]
        let latency = (self.latency.unit() * LATENCY_MILLIS) as i64;
        let at = troubles.clock(job.wakes_at) + latency;
        if (job.moment - EARLY_MILLIS..=job.moment + LATE_MILLIS).contains(&at) {
            self.claim(job.day, at);
        }
    }

    /// Writes an action into the ledger, if it takes it.
    fn claim(&mut self, day: usize, at: i64) {
        let (Some(cap), Some(window)) = (self.states[day].cap, self.days[day].window()) else { return };
        let slot = self.states[day].done + 1;
        let claim = Claim { at, slot, cap, opens_at: window.starts_at, closes_at: window.ends_at, before: &self.claims };
        if self.governor.admits(&claim) {
            self.states[day].done = slot;
            self.claims.push(at);
            self.sent.push(Sent { day, cap, slot, at });
        }
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
