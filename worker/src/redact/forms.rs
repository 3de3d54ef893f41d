//! The forms in which a value travels: raw, base64, percent-encoded, and escaped as in JSON.
//!
//! Base64 makes four characters of three bytes, so the same value looks different at each of three places inside a
//! longer text, as in `Basic base64(user:password)`. Only the characters that the value alone decides are looked for;
//! those on the edges hold bits of the neighbours as well and are taken out with them.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::secrets::RESERVED;

/// What `encodeURIComponent` of JavaScript encodes.
const COMPONENT: &AsciiSet = &RESERVED.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');
/// What `quote` of Python encodes.
const QUOTED: &AsciiSet = &RESERVED.remove(b'/');
/// What HTML forms encode, apart from the space.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');
/// What the WHATWG standard encodes in a query.
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>').add(b'\'');

/// A text to look for.
#[derive(Clone)]
pub struct Form {
    /// The text.
    pub text: String,
    /// Whether the base64 character before it holds bits of the value.
    before: bool,
    /// Whether the base64 character after it does.
    after: bool,
}

impl Form {
    /// Where it is in `bytes` with its edges, when the text itself is at `start..end`.
    pub fn with_edges(&self, bytes: &[u8], mut start: usize, mut end: usize) -> (usize, usize) {
        let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte);
        if self.before && start > 0 && is_base64(bytes[start - 1]) {
            start -= 1;
        }
        if self.after && bytes.get(end).copied().is_some_and(is_base64) {
            end += 1;
            // At the end of the base64 text come at most two.
            end += bytes[end..].iter().take(2).take_while(|byte| **byte == b'=').count();
        }
        (start, end)
    }
}

/// All forms of a value; some are equal.
pub fn forms(value: &str) -> Vec<Form> {
    let plain = written(value).into_iter().map(|text| Form { text, before: false, after: false });
    let coded = (0..3).flat_map(|shift| [in_base64(&STANDARD_NO_PAD, value, shift), in_base64(&URL_SAFE_NO_PAD, value, shift)]);
    // Base64 stands in URLs and in JSON as well, where `+`, `/` and `=` may be encoded again.
    let coded = coded.flat_map(|form| written(&form.text).into_iter().map(move |text| Form { text, ..form.clone() }));
    plain.chain(coded).collect()
}

/// The value in base64, `shift` bytes after the beginning of a group.
fn in_base64(alphabet: &impl Engine, value: &str, shift: usize) -> Form {
    let encoded = alphabet.encode([&[0; 3][..shift], value.as_bytes()].concat());
    let bits = 8 * (shift + value.len());
    let text = encoded[(8 * shift).div_ceil(6)..bits / 6].to_owned();
    Form { text, before: shift > 0, after: !bits.is_multiple_of(6) }
}

/// A text as it is and as it stands in URLs and in JSON.
fn written(text: &str) -> Vec<String> {
    let mut all = vec![text.to_owned()];
    for set in [RESERVED, COMPONENT, QUOTED, FORM, QUERY] {
        let percent = utf8_percent_encode(text, set).to_string();
        let lower = lower_case_escapes(&percent);
        all.extend([percent.replace("%20", "+"), lower.replace("%20", "+"), percent, lower]);
    }
    let html = |letter: char| "<>&'".contains(letter);
    for json in [
        escaped_in_json(text),
        with_escapes(text, false, |letter| !letter.is_ascii()), // Python
        with_escapes(text, true, |letter| !letter.is_ascii()),
        with_escapes(text, false, html), // Go
        with_escapes(text, false, |letter| html(letter) || !letter.is_ascii()),
    ] {
        // Some writers, PHP's among them, escape the slash as well. An answer of one server is often a text in that of the next.
        for json in [json.replace('/', "\\/"), json] {
            all.extend([escaped_in_json(&json), json]);
        }
    }
    all
}

/// `%3A` and `%3a` mean the same; servers echo either.
fn lower_case_escapes(percent: &str) -> String {
    let mut rest = 0;
    let lower = |(at, letter): (usize, char)| {
        if letter == '%' {
            rest = at + 3;
        }
        if at < rest { letter.to_ascii_lowercase() } else { letter }
    };
    percent.char_indices().map(lower).collect()
}

fn escaped_in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// JSON in which the letters that `escape` chooses are written as their numbers.
fn with_escapes(text: &str, upper: bool, escape: impl Fn(char) -> bool) -> String {
    let mut json = String::new();
    for letter in escaped_in_json(text).chars() {
        if !escape(letter) {
            json.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = if upper { write!(json, "\\u{unit:04X}") } else { write!(json, "\\u{unit:04x}") };
        }
    }
    json
}
