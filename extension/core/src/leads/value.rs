//! What a field of a lead holds, whichever of a column and an attribute it is.

use std::borrow::Cow;

use chrono::DateTime;

/// How a moment is written, always in UTC.
pub const MOMENT: &str = "%Y-%m-%dT%H:%M:%S%.6fZ";

/// A field's value. Blank text, JSON null and SQL null are all [`Value::Missing`].
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Not there.
    Missing,
    /// A finite number.
    Number(f64),
    /// Text that is not blank, as it was written.
    Text(Cow<'a, str>),
    /// True or false.
    Flag(bool),
    /// A list; an object counts as the list of its values.
    List(Vec<Value<'a>>),
}

impl<'a> Value<'a> {
    /// Text as a field holds it: blank text is nothing.
    pub fn of_text(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if text.trim().is_empty() { Self::Missing } else { Self::Text(text) }
    }

    /// A number as a field holds it: what is not finite is nothing.
    pub fn of_number(number: f64) -> Self {
        if number.is_finite() { Self::Number(number) } else { Self::Missing }
    }

    /// A moment as the text that it is told as, in microseconds since 1970; what no calendar has is told as never ending.
    pub fn of_moment(micros: i64) -> Self {
        let at = DateTime::from_timestamp_micros(micros).map(|at| at.format(MOMENT).to_string());
        let beyond = if micros < 0 { "-infinity" } else { "infinity" };
        Self::Text(at.map_or(Cow::Borrowed(beyond), Cow::Owned))
    }

    /// Whether nothing is there. An empty list is nothing, too.
    pub fn is_missing(&self) -> bool {
        match self {
            Self::Missing => true,
            Self::List(values) => values.iter().all(Value::is_missing),
            _ => false,
        }
    }

    /// The number that it is or that its text says, blanks around it aside. `NaN` and `Infinity` are no numbers, nor are a flag and a list.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        }
    }

    /// The text that it is, or how its number or flag is written; of a list the texts of its values, a blank between them.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Missing => None,
            Self::Number(number) => Some(number.to_string().into()),
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Flag(flag) => Some(if *flag { "true" } else { "false" }.into()),
            Self::List(values) => {
                let texts: Vec<_> = values.iter().filter_map(Value::text).collect();
                (!texts.is_empty()).then(|| texts.join(" ").into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_there_and_reads_as_it_is_told_in_histories() {
        let text = |micros| Value::of_moment(micros).text().map(Cow::into_owned);
        assert_eq!(text(1_769_850_000_000_000).as_deref(), Some("2026-01-31T09:00:00.000000Z"));
        assert_eq!([i64::MIN, i64::MAX].map(|micros| text(micros).unwrap_or_default()), ["-infinity", "infinity"]);
        assert_eq!(Value::of_moment(0).number(), None);
    }
}
