//! Which jobs of a batch fit into the room that is left under every limit that covers them.
//!
//! One pass in the order of the batch: a job fits or it does not, and who does not fit holds up nobody behind it. What it takes is gone for those
//! after it. A line may keep room free for somebody in it who has waited long and is too big for what is left ([`Room::kept`]): then the
//! others take only what leaves that much.

/// What a limit adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Nano-dollars.
    Cost,
    /// Tokens in and out.
    Tokens,
    /// Attempts that are sent.
    Calls,
    /// Attempts at once.
    Running,
    /// Jobs, once each.
    Jobs,
}

impl Metric {
    /// Reads the word that SQL uses.
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "cost" => Some(Self::Cost),
            "tokens" => Some(Self::Tokens),
            "calls" => Some(Self::Calls),
            "running" => Some(Self::Running),
            "jobs" => Some(Self::Jobs),
            _ => None,
        }
    }
}

/// What is left under one limit, for one of whom it covers, in one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// What it adds up.
    pub metric: Metric,
    /// The amount less what is posted and held; below zero after an overrun or a limit that was lowered.
    pub left: i64,
    /// What must stay free for somebody who has waited long; 0 for nobody.
    pub kept: i64,
    /// Whether it only counts whom it would have stopped.
    pub is_shadow: bool,
}

/// The most that one job may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// Which rooms it takes from: the number of a group of rooms.
    pub group: usize,
    /// Nano-dollars.
    pub cost: i64,
    /// Tokens.
    pub tokens: i64,
    /// Whether the job has not been counted yet.
    pub counts_job: bool,
    /// Whether what is kept is kept for it.
    pub is_kept_for: bool,
}

impl Demand {
    /// What it needs of a metric.
    pub fn need(&self, metric: Metric) -> i64 {
        match metric {
            Metric::Cost => self.cost,
            Metric::Tokens => self.tokens,
            Metric::Calls | Metric::Running => 1,
            Metric::Jobs => i64::from(self.counts_job),
        }
    }
}

/// What became of a batch.
#[derive(Debug, PartialEq, Eq)]
pub struct Admission {
    /// Of each job, in the order of the batch: the room that it did not fit into, or None where it was admitted.
    pub stopped_by: Vec<Option<usize>>,
    /// Of each room: how much was taken.
    pub taken: Vec<i64>,
    /// Of each room: how many jobs did not fit, or would not have.
    pub turned_away: Vec<i64>,
}

/// Admits what fits. `groups` says which rooms each group of jobs takes from; the first room that a job does not fit into is said to stop it, so the
/// caller puts those first that are full for longest.
pub fn admit(demands: &[Demand], groups: &[Vec<usize>], rooms: &[Room]) -> Admission {
    let mut left: Vec<Room> = rooms.to_vec();
    let mut turned_away = vec![0; rooms.len()];
    let stopped_by = demands
        .iter()
        .map(|demand| {
            let covering = groups.get(demand.group).map_or(&[][..], Vec::as_slice);
            let misfits: Vec<usize> =
                covering.iter().copied().filter(|room| left.get(*room).is_some_and(|room| !fits(demand, room))).collect();
            let stopper = misfits.iter().copied().find(|room| !rooms[*room].is_shadow);
            for room in misfits.iter().filter(|room| rooms[**room].is_shadow || Some(**room) == stopper) {
                turned_away[*room] += 1;
            }
            if stopper.is_none() {
                take(demand, covering, &mut left);
            }
            stopper
        })
        .collect();
    let taken = rooms.iter().zip(&left).map(|(before, after)| before.left.saturating_sub(after.left)).collect();
    Admission { stopped_by, taken, turned_away }
}

/// Nobody needs nothing: a job that uses nothing of a metric is not stopped by it, however full it is.
fn fits(demand: &Demand, room: &Room) -> bool {
    let need = demand.need(room.metric);
    let kept = if demand.is_kept_for { 0 } else { room.kept };
    need == 0 || need <= room.left.saturating_sub(kept)
}

fn take(demand: &Demand, covering: &[usize], left: &mut [Room]) {
    for room in covering {
        if let Some(room) = left.get_mut(*room) {
            room.left = room.left.saturating_sub(demand.need(room.metric));
            if demand.is_kept_for {
                room.kept = 0;
            }
        }
    }
}

#[cfg(test)]
#[path = "admission/tests.rs"]
mod tests;
