//! `POST /v1/embeddings`: unit vectors made from words, so that texts which share words lie closer together.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::answer::{Answer, ApiError};
use super::chat::tokens_of;
use super::request::{missing, model, object, positive, wrong_type};
use super::seed::{self, Seeded};
use super::usage::Usage;

/// Length of a vector when the request names none: that of text-embedding-3-small.
const DEFAULT_DIMENSIONS: u64 = 1536;

/// Longest vector, that of text-embedding-3-large rounded up.
const MAX_DIMENSIONS: u64 = 4096;

/// Most inputs of one request, as in the `OpenAI` API.
const MAX_INPUTS: usize = 2048;

/// Words that shape a vector; a bound on the arithmetic of one request.
const MAX_WORDS: usize = 64;

/// Share of the whole text in its vector: enough to tell two orders of the same words apart.
const WHOLE_TEXT_WEIGHT: f64 = 0.1;

/// The answer to an embeddings request.
pub(super) fn embed(body: &Value) -> Result<Answer, ApiError> {
    let fields = object(body)?;
    let model = model(fields)?;
    let inputs = inputs(fields.get("input").ok_or_else(|| missing("input"))?)?;
    let dimensions = positive(fields, "dimensions", MAX_DIMENSIONS)?.unwrap_or(DEFAULT_DIMENSIONS) as usize;
    let as_base64 = match fields.get("encoding_format").and_then(Value::as_str) {
        None | Some("float") => false,
        Some("base64") => true,
        Some(_) => return Err(wrong_type("encoding_format", "float or base64")),
    };
    let data: Vec<Value> = inputs
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let vector = unit_vector(&model, text, dimensions);
            let embedding = if as_base64 { Value::from(encode(&vector)) } else { Value::from(vector) };
            json!({"object": "embedding", "index": index, "embedding": embedding})
        })
        .collect();
    let prompt_tokens = inputs.iter().map(|text| tokens_of(text.chars().count()).max(1)).sum();
    let body = json!({
        "object": "list",
        "data": data,
        "model": model,
        "usage": {"prompt_tokens": prompt_tokens, "total_tokens": prompt_tokens},
    });
    Ok(Answer::billed(&body, Usage { prompt_tokens, completion_tokens: 0 }, Some(0)))
}

/// The texts to embed. Token arrays are taken by their JSON text, which is as good a text as any here.
fn inputs(input: &Value) -> Result<Vec<String>, ApiError> {
    let bad = || wrong_type("input", "a string or an array of 1 to 2048 strings or token arrays, none of them empty");
    match input {
        Value::String(text) if !text.is_empty() => Ok(vec![text.clone()]),
        Value::Array(list) if list.is_empty() => Err(bad()),
        Value::Array(list) if list.iter().all(Value::is_u64) => Ok(vec![input.to_string()]),
        Value::Array(list) if list.len() <= MAX_INPUTS => list.iter().map(|one| one_input(one).ok_or_else(bad)).collect(),
        _ => Err(bad()),
    }
}

fn one_input(input: &Value) -> Option<String> {
    match input {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Array(tokens) if !tokens.is_empty() && tokens.iter().all(Value::is_u64) => Some(input.to_string()),
        _ => None,
    }
}

/// The sum of one random direction per word and a little of the whole text, scaled to length 1.
fn unit_vector(model: &str, text: &str, dimensions: usize) -> Vec<f32> {
    let mut sum = vec![0.0; dimensions];
    let lower = text.to_lowercase();
    add_direction(&mut sum, seed::hash(&[model.as_bytes(), b"text", text.as_bytes()]), WHOLE_TEXT_WEIGHT);
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    for word in words.take(MAX_WORDS) {
        add_direction(&mut sum, seed::hash(&[model.as_bytes(), b"word", word.as_bytes()]), 1.0);
    }
    let length = sum.iter().map(|x| x * x).sum::<f64>().sqrt();
    sum.iter().map(|x| (x / length) as f32).collect()
}

fn add_direction(sum: &mut [f64], seed: u64, weight: f64) {
    let mut random = Seeded::new(seed);
    for x in sum {
        *x += weight * (random.fraction() - 0.5);
    }
}

/// The vector as the `OpenAI` API encodes it: little-endian 32-bit floats in base64.
fn encode(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
    STANDARD.encode(bytes)
}
