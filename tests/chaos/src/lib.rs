//! What the scenarios are made of: a load of jobs, a server that can be taken down, a disk that fills up, and an account at the end.
//!
//! They take the whole cluster down, so they run one after the other in a cluster of their own: `scripts/test.sh chaos`, or with
//! `CHAOS=full` for the long form, `make chaos`.

pub mod account;
pub mod claimers;
pub mod load;
pub mod money;
pub mod outreach;
pub mod server;
pub mod small_disk;
pub mod stream;

pub use account::Account;
pub use claimers::Claimers;
pub use load::{Load, Tool};
pub use money::Money;
pub use outreach::Outreach;
pub use server::Server;
pub use small_disk::SmallDisk;
pub use stream::Stream;

/// `full` where the long form is asked for, `short` otherwise.
pub fn short_or_full<T>(short: T, full: T) -> T {
    if std::env::var_os("CHAOS").is_some_and(|form| form == "full") { full } else { short }
}
