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

impl Kind {
    /// The SQLSTATE, for problems that SQL raises; `extension/src/error.rs` raises the others.
    pub fn sqlstate(self) -> &'static str {
        match self {
            Self::BadArgument => "22023",
            Self::BadJson => "22032",
            Self::TooLarge => "54000",
        }
    }
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
    /// What to do next, where that is more than [`Problem::advice`] says of every problem with this slug.
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

    /// What to do next: the problem's own hint, or what is true of every problem with its slug.
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref().or_else(|| general_advice(self.code))
    }

    fn of(kind: Kind, code: &'static str, message: impl Into<String>) -> Self {
        Self { kind, code, message: message.into(), hint: None }
    }
}

/// What to do about a slug whose messages already name the place and the rule.
fn general_advice(code: &str) -> Option<&'static str> {
    match code {
        "definition_invalid" => Some("Correct the definition there and define it again."),
        "template_invalid" => Some("A template has {{ expressions }}, {% if %} and {% for %} only: correct it there and define it again."),
        "schema_invalid" => Some("Correct the JSON Schema there and define the tool again."),
        "payload_invalid" => Some("Correct the payload and pass it again."),
        "cron_invalid" => Some("Write five fields: minute, hour, day of month, month, day of week, such as 30 8 * * MON-FRI."),
        "price_file_malformed" => Some("Correct it there and import the file again; nothing of it was taken in."),
        "price_not_loaded" => Some("Call steward.load_price(price_id) first."),
        "rubric_invalid" => Some("Correct the rubric there and define it again; docs/leads.md tells what one may say."),
        "routing_invalid" => Some("Correct the rules of ownership there and set them again."),
        "model_invalid" => Some("Correct the definition of the model and train it again; docs/leads.md tells what one may say."),
        "tool_not_loaded" => Some("Call steward.load_tool(tool_id) first."),
        _ => None,
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

    #[test]
    fn advice_is_the_hint_or_what_is_true_of_the_slug() {
        assert_eq!(Problem::bad("schema_invalid", "x").hint("Write it again.").advice(), Some("Write it again."));
        for code in ["definition_invalid", "template_invalid", "schema_invalid", "payload_invalid", "tool_not_loaded"] {
            assert!(Problem::bad(code, "x").advice().is_some(), "{code}");
        }
        assert_eq!(Problem::bad("render_failed", "x").advice(), None);
    }

    #[test]
    fn a_kind_has_the_sqlstate_its_comment_says() {
        let states = [Kind::BadArgument, Kind::BadJson, Kind::TooLarge].map(Kind::sqlstate);
        assert_eq!(states, ["22023", "22032", "54000"]);
    }
}
