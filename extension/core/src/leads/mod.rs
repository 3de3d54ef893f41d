//! Leads: what one is worth, decided from what is known of it, and why.
//!
//! ```text
//! intake    rows and changes that come in -> leads, and what is written of each
//! value     what a field of a lead holds
//! fold      text made comparable: without case, without accents
//! rubric    what is known of a lead + rules -> its score, as a sum of parts with reasons
//! decay     what a lead did, and when      -> what that is worth at a moment
//! routing   the segment of a lead + rules  -> whose it is
//! model     leads that were won or lost    -> how likely another one is to be won, and how far to believe that
//! chart     counts or lifts in ten groups  -> a picture of them
//! ```
//!
//! Every input is an argument: fields arrive as [`value::Value`], times as microseconds, so a score can be computed again as of any date.

pub mod chart;
pub mod decay;
pub mod fold;
pub mod intake;
pub mod model;
pub mod routing;
pub mod rubric;
pub mod value;
