//! Readable words: what a prompt is about, and titles and sentences about that.

use serde_json::Value;

use super::seed::Seeded;

/// Words of a prompt that name its topic at most; more reads badly inside a sentence.
const MAX_TOPIC_WORDS: usize = 5;

/// Words that introduce a topic in a prompt, the surest first.
const MARKERS: [&str; 4] = ["topic", "subject", "about", "regarding"];

/// Words no topic starts or ends with, and that a prompt without a marker is stripped of.
const STOP_WORDS: &str = " a an the of for on in to and or is are be with your our my this that these it its as by at from \
    i we you me us please write create make generate draft give produce reply answer return say tell one some short long \
    about topic post posts carousel slide slides linkedin caption json text article using into how what why ";

/// What a prompt without any words is about.
const NO_TOPIC: &str = "everyday work";

/// Sentences with `{t}` for the topic. They say nothing false about anything.
const SENTENCES: [&str; 14] = [
    "Most people start with {t} by looking at the tools and only later ask what the work needs.",
    "A small first step in {t} beats a big plan that nobody opens again.",
    "Write down what you expect from {t} before you measure it.",
    "The best advice on {t} usually fits on one page.",
    "Ask the people who deal with {t} every day what slows them down.",
    "One good habit does more for {t} than ten good intentions.",
    "If {t} feels complicated, remove a step before you add one.",
    "Share early what you learn about {t}, and keep what proves useful.",
    "Good {t} is easy to explain to somebody who is new to it.",
    "Look at {t} again after a week: what seemed urgent often is not.",
    "Set one clear goal for {t} and tell everybody who needs to know.",
    "Time spent on {t} pays back when it is planned and not squeezed in.",
    "A simple checklist keeps {t} on track when the day gets busy.",
    "What works in {t} for others is a start, not a rule.",
];

/// Titles with `{T}` for the topic, its first letter large, `{t}` as it stands, and `{n}` for a number.
const TITLES: [&str; 8] = [
    "{T}: {n} lessons worth keeping",
    "{n} simple ideas for {t}",
    "{T} in {n} clear steps",
    "{n} questions to ask about {t}",
    "{T} without the guesswork: {n} habits",
    "What {n} months of {t} teach you",
    "{T}: {n} small changes that help",
    "{n} common mistakes in {t}",
];

/// What a prompt is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Topic(String);

impl Topic {
    /// The topic of the last message of the user.
    pub(super) fn of_messages(messages: &[Value]) -> Self {
        let last = messages.iter().rev().find(|message| message["role"] == "user").or(messages.last());
        Self::of_text(&last.map(|message| text_of(&message["content"])).unwrap_or_default())
    }

    /// The topic of a text: what follows a marker, else its first words that mean something.
    pub(super) fn of_text(text: &str) -> Self {
        let marked = MARKERS.iter().find_map(|marker| after_marker(text, marker));
        let words = marked.unwrap_or_else(|| telling_words(text));
        Self(if words.is_empty() { NO_TOPIC.to_owned() } else { words })
    }

    /// The topic as it stands in a sentence.
    pub(super) fn phrase(&self) -> &str {
        &self.0
    }

    /// The topic for a URL or an identifier: ASCII letters, digits and hyphens.
    pub(super) fn slug(&self) -> String {
        let ascii = |word: &str| word.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
        let words: Vec<String> = self.0.split_whitespace().map(ascii).filter(|word| !word.is_empty()).collect();
        if words.is_empty() { "topic".to_owned() } else { words.join("-").to_ascii_lowercase() }
    }

    /// One word of the topic that means something, or all of them run together.
    pub(super) fn hashtag(&self, random: &mut Seeded) -> String {
        let words = self.0.split_whitespace().filter(|word| !is_stop_word(word));
        let mut tags: Vec<String> = words.map(capitalized).collect();
        tags.push(tags.concat());
        format!("#{}", random.pick(&tags))
    }
}

/// A title about the topic.
pub(super) fn title(topic: &Topic, random: &mut Seeded) -> String {
    let number = 3 + random.below(10);
    let pattern = *random.pick(&TITLES);
    fill(pattern, topic, number)
}

/// A sentence about the topic.
pub(super) fn sentence(topic: &Topic, random: &mut Seeded) -> String {
    let pattern = *random.pick(&SENTENCES);
    fill(pattern, topic, 0)
}

/// A short paragraph. Its last words make it differ for every seed, and say that no model wrote it.
pub(super) fn paragraph(topic: &Topic, seed: u64) -> String {
    let mut random = Seeded::new(seed);
    let mut sentences: Vec<String> = Vec::new();
    while sentences.len() < 3 {
        let next = sentence(topic, &mut random);
        if !sentences.contains(&next) {
            sentences.push(next);
        }
    }
    format!("{} (Sandbox answer {seed:016x}.)", sentences.join(" "))
}

/// The text with its first letter large.
pub(super) fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Puts topic and number into a pattern. The topic goes in last, so that nothing in it is taken for a placeholder.
fn fill(pattern: &str, topic: &Topic, number: u64) -> String {
    let numbered = pattern.replace("{n}", &number.to_string());
    match numbered.split_once("{T}") {
        Some((before, after)) => format!("{before}{}{after}", capitalized(topic.phrase())),
        None => numbered.replace("{t}", topic.phrase()),
    }
}

/// The words of a message's content.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}

/// The words between `marker` (a whole word, any case) and the end of its sentence or line.
fn after_marker(text: &str, marker: &str) -> Option<String> {
    // ASCII lower case keeps every byte where it is, so a place found here is the same place in `text`.
    let lower = text.to_ascii_lowercase();
    lower.match_indices(marker).find_map(|(start, _)| {
        let end = start + marker.len();
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let whole = !lower[..start].ends_with(is_word) && !lower[end..].starts_with(is_word);
        if !whole {
            return None;
        }
        let rest = text[end..].trim_start_matches(|c: char| !c.is_alphanumeric());
        let phrase = rest.split(['.', ',', ';', ':', '!', '?', '\n', '"', '{', '}', '(', ')']).next()?;
        let words = tidy(phrase.split_whitespace());
        (!words.is_empty()).then_some(words)
    })
}

/// The first words of a text that are no stop words.
fn telling_words(text: &str) -> String {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '-'));
    tidy(words.filter(|word| word.chars().any(char::is_alphabetic) && !is_stop_word(word)))
}

/// At most five words, no stop word at either end, no stray punctuation around them.
fn tidy<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let trimmed = words.map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let mut words: Vec<&str> =
        trimmed.filter(|word| !word.is_empty()).skip_while(|word| is_stop_word(word)).take(MAX_TOPIC_WORDS).collect();
    while words.last().is_some_and(|word| is_stop_word(word)) {
        words.pop();
    }
    words.join(" ")
}

fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.split_whitespace().any(|stop| stop.eq_ignore_ascii_case(word))
}
