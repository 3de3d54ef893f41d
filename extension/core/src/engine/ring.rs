//! What claims of one session have seen of a queue: where the next one looks first, and what is proven gone.
//!
//! `sql/060_ring.sql` tells the story and the proof. A group is the rows of one (workspace, priority); the ring asks at most
//! [`RING_SIZE`] workspaces per pass, starting after the last one served, and gives each a quantum, so that no workspace waits longer
//! than a round. Inside a workspace the smaller priority goes first, and every [`AGING_TURN`]th time what has waited longest since it was served.
//! Everything here is a hint: losing it costs a look over dead index entries, never a job.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use uuid::Uuid;

/// Workspaces asked in one pass. Measured: 64 keep 1,597 batches of 50 a second; asking 1,000 falls to 405.
pub const RING_SIZE: usize = 64;
/// Between looks from the sealed key while the quick start from `high` fills batches: how long a job that was committed late, below
/// `high`, may be overlooked under full load. Milliseconds.
const LOW_LOOK_MILLIS: i64 = 100;
/// Rows claimed since the seal up to which looking from the sealed key is as cheap as looking from `high`.
const CHEAP_WALK: u64 = 2000;
/// Rows claimed since the seal from which a probe for the next seal pays: a walk over fewer dead entries costs less than the probe.
const WORTH_SEALING: u64 = 500;
/// How often unknown groups are searched under full load. Milliseconds.
const DISCOVERY_MILLIS: i64 = 100;
/// Everything is forgotten after this: the proof trusts that the clock does not step back, and this bounds what a step costs.
/// The sweep that follows walks over about a million dead entries in 0.13 s. Milliseconds.
const FORGET_MILLIS: i64 = 60_000;
/// Every so many times that a workspace is asked, the priority goes first that was served longest ago: an eighth of the capacity at most
/// goes to work that would otherwise wait as long as something more urgent keeps coming.
pub const AGING_TURN: u64 = 8;

/// Position inside a group: microseconds of `run_at` as Postgres counts them, and the job.
pub type Key = (i64, Uuid);

/// Below every key.
pub const LOWEST: Key = (i64::MIN, Uuid::nil());

/// A (workspace, priority) of a queue.
pub type GroupId = (Uuid, i16);

#[derive(Debug, Clone)]
struct Group {
    sealed: Key,
    high: Key,
    /// A key, and the first transaction id that was not given out when it was noted: seals once every transaction before that has ended.
    noted: Option<(Key, i64)>,
    claimed_since_seal: u64,
    low_look_at: i64,
    /// The pass in which it gave rows last.
    served_in: u64,
}

impl Default for Group {
    fn default() -> Self {
        Self { sealed: LOWEST, high: LOWEST, noted: None, claimed_since_seal: 0, low_look_at: i64::MIN, served_in: 0 }
    }
}

/// One workspace of a pass: where to look in each of its priorities, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Stop {
    /// The workspace.
    pub workspace: Uuid,
    /// Its priorities, each with the key after which to look.
    pub groups: Vec<(i16, Key)>,
    /// Most rows to take from it.
    pub quantum: usize,
}

/// A key that may be sealed if a look between `low` and `high` finds nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The group.
    pub group: GroupId,
    /// Proven complete already.
    pub low: Key,
    /// To be proven.
    pub high: Key,
}

/// What one session has seen of one queue.
#[derive(Debug, Default)]
pub struct Ring {
    groups: BTreeMap<GroupId, Group>,
    last_served: Option<Uuid>,
    /// Workspaces that gave rows in the last pass that gave any.
    answered: usize,
    asked: Vec<(Uuid, usize)>,
    passes: u64,
    /// How often each workspace with several priorities was asked. Outlives the forgetting: a slow queue has few turns a minute.
    turns: BTreeMap<Uuid, u64>,
    /// Workspaces asked in a row that gave less than their quantum.
    dry: usize,
    discovered_at: Option<i64>,
    started_at: Option<i64>,
    /// The transaction that took rows last. What it deleted it cannot see, and has again if it rolls back: it must not seal.
    taken_in: Option<i64>,
}

impl Ring {
    /// The groups it knows, in order.
    pub fn groups(&self) -> impl Iterator<Item = GroupId> + '_ {
        self.groups.keys().copied()
    }

    /// Adds a group that was found in the queue.
    pub fn add(&mut self, group: GroupId) {
        self.groups.entry(group).or_default();
    }

    /// Whether unknown groups should be searched before the next pass: whenever the last round left nothing, and now and then under
    /// full load. `now` is in milliseconds.
    pub fn wants_discovery(&mut self, now: i64) -> bool {
        if self.started_at.is_none_or(|at| now - at >= FORGET_MILLIS || now < at) {
            let turns = std::mem::take(&mut self.turns);
            let kept = Self { last_served: self.last_served, taken_in: self.taken_in, passes: self.passes, turns, ..Self::default() };
            *self = Self { started_at: Some(now), ..kept };
        }
        let due = self.is_exhausted() || self.discovered_at.is_none_or(|at| now - at >= DISCOVERY_MILLIS);
        if due {
            self.discovered_at = Some(now);
        }
        self.dry = 0;
        due
    }

    /// The next pass of at most `max_rows` rows. `now` is in milliseconds.
    pub fn take(&mut self, max_rows: usize, now: i64) -> Vec<Stop> {
        self.passes += 1;
        let workspaces = self.next_workspaces();
        let quantum = (max_rows / self.answered.max(1)).max(1);
        self.asked = workspaces.iter().map(|workspace| (*workspace, quantum)).collect();
        workspaces.into_iter().map(|workspace| Stop { workspace, groups: self.starts(workspace, now), quantum }).collect()
    }

    fn next_workspaces(&self) -> Vec<Uuid> {
        let mut all: Vec<Uuid> = self.groups.keys().map(|(workspace, _)| *workspace).collect();
        all.dedup();
        let first = self.last_served.map_or(0, |last| all.partition_point(|workspace| *workspace <= last));
        let first = if first == all.len() { 0 } else { first };
        all.rotate_left(first);
        all.truncate(RING_SIZE);
        all
    }

    fn starts(&mut self, workspace: Uuid, now: i64) -> Vec<(i16, Key)> {
        let of_workspace = self.groups.range_mut((workspace, i16::MIN)..=(workspace, i16::MAX));
        let mut groups: Vec<(i16, &mut Group)> = of_workspace.map(|((_, priority), group)| (*priority, group)).collect();
        if groups.len() > 1 {
            let turn = self.turns.entry(workspace).and_modify(|turn| *turn += 1).or_insert(1);
            if turn.is_multiple_of(AGING_TURN) {
                // Of those never served, the one that everything else overtakes.
                groups.sort_by_key(|(priority, group)| (group.served_in, Reverse(*priority)));
            }
        }
        groups.into_iter().map(|(priority, group)| (priority, group.start(now))).collect()
    }

    /// Notes the rows a pass took, in any order. `next` is the first transaction id not given out yet, `own` the id of the transaction
    /// that took them.
    pub fn note(&mut self, rows: &[(GroupId, Key)], next: i64, own: Option<i64>) {
        self.taken_in = own.filter(|_| !rows.is_empty()).or(self.taken_in);
        for (id, key) in rows {
            let group = self.groups.entry(*id).or_default();
            group.high = group.high.max(*key);
            group.claimed_since_seal += 1;
            group.served_in = self.passes;
        }
        for (id, _) in rows {
            if let Some(group) = self.groups.get_mut(id) {
                group.noted.get_or_insert((group.high, next));
            }
        }
        let mut given: BTreeMap<Uuid, usize> = BTreeMap::new();
        for ((workspace, _), _) in rows {
            *given.entry(*workspace).or_default() += 1;
        }
        self.answered = given.len().max(1);
        let asked = std::mem::take(&mut self.asked);
        // The outer limit cuts a pass short in ring order: what comes after the last workspace served was not asked at all.
        let reached = asked.iter().rposition(|(workspace, _)| given.contains_key(workspace));
        if let Some(position) = reached {
            self.last_served = Some(asked[position].0);
        } else if let Some((workspace, _)) = asked.last() {
            self.last_served = Some(*workspace);
        }
        let full = asked.iter().any(|(workspace, quantum)| given.get(workspace).is_some_and(|rows| rows >= quantum));
        // Nobody asked means that the pass saw an empty table and did not even look at the ring.
        self.dry = match asked.len() {
            0 => usize::MAX,
            _ if full => 0,
            count => self.dry.saturating_add(count),
        };
    }

    /// Whether the last passes together asked every workspace and none gave its full quantum: nothing claimable is left.
    pub fn is_exhausted(&self) -> bool {
        let mut workspaces: Vec<Uuid> = self.groups.keys().map(|(workspace, _)| *workspace).collect();
        workspaces.dedup();
        self.dry >= workspaces.len()
    }

    /// Groups worth sealing whose noted key belongs to the past of every open transaction: `xmin` is `pg_snapshot_xmin` now, `own` the id
    /// of the transaction that asks, if it has one.
    pub fn sealable(&self, xmin: i64, own: Option<i64>) -> Vec<Candidate> {
        if own.is_some() && own == self.taken_in {
            return Vec::new();
        }
        let ready = |group: &Group| group.noted.filter(|(_, next)| group.claimed_since_seal >= WORTH_SEALING && xmin >= *next);
        self.groups
            .iter()
            .filter_map(|(id, group)| ready(group).map(|(high, _)| Candidate { group: *id, low: group.sealed, high }))
            .collect()
    }

    /// Seals the noted key of a group after a look found nothing up to it.
    pub fn seal(&mut self, id: GroupId) {
        if let Some(group) = self.groups.get_mut(&id)
            && let Some((key, _)) = group.noted.take()
        {
            group.sealed = group.sealed.max(key);
            group.claimed_since_seal = 0;
        }
    }
}

impl Group {
    fn start(&mut self, now: i64) -> Key {
        let high_is_risky = now.saturating_sub(self.low_look_at) >= LOW_LOOK_MILLIS;
        if self.claimed_since_seal < CHEAP_WALK || high_is_risky {
            self.low_look_at = now;
            return self.sealed;
        }
        self.high.max(self.sealed)
    }
}

#[cfg(test)]
mod tests;
