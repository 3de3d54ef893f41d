//! The tokens of a call: what they cost, and the models that count or report them in other ways.
//!
//! Counting decides what is billed; reporting decides only what the answer says of it. The call log always has the
//! tokens that are billed, so a test can hold what a budget believes against what was really charged.

use serde_json::{Value, json};

use super::answer::Answer;
use super::seed::{self, Seeded};

/// Nano-dollars in a dollar.
const NANOS_PER_DOLLAR: f64 = 1e9;

/// How far the dollars of a provider that drifts are from its bill.
const DRIFT: f64 = 1.25;

/// Tokens a call is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) prompt_tokens: u64,
    pub(super) completion_tokens: u64,
}

/// Nano-dollars of one token.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Prices {
    pub(super) input: u64,
    pub(super) output: u64,
}

impl Prices {
    /// The bill of one call in nano-dollars. Saturating: a price that overflows is a price nobody meant.
    pub(super) fn bill(self, usage: Option<Usage>) -> u64 {
        usage.map_or(0, |usage| {
            let input = usage.prompt_tokens.saturating_mul(self.input);
            input.saturating_add(usage.completion_tokens.saturating_mul(self.output))
        })
    }
}

/// How tokens are counted, measured against the worst case that a budget can work out before the call: one token for
/// each byte of the request, and all the tokens that it allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    Less,
    Equal,
    More,
}

/// What an answer says of its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Report {
    Nothing,
    Odd,
    Cost,
    Drift,
}

/// The word of each way to count, in a model's name. The content of the answer stays as it is.
pub(super) const COUNTS: [(&str, Count, &str); 3] = [
    ("bill-less", Count::Less, "usage far below the worst case: about a third of max_completion_tokens"),
    ("bill-equal", Count::Equal, "usage of the worst case: bytes of the body, and max_completion_tokens"),
    ("bill-more", Count::More, "usage above it: bytes of the body, and 2 x max_completion_tokens"),
];

/// The word of each way to report.
pub(super) const REPORTS: [(&str, Report, &str); 4] = [
    ("no-usage", Report::Nothing, "answers without a usage block; it is billed all the same"),
    ("odd-usage", Report::Odd, "a usage block with a negative number and numbers as text"),
    ("reports-cost", Report::Cost, "adds usage.cost, the bill in dollars"),
    ("drifts", Report::Drift, "adds usage.cost, 1.25 x the bill"),
];

impl Count {
    /// The tokens of a call whose honest count is `honest` and whose answer may have `bound` tokens.
    fn tokens(self, honest: Usage, bound: Option<u64>, request: &[u8]) -> Usage {
        let bytes = request.len() as u64;
        // Without a bound there is no worst case; what the answer really has stands in for it.
        let bound = bound.unwrap_or(honest.completion_tokens);
        match self {
            Self::Less => {
                let spread = Seeded::new(seed::hash(&[request])).below(bound / 9 + 1);
                Usage { completion_tokens: (bound / 3).saturating_sub(spread), ..honest }
            }
            Self::Equal => Usage { prompt_tokens: bytes, completion_tokens: bound },
            // Embeddings have no tokens to answer with, so there the excess is in the prompt.
            Self::More if bound == 0 => Usage { prompt_tokens: bytes.saturating_mul(2), completion_tokens: 0 },
            Self::More => Usage { prompt_tokens: bytes, completion_tokens: bound.saturating_mul(2) },
        }
    }
}

/// The same answer with its tokens counted and reported as the model's name asks. An answer without tokens stays.
pub(super) fn bend(answer: Answer, count: Option<Count>, report: Option<Report>, request: &[u8], prices: Prices) -> Answer {
    let Some(honest) = answer.usage.filter(|_| count.is_some() || report.is_some()) else {
        return answer;
    };
    let usage = count.map_or(honest, |count| count.tokens(honest, answer.bound, request));
    let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    write(&mut body["usage"], usage);
    let dollars = prices.bill(Some(usage)) as f64 / NANOS_PER_DOLLAR;
    match report {
        None => {}
        Some(Report::Nothing) => drop(body.as_object_mut().map(|fields| fields.remove("usage"))),
        Some(Report::Odd) => make_odd(&mut body["usage"]),
        Some(Report::Cost) => body["usage"]["cost"] = json!(dollars),
        Some(Report::Drift) => body["usage"]["cost"] = json!(dollars * DRIFT),
    }
    Answer { usage: Some(usage), body: body.to_string().into_bytes(), ..answer }
}

/// Writes the tokens under the names that the block has: those of the `OpenAI` API or those of Anthropic.
fn write(block: &mut Value, usage: Usage) {
    let total = usage.prompt_tokens.saturating_add(usage.completion_tokens);
    let names = ["prompt_tokens", "input_tokens", "completion_tokens", "output_tokens", "total_tokens"];
    let values = [usage.prompt_tokens, usage.prompt_tokens, usage.completion_tokens, usage.completion_tokens, total];
    for (name, value) in names.iter().zip(values) {
        if let Some(field) = block.get_mut(name) {
            *field = Value::from(value);
        }
    }
}

/// Turns the tokens of the prompt negative and the others into text.
fn make_odd(block: &mut Value) {
    for (name, value) in block.as_object_mut().into_iter().flatten() {
        let Some(tokens) = value.as_u64() else { continue };
        *value = match name.as_str() {
            "prompt_tokens" | "input_tokens" => Value::from(-i64::try_from(tokens).unwrap_or(i64::MAX)),
            _ => Value::from(tokens.to_string()),
        };
    }
}
