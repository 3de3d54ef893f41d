//! Definitions of providers and tools: checked with the offending path, completed with defaults, compiled.
//!
//! What `define_tool` stores is [`Tool::completed`], which parses again to the same tool: defaults are decided once, when the tool is
//! defined, and a later release of `pg_steward` does not change them for tools that exist.

mod failure;
mod fields;
mod http;
mod name;
mod pricing;
mod provider;
mod read;
mod tool;

pub use failure::{Backoff, Effect, OnLost};
pub use http::{Adapter, HttpTool, ResponseFormat, ResponseReading};
pub(super) use name::about;
pub use pricing::{Form, Pricing, TokenPricing};
pub use provider::Provider;
pub use read::{read_provider, read_tool};
pub use tool::{Executor, Tool};
