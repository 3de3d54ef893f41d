//! Where in a JSON text an offset is, as a JSON pointer.

use super::numbers::after_string;
use crate::engine::pointer;

/// Bytes of a key that looks like the name of a field.
const LONGEST_FIELD_NAME: usize = 63;

/// An object or list that is open at a place.
enum Level<'a> {
    /// An object, with the current key as JSON text.
    Object(&'a str),
    /// A list, with the current index.
    List(usize),
}

/// The pointer to the value that begins at `offset` of a valid JSON text. A key that may not be shown is `*`.
pub(super) fn pointer_to(json: &str, offset: usize, may_show: &dyn Fn(&str) -> bool) -> String {
    levels_at(json, offset).iter().fold(String::new(), |path, level| match level {
        Level::List(index) => format!("{path}/{index}"),
        Level::Object(key) => match serde_json::from_str::<String>(key) {
            Ok(key) if may_show(&key) => pointer::child(&path, &key),
            _ => format!("{path}/*"),
        },
    })
}

fn levels_at(json: &str, offset: usize) -> Vec<Level<'_>> {
    let bytes = json.as_bytes();
    let (mut levels, mut last_string, mut at) = (Vec::new(), "", 0);
    while at < offset.min(bytes.len()) {
        match (bytes[at], levels.last_mut()) {
            (b'"', _) => {
                let end = after_string(bytes, at);
                last_string = &json[at..end];
                at = end;
                continue;
            }
            (b'{', _) => levels.push(Level::Object("")),
            (b'[', _) => levels.push(Level::List(0)),
            (b'}' | b']', _) => drop(levels.pop()),
            (b',', Some(Level::List(index))) => *index += 1,
            (b':', Some(Level::Object(key))) => *key = last_string,
            _ => {}
        }
        at += 1;
    }
    levels
}

/// Whether a key looks like the name of a field, and not like an address, a number or a sentence.
pub(super) fn is_field_name(key: &str) -> bool {
    let starts_well = key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    starts_well && key.len() <= LONGEST_FIELD_NAME && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

/// A pointer as messages write it.
pub(super) fn shown(pointer: &str) -> &str {
    if pointer.is_empty() { "the top level" } else { pointer }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_becomes_the_pointer_to_its_value() {
        let json = r#" {"a": "x,:[{\"", "b/c": [[1, 2], {"d\u007e": "y", "e": {}, "f": [7, 8, 9]}], "g": 5} "#;
        for (mark, pointer) in [("1,", "/b~1c/0/0"), ("2]", "/b~1c/0/1"), ("9]", "/b~1c/1/f/2"), ("5}", "/g"), ("\"y", "/b~1c/1/d~0")] {
            let offset = json.find(mark).expect("the mark is in the text");
            assert_eq!(pointer_to(json, offset, &|_| true), pointer, "{mark}");
        }
        assert_eq!(pointer_to("7", 0, &|_| true), "");
    }

    #[test]
    fn what_is_no_field_name_is_hidden() {
        for name in ["id", "max_tokens", "_x", "x-y", "A1"] {
            assert!(is_field_name(name), "{name}");
        }
        for other in ["", "5511999998888", "ann@example.org", "Ann Example", "é", "a/b", &"x".repeat(64)] {
            assert!(!is_field_name(other), "{other}");
        }
        assert_eq!(pointer_to(r#"{"a b": [{"c": 1}]}"#, 15, &is_field_name), "/*/0/c");
    }
}
