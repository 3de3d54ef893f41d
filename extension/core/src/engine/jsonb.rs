//! What Postgres' jsonb can hold, and what a backend should build: checked before a value is handed to it, because an error there would
//! end the claim or the finish of a whole batch, again and again.

use serde_json::Value;

/// Values in one document: a million take about 100 MB while they are read, and 17 million took 2.4 GB and then no memory was left.
pub const MOST_VALUES: usize = 1_000_000;

/// Why a value cannot be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// It holds the character NUL.
    Nul,
    /// Its texts are too long together, or its values too many.
    TooLarge,
}

/// What keeps a value from being stored, if anything: `most_bytes` of text, [`MOST_VALUES`] values, no NUL.
pub fn misfit(value: &Value, most_bytes: usize) -> Option<Misfit> {
    Room { bytes: most_bytes, values: MOST_VALUES }.fill(value).err()
}

/// Whether a JSON text may hold more than [`MOST_VALUES`] values: each but the first follows a bracket, a comma or a colon.
pub fn has_too_many_values(text: &str) -> bool {
    let mut inside_text = false;
    let mut escaped = false;
    let mut count = 0_usize;
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = inside_text,
            b'"' => inside_text = !inside_text,
            b'[' | b'{' | b',' | b':' if !inside_text => count += 1,
            _ => {}
        }
    }
    count > MOST_VALUES
}

/// At most so many bytes has what Postgres writes of a jsonb: what a worker sends of a request's body. It puts a space after each colon and each comma,
/// and writes numbers without an exponent.
pub fn text_bytes(value: &Value) -> u64 {
    let separators = |count: usize| 2 * count.saturating_sub(1) as u64;
    match value {
        Value::Null => 4,
        Value::Bool(is) => 5 - u64::from(*is),
        Value::Number(number) => number_bytes(&number.to_string()),
        Value::String(text) => quoted_bytes(text),
        Value::Array(items) => 2 + separators(items.len()) + items.iter().map(text_bytes).sum::<u64>(),
        Value::Object(fields) => {
            2 + separators(fields.len()) + fields.iter().map(|(key, field)| quoted_bytes(key) + 2 + text_bytes(field)).sum::<u64>()
        }
    }
}

/// With the point and the leading zero that an exponent makes necessary.
fn number_bytes(text: &str) -> u64 {
    let (digits, exponent) = text.split_once('e').unwrap_or((text, ""));
    let moved = exponent.parse::<i64>().map_or(0, |exponent| exponent.unsigned_abs() + 2);
    digits.len() as u64 + moved
}

/// In quotation marks; the escapes are those of `escape_json` in utils/adt/json.c.
fn quoted_bytes(text: &str) -> u64 {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..0x20 => 6,
        _ => 1,
    };
    2 + text.bytes().map(escaped).sum::<u64>()
}

struct Room {
    bytes: usize,
    values: usize,
}

impl Room {
    fn fill(&mut self, value: &Value) -> Result<(), Misfit> {
        self.values = self.values.checked_sub(1).ok_or(Misfit::TooLarge)?;
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter().try_for_each(|item| self.fill(item)),
            Value::Object(fields) => fields.iter().try_for_each(|(key, field)| self.text(key).and_then(|()| self.fill(field))),
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Misfit> {
        if text.contains('\0') {
            return Err(Misfit::Nul);
        }
        self.bytes = self.bytes.checked_sub(text.len()).ok_or(Misfit::TooLarge)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nul_is_found_in_values_and_keys_at_any_depth() {
        for value in [json!("a\0"), json!([{ "a": ["\0"] }]), json!({ "\0": 1 })] {
            assert_eq!(misfit(&value, 100), Some(Misfit::Nul), "{value}");
        }
        assert_eq!(misfit(&json!({ "a": ["b", 1, null, true] }), 100), None);
    }

    #[test]
    fn texts_and_keys_count_together() {
        let value = json!({ "key": ["text", "more"] });
        assert_eq!((misfit(&value, 11), misfit(&value, 10)), (None, Some(Misfit::TooLarge)));
    }

    /// What `select octet_length($1::jsonb::text)` says.
    #[test]
    fn the_text_of_a_jsonb_is_measured_as_postgres_writes_it() {
        let says = [
            (r#"{"model":"m","messages":[{"role":"user","content":"a\"b\\c\n\u0001é🦀"}],"n":[1,-2.5,true,false,null,{},[]]}"#, 125),
            ("[100000,0.1,{\"a\":\"\"}]", 24),
        ];
        for (text, bytes) in says {
            assert_eq!(text_bytes(&serde_json::from_str(text).unwrap_or_default()), bytes, "{text}");
        }
        let most = [("1e300", 301), ("-1.25e-9", 14), ("1.5e17", 18)];
        for (text, bytes) in most {
            let measured = text_bytes(&serde_json::from_str(text).unwrap_or_default());
            assert!((bytes..bytes + 8).contains(&measured), "{text}: {measured}");
        }
    }

    #[test]
    fn values_are_counted_and_what_stands_in_a_text_is_not() {
        let list = |count: usize| format!("[{}]", vec!["1"; count].join(","));
        assert!(!has_too_many_values(&list(MOST_VALUES)) && has_too_many_values(&list(MOST_VALUES + 1)));
        assert!(!has_too_many_values(&json!([",\"[".repeat(MOST_VALUES)]).to_string()));
        assert_eq!(misfit(&json!(vec![1; MOST_VALUES]), 0), Some(Misfit::TooLarge));
    }
}
