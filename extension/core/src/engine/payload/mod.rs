//! The check of a payload before its job is accepted: small enough, readable, unchanged on its way, and as the tool's schema says.

mod numbers;
mod place;

use serde_json::Value;

use super::definition::Tool;
use super::schema::Violation;
use crate::error::Problem;

/// Largest payload, as JSON text: what docs/tools.md promises. 10 MiB in bytes.
const MAX_PAYLOAD_BYTES: usize = 10 * 1024 * 1024;

/// Checks the text of a payload; None is SQL's null.
///
/// # Errors
/// `payload_invalid` or `payload_too_large`, naming the place and never a value.
pub fn check(tool: &Tool, text: Option<&str>) -> Result<(), Problem> {
    let text = text.ok_or_else(|| Problem::bad("payload_invalid", "the payload is null").hint("Pass an object; '{}' says nothing."))?;
    if text.len() > MAX_PAYLOAD_BYTES {
        return Err(too_large(text));
    }
    // Parsed even without a schema: a payload that cannot be read would only be found at its claim.
    let payload: Value = serde_json::from_str(text).map_err(|_| unreadable())?;
    if let Some(offset) = numbers::first_changed(text) {
        return Err(changed_number(tool, text, offset));
    }
    let Some(schema) = &tool.payload_schema else { return Ok(()) };
    schema.check(&payload).map_err(|violation| against_schema(tool, &violation))
}

fn too_large(text: &str) -> Problem {
    let megabytes = text.len() / (1024 * 1024);
    Problem::too_large("payload_too_large", format!("the payload has {megabytes} MiB as text, more than the 10 MiB a job may hold"))
        .hint("Store large inputs elsewhere and pass a reference, or split the job.")
}

fn unreadable() -> Problem {
    Problem::bad("payload_invalid", "the payload is nested deeper than 128 levels, or holds a number beyond 1e308")
        .hint("Flatten it, and send such a number as a string.")
}

fn changed_number(tool: &Tool, text: &str, offset: usize) -> Problem {
    // Keys may be personal data too: shown are those of the schema or, without one, those that look like the name of a field.
    let may_show = |key: &str| tool.payload_schema.as_ref().map_or_else(|| place::is_field_name(key), |schema| schema.names_key(key));
    let pointer = place::pointer_to(text, offset, &may_show);
    let (name, place) = (&tool.name, place::shown(&pointer));
    let message = format!("the payload for tool {name} has a number at {place} with more digits than can be kept exactly");
    Problem::bad("payload_invalid", message).hint("Send it as a string: as a number it would reach the provider with other digits.")
}

fn against_schema(tool: &Tool, violation: &Violation) -> Problem {
    let (name, place) = (&tool.name, place::shown(&violation.path));
    let message = format!("the payload for tool {name} breaks its payload_schema at {place}: {}", violation.message);
    let select = "select definition -> 'payload_schema' from steward.tool";
    let hint = format!("{select} where name = '{name}' order by version desc limit 1 shows the schema.");
    Problem::bad("payload_invalid", message).hint(hint)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::error::Kind;
    use serde_json::json;

    fn tool(schema: Value) -> Tool {
        Tool::parse("put", &json!({ "executor": "noop", "payload_schema": schema })).unwrap()
    }

    fn refused(tool: &Tool, text: &str) -> Problem {
        check(tool, Some(text)).unwrap_err()
    }

    #[test]
    fn a_number_that_would_be_changed_is_refused_with_its_place_and_without_its_digits() {
        let problem = refused(&tool(Value::Null), r#"{"people": [{"id": 1}, {"id": 123456789012345678901234567890}]}"#);
        assert_eq!((problem.code, problem.kind), ("payload_invalid", Kind::BadArgument));
        assert_eq!(problem.message, "the payload for tool put has a number at /people/1/id with more digits than can be kept exactly");
        assert!(problem.hint.unwrap().starts_with("Send it as a string"));
        assert!(refused(&tool(Value::Null), "0.12345678901234567890").message.contains(" at the top level with more"));
    }

    #[test]
    fn a_key_that_may_be_a_person_is_not_repeated() {
        let text = r#"{"ann@example.org": {"Ann": 18446744073709551617}}"#;
        assert!(refused(&tool(Value::Null), text).message.contains(" at /*/Ann with more"));
        assert!(refused(&tool(json!({ "type": "object" })), text).message.contains(" at /*/* with more"));
        let schema = json!({ "properties": { "ann@example.org": {} } });
        assert!(refused(&tool(schema), text).message.contains(" at /ann@example.org/* with more"));
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        let tool = tool(json!({ "type": "object" }));
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let huge = format!("\"{}\"", "x".repeat(MAX_PAYLOAD_BYTES));
        for (text, code) in [
            (None, "payload_invalid"),
            (Some("[]"), "payload_invalid"),
            (Some("1e400"), "payload_invalid"),
            (Some(deep.as_str()), "payload_invalid"),
            (Some(huge.as_str()), "payload_too_large"),
        ] {
            let problem = check(&tool, text).unwrap_err();
            assert!(problem.code == code && problem.hint.is_some(), "{problem:?}");
        }
        check(&tool, Some(r#"{"n": 0.10, "big": 9007199254740993}"#)).unwrap();
    }
}
