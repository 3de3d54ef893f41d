//! The forms in which a secret could be found, written down anew: the worker's own code must not be its own judge.

use serde_json::Value;

const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Base64 with padding, or URL-safe and without.
#[must_use]
pub fn base64(bytes: &[u8], url_safe: bool) -> String {
    let last = if url_safe { b"-_" } else { b"+/" };
    let letter = |bits: u32| char::from(*LETTERS.iter().chain(last).nth(bits as usize & 63).unwrap_or(&b'?'));
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().chain([&0; 2]).take(3).fold(0, |bits, byte| bits << 8 | u32::from(*byte));
        let letters = [18, 12, 6, 0].into_iter().map(|shift| letter(bits >> shift));
        text.extend(letters.take(group.len() + 1));
        text.push_str(if url_safe { "" } else { &"=="[group.len() - 1..] });
    }
    text
}

/// Everything but letters, digits and `-._~` as `%3A` or `%3a`.
#[must_use]
pub fn percent(text: &str, upper: bool) -> String {
    let encoded = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ if upper => format!("%{byte:02X}"),
        _ => format!("%{byte:02x}"),
    };
    text.bytes().map(encoded).collect()
}

/// All of them: as it is, percent-encoded, as in a form, escaped as in JSON once and twice, and what of it is sure to be
/// found in base64, wherever it stands in a longer text.
#[must_use]
pub fn forms(value: &str) -> Vec<String> {
    let quoted = |text: &str| Value::from(text).to_string().trim_matches('"').to_owned();
    let (upper, lower) = (percent(value, true), percent(value, false));
    let mut forms =
        vec![value.to_owned(), quoted(value), quoted(&quoted(value)), upper.replace("%20", "+"), lower.replace("%20", "+"), upper, lower];
    for shift in 0..3 {
        // Whole groups of three bytes of the value alone.
        let whole = &value.as_bytes()[shift..];
        let whole = &whole[..whole.len() / 3 * 3];
        forms.extend([base64(whole, false), base64(whole, true)]);
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        let pairs = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy"), ("?>?~", "Pz4/fg==")];
        for (text, encoded) in pairs {
            assert_eq!(base64(text.as_bytes(), false), encoded);
        }
        assert_eq!(base64("?>?~".as_bytes(), true), "Pz4_fg");
    }
}
