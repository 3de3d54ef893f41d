//! Reading the messages of a chat request: a role, and content that is text or parts.

use serde_json::{Map, Value};

use super::answer::ApiError;
use super::request::{missing, wrong_type};

/// Roles a message may have.
const ROLES: [&str; 6] = ["system", "developer", "user", "assistant", "tool", "function"];

/// Field a part of a message's content must have, by type.
const PARTS: [(&str, &str); 5] =
    [("text", "text"), ("image_url", "image_url"), ("input_audio", "input_audio"), ("file", "file"), ("refusal", "refusal")];

/// The field `messages`, checked.
pub(super) fn messages(fields: &Map<String, Value>) -> Result<Vec<Value>, ApiError> {
    let list = match fields.get("messages") {
        Some(Value::Array(list)) => list,
        Some(_) => return Err(wrong_type("messages", "an array of objects")),
        None => return Err(missing("messages")),
    };
    if list.is_empty() {
        return Err(
            ApiError::invalid("messages", "Invalid 'messages': empty array. Expected at least one message.").with_code("empty_array")
        );
    }
    for (index, message) in list.iter().enumerate() {
        check_message(message, &format!("messages[{index}]"))?;
    }
    Ok(list.clone())
}

fn check_message(message: &Value, at: &str) -> Result<(), ApiError> {
    let Some(fields) = message.as_object() else {
        return Err(wrong_type(at, "an object"));
    };
    let role = match fields.get("role") {
        Some(Value::String(role)) => role.as_str(),
        Some(_) => return Err(wrong_type(&format!("{at}.role"), "a string")),
        None => return Err(missing(&format!("{at}.role"))),
    };
    if !ROLES.contains(&role) {
        let message = format!("Invalid value for '{at}.role'. Supported values are: {}.", ROLES.join(", "));
        return Err(ApiError::invalid(format!("{at}.role"), message).with_code("invalid_value"));
    }
    let at = format!("{at}.content");
    match fields.get("content") {
        Some(Value::String(_)) => Ok(()),
        Some(Value::Array(parts)) if !parts.is_empty() => check_parts(parts, &at),
        // An assistant that called a tool or refused has nothing to say.
        None | Some(Value::Null) if role == "assistant" => Ok(()),
        None => Err(missing(&at)),
        Some(_) => Err(wrong_type(&at, "a string or an array of parts")),
    }
}

fn check_parts(parts: &[Value], at: &str) -> Result<(), ApiError> {
    for (index, part) in parts.iter().enumerate() {
        let at = format!("{at}[{index}]");
        let kind = part.get("type").and_then(Value::as_str).ok_or_else(|| missing(&format!("{at}.type")))?;
        let Some((_, field)) = PARTS.iter().find(|(name, _)| *name == kind) else {
            let message = format!("Invalid value for '{at}.type': it is none of text, image_url, input_audio, file, refusal.");
            return Err(ApiError::invalid(format!("{at}.type"), message).with_code("invalid_value"));
        };
        let value = part.get(field).ok_or_else(|| missing(&format!("{at}.{field}")))?;
        let expected = if kind == "text" || kind == "refusal" { value.is_string() } else { value.is_object() };
        if !expected {
            return Err(wrong_type(&format!("{at}.{field}"), "what its type says"));
        }
    }
    Ok(())
}
