//! The engine: what a tool is, what its jobs send, how an answer is read, and what follows from it.
//!
//! ```text
//! definition   jsonb of define_tool / define_provider -> checked, completed, compiled
//! payload      compiled tool + text of a payload      -> accepted or refused
//! request      compiled tool + payload                -> the finished request a worker sends
//! metering     a finished request                     -> the most it may use
//! outcome      what the worker saw                    -> one typed outcome
//! response     an answer under the tool's adapter      -> result and usage, or what is wrong with it
//! decision     outcome + tool + tries                  -> succeed, fail, retry, release or in doubt
//! evidence     outcome + tool                         -> whether the call was carried out
//! feedback     outcome                                -> how long everybody leaves the provider alone
//! cron         pattern + local time                   -> the next local time
//! ring         what a claim has seen                   -> where it looks next
//! ```

pub mod backoff;
pub mod cron;
pub mod decision;
pub mod definition;
pub mod evidence;
pub mod feedback;
pub mod jsonb;
pub mod metering;
pub mod outcome;
pub mod payload;
mod pointer;
pub mod request;
pub mod response;
pub mod ring;
pub mod schema;
pub mod template;
