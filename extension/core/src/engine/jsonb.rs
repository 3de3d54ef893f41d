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

    #[test]
    fn values_are_counted_and_what_stands_in_a_text_is_not() {
        let list = |count: usize| format!("[{}]", vec!["1"; count].join(","));
        assert!(!has_too_many_values(&list(MOST_VALUES)) && has_too_many_values(&list(MOST_VALUES + 1)));
        assert!(!has_too_many_values(&json!([",\"[".repeat(MOST_VALUES)]).to_string()));
        assert_eq!(misfit(&json!(vec![1; MOST_VALUES]), 0), Some(Misfit::TooLarge));
    }
}
