//! Typed access to the fields of a JSON object, with errors that name the path.

use serde_json::{Map, Value};

use crate::dollars::NanoDollars;
use crate::engine::pointer;
use crate::error::Problem;

/// An object at a path of a definition. Every key that is asked for is noted; [`Fields::finish`] refuses the others.
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    path: String,
    known: Vec<&'static str>,
}

/// An error at a path of a definition.
pub fn invalid(path: &str, what: impl std::fmt::Display) -> Problem {
    let place = if path.is_empty() { "the top level" } else { path };
    Problem::bad("definition_invalid", format!("at {place}: {what}"))
}

impl<'a> Fields<'a> {
    /// The object at `path`.
    ///
    /// # Errors
    /// When the value is no object.
    pub fn of(value: &'a Value, path: &str) -> Result<Self, Problem> {
        let object = value.as_object().ok_or_else(|| invalid(path, "must be an object"))?;
        Ok(Self { object, path: path.to_owned(), known: Vec::new() })
    }

    /// The path of a key of this object.
    pub fn path_of(&self, key: &str) -> String {
        pointer::child(&self.path, key)
    }

    /// The value of a key; JSON null counts as absent.
    pub fn get(&mut self, key: &'static str) -> Option<&'a Value> {
        self.known.push(key);
        self.object.get(key).filter(|value| !value.is_null())
    }

    /// A text of 1 to `longest` characters, or None when absent.
    ///
    /// # Errors
    /// When it is no such text.
    pub fn text(&mut self, key: &'static str, longest: usize) -> Result<Option<&'a str>, Problem> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| invalid(&self.path_of(key), "must be a text"))?;
        if text.is_empty() || text.chars().count() > longest {
            return Err(invalid(&self.path_of(key), format!("must have 1 to {longest} characters")));
        }
        if text.contains('\0') {
            return Err(invalid(&self.path_of(key), "must not contain the character NUL"));
        }
        Ok(Some(text))
    }

    /// One of a list of words, or None when absent.
    ///
    /// # Errors
    /// When it is another word.
    pub fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Result<Option<T>, Problem> {
        let Some(value) = self.get(key) else { return Ok(None) };
        words.iter().find(|(word, _)| value.as_str() == Some(word)).map(|(_, meaning)| Some(*meaning)).ok_or_else(|| {
            let allowed: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            invalid(&self.path_of(key), format!("must be one of {}", allowed.join(", ")))
        })
    }

    /// A number above `above` and up to `most`, or None when absent.
    ///
    /// # Errors
    /// When it is no such number.
    pub fn number(&mut self, key: &'static str, above: f64, most: f64) -> Result<Option<f64>, Problem> {
        let Some(value) = self.get(key) else { return Ok(None) };
        match value.as_f64() {
            Some(number) if number > above && number <= most => Ok(Some(number)),
            _ => Err(invalid(&self.path_of(key), format!("must be a number above {above} and at most {most}"))),
        }
    }

    /// A whole number from `least` to `most`, or None when absent.
    ///
    /// # Errors
    /// When it is no such number.
    pub fn count(&mut self, key: &'static str, least: u32, most: u32) -> Result<Option<u32>, Problem> {
        let Some(value) = self.get(key) else { return Ok(None) };
        value
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| (least..=most).contains(number))
            .map(Some)
            .ok_or_else(|| invalid(&self.path_of(key), format!("must be a whole number from {least} to {most}")))
    }

    /// An amount of US dollars, or None when absent.
    ///
    /// # Errors
    /// When it is none, or has more than nine decimals.
    pub fn dollars(&mut self, key: &'static str) -> Result<Option<NanoDollars>, Problem> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let what = "must be an amount of US dollars such as \"0.04\", from 0 to 1000000, with at most nine decimals";
        NanoDollars::read(value).map(Some).ok_or_else(|| invalid(&self.path_of(key), what))
    }

    /// True or false, or None when absent.
    ///
    /// # Errors
    /// When it is neither.
    pub fn flag(&mut self, key: &'static str) -> Result<Option<bool>, Problem> {
        let Some(value) = self.get(key) else { return Ok(None) };
        value.as_bool().map(Some).ok_or_else(|| invalid(&self.path_of(key), "must be true or false"))
    }

    /// Refuses keys nobody asked for: a misspelt option must not be ignored in silence.
    ///
    /// # Errors
    /// When there is such a key.
    pub fn finish(self) -> Result<(), Problem> {
        match self.object.iter().find(|(key, value)| !self.known.contains(&key.as_str()) && !value.is_null()) {
            None => Ok(()),
            Some((key, _)) => {
                Err(invalid(&self.path_of(key), "is not a known key").hint(format!("Known here: {}.", self.known.join(", "))))
            }
        }
    }
}
