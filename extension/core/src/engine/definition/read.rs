//! From the text of a definition to a provider or a tool, with errors that say which one they are about.

use serde_json::Value;

use super::name::about;
use super::{Provider, Tool};
use crate::error::Problem;

/// Reads, checks and compiles the definition of a provider.
///
/// # Errors
/// `definition_invalid` or `template_invalid`, naming the provider and the path.
pub fn read_provider(name: &str, text: &str) -> Result<Provider, Problem> {
    parsed(text).and_then(|definition| Provider::parse(name, &definition)).map_err(|problem| about("provider", name, problem))
}

/// Reads, checks and compiles the definition of a tool.
///
/// # Errors
/// `definition_invalid`, `template_invalid` or `schema_invalid`, naming the tool and the path.
pub fn read_tool(name: &str, text: &str) -> Result<Tool, Problem> {
    parsed(text).and_then(|definition| Tool::parse(name, &definition)).map_err(|problem| about("tool", name, problem))
}

/// Definitions come as text: what jsonb can hold and Rust cannot (1e400, 200 levels) is an error here, not a panic.
fn parsed(text: &str) -> Result<Value, Problem> {
    serde_json::from_str(text).map_err(|error| {
        Problem::bad("definition_invalid", format!("the definition cannot be read: {error}"))
            .hint("Nest it less deep than 128 levels, and keep numbers below 1e308.")
    })
}
