//! The governor: when an account does what, decided before anything is done.
//!
//! ```text
//! draws  a secret + what is drawn                             -> numbers, the same each time
//! caps   ranges of the days of a week + what they may sum to  -> the cap of each day
//! gaps   how many + how much time                             -> the law of the gaps between them
//! day    a window, its breaks, a number of actions, draws     -> the second of each
//! ```
//!
//! Nothing here guarantees a limit; the claim ledger does (`sql/`). What is decided here is when, so that the limits are not met where it shows: no
//! grid, no pile at the edges of a window, no week that ends on a Thursday.

pub mod caps;
pub mod day;
pub mod draws;
pub mod gaps;
