//! The model: from leads that were won or lost, how likely another one is to be won, and how far to believe that.
//!
//! ```text
//! definition   what people wrote                               -> the same with all defaults, or what to change
//! cell, rows   fields of leads whose outcome is known          -> each distinct value once, codes, who was won
//! limits       rows                                             -> whether so much may be held
//! interrupt    a function of who calls                          -> asked every thousand leads whether to go on
//! split        keys and times of leads                         -> which are held out, and in which fold the others are
//! encoder      values of a field in the training leads         -> columns: levels, deciles, a standardised number
//! matrix       rows + encoder                                  -> columns and weights that are not zero, row by row
//! logistic     a matrix, who was won                           -> a weight for each column (penalised; Newton)
//! bayes        a matrix, who was won, stages, teams            -> the same by Odoo's rules for frequencies
//! calibration  log-odds of leads the weights have not seen     -> slope and intercept that make them probabilities
//! fit          all of that                                     -> a model
//! fitted       a model                                         -> one JSON; with a lead: a likelihood and its parts
//! ranking      scores, who was won                             -> AUC with its interval; lift and capture by decile
//! reliability  probabilities, who was won                      -> Brier, expected calibration error, log loss
//! leakage      each feature by itself                          -> those too good to have been known in time
//! train        a definition + rows                             -> the model, its figures and its alarms, or why there is none
//! ```
//!
//! Both methods end as weights of columns, so one scorer explains both: a log-odds is a base and one part for each feature, in which the
//! average lead has 0.

mod algebra;
pub mod bayes;
pub mod calibration;
pub mod cell;
pub mod definition;
pub mod encoder;
pub mod fit;
pub mod fitted;
pub mod interrupt;
pub mod leakage;
pub mod limits;
pub mod logistic;
pub mod matrix;
pub mod ranking;
pub mod reliability;
pub mod rows;
pub mod split;
pub mod train;

/// How often something was seen. Rows are counted in 32 bits, which an `f64` holds exactly.
fn count(things: usize) -> f64 {
    f64::from(u32::try_from(things).unwrap_or(u32::MAX))
}
