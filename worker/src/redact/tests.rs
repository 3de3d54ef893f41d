#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::*;
use crate::secrets::percent_encoded;

fn secrets(value: &str) -> Secrets {
    Secrets::from_options(&["KEY=host".to_owned()], |_| Some(value.to_owned())).unwrap()
}

fn redactor(value: &str) -> Redactor {
    Redactor::new(&secrets(value)).unwrap()
}

#[test]
fn takes_every_form_of_a_secret_out() {
    let value = "sk-1/2+\"x\" ü?<'(~*";
    let redactor = redactor(value);
    let forms = [
        value.to_owned(),
        STANDARD.encode(value),
        STANDARD_NO_PAD.encode(value),
        URL_SAFE.encode(value),
        URL_SAFE_NO_PAD.encode(value),
        "sk-1%2F2%2B%22x%22%20%C3%BC%3F%3C%27%28~%2A".to_owned(),
        "sk-1%2f2%2b%22x%22%20%c3%bc%3f%3c%27%28~%2a".to_owned(),
        "sk-1%2F2%2B%22x%22+%C3%BC%3F%3C%27%28~%2A".to_owned(),
        "sk-1%2F2%2B%22x%22%20%C3%BC%3F%3C'(~*".to_owned(),     // encodeURIComponent
        "sk-1/2%2B%22x%22%20%C3%BC%3F%3C%27%28~%2A".to_owned(), // Python's quote
        "sk-1%2F2%2B%22x%22+%C3%BC%3F%3C%27%28%7E*".to_owned(), // HTML form
        "sk-1/2+%22x%22%20%C3%BC?%3C%27(~*".to_owned(),         // WHATWG query
        "sk-1/2+\\\"x\\\" ü?<'(~*".to_owned(),
        "sk-1/2+\\\"x\\\" \\u00fc?<'(~*".to_owned(),
        "sk-1\\/2+\\\"x\\\" \\u00FC?<'(~*".to_owned(),
        "sk-1/2+\\\"x\\\" ü?\\u003c\\u0027(~*".to_owned(),
    ];
    for form in forms {
        let text = format!("before {form} after");
        assert_eq!(redactor.text(&text), "before [secret KEY] after", "{form}");
        assert_eq!(&*redactor.bytes(text.as_bytes()), b"before [secret KEY] after");
    }
}

/// Whatever stands around it, in either alphabet: every character that holds a bit of the value goes, and no other.
#[test]
fn takes_a_secret_out_of_a_longer_base64_text() {
    let value = "sk-?~secret?>?";
    let redactor = redactor(value);
    for (before, after) in (0..7).flat_map(|before| (0..4).map(move |after| (&"user:x"[..before.min(6)], &"tail"[..after]))) {
        let text = format!("{before}{value}{after}");
        let (first, end) = (8 * before.len() / 6, (8 * (before.len() + value.len())).div_ceil(6));
        for encoded in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
            let rest = if after.is_empty() { "" } else { &encoded[end..] };
            assert_eq!(redactor.text(&encoded), format!("{}[secret KEY]{rest}", &encoded[..first]), "{encoded}");
        }
    }
}

/// Where base64 stands in a URL or in JSON, its own `+`, `/` and `=` are escaped once more.
#[test]
fn takes_a_secret_out_of_base64_that_is_escaped() {
    let value = "sk-?~secret?>?";
    let encoded = STANDARD.encode(format!("user:{value}"));
    assert!(encoded.contains(['+', '/']), "{encoded} would show nothing");
    let (percent, json) = (percent_encoded(&encoded), encoded.replace('/', "\\/"));
    for escaped in [percent.replace("%2B", "%2b").replace("%2F", "%2f"), percent, json.replace('\\', "\\\\"), json] {
        let clean = redactor(value).text(&escaped).into_owned();
        assert!(clean.starts_with("dXNlcj") && clean.contains("[secret KEY]") && clean.len() < 26, "{escaped} became {clean}");
    }
}

#[test]
fn takes_a_secret_out_of_bytes_that_are_no_text() {
    assert_eq!(&*redactor("sk-secret").bytes(b"\xffsk-secret\xff"), b"\xff[secret KEY]\xff");
}

#[test]
fn leaves_text_alone_without_secrets() {
    let redactor = Redactor::new(&Secrets::default()).unwrap();
    assert!(matches!(redactor.text("anything"), Cow::Borrowed("anything")));
}

#[test]
fn an_old_value_that_is_the_beginning_of_the_new_one_leaves_no_rest_of_it() {
    let redactor = redactor("sk-old");
    redactor.learn(secrets("sk-old-and-new").values()).unwrap();
    assert_eq!(redactor.text("sk-old sk-old-and-new sk-oldsk-old"), "[secret KEY] [secret KEY] [secret KEY][secret KEY]");
}

#[test]
fn values_that_overlap_leave_nothing_of_either() {
    let redactor = redactor("abcdef");
    redactor.learn([("OTHER", "defghi"), ("SAME", "aaaa")]).unwrap();
    assert_eq!(redactor.text("-abcdefghi-defghi-aaaaaaa-"), "-[secret KEY]-[secret OTHER]-[secret SAME]-");
}

#[test]
fn a_token_is_known_to_the_redactor_of_its_attempt_only() {
    let shared = Arc::new(redactor("sk-secret"));
    let own = Redactor::knowing(&shared, "STEWARD_TOKEN", "t0ken-of-one").unwrap();
    assert_eq!(own.text("sk-secret t0ken-of-one"), "[secret KEY] [secret STEWARD_TOKEN]");
    assert_eq!(shared.text("sk-secret t0ken-of-one"), "[secret KEY] t0ken-of-one");
    shared.learn([("LATER", "learnt later")]).unwrap();
    assert_eq!(own.text("learnt later"), "[secret LATER]");
    assert!(own.longest() >= shared.longest());
}

#[test]
fn an_empty_value_is_not_found_everywhere() {
    let shared = Arc::new(Redactor::new(&Secrets::default()).unwrap());
    assert_eq!(Redactor::knowing(&shared, "STEWARD_TOKEN", "").unwrap().text("words"), "words");
}

#[test]
fn redacts_a_document_to_its_leaves() {
    let document = serde_json::json!({"queues": ["sk-secret"], "n": 1, "more": {"name": "host sk-secret"}});
    let clean = serde_json::json!({"queues": ["[secret KEY]"], "n": 1, "more": {"name": "host [secret KEY]"}});
    assert_eq!(redactor("sk-secret").document(document), clean);
}

proptest! {
    #[test]
    fn never_lets_a_value_through(value in "[ -~]{8,40}", before in "[a-z ]{0,20}", after in "[a-z ]{0,20}") {
        let redactor = redactor(&value);
        let text = format!("{before}{value}{after}");
        prop_assert!(!redactor.text(&text).contains(&value));
        let encoded = format!("{before}\n{}\n{after}", STANDARD.encode(&value));
        prop_assert!(!redactor.text(&encoded).contains(&STANDARD_NO_PAD.encode(&value)));
        let url = format!("?{before}={}&{after}", percent_encoded(&value));
        prop_assert!(!redactor.text(&url).contains(&percent_encoded(&value)));
        let json = serde_json::Value::from(text.as_str()).to_string();
        let shown = serde_json::Value::from(value.as_str()).to_string();
        prop_assert!(!redactor.text(&json).contains(shown.trim_matches('"')));
    }

    #[test]
    fn never_lets_a_value_through_inside_base64(value in "[ -~]{8,40}", before in "[a-z]{0,9}", after in "[a-z]{0,9}") {
        let encoded = STANDARD.encode(format!("{before}{value}{after}"));
        let clean = redactor(&value).text(&encoded).into_owned();
        // Every whole group of four that is left must come from what stands around the value.
        let beside = before.len() / 3 * 4 + after.len().div_ceil(3) * 4 + 8;
        prop_assert!(clean.contains("[secret KEY]") && clean.len() <= "[secret KEY]".len() + beside, "{clean}");
    }
}
