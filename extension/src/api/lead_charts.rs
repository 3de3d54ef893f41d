//! Pictures of leads. See `sql/156_lead_charts.sql`.

use pgrx::prelude::*;
use steward_core::leads::chart::Chart;

use crate::error::OrRaise;

/// Draws bars as SVG.
#[pg_extern(immutable, parallel_safe)]
pub fn draw_chart(chart: &str) -> String {
    Chart::parse(chart).or_raise().svg()
}
