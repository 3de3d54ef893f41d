//! What a feature reads of a field: the names of levels, or a number.

use std::borrow::Cow;

use crate::leads::value::Value;

/// Bytes of the longest text that may be a level or a number. A longer one is prose, which says no more than that there is some.
pub const LONGEST_LEVEL: usize = 200;
/// The name of prose, which no level has, because blank text is nothing.
const PROSE: &str = "";

/// A field as features see it.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// Nothing is there.
    Missing,
    /// A finite number.
    Number(f64),
    /// Text or a flag, without blanks around it.
    Level(Cow<'a, str>),
    /// The values of a list in order, each once.
    Levels(Vec<Cow<'a, str>>),
}

impl<'a> Cell<'a> {
    /// What is read of a value. A number that is not finite is nothing.
    #[must_use]
    pub fn of(value: &'a Value<'_>) -> Self {
        match value {
            Value::Number(number) if number.is_finite() => Self::Number(*number),
            Value::List(values) => Self::of_list(values),
            Value::Text(_) | Value::Flag(_) => value.text().map_or(Self::Missing, Self::of_text),
            Value::Number(_) | Value::Missing => Self::Missing,
        }
    }

    fn of_text(text: Cow<'a, str>) -> Self {
        // `Value::of_text` makes nothing of blank text; a value that was made otherwise is the same here.
        level_name(text).map_or(Self::Missing, Self::Level)
    }

    fn of_list(values: &'a [Value<'_>]) -> Self {
        let finite = values.iter().filter(|value| !matches!(value, Value::Number(number) if !number.is_finite()));
        let mut names: Vec<_> = finite.filter_map(|value| value.text().and_then(level_name)).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() { Self::Missing } else { Self::Levels(names) }
    }

    /// The number that it is or says.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Level(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
            Self::Missing | Self::Levels(_) => None,
        }
    }

    /// Calls with the name of each level that it is; prose has one that no level has.
    pub fn each_level(&self, mut call: impl FnMut(&str)) {
        match self {
            Self::Missing => {}
            Self::Number(number) => call(&number.to_string()),
            Self::Level(name) => call(name),
            Self::Levels(names) => names.iter().for_each(|name| call(name)),
        }
    }

    /// Bytes of its texts, with what holds each of a list.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Missing | Self::Number(_) => 0,
            Self::Level(name) => name.len(),
            Self::Levels(names) => names.iter().map(|name| name.len() + size_of::<Cow<'_, str>>()).sum(),
        }
    }

    /// Whether a name can be that of a level.
    #[must_use]
    pub fn is_level(name: &str) -> bool {
        name != PROSE && name.len() <= LONGEST_LEVEL
    }

    /// The same, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Cell<'static> {
        let owned = |name: Cow<'_, str>| Cow::Owned(name.into_owned());
        match self {
            Self::Missing => Cell::Missing,
            Self::Number(number) => Cell::Number(number),
            Self::Level(name) => Cell::Level(owned(name)),
            Self::Levels(names) => Cell::Levels(names.into_iter().map(owned).collect()),
        }
    }
}

/// Text without blanks around it; none for blank text, the name of prose for what is too long.
fn level_name(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let length = text.trim().len();
    match length {
        0 => None,
        _ if length > LONGEST_LEVEL => Some(Cow::Borrowed(PROSE)),
        _ if length == text.len() => Some(text),
        _ => Some(Cow::Owned(text.trim().to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(value: &Value<'_>) -> Vec<String> {
        let mut names = Vec::new();
        Cell::of(value).each_level(|name| names.push(name.to_owned()));
        names
    }

    #[test]
    fn numbers_as_text_are_numbers_and_what_is_not_finite_is_nothing() {
        let number = |value: Value<'_>| Cell::of(&value).number();
        assert_eq!(number(Value::of_text(" 1.5 ")), Some(1.5));
        assert_eq!(number(Value::Number(-3.0)), Some(-3.0));
        for nothing in [Value::Number(f64::NAN), Value::of_text("NaN"), Value::of_text("-inf"), Value::of_text("1e999"), Value::Flag(true)]
        {
            assert_eq!(number(nothing), None);
        }
        assert_eq!(Cell::of(&Value::Number(f64::INFINITY)), Cell::Missing);
        assert_eq!(Cell::of(&Value::Text("  ".into())), Cell::Missing);
    }

    #[test]
    fn a_list_is_its_values_each_once_and_without_those_that_are_nothing() {
        let list =
            Value::List(vec![Value::of_text("b"), Value::Missing, Value::of_text(" a"), Value::Number(f64::NAN), Value::of_text("b")]);
        assert_eq!(levels(&list), ["a", "b"]);
        assert_eq!(Cell::of(&Value::List(vec![Value::Missing])), Cell::Missing);
    }

    #[test]
    fn prose_is_there_but_no_level_and_no_number() {
        let long = "9".repeat(LONGEST_LEVEL + 1);
        let value = Value::of_text(long.as_str());
        assert_eq!((levels(&value), Cell::of(&value).number()), (vec![String::new()], None));
        assert!(!Cell::is_level(""));
        assert_eq!(levels(&Value::Flag(false)), ["false"]);
    }
}
