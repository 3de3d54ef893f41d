//! The one error type of this crate: a reason in words, a slug and the class the boundary turns into an SQLSTATE.
//!
//! Messages name the place and the rule. They never contain a value of a payload, because payloads hold personal data
//! and messages end up in logs.

use std::fmt;

/// What SQLSTATE class the boundary maps the problem to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A definition or an argument is wrong (22023).
    BadArgument,
    /// Text that should be JSON is not (22032).
    BadJson,
    /// A size or step limit was passed (54000).
    TooLarge,
}

/// Why something was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Class of the problem.
    pub kind: Kind,
    /// Stable slug, listed in the README.
    pub code: &'static str,
    /// What happened, and to which thing.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl Problem {
    /// A wrong definition or argument.
    pub fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::of(Kind::BadArgument, code, message)
    }

    /// Text that is not the JSON it should be.
    pub fn bad_json(code: &'static str, message: impl Into<String>) -> Self {
        Self::of(Kind::BadJson, code, message)
    }

    /// A limit on size or work was passed.
    pub fn too_large(code: &'static str, message: impl Into<String>) -> Self {
        Self::of(Kind::TooLarge, code, message)
    }

    /// The same problem with advice on what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn of(kind: Kind, code: &'static str, message: impl Into<String>) -> Self {
        Self { kind, code, message: message.into(), hint: None }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_displays_its_message_and_keeps_its_hint_apart() {
        let problem = Problem::bad("template_invalid", "the template is wrong").hint("write it again");
        assert_eq!(problem.to_string(), "the template is wrong");
        assert_eq!(problem.hint.as_deref(), Some("write it again"));
        assert_eq!(problem.kind, Kind::BadArgument);
        assert_eq!(Problem::too_large("x", "y").kind, Kind::TooLarge);
        assert_eq!(Problem::bad_json("x", "y").kind, Kind::BadJson);
    }
}
