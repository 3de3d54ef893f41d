//! What end-to-end tests are made of: a database of their own, the real worker, the sandbox, and conditions to wait for.
//!
//! Run through `tests/cluster.sh cargo test -p steward-tests`, which sets PGHOST, PGPORT, PGUSER and `STEWARD_BIN`.

pub mod database;
pub mod process;
pub mod wait;
pub mod world;

pub use database::Database;
pub use process::Running;
pub use wait::eventually;
pub use world::{Sandbox, World};
