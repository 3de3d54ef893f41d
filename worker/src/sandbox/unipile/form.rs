//! `multipart/form-data`, in which Unipile takes messages, read as the JSON document that says the same: a name that
//! comes again makes a list, and `linkedin[inmail]` stands in an object. Files are left out.

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value, json};

/// The form in a body; nothing if it is none, or is broken.
pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Option<Value> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let parameters = kind.strip_prefix("multipart/form-data")?;
    let boundary = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("boundary="))?.trim_matches('"');
    let mut fields = Map::new();
    for part in parts(body, format!("--{boundary}").as_bytes())? {
        if let Some((name, text)) = field(part) {
            put(&mut fields, &name, text);
        }
    }
    Some(Value::Object(fields))
}

/// What stands between the boundaries; nothing if the last one is missing.
fn parts<'a>(body: &'a [u8], boundary: &[u8]) -> Option<Vec<&'a [u8]>> {
    let mut parts = Vec::new();
    let mut rest = &body[find(body, boundary)? + boundary.len()..];
    while !rest.starts_with(b"--") {
        let end = find(rest, boundary)?;
        parts.push(rest[..end].strip_prefix(b"\r\n")?.strip_suffix(b"\r\n")?);
        rest = &rest[end + boundary.len()..];
    }
    Some(parts)
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// Name and text of a part; nothing of a file.
fn field(part: &[u8]) -> Option<(String, String)> {
    let end = find(part, b"\r\n\r\n")?;
    let head = std::str::from_utf8(&part[..end]).ok()?;
    let disposition = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let of = |key: &str| {
        let quoted = disposition.split(';').find_map(|parameter| parameter.trim().strip_prefix(key)?.strip_prefix('='))?;
        Some(quoted.trim_matches('"').to_owned())
    };
    let text = String::from_utf8(part[end + 4..].to_vec()).ok()?;
    of("filename").is_none().then(|| Some((of("name")?, text)))?
}

fn put(fields: &mut Map<String, Value>, name: &str, text: String) {
    if let Some((outer, inner)) = name.strip_suffix(']').and_then(|name| name.split_once('['))
        && !inner.is_empty()
    {
        let object = fields.entry(outer).or_insert_with(|| json!({}));
        if let Some(object) = object.as_object_mut() {
            put(object, inner, text);
        }
        return;
    }
    let name = name.strip_suffix("[]").unwrap_or(name);
    match fields.get_mut(name) {
        None => drop(fields.insert(name.to_owned(), Value::from(text))),
        Some(Value::Array(list)) => list.push(Value::from(text)),
        Some(one) => *one = json!([one.take(), text]),
    }
}
