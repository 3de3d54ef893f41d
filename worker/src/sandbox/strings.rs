//! Strings for a schema: the property's name says what kind of text it is, the bounds say how long.

use chrono::{DateTime, Duration, NaiveDate, SecondsFormat, Utc};
use serde_json::{Map, Value};

use super::pattern;
use super::seed::Seeded;
use super::words::{self, Topic};

/// Longest string made for a `minLength`, in characters: more serves no test.
const MAX_LENGTH: u64 = 1 << 20;

/// Strings tried against a pattern and length bounds together before giving up.
const PATTERN_TRIES: usize = 200;

/// A kind of text, and the parts of property names that ask for it; the first row that matches wins.
const KINDS: [(Kind, &[&str]); 9] = [
    (Kind::Hashtag, &["hashtag"]),
    (Kind::Url, &["url", "link", "href", "website"]),
    (Kind::Email, &["email"]),
    (Kind::Color, &["color", "colour"]),
    (Kind::Slug, &["slug", "_id", "key"]),
    (Kind::CallToAction, &["cta", "call_to_action", "calltoaction"]),
    (Kind::Image, &["image", "visual", "illustration", "photo", "alt"]),
    (Kind::Title, &["title", "headline", "heading", "subject", "hook", "header", "name"]),
    (Kind::Word, &["tag", "keyword", "topic", "category", "label"]),
];

#[derive(Debug, Clone, Copy)]
enum Kind {
    Hashtag,
    Url,
    Email,
    Color,
    Slug,
    CallToAction,
    Image,
    Title,
    Word,
}

/// A string for the property `name` that fits `schema`.
pub(super) fn string(schema: &Map<String, Value>, name: &str, topic: &Topic, random: &mut Seeded) -> Result<String, String> {
    let bounds = bounds(schema)?;
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
        return matching(pattern, bounds, random);
    }
    if let Some(format) = schema.get("format").and_then(Value::as_str).and_then(|format| formatted(format, topic, random)) {
        let fits = (bounds.0..=bounds.1).contains(&(format.chars().count() as u64));
        return fits.then_some(format).ok_or_else(|| "its format does not fit its length bounds".to_owned());
    }
    Ok(fit(prose(name, topic, random), bounds, topic, random))
}

/// `minLength` and `maxLength`, in characters.
fn bounds(schema: &Map<String, Value>) -> Result<(u64, u64), String> {
    let read = |name: &str, absent: u64| match schema.get(name) {
        None => Ok(absent),
        // 5.0 is a whole number in JSON Schema too.
        Some(value) => whole(value).ok_or_else(|| format!("'{name}' must be a whole number from 0")),
    };
    let (least, most) = (read("minLength", 0)?, read("maxLength", MAX_LENGTH)?.min(MAX_LENGTH));
    if least > most {
        return Err(format!("no string has at least {least} and at most {most} characters (the sandbox makes up to {MAX_LENGTH})"));
    }
    Ok((least, most))
}

/// A number as a count.
pub(super) fn whole(value: &Value) -> Option<u64> {
    let exact = |float: f64| (float >= 0.0 && float.fract() == 0.0).then_some(float as u64);
    value.as_u64().or_else(|| value.as_f64().and_then(exact))
}

fn matching(text: &str, bounds: (u64, u64), random: &mut Seeded) -> Result<String, String> {
    let pattern = pattern::Pattern::parse(text)?;
    (0..PATTERN_TRIES)
        .map(|_| pattern.example(random))
        .find(|example| (bounds.0..=bounds.1).contains(&(example.chars().count() as u64)))
        .ok_or_else(|| format!("the sandbox found no string for the pattern '{text}' within its length bounds"))
}

/// Formats of JSON Schema; an unknown one is only a hint and gives nothing here.
fn formatted(format: &str, topic: &Topic, random: &mut Seeded) -> Option<String> {
    let time = moment(random)?;
    let text = match format {
        "date-time" => time.to_rfc3339_opts(SecondsFormat::Secs, true),
        "date" => time.format("%Y-%m-%d").to_string(),
        "time" => time.format("%H:%M:%SZ").to_string(),
        "duration" => format!("P{}D", 1 + random.below(30)),
        "email" | "idn-email" => format!("{}@example.com", topic.slug()),
        "hostname" | "idn-hostname" => "www.example.com".to_owned(),
        "ipv4" => format!("192.0.2.{}", 1 + random.below(254)),
        "ipv6" => format!("2001:db8::{:x}", 1 + random.below(0xfffe)),
        "uri" | "url" | "iri" | "uri-reference" | "iri-reference" => url(topic, random),
        "uuid" => uuid::Builder::from_random_bytes(sixteen_bytes(random)).into_uuid().to_string(),
        _ => return None,
    };
    Some(text)
}

/// A second within the three years from 2026: late enough to be read as current.
fn moment(random: &mut Seeded) -> Option<DateTime<Utc>> {
    let start = NaiveDate::from_ymd_opt(2026, 1, 1)?.and_hms_opt(0, 0, 0)?.and_utc();
    Some(start + Duration::seconds(random.below(3 * 365 * 86_400) as i64))
}

fn sixteen_bytes(random: &mut Seeded) -> [u8; 16] {
    ((u128::from(random.next()) << 64) | u128::from(random.next())).to_be_bytes()
}

fn url(topic: &Topic, random: &mut Seeded) -> String {
    format!("https://example.com/{}/{}", topic.slug(), 1 + random.below(999))
}

/// Text for a property by its name; sentences when the name says nothing.
fn prose(name: &str, topic: &Topic, random: &mut Seeded) -> String {
    let name = name.to_ascii_lowercase();
    let kind = KINDS.iter().find(|(_, parts)| parts.iter().any(|part| name.contains(part))).map(|(kind, _)| *kind);
    match kind {
        Some(Kind::Hashtag) => topic.hashtag(random),
        Some(Kind::Url) => url(topic, random),
        Some(Kind::Email) => format!("{}@example.com", topic.slug()),
        Some(Kind::Color) => format!("#{:06x}", random.below(1 << 24)),
        Some(Kind::Slug) => format!("{}-{}", topic.slug(), 1 + random.below(9999)),
        Some(Kind::CallToAction) => {
            let start = random.pick(&["Save this for your next day with", "Tell us what you do about", "Share this with somebody new to"]);
            format!("{start} {}.", topic.phrase())
        }
        Some(Kind::Image) => {
            let style = random.pick(&["A calm illustration", "A bright photo", "A simple line drawing", "A flat diagram"]);
            format!("{style} of {}, plain background, no text", topic.phrase())
        }
        Some(Kind::Title) => words::title(topic, random),
        Some(Kind::Word) => topic.phrase().to_owned(),
        None => format!("{} {}", words::sentence(topic, random), words::sentence(topic, random)),
    }
}

/// Makes a text long enough with more sentences, and short enough at the end of a sentence or else of a word, where that
/// leaves enough.
fn fit(mut text: String, (least, most): (u64, u64), topic: &Topic, random: &mut Seeded) -> String {
    while (text.chars().count() as u64) < least {
        text.push(' ');
        text.push_str(&words::sentence(topic, random));
    }
    let Some((end, _)) = text.char_indices().nth(most as usize) else {
        return text;
    };
    let (kept, rest) = text.split_at(end);
    let sentence = if rest.starts_with(' ') && kept.ends_with('.') { Some(kept) } else { kept.rfind(". ").map(|stop| &kept[..=stop]) };
    let word = if rest.starts_with(' ') { Some(kept) } else { kept.rfind(' ').map(|space| &kept[..space]) };
    let word = word.map(|word| word.trim_end_matches([' ', ',', ':', ';']));
    let enough = |text: &&str| !text.is_empty() && text.chars().count() as u64 >= least;
    // A text of nothing, or below its minimum, is worse than half a word.
    sentence.filter(enough).or(word.filter(enough)).unwrap_or(kept).to_owned()
}
