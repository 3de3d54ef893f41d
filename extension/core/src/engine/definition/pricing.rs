//! What a tool says of its cost. Every call is made under a hold of the most it may cost, so each form says how that is found.

use serde_json::{Value, json};

use super::fields::{Fields, invalid};
use super::http::Adapter;
use crate::dollars::NanoDollars;
use crate::error::Problem;

/// Where an `OpenAI` chat completion says how much may be answered: the new name, and the one it replaced.
const CHAT_OUTPUT: [&str; 2] = ["/max_completion_tokens", "/max_tokens"];

/// What a call costs, and how its answer is counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Pricing {
    /// What a call costs.
    pub form: Form,
    /// How the usage of an answer is read: the name of an extractor, or one; null where it is not counted.
    pub usage: Value,
}

/// What a call costs.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// Nothing.
    Free,
    /// The same for every call.
    Call(NanoDollars),
    /// What the provider says that it cost, and never more than this is expected; all of it where the provider says nothing.
    AtMost(NanoDollars),
    /// By the tokens of the call and the price of its model.
    Tokens(TokenPricing),
}

/// Where a request by tokens says what bounds it.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenPricing {
    /// The model: a pointer into the body, or a name.
    pub model: String,
    /// Pointers into the body to the most tokens of an answer; the first that is there counts. Empty: there are none in the answer (embeddings).
    pub max_output: Vec<String>,
}

impl Pricing {
    /// As it is stored.
    pub(super) fn completed(&self) -> Value {
        let (key, value) = match &self.form {
            Form::Free => return if self.usage.is_null() { Value::Null } else { json!({ "call": "0", "usage": self.usage }) },
            Form::Call(amount) => ("call", json!(amount.to_string())),
            Form::AtMost(amount) => ("at_most", json!(amount.to_string())),
            Form::Tokens(tokens) => ("tokens", json!({ "model": tokens.model, "max_output": tokens.max_output })),
        };
        json!({ key: value, "usage": self.usage })
    }

    /// The most a call costs, where that does not depend on the call.
    pub fn flat(&self) -> Option<NanoDollars> {
        match &self.form {
            Form::Free => Some(NanoDollars::ZERO),
            Form::Call(amount) | Form::AtMost(amount) => Some(*amount),
            Form::Tokens(_) => None,
        }
    }
}

/// Chat completions cost by their tokens unless the tool says otherwise: that a model is free must be said. Of any other call nobody knows that it costs
/// anything unless the tool says so.
pub(super) fn pricing_of(source: Option<&Value>, adapter: Option<Adapter>) -> Result<Pricing, Problem> {
    let is_chat = adapter == Some(Adapter::OpenaiChat);
    let own_usage = if is_chat { json!("openai") } else { Value::Null };
    let Some(source) = source else {
        let form = if is_chat { Form::Tokens(tokens_of(&json!({}), true)?) } else { Form::Free };
        return Ok(Pricing { form, usage: own_usage });
    };
    let mut fields = Fields::of(source, "/price")?;
    let (call, at_most, tokens) = (fields.dollars("call")?, fields.dollars("at_most")?, fields.get("tokens"));
    let usage = fields.get("usage").cloned().unwrap_or(own_usage);
    fields.finish()?;
    let form = match (call, at_most, tokens) {
        (Some(amount), None, None) => Form::Call(amount),
        (None, Some(amount), None) => Form::AtMost(amount),
        (None, None, Some(tokens)) if adapter.is_some() => Form::Tokens(tokens_of(tokens, is_chat)?),
        (None, None, Some(_)) => return Err(invalid("/price/tokens", "is for tools with the executor http or external")),
        _ => {
            return Err(invalid("/price", "must have one of the keys call, at_most and tokens")
                .hint("call: dollars for each call; at_most: dollars that no call passes; tokens: by the model's price and the tokens of the call."));
        }
    };
    match form {
        Form::AtMost(_) | Form::Tokens(_) if usage.is_null() => {
            Err(invalid("/price/usage", "is missing: how the usage of an answer is read, such as \"openai\" or \"anthropic\""))
        }
        form => Ok(Pricing { form, usage }),
    }
}

fn tokens_of(source: &Value, is_chat: bool) -> Result<TokenPricing, Problem> {
    let mut fields = Fields::of(source, "/price/tokens")?;
    let model = fields.text("model", 200)?.or(is_chat.then_some("/model"));
    let max_output = fields.get("max_output").cloned().or_else(|| is_chat.then(|| json!(CHAT_OUTPUT)));
    fields.finish()?;
    let missing = |key: &str, what: &str| invalid(&format!("/price/tokens/{key}"), format!("is missing: {what}"));
    let pointers = max_output.ok_or_else(|| missing("max_output", "a pointer into the body, or [] where an answer has no tokens"))?;
    Ok(TokenPricing {
        model: model.ok_or_else(|| missing("model", "a pointer into the body, or a name"))?.to_owned(),
        max_output: pointers_of(&pointers)?,
    })
}

fn pointers_of(source: &Value) -> Result<Vec<String>, Problem> {
    let one = [source.clone()];
    let list = source.as_array().map_or(&one[..], Vec::as_slice);
    let pointer = |value: &Value| value.as_str().filter(|text| text.starts_with('/')).map(str::to_owned);
    list.iter()
        .map(|value| {
            pointer(value).ok_or_else(|| invalid("/price/tokens/max_output", "must be a JSON pointer into the body, or a list of such"))
        })
        .collect()
}
