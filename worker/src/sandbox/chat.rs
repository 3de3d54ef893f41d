//! `POST /v1/chat/completions`: made-up content, the same for the same model and messages, and an honest count of tokens.

use axum::http::StatusCode;
use chrono::Utc;
use serde_json::{Value, json};

use super::answer::{Answer, ApiError};
use super::request::{ChatRequest, Format};
use super::schema;
use super::seed::{self, Seeded};
use super::usage::Usage;
use super::words::{self, Topic};

/// Characters in a token: the usual rule of thumb for English, and here the definition.
const CHARS_PER_TOKEN: u64 = 4;

/// Tokens around each message and before the answer, as `OpenAI`'s cookbook counts them.
const TOKENS_PER_MESSAGE: u64 = 3;
const TOKENS_TO_START: u64 = 3;

/// What a model that refuses says.
const REFUSAL: &str = "I'm sorry, but I can't help with that request.";

/// The answer to a chat request.
pub(super) fn complete(request: &ChatRequest) -> Result<Answer, ApiError> {
    let messages = Value::from(request.messages.clone()).to_string();
    let seed = seed::hash(&[request.model.as_bytes(), messages.as_bytes()]);
    let topic = Topic::of_messages(&request.messages);
    let mut choices = Vec::new();
    let mut completion_tokens = 0;
    for index in 0..request.choices {
        let full = content(&request.format, &topic, seed.wrapping_add(index))?;
        let (text, tokens, finish_reason) = cut(full, request.max_tokens);
        completion_tokens += tokens;
        choices.push(json!({
            "index": index,
            "message": {"role": "assistant", "content": text, "refusal": null, "annotations": []},
            "logprobs": null,
            "finish_reason": finish_reason,
        }));
    }
    let usage = Usage { prompt_tokens: prompt_tokens(&request.messages), completion_tokens };
    let body = json!({
        "id": format!("chatcmpl-{seed:016x}"),
        "object": "chat.completion",
        "created": Utc::now().timestamp(),
        "model": request.model,
        "choices": choices,
        "usage": {
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "total_tokens": usage.prompt_tokens + usage.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 0,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        },
        "service_tier": "default",
        "system_fingerprint": "fp_sandbox",
    });
    // The request bounds each choice; together they are what it can cost at most.
    let bound = request.max_tokens.map(|each| each.saturating_mul(request.choices));
    Ok(Answer::billed(&body, usage, bound))
}

/// The same answer with a refusal in place of every content. It is billed like the content it replaces, so that the
/// bound of the request holds for it too.
pub(super) fn refuse(normal: &Answer) -> Answer {
    let mut body: Value = serde_json::from_slice(&normal.body).unwrap_or_default();
    for choice in body.get_mut("choices").and_then(Value::as_array_mut).into_iter().flatten() {
        choice["message"]["content"] = Value::Null;
        choice["message"]["refusal"] = Value::from(REFUSAL);
        choice["finish_reason"] = Value::from("content_filter");
    }
    Answer { usage: normal.usage, ..Answer::json(StatusCode::OK, &body) }
}

/// Content as the request wants it.
pub(super) fn content(format: &Format, topic: &Topic, seed: u64) -> Result<String, ApiError> {
    match format {
        Format::Text => Ok(words::paragraph(topic, seed)),
        Format::JsonObject => Ok(small_object(topic, seed).to_string()),
        Format::JsonSchema { name, schema } => schema::document(schema, topic, seed).map(|value| value.to_string()).map_err(|why| {
            ApiError::invalid("response_format.json_schema.schema", format!("Invalid schema for response_format '{name}': {why}"))
                .with_code("invalid_json_schema")
        }),
    }
}

/// What a request for any JSON object gets.
fn small_object(topic: &Topic, seed: u64) -> Value {
    let mut random = Seeded::new(seed);
    json!({
        "title": words::title(topic, &mut random),
        "summary": words::paragraph(topic, seed),
        "points": [words::sentence(topic, &mut random), words::sentence(topic, &mut random)],
    })
}

/// The text within the bound, its tokens, and why it ended.
pub(super) fn cut(text: String, max_tokens: Option<u64>) -> (String, u64, &'static str) {
    let tokens = tokens_of(text.chars().count());
    match max_tokens {
        Some(bound) if tokens > bound => {
            // Fits: the bound is below the tokens of a text in memory.
            let kept = text.chars().take((bound * CHARS_PER_TOKEN) as usize).collect();
            (kept, bound, "length")
        }
        _ => (text, tokens, "stop"),
    }
}

/// Tokens of a text of so many characters.
pub(super) fn tokens_of(characters: usize) -> u64 {
    (characters as u64).div_ceil(CHARS_PER_TOKEN)
}

/// Tokens of all messages: their text, and parts that are no text by the length of their JSON.
pub(super) fn prompt_tokens(messages: &[Value]) -> u64 {
    let each = messages.iter().map(|message| {
        let content = match &message["content"] {
            Value::String(text) => text.chars().count(),
            Value::Null => 0,
            parts => parts.to_string().chars().count(),
        };
        TOKENS_PER_MESSAGE + tokens_of(content)
    });
    TOKENS_TO_START + each.sum::<u64>()
}
