//! What goes wrong around a simulated account: nothing runs for a while, or somebody sets the clock.

/// A span of real time, the last millisecond excluded.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// Its first millisecond.
    pub from: i64,
    /// The first millisecond after it.
    pub to: i64,
}

/// A clock that is set while everything runs.
#[derive(Debug, Clone, Copy)]
pub struct Jump {
    /// In real time.
    pub at: i64,
    /// Forward, or back when below zero.
    pub by: i64,
}

/// All that goes wrong. Real time is what the clock of the database shows as long as nobody sets it.
#[derive(Debug, Clone, Default)]
pub struct Troubles {
    /// When neither a tick nor the worker runs.
    pub outages: Vec<Span>,
    /// When the clock of the database is set.
    pub jumps: Vec<Jump>,
}

impl Troubles {
    /// The outage at a moment of real time.
    #[must_use]
    pub fn outage(&self, real: i64) -> Option<Span> {
        self.outages.iter().copied().find(|outage| (outage.from..outage.to).contains(&real))
    }

    /// What the clock shows at a moment of real time.
    #[must_use]
    pub fn clock(&self, real: i64) -> i64 {
        real + self.jumps.iter().filter(|jump| jump.at <= real).map(|jump| jump.by).sum::<i64>()
    }

    /// By how much the clock falls behind real time at most.
    pub(super) fn put_back(&self) -> i64 {
        self.jumps.iter().map(|jump| -jump.by.min(0)).sum()
    }
}
