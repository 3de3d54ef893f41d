//! The sandbox as its users meet it: plain HTTP over loopback.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod answers;
mod bills;
mod client;
mod faults;
mod limits;
mod listening;
mod log;
mod schemas;
mod unipile;
mod validator;
