//! The decisions of `pg_steward` as pure functions.
//!
//! Knows nothing of Postgres, the clock, time zones, randomness or the network: every input is an argument, so every decision can
//! be tested, replayed and explained. `extension/src/api` unpacks SQL values, calls these functions, and packs the answer.
//!
//! Feature modules do not import one another (`make lint` checks it); what they share is [`error`], [`dollars`] and [`svg`].

#![forbid(unsafe_code)]

pub mod dollars;
pub mod engine;
pub mod error;
pub mod governor;
pub mod leads;
pub mod money;
pub mod svg;
