//! Rubrics read, and what does not need a lead. See `sql/143_rubrics.sql`; rules of ownership: `sql/145_routing.sql`.

use pgrx::fcinfo::pg_getarg_datum_raw;
use pgrx::prelude::*;
use pgrx::{Array, JsonB, pg_sys};
use steward_core::error::Problem;
use steward_core::leads::routing::Routing;
use steward_core::leads::rubric::Rubric;
use steward_core::leads::rubric::reason::top;

use crate::error::OrRaise;
use crate::stored::int_array;
use crate::stored::jsonb_value::read;

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).map_err(|error| Problem::bad_json("definition_invalid", error.to_string())).or_raise()
}

fn parsed(rubric: &str) -> Rubric {
    Rubric::parse(&read(rubric, "rubric_invalid")).or_raise()
}

/// A rubric that somebody writes with everything that was left out.
#[pg_extern(immutable, parallel_safe)]
pub fn complete_rubric(rubric: &str) -> JsonB {
    let rubric = Rubric::define(&read(rubric, "rubric_invalid")).or_raise();
    JsonB(serde_json::to_value(rubric.definition()).unwrap_or_default())
}

/// Names of the contributions to a rubric's scores, in their order.
#[pg_extern(immutable, parallel_safe)]
pub fn rubric_contributions(rubric: &str) -> Vec<String> {
    parsed(rubric).contributions()
}

/// Whether a rubric's scores change with signals and time.
#[pg_extern(immutable, parallel_safe)]
pub fn rubric_reads_signals(rubric: &str) -> bool {
    parsed(rubric).reads_signals()
}

/// The score that contributions make, in thousandths of a point: their sum. A column of a million rows is made by it.
#[pg_extern(sql = "
create function steward.score_of(contributions int[]) returns int
    language c immutable strict parallel safe as 'MODULE_PATHNAME', '@FUNCTION_NAME@';
")]
pub fn score_of(call: pg_sys::FunctionCallInfo) -> i32 {
    // SAFETY: its one argument is an int[] that is not null.
    let sum = unsafe { int_array::elements(pg_getarg_datum_raw(call, 0)) }.try_fold(0_i32, i32::checked_add);
    sum.ok_or_else(|| Problem::bad("score_invalid", "the contributions to a score are more than 2147483647 thousandths")).or_raise()
}

/// The three contributions to a score that give most, with their points. In SQL it took half of the time of fifty leads.
#[pg_extern(immutable, parallel_safe)]
pub fn top_reasons(contributions: Option<Array<&str>>, points: Option<Array<i32>>) -> Vec<String> {
    let contributions: Vec<&str> = contributions.iter().flat_map(Array::iter).map(Option::unwrap_or_default).collect();
    let points: Vec<i32> = points.iter().flat_map(Array::iter).map(Option::unwrap_or_default).collect();
    top(&contributions, &points)
}

/// The owner of each segment; null for one that is nobody's.
#[pg_extern(immutable, parallel_safe)]
pub fn route_segments(routing: &str, segments: Array<&str>) -> Vec<Option<String>> {
    let routing = Routing::parse(&read(routing, "routing_invalid")).or_raise();
    segments.iter().map(|segment| routing.owner(segment?).map(str::to_owned)).collect()
}

/// Rubrics and rules of ownership that come with the extension.
#[pg_extern(immutable, parallel_safe)]
pub fn lead_presets() -> TableIterator<'static, (name!(kind, &'static str), name!(name, &'static str), name!(definition, JsonB))> {
    let shipped = [
        ("rubric", "inbound_fit_v1", include_str!("../../../packaging/leads/inbound_fit_v1.json")),
        ("rubric", "inbound_engaged_v1", include_str!("../../../packaging/leads/inbound_engaged_v1.json")),
        ("rubric", "rank_0_10", include_str!("../../../packaging/leads/rank_0_10.json")),
        ("routing", "ownership_v1", include_str!("../../../packaging/leads/ownership_v1.json")),
    ];
    TableIterator::new(shipped.map(|(kind, name, definition)| (kind, name, JsonB(json(definition)))))
}
