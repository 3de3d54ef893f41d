//! What end-to-end tests are made of: a database of their own, the real worker, the sandbox, and conditions to wait for.
//!
//! Run through `tests/cluster.sh cargo test -p steward-tests`, which sets PGHOST, PGPORT, PGUSER and `STEWARD_BIN`.

pub mod database;
pub mod forms;
pub mod http;
pub mod mirror;
pub mod pooler;
pub mod process;
pub mod proxy;
pub mod script;
pub mod secrets_file;
pub mod traces;
pub mod wait;
pub mod world;

pub use database::Database;
pub use mirror::Mirror;
pub use pooler::Pooler;
pub use process::Running;
pub use proxy::Proxy;
pub use script::{Letter, Script};
pub use secrets_file::SecretsFile;
pub use wait::eventually;
pub use world::{Sandbox, World};
