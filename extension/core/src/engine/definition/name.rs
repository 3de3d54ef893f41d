//! Names of tools and providers: what they may be, and how messages write them.

use crate::error::Problem;

/// Bytes of a name, as many as of a Postgres identifier.
const LONGEST_NAME: usize = 63;
/// Characters of an invalid name that a message repeats, as many as messages from SQL do.
const LONGEST_QUOTED: usize = 80;
/// What a name may be, in words.
pub(super) const RULE: &str = "1 to 63 letters, digits, dots, - and _";

/// Names stand in error messages, views and file names: letters, digits, dots, - and _.
pub(super) fn is_name(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    plain && (1..=LONGEST_NAME).contains(&text.len())
}

/// Refuses what is no name.
pub(super) fn check_name(name: &str) -> Result<(), Problem> {
    if is_name(name) {
        return Ok(());
    }
    Err(Problem::bad("definition_invalid", format!("its name must have {RULE}")).hint("Choose a name like content.carousel-2."))
}

/// The problem with the tool or provider it is about, as SQL writes them: `tool chat at /queue: …`, `provider openai: template at …`.
/// A valid name needs no quotes; another one is quoted, so that a line end in it starts no line of a log.
pub(crate) fn about(kind: &str, name: &str, problem: Problem) -> Problem {
    let quoted = || format!("'{}'", name.chars().take(LONGEST_QUOTED).collect::<String>().escape_debug());
    let name = if is_name(name) { name.to_owned() } else { quoted() };
    let glue = if problem.message.starts_with("at ") { " " } else { ": " };
    Problem { message: format!("{kind} {name}{glue}{}", problem.message), ..problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str, message: &str) -> String {
        about("tool", name, Problem::bad("definition_invalid", message)).message
    }

    #[test]
    fn a_valid_name_stands_without_quotes_before_a_place_or_a_sentence() {
        assert_eq!(said("a.b-c_9", "at /queue: is wrong"), "tool a.b-c_9 at /queue: is wrong");
        assert_eq!(said("chat", "template at /x: is wrong"), "tool chat: template at /x: is wrong");
    }

    #[test]
    fn an_invalid_name_is_quoted_escaped_and_cut() {
        assert_eq!(said("", "its name"), "tool '': its name");
        assert_eq!(said("a b'\n", "its name"), r"tool 'a b\'\n': its name");
        assert_eq!(said(&"x".repeat(5_000), "y").len(), "tool '': y".len() + LONGEST_QUOTED);
    }

    #[test]
    fn a_name_has_1_to_63_plain_characters() {
        assert!(is_name("A") && is_name(&"x".repeat(63)));
        for wrong in ["", "a b", "a\n", "é", "a/b", "a'", &"x".repeat(64)] {
            assert!(!is_name(wrong), "{wrong}");
        }
    }
}
