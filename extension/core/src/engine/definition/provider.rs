//! A provider: a server that tools call.

use serde_json::{Value, json};

use super::fields::{Fields, invalid};
use super::http::named_texts;
use super::name::check_name;
use crate::engine::template::Text;
use crate::error::Problem;

/// Advice for a base URL that is none.
const BASE_URL_FORM: &str = "Write https://host, https://host:port or https://host/path; secrets go into headers or query.";

/// A server that tools call: where it is and what every request to it carries.
pub struct Provider {
    /// Name that tools refer to.
    pub name: String,
    /// Scheme, host, port and leading path, without a slash at the end. Literal: templates cannot choose a host.
    pub base_url: String,
    /// Headers of every request, names in lower case.
    pub headers: Vec<(String, Text)>,
    /// Query parameters of every request.
    pub query: Vec<(String, Text)>,
    /// Under which name its models stand in the price table.
    pub price_list: String,
    /// The definition with its defaults.
    pub completed: Value,
}

impl Provider {
    /// Checks and compiles a definition.
    ///
    /// # Errors
    /// `definition_invalid` or `template_invalid`, naming the path.
    pub fn parse(name: &str, definition: &Value) -> Result<Self, Problem> {
        check_name(name)?;
        let mut fields = Fields::of(definition, "")?;
        let base_url = fields.text("base_url", 500)?.ok_or_else(|| invalid("/base_url", "is missing").hint(BASE_URL_FORM))?;
        let base_url = checked_base_url(base_url)?;
        let headers = fields.get("headers");
        let query = fields.get("query");
        let price_list = fields.text("price_list", 200)?.unwrap_or(name);
        fields.finish()?;
        let completed = json!({
            "base_url": base_url,
            "headers": headers.cloned().unwrap_or_else(|| json!({})),
            "query": query.cloned().unwrap_or_else(|| json!({})),
            "price_list": price_list,
        });
        Ok(Self {
            name: name.to_owned(),
            base_url,
            headers: headers.map_or(Ok(Vec::new()), |value| named_texts(value, "/headers", true))?,
            query: query.map_or(Ok(Vec::new()), |value| named_texts(value, "/query", false))?,
            price_list: price_list.to_owned(),
            completed,
        })
    }
}

/// `https://host[:port][/path]` and nothing else: no user, query, fragment, white space or template.
fn checked_base_url(text: &str) -> Result<String, Problem> {
    let refuse = |what: &str| Err(invalid("/base_url", what).hint(BASE_URL_FORM));
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
        return refuse("must begin with https:// or http://");
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path_is_plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._~%:@!$&'()*+,;=".contains(&b));
    if !path_is_plain || path.split('/').any(|segment| segment == "." || segment == "..") {
        return refuse("its path may hold letters, digits and /-._~%:@!$&'()*+,;= only, and no . or .. segment");
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !authority.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if !port.is_none_or(is_port) {
        return refuse("its port must be a number from 0 to 65535");
    }
    let bracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let host_is_plain = match bracketed {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.'),
    };
    if !host_is_plain {
        return refuse("must name a host (a user, a template or other characters are not allowed there)");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Digits only: Rust's own parser would take a plus sign, too.
fn is_port(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn path_of_error(definition: Value) -> String {
        Provider::parse("p", &definition).err().expect("is refused").message
    }

    #[test]
    fn a_base_url_keeps_scheme_host_port_and_path_only() {
        for good in ["https://api.openai.com/v1", "http://127.0.0.1:8080", "http://[::1]:9/x", "https://a-b.example/v1/"] {
            Provider::parse("p", &json!({ "base_url": good })).map_err(|e| e.message).unwrap();
        }
        for bad in [
            "ftp://x/",
            "https://",
            "https://user:pw@host/",
            "https://host/{{ payload.x }}",
            "https://{{ payload.h }}/",
            "https://h/?q=1",
            "https://h/#f",
            "https://h:99999/",
            "https://h:+80",
            "https://h:-1",
            "https://h:",
            "https://h/a/../b",
            "https://h o/",
            "https://[::zz]/",
            "//host/",
        ] {
            assert!(path_of_error(json!({ "base_url": bad })).starts_with("at /base_url: "), "{bad}");
        }
    }

    #[test]
    fn a_misspelt_key_is_named_with_its_path() {
        assert_eq!(path_of_error(json!({ "base_url": "https://h", "header": {} })), "at /header: is not a known key");
    }

    #[test]
    fn a_header_name_or_value_of_the_wrong_kind_is_named_with_its_path() {
        assert!(path_of_error(json!({ "base_url": "https://h", "headers": { "a b": "x" } })).starts_with("at /headers/a b: "));
        assert!(path_of_error(json!({ "base_url": "https://h", "headers": { "a": 1 } })).starts_with("at /headers/a: "));
        assert!(path_of_error(json!({ "base_url": "https://h", "headers": { "Host": "x" } })).starts_with("at /headers/Host: "));
    }
}
