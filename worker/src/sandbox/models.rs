//! The names of models, which choose what happens: `sandbox`, then how it counts tokens, how it reports them, what goes
//! wrong, and how often, each of them optional: `sandbox-bill-more-reports-cost-truncated-once`.

use serde_json::{Value, json};

use super::faults::{FAULTS, Fault, Row};
use super::unipile;
use super::usage::{COUNTS, Count, REPORTS, Report};

const NAME: &str = "sandbox";

/// A suffix limits a fault to the first arrivals of a request.
const SUFFIXES: [(&str, u32, &str); 2] = [
    ("-once", 1, "only the first time the same request arrives, then normal"),
    ("-twice", 2, "only the first two times the same request arrives, then normal"),
];

/// The suffix for any other number.
const TIMES: (&str, &str) = ("-times", "only the first N times the same request arrives, as in sandbox-503-5-times");

/// A fault that a name asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) fault: Fault,
    /// The word for the call log.
    pub(super) slug: &'static str,
    /// How many arrivals of the same request it hits; all when absent.
    pub(super) first: Option<u32>,
}

/// What a model name asks for; nothing of a name that is not listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Wishes {
    pub(super) count: Option<Count>,
    pub(super) report: Option<Report>,
    pub(super) fault: Option<Asked>,
}

impl Wishes {
    /// Reads a name.
    pub(super) fn of(model: &str) -> Self {
        Self::read(model).unwrap_or_default()
    }

    fn read(model: &str) -> Option<Self> {
        let (count, rest) = taken(model.strip_prefix(NAME)?, &COUNTS);
        let (report, rest) = taken(rest, &REPORTS);
        let fault = if rest.is_empty() { None } else { Some(asked(rest.strip_prefix('-')?, &FAULTS)?) };
        Some(Self { count, report, fault })
    }
}

/// The row whose word comes next, and what follows it.
fn taken<'a, T: Copy>(text: &'a str, rows: &[(&str, T, &str)]) -> (Option<T>, &'a str) {
    let after = |word: &str| text.strip_prefix('-')?.strip_prefix(word).filter(|rest| rest.is_empty() || rest.starts_with('-'));
    rows.iter().find_map(|(word, meaning, _)| Some((Some(*meaning), after(word)?))).unwrap_or((None, text))
}

/// One of the faults in `rows`, with or without a suffix.
pub(super) fn asked(text: &str, rows: &[Row]) -> Option<Asked> {
    let named = SUFFIXES.iter().find_map(|(suffix, count, _)| Some((text.strip_suffix(suffix)?, *count)));
    let numbered = || text.strip_suffix(TIMES.0)?.rsplit_once('-').and_then(|(base, count)| Some((base, count.parse().ok()?)));
    let (base, first) = named.or_else(numbered).map_or((text, None), |(base, count)| (base, Some(count)));
    let row = rows.iter().find(|row| row.word == base)?;
    Some(Asked { fault: row.fault, slug: row.word, first })
}

/// The part of `--help` that explains the models.
pub(super) fn help() -> String {
    let mut text = String::from("Models (the name in the request chooses what happens):\n");
    let mut line = |left: &str, what: &str| text.push_str(&format!("  {left:<28} {what}\n"));
    line(NAME, "answers normally, as does every name not listed here");
    for row in &FAULTS {
        line(&format!("{NAME}-{}", row.word), row.what);
    }
    for (word, what) in words() {
        line(&format!("{NAME}-{word}"), what);
    }
    text.push_str("\nSuffixes of a model that misbehaves, as in sandbox-429-once:\n");
    for (suffix, what) in SUFFIXES.iter().map(|(suffix, _, what)| (*suffix, *what)).chain([("-N-times", TIMES.1)]) {
        text.push_str(&format!("  {suffix:<28} {what}\n"));
    }
    text.push_str(
        "\nOne word about the count of tokens, one about their report and one fault may follow each other, in this \
         order: sandbox-bill-more-reports-cost-truncated-once. A suffix is about the fault alone.\n\n",
    );
    text.push_str(&unipile::people::help());
    text.push_str(
        "\nThe same request means the same model or person and the same x-client-request-id up to its first \"/\", or, \
         without that header, the same body.\n\nThe bill: every call that is carried out costs its tokens times the \
         prices, whether or not its answer arrives: status 200 (truncated and malformed, too), sandbox-hang, sandbox-lost \
         and sandbox-500-billed. Every other call costs nothing. The call log has it as billed_nanos beside the tokens, \
         /sandbox/summary adds it up.\n\nEndpoints: POST /v1/chat/completions, /v1/messages, /v1/embeddings, /v1/echo; \
         GET /v1/models, /healthz, /sandbox/calls[?job_id=][?account=][?person=], /sandbox/summary",
    );
    text
}

/// The words about tokens, and what each does.
fn words() -> impl Iterator<Item = (&'static str, &'static str)> {
    let counts = COUNTS.iter().map(|(word, _, what)| (*word, *what));
    counts.chain(REPORTS.iter().map(|(word, _, what)| (*word, *what)))
}

/// The answer of `GET /v1/models`: every word alone, and every fault with its named suffixes.
pub(super) fn list() -> Value {
    let mut list = vec![model(NAME.to_owned(), "answers normally, as does every name not listed here".to_owned())];
    for row in &FAULTS {
        list.push(model(format!("{NAME}-{}", row.word), row.what.to_owned()));
        list.extend(
            SUFFIXES.iter().map(|(suffix, _, when)| model(format!("{NAME}-{}{suffix}", row.word), format!("{}; {when}", row.what))),
        );
    }
    list.extend(words().map(|(word, what)| model(format!("{NAME}-{word}"), what.to_owned())));
    json!({"object": "list", "data": list})
}

/// One model as the `OpenAI` API lists it, with a description on top.
fn model(id: String, description: String) -> Value {
    json!({"id": id, "object": "model", "created": 0, "owned_by": "sandbox", "description": description})
}
