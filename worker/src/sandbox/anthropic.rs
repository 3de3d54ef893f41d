//! `POST /v1/messages`: the same made-up content in the shape of Anthropic's API, with tokens under its names.
//!
//! Only text is asked for and given; errors have the shape of the `OpenAI` API with its words in the same places
//! (`error.type`, `error.message`).

use serde_json::{Value, json};

use super::answer::{Answer, ApiError};
use super::chat::{content, cut, prompt_tokens};
use super::messages::messages;
use super::request::{Format, missing, model, object, positive, refuse_stream};
use super::seed;
use super::usage::Usage;
use super::words::Topic;

/// The answer to a request for a message.
pub(super) fn complete(body: &Value) -> Result<Answer, ApiError> {
    let fields = object(body)?;
    refuse_stream(fields)?;
    let model = model(fields)?;
    let bound = positive(fields, "max_tokens", u64::MAX)?.ok_or_else(|| missing("max_tokens"))?;
    let asked = messages(fields)?;
    let seed = seed::hash(&[model.as_bytes(), Value::from(asked.clone()).to_string().as_bytes()]);
    let (text, output_tokens, why) = cut(content(&Format::Text, &Topic::of_messages(&asked), seed)?, Some(bound));
    // Instructions stand beside the messages, and are read and charged like one.
    let system = fields.get("system").map(|system| json!({"role": "system", "content": system}));
    let all: Vec<Value> = system.into_iter().chain(asked).collect();
    let usage = Usage { prompt_tokens: prompt_tokens(&all), completion_tokens: output_tokens };
    let answer = json!({
        "id": format!("msg_{seed:016x}"),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": text}],
        "stop_reason": if why == "length" { "max_tokens" } else { "end_turn" },
        "stop_sequence": null,
        "usage": {
            "input_tokens": usage.prompt_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": usage.completion_tokens,
        },
    });
    Ok(Answer::billed(&answer, usage, Some(bound)))
}
