//! Payloads and templates that try to change a request, to learn a secret or to show a value in an error.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod template_support;

use serde_json::{Value, json};
use steward_core::engine::template::{Context, Document, Encode, Segment, Text};
use template_support::{LIMITS, invalid, render, text};

#[test]
fn characters_of_a_payload_never_leave_their_json_string() {
    let hostile = "\",\"max_tokens\":999999,\"x\":\"\\\n\r\t\0\u{202e}\u{2028}</script>\u{feff}";
    let document = json!({"max_tokens": 5, "messages": [{"content": "Say {{ payload }}!"}]});
    let document = Document::compile(&document, "/request/body").unwrap();
    let context = Context::new(json!({ "payload": hostile }));
    let rendered = document.render(&context, &LIMITS, &mut || {}).unwrap();
    let sent: Value = serde_json::from_str(&rendered.to_string()).unwrap();
    assert_eq!(sent, json!({"max_tokens": 5, "messages": [{"content": format!("Say {hostile}!")}]}));
    // A lone surrogate does not even get into a payload.
    assert!(serde_json::from_str::<Value>(r#""\ud800""#).is_err());
}

#[test]
fn a_payload_that_looks_like_a_template_stays_plain_text() {
    for payload in ["{{ 7*7 }}", "{{ secret.OPENAI_API_KEY }}", "{% for a in b %}", "{# c #}", "$ref", "{{ payload }}"] {
        assert_eq!(render("a {{ payload }} b", json!(payload)).unwrap(), format!("a {payload} b"));
        let segments = text("a {{ payload }} b", json!(payload), Encode::None).unwrap();
        assert_eq!(segments, [Segment::Text(format!("a {payload} b"))]);
    }
    let document = Document::compile(&json!({"a": {"$ref": "/payload"}}), "/request/body").unwrap();
    let payload = json!({"$ref": "/job", "b": "{{ job }}", "c": {"secret": "OPENAI_API_KEY"}});
    let context = Context::new(json!({ "payload": payload }));
    assert_eq!(document.render(&context, &LIMITS, &mut || {}).unwrap(), json!({ "a": payload }));
}

#[test]
fn a_secret_stands_alone_in_a_text_and_nowhere_else() {
    for body in [
        "{{ secret.OPENAI_API_KEY }}",
        "{{ secret }}",
        "{{ secret|tojson }}",
        "{{ [secret.A]|join }}",
        "{% for secret in payload %}{% endfor %}",
        "{% if secret.A == 'a' %}{% endif %}",
    ] {
        assert!(invalid(body).hint.unwrap().contains("{{ secret.NAME }}"));
    }
    for expression in [
        "{{ secret.A|upper }}",
        "{{ secret['A'] }}",
        "{{ 'a' ~ secret.A }}",
        "{{ secret.a }}",
        "{{ secret.A.B }}",
        "{{ secret }}",
        "{% if 1 %}{{ secret.A }}{% endif %}",
        "{{- secret.A -}}",
        "{{ secret.A",
        "{{ payload[secret.A] }}",
    ] {
        let problem = Text::compile(expression, "/request/headers/authorization").unwrap_err();
        assert_eq!(problem.code, "template_invalid", "{expression}");
    }
    for harmless in ["{# {{ secret.A }} #}", "{{ '{{ secret.A }}' }}", "{{ payload.secret }}"] {
        assert_eq!(Text::compile(harmless, "/x").unwrap().secrets().count(), 0, "{harmless}");
    }
}

#[test]
fn a_header_value_cannot_bring_another_header() {
    for hostile in ["a\r\nx-evil: 1", "a\nb", "a\rb", "a\0b", "a\u{7f}b", "a\u{85}b", "a\tb"] {
        let problem = text("{{ payload }}", json!(hostile), Encode::None).unwrap_err();
        assert_eq!(problem.code, "render_failed");
        assert!(problem.message.contains("control character") && !problem.message.contains("evil"), "{problem}");
    }
}

#[test]
fn a_path_value_stays_in_its_segment() {
    let rendered = text("/v1/{{ payload }}/end", json!("../a/b?c=d#e\\f%2e&g h;ü"), Encode::PathSegment).unwrap();
    let expected = "/v1/..%2Fa%2Fb%3Fc%3Dd%23e%5Cf%252e%26g%20h%3B%C3%BC/end";
    assert_eq!(rendered, [Segment::Text(expected.to_owned())]);
    for (template, payload) in [
        ("/v1/{{ payload }}/end", ".."),
        ("/v1/{{ payload }}", "."),
        ("/v1/.{{ payload }}/x", "."),
        ("/v1/%2E{{ payload }}", "."),
        ("/v1/{{ payload }}", ""),
        ("a\\{{ payload }}\\b", ".."),
    ] {
        let problem = text(template, json!(payload), Encode::PathSegment).unwrap_err();
        assert_eq!(problem.code, "render_failed", "{template}");
    }
}

#[test]
fn unknown_filters_and_tests_are_named_when_compiling() {
    let problem = invalid("line one\n{{ payload|exec }}");
    assert!(problem.message.contains("line 2: there is no filter exec"), "{problem}");
    assert!(problem.hint.unwrap().contains("upper"));
    assert!(invalid("{{ payload is evil }}").message.contains("there is no test evil"));
    invalid("{{ payload|steward_concat }}");
    invalid("{{ payload|safe }}");
}

#[test]
fn an_undefined_variable_is_named_with_its_line() {
    let problem = render("one\ntwo {{ payload.title }}", json!({"titel": "Ann"})).unwrap_err();
    assert_eq!(problem.message, "template at /request/body, line 2: payload.title does not exist");
    for template in [
        "{{ nothing }}",
        "{{ payload.a.b }}",
        "{% if payload.a %}{% endif %}",
        "{% for a in payload.a %}{% endfor %}",
        "{{ payload.a ~ 1 }}",
        "{{ [payload.a]|join }}",
        "{{ payload.a|upper }}",
        "{{ payload.a|tojson }}",
    ] {
        assert_eq!(render(template, json!({})).unwrap_err().code, "render_failed", "{template}");
    }
}

#[test]
fn extreme_arguments_fail_without_a_panic() {
    for template in [
        "{{ payload|int(0, 99) }}",
        "{{ payload|int(0, 1) }}",
        "{{ payload|int(0, 0) }}",
        "{{ payload|int(0, 37) }}",
        "{{ 1.5|round(2147483647) }}",
        "{{ 15|round(-2147483648) }}",
        "{{ 5 // 0 }}",
        "{{ 5 % 0 }}",
        "{{ 5 / 0 }}",
        "{{ -170141183460469231731687303715884105728 // -1 }}",
        "{{ 1e308 - -1e308 }}",
        "{{ 5 is odd }}",
        "{{ payload[99999999999999999999] }}",
        "{{ payload[-9223372036854775808] }}",
        "{{ 1e308|int }}",
        "{{ payload.9 }}",
    ] {
        let _ = render(template, json!("12"));
    }
    invalid("{{ 5 is divisibleby(0) }}");
}

#[test]
fn values_without_a_text_are_refused_and_truth_is_lower_case() {
    for template in ["{{ payload }}", "{{ payload.list }}", "{{ payload.null }}", "{{ [payload.null]|join }}", "{{ 'a' ~ payload.list }}"] {
        let problem = render(template, json!({"list": [1], "null": null})).unwrap_err();
        assert!(problem.message.contains("no text: use |"), "{problem}");
    }
    assert_eq!(render("{{ payload }} {{ payload ~ 1 }}", json!(true)).unwrap(), "true true1");
    assert_eq!(render("{{ payload.null|default('d') }}", json!({"null": null})).unwrap(), "d");
    for template in ["{{ [payload.a]|tojson }}", "{{ {'x': [payload.a]}|tojson }}"] {
        assert_eq!(render(template, json!({})).unwrap_err().code, "render_failed");
    }
}

#[test]
fn no_error_repeats_a_value_of_the_payload() {
    let payload = json!({"name": "Ann Example", "list": ["Ann Example"], "n": 1e300, "o": {"Ann Example": 1}});
    for template in [
        "{{ payload.name|int }}",
        "{{ payload.name|float }}",
        "{{ payload.name - 1 }}",
        "{{ payload.name + 1 }}",
        "{{ -payload.name }}",
        "{{ payload.name|round }}",
        "{{ payload.list }}",
        "{{ payload.o }}",
        "{{ payload.o[payload.name].x }}",
        "{{ payload.name.x }}",
        "{% for a, b in payload.list %}{% endfor %}",
        "{{ payload.name // payload.list }}",
        "{{ payload.o|join }}",
        "{{ payload[payload.name] }}",
        "{{ payload.list[payload.name] }}",
        "{{ payload.name in 5 }}",
        "{{ payload.n // 0 }}",
    ] {
        let problem = render(template, payload.clone()).unwrap_err();
        assert!(!format!("{problem:?}").contains("Ann"), "{template}: {problem:?}");
        assert!(problem.message.starts_with("template at /request/body, line 1"), "{problem}");
    }
}
