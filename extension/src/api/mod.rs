//! What SQL calls: one `#[pg_extern]` per SQL name, which unpacks, calls core, and packs.

pub mod admission;
pub mod attempt;
pub mod clock;
pub mod cron;
pub mod decisions;
pub mod doorbell;
pub mod enqueue;
pub mod governor;
pub mod ids;
pub mod intake;
pub mod keys;
pub mod lead_charts;
pub mod local_time;
pub mod metering;
pub mod models;
pub mod place;
pub mod prices;
pub mod requests;
pub mod ring;
pub mod rubrics;
pub mod score;
pub mod simulate;
pub mod slots;
pub mod tools;
