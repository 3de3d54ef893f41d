//! What a field of a lead holds, whichever of a column and an attribute it is.

use std::borrow::Cow;

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
