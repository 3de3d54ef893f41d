//! The governor: when an account does what, decided before anything is done.
//!
//! ```text
//! draws     a secret + what is drawn                             -> numbers, the same each time
//! caps      ranges of the days of a week + what they may sum to  -> the cap of each day
//! gaps      how many + how much time                             -> the law of the gaps between them
//! policy    what people wrote                                    -> the same with all defaults, or what to change
//! day       a window, its breaks, a number of actions, draws     -> the moment of each
//! plan      an account, a policy, a date, what was done before   -> the cap of that day and its moments
//! simulate  an account, days, what waits and what goes wrong     -> what is done when, in virtual time
//! week      windows, caps, what was done and is planned         -> a picture
//! ```
//!
//! Nothing here guarantees a limit; the claim ledger does (`sql/`). What is decided here is when, so that the limits are not met where it shows: no
//! grid, no pile at the edges of a window, no week that ends on a Thursday.

pub mod caps;
pub mod day;
pub mod draws;
pub mod gaps;
pub mod plan;
pub mod policy;
pub mod simulate;
pub mod week;
