//! The rings of this backend, one per queue: see `sql/060_ring.sql` and `steward_core::engine::ring`.

use std::cell::RefCell;
use std::collections::HashMap;

use pgrx::Uuid as PgUuid;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::prelude::*;
use steward_core::engine::ring::{GroupId, Key, Ring};

use crate::convert::{micros, pg_uuid, timestamp, uuid};

thread_local! {
    static RINGS: RefCell<HashMap<String, Ring>> = RefCell::default();
}

fn with_ring<T>(queue: &str, act: impl FnOnce(&mut Ring) -> T) -> T {
    RINGS.with_borrow_mut(|rings| match rings.get_mut(queue) {
        Some(ring) => act(ring),
        None => act(rings.entry(queue.to_owned()).or_default()),
    })
}

fn millis(at: TimestampWithTimeZone) -> i64 {
    micros(at) / 1000
}

#[pg_extern(volatile, parallel_restricted)]
pub fn ring_groups(queue: &str) -> TableIterator<'static, (name!(workspace_id, PgUuid), name!(priority, i16))> {
    let groups: Vec<GroupId> = with_ring(queue, |ring| ring.groups().collect());
    TableIterator::new(groups.into_iter().map(|(workspace, priority)| (pg_uuid(workspace), priority)))
}

#[pg_extern(volatile, parallel_restricted)]
pub fn ring_add(queue: &str, workspace_id: PgUuid, priority: i16) {
    with_ring(queue, |ring| ring.add((uuid(workspace_id), priority)));
}

#[pg_extern(volatile, parallel_restricted)]
pub fn ring_wants_discovery(queue: &str, now: TimestampWithTimeZone) -> bool {
    with_ring(queue, |ring| ring.wants_discovery(millis(now)))
}

#[pg_extern(volatile, parallel_restricted)]
pub fn ring_sealable(
    queue: &str,
    xmin: i64,
) -> TableIterator<
    'static,
    (
        name!(workspace_id, PgUuid),
        name!(priority, i16),
        name!(low_run_at, TimestampWithTimeZone),
        name!(low_id, PgUuid),
        name!(run_at, TimestampWithTimeZone),
        name!(id, PgUuid),
    ),
> {
    let candidates = with_ring(queue, |ring| ring.sealable(xmin, own_transaction()));
    TableIterator::new(candidates.into_iter().map(|c| {
        let ((workspace, priority), low, high) = (c.group, c.low, c.high);
        (pg_uuid(workspace), priority, timestamp(low.0), pg_uuid(low.1), timestamp(high.0), pg_uuid(high.1))
    }))
}

#[pg_extern(volatile, parallel_restricted)]
pub fn ring_seal(queue: &str, workspace_id: PgUuid, priority: i16) {
    with_ring(queue, |ring| ring.seal((uuid(workspace_id), priority)));
}

#[pg_extern(volatile, parallel_restricted)]
#[expect(clippy::type_complexity, reason = "the columns of a SQL table function")]
pub fn ring_take(
    queue: &str,
    max_rows: i32,
    now: TimestampWithTimeZone,
) -> TableIterator<
    'static,
    (
        name!(workspace_id, PgUuid),
        name!(priorities, Vec<i16>),
        name!(run_ats, Vec<TimestampWithTimeZone>),
        name!(ids, Vec<PgUuid>),
        name!(quantum, i64),
    ),
> {
    let stops = with_ring(queue, |ring| ring.take(usize::try_from(max_rows).unwrap_or(0), millis(now)));
    TableIterator::new(stops.into_iter().map(|stop| {
        let priorities = stop.groups.iter().map(|(priority, _)| *priority).collect();
        let run_ats = stop.groups.iter().map(|(_, key)| timestamp(key.0)).collect();
        let ids = stop.groups.iter().map(|(_, key)| pg_uuid(key.1)).collect();
        (pg_uuid(stop.workspace), priorities, run_ats, ids, i64::try_from(stop.quantum).unwrap_or(i64::MAX))
    }))
}

/// The id of this transaction, if it has one.
fn own_transaction() -> Option<i64> {
    // SAFETY: reads this backend's transaction state; no argument, no allocation.
    let id = unsafe { pgrx::pg_sys::GetTopFullTransactionIdIfAny() }.value;
    i64::try_from(id).ok().filter(|id| *id != 0)
}

/// The first transaction id that nobody has yet.
#[pg_extern(volatile, parallel_restricted)]
pub fn next_transaction() -> i64 {
    // SAFETY: reads a counter in shared memory under its own lock; no argument, no allocation.
    let id = unsafe { pgrx::pg_sys::ReadNextFullTransactionId() }.value;
    i64::try_from(id).unwrap_or(i64::MAX)
}

#[pg_extern(volatile, parallel_restricted)]
pub fn ring_note(queue: &str, workspace_ids: Vec<PgUuid>, priorities: Vec<i16>, run_ats: Vec<TimestampWithTimeZone>, ids: Vec<PgUuid>) {
    let groups = workspace_ids.into_iter().map(uuid).zip(priorities);
    let keys = run_ats.into_iter().map(micros).zip(ids.into_iter().map(uuid));
    let rows: Vec<(GroupId, Key)> = groups.zip(keys).collect();
    with_ring(queue, |ring| ring.note(&rows, next_transaction(), own_transaction()));
}

#[pg_extern(volatile, parallel_restricted)]
pub fn ring_is_empty(queue: &str) -> bool {
    with_ring(queue, |ring| ring.groups().next().is_none())
}

#[pg_extern(volatile, parallel_restricted)]
pub fn ring_is_exhausted(queue: &str) -> bool {
    with_ring(queue, |ring| ring.is_exhausted())
}
