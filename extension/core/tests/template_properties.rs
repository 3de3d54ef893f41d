//! What holds for every payload: rendering keeps a value whole and lets it change nothing around it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use serde_json::{Value, json};
use steward_core::engine::template::{Context, Document, Encode, Limits, Segment, Text};

/// Any characters, and the ones that mean something somewhere, more often.
fn hostile() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        any::<char>().prop_map(String::from),
        prop::sample::select(vec!["{{", "}}", "{%", "%}", "\"", "\\", "/", "..", "?", "#", "&", "%2e", "\r\n", "secret.A"])
            .prop_map(String::from),
    ];
    prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
}

/// Source text made of the pieces of the template language in any order.
fn source() -> impl Strategy<Value = String> {
    let pieces = vec![
        "{{ ",
        " }}",
        "{% if ",
        "{% for a in ",
        "{% endif %}",
        "{% endfor %}",
        " %}",
        "payload",
        ".a",
        "|upper",
        "|join('~')",
        " ~ ",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "'x'",
        "1",
        " + ",
        "-",
        "not ",
        " if ",
        " else ",
        " is ",
        "in ",
        "{# ",
        " #}",
        "text ",
        "{%- raw %}",
        "{% endraw %}",
        "secret",
        ".A",
        "\n",
        "ü",
        "\u{0}",
        ":",
        ",",
        "loop",
        "0x",
        "1.e",
        "\\",
        "\"",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..25).prop_map(|pieces| pieces.concat())
}

fn context(payload: Value) -> Context {
    Context::new(json!({ "payload": payload }))
}

fn one_text(template: &str, payload: &str, encode: Encode) -> Option<String> {
    let text = Text::compile(template, "/request/path").unwrap();
    let segments = text.render(&context(json!(payload)), &Limits::default(), encode, &mut || {}).ok()?;
    match segments.as_slice() {
        [Segment::Text(text)] => Some(text.clone()),
        other => panic!("expected one text, got {other:?}"),
    }
}

proptest! {
    #[test]
    fn any_string_in_a_body_comes_back_equal(payload in hostile()) {
        let document = json!({"a": "{{ payload }}", "b": ["<{{ payload }}>", {"$ref": "/payload"}], "c": "{{ payload ~ '!' ~ payload }}"});
        let document = Document::compile(&document, "/request/body").unwrap();
        let rendered = document.render(&context(json!(payload)), &Limits::default(), &mut || {}).unwrap();
        let sent: Value = serde_json::from_str(&rendered.to_string()).unwrap();
        let expected = json!({"a": payload, "b": [format!("<{payload}>"), payload], "c": format!("{payload}!{payload}")});
        prop_assert_eq!(sent, expected);
    }

    #[test]
    fn any_string_in_a_url_decodes_back_and_adds_no_separator(payload in hostile()) {
        let query = one_text("a={{ payload }}&b=1", &payload, Encode::QueryValue).unwrap();
        let value = query.strip_prefix("a=").unwrap().strip_suffix("&b=1").unwrap();
        prop_assert!(value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)), "{}", value);
        prop_assert_eq!(percent_decode_str(value).decode_utf8().unwrap(), payload.as_str());
        let path = one_text("/v1/{{ payload }}/end", &payload, Encode::PathSegment);
        match payload.as_str() {
            "" | "." | ".." => prop_assert!(path.is_none()),
            _ => prop_assert_eq!(path.unwrap(), format!("/v1/{value}/end")),
        }
    }

    #[test]
    fn a_header_is_either_refused_or_exactly_the_value(payload in hostile()) {
        let rendered = one_text("x {{ payload }}", &payload, Encode::None);
        if payload.contains(char::is_control) {
            prop_assert_eq!(rendered, None);
        } else {
            prop_assert_eq!(rendered, Some(format!("x {payload}")));
        }
    }

    #[test]
    fn no_source_makes_the_compiler_or_the_renderer_panic(source in source()) {
        let context = context(json!({"a": ["x", 1, null]}));
        if let Ok(document) = Document::compile(&json!(source), "/request/body") {
            let _ = document.render(&context, &Limits::default(), &mut || {});
        }
        if let Ok(text) = Text::compile(&source, "/request/path") {
            let _ = text.render(&context, &Limits::default(), Encode::PathSegment, &mut || {});
        }
    }

    #[test]
    fn a_rewritten_chain_means_what_it_says(words in prop::collection::vec("[a-z]{0,3}", 2..6), group in 0_usize..4) {
        let mut operands: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        let at = group % (operands.len() - 1);
        operands[at] = format!("({} ~ {})", operands[at], operands[at + 1]);
        operands.remove(at + 1);
        let source = format!("{{{{ {}|upper }}}}", operands.join("~"));
        let upper_from = words.len() - if at == operands.len() - 1 { 2 } else { 1 };
        let expected = format!("{}{}", words[..upper_from].concat(), words[upper_from..].concat().to_uppercase());
        let document = Document::compile(&json!(source), "/request/body").unwrap();
        let rendered = document.render(&context(json!(1)), &Limits::default(), &mut || {}).unwrap();
        prop_assert_eq!(rendered, json!(expected));
    }

    #[test]
    fn no_rendered_document_passes_its_limit(payload in hostile(), limit in 0_usize..300) {
        let document = json!(["{{ payload }}{{ payload|upper }}", {"$ref": "/payload"}, "literal"]);
        let document = Document::compile(&document, "/request/body").unwrap();
        let limits = Limits { max_output_bytes: limit, ..Limits::default() };
        if let Ok(rendered) = document.render(&context(json!(payload)), &limits, &mut || {}) {
            // Brackets, commas and the quotes of one leaf are the definition's, not the payload's.
            prop_assert!(rendered.to_string().len() <= limit + 6);
        }
    }
}
