#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use proptest::prelude::*;

use super::*;

fn redactor(value: &str) -> Redactor {
    let secrets = Secrets::from_options(&["KEY=host".to_owned()], |_| Some(value.to_owned())).unwrap();
    Redactor::new(&secrets).unwrap()
}

#[test]
fn takes_every_form_of_a_secret_out() {
    let value = "sk-1/2+\"x\" ü?";
    let redactor = redactor(value);
    let forms = [
        value.to_owned(),
        STANDARD.encode(value),
        STANDARD_NO_PAD.encode(value),
        URL_SAFE.encode(value),
        URL_SAFE_NO_PAD.encode(value),
        "sk-1%2F2%2B%22x%22%20%C3%BC%3F".to_owned(),
        "sk-1%2f2%2b%22x%22%20%c3%bc%3f".to_owned(),
        "sk-1%2F2%2B%22x%22+%C3%BC%3F".to_owned(),
        "sk-1/2+\\\"x\\\" ü?".to_owned(),
    ];
    for form in forms {
        let text = format!("before {form} after");
        assert_eq!(redactor.text(&text), "before [secret KEY] after", "{form}");
        assert_eq!(&*redactor.bytes(text.as_bytes()), b"before [secret KEY] after");
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
    }
}
