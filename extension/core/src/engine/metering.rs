//! The most that a request may use, before it is sent.

use serde_json::Value;

use super::definition::{Form, TokenPricing, Tool};
use super::jsonb::text_bytes;
use crate::error::Problem;

/// A picture is a few bytes of address and many tokens: of `OpenAI`'s models gpt-4o-mini takes the most, 2,833 + 5,667 for each of up to 8 tiles.
/// <https://platform.openai.com/docs/guides/images-vision>
const MOST_TOKENS_OF_AN_IMAGE: u64 = 50_000;

/// The most that a call may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// Nano-dollars, whatever is in it.
    Flat(i64),
    /// Tokens, to be priced by the model.
    Tokens {
        /// The model that is asked.
        model: String,
        /// Most tokens of the request.
        input: i64,
        /// Most tokens of the answer.
        output: i64,
    },
}

/// Measures a request that [`super::request::prepare`] made.
///
/// # Errors
/// `cost_unbounded` where nothing in the request says what its answer may cost.
pub fn measure(tool: &Tool, request: &Value) -> Result<Measure, Problem> {
    match &tool.pricing.form {
        Form::Tokens(tokens) => by_tokens(tokens, request.get("body").unwrap_or(&Value::Null)),
        _ => Ok(Measure::Flat(tool.pricing.flat().map_or(0, i64::from))),
    }
    .map_err(|problem| super::definition::about("tool", &tool.name, problem))
}

fn unbounded(what: &str) -> Problem {
    Problem::bad("cost_unbounded", format!("nobody can say what this call costs at most: {what}"))
        .hint("Let the template set a limit of tokens, or give the tool \"price\": {\"at_most\": DOLLARS}.")
}

fn by_tokens(pricing: &TokenPricing, body: &Value) -> Result<Measure, Problem> {
    let model = match pricing.model.starts_with('/') {
        true => body.pointer(&pricing.model).and_then(Value::as_str).ok_or_else(|| unbounded("the request names no model"))?,
        false => pricing.model.as_str(),
    };
    refuse_fees(body)?;
    let output = if pricing.max_output.is_empty() { 0 } else { output_tokens(&pricing.max_output, body)? };
    // A token of text is at least one byte of it (tokenizers fall back to bytes), and what a provider adds around a message is less than the JSON around it
    // here: `{"role": "user", "content": ""}` is 31 bytes, and 4 tokens.
    let input = text_bytes(body).saturating_add(image_tokens(body)?);
    let count = |tokens: u64| i64::try_from(tokens).map_err(|_| unbounded("it passes any number of tokens"));
    Ok(Measure::Tokens { model: model.to_owned(), input: count(input)?, output: count(output)? })
}

/// What a provider's own tools cost comes on top of the tokens, as often as the model calls them.
fn refuse_fees(body: &Value) -> Result<(), Problem> {
    let own_tools = body.get("tools").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let has_fee = body.get("web_search_options").is_some()
        || own_tools.iter().any(|tool| tool.get("type").and_then(Value::as_str).is_some_and(|kind| kind != "function" && kind != "custom"));
    if has_fee { Err(unbounded("it lets the model use tools of the provider, which cost by their use")) } else { Ok(()) }
}

fn output_tokens(pointers: &[String], body: &Value) -> Result<u64, Problem> {
    let most = pointers.iter().find_map(|pointer| body.pointer(pointer)).and_then(Value::as_u64);
    let most = most.ok_or_else(|| unbounded(&format!("the request has no whole number at {}", pointers.join(" or "))))?;
    let choices = ["n", "best_of"].into_iter().filter_map(|key| body.get(key).and_then(Value::as_u64)).max().unwrap_or(1);
    Ok(most.saturating_mul(choices.max(1)))
}

/// Tokens of what is not text, wherever it stands in the body.
fn image_tokens(value: &Value) -> Result<u64, Problem> {
    match value {
        Value::Array(items) => items.iter().try_fold(0_u64, |sum, item| Ok(sum.saturating_add(image_tokens(item)?))),
        Value::Object(fields) => {
            let own = match fields.get("type").and_then(Value::as_str) {
                Some("image_url" | "input_image" | "image") => MOST_TOKENS_OF_AN_IMAGE,
                Some("file" | "input_file" | "document" | "input_audio") => {
                    return Err(unbounded("it carries a file, whose tokens nobody has counted"));
                }
                _ => 0,
            };
            fields.values().try_fold(own, |sum, field| Ok(sum.saturating_add(image_tokens(field)?)))
        }
        _ => Ok(0),
    }
}

/// Whether a payload has to be rendered before anybody can say what its call may cost.
pub fn depends_on_payload(tool: &Tool) -> bool {
    matches!(tool.pricing.form, Form::Tokens(_))
}
