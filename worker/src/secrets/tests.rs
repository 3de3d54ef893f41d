#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use super::*;

fn secrets(options: &[&str]) -> anyhow::Result<Secrets> {
    let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
    Secrets::from_options(&options, |name| match name {
        "KEY" => Some("a/b c".to_owned()),
        "SHORT" => Some("abc".to_owned()),
        "LINE" => Some("value\n".to_owned()),
        _ => None,
    })
}

fn key() -> Vec<Segment> {
    vec![Segment::Literal("k=".to_owned()), Segment::Secret { secret: "KEY".to_owned() }]
}

#[test]
fn fills_headers_raw_and_urls_percent_encoded() {
    let secrets = secrets(&["KEY=api.example.com"]).unwrap();
    let target = HostPort::new("api.example.com", 443);
    assert_eq!(secrets.fill_header(&key(), &target).unwrap(), "k=a/b c");
    assert_eq!(secrets.fill_url(&key(), &target).unwrap(), "k=a%2Fb%20c");
}

#[test]
fn reveals_a_secret_only_to_its_hosts_and_ports() {
    let secrets = secrets(&["KEY=api.example.com, localhost:8080"]).unwrap();
    let code = |host, port| secrets.fill_url(&key(), &HostPort::new(host, port)).err().map(|failure| failure.code);
    assert_eq!(code("api.example.com", 443), None);
    assert_eq!(code("API.EXAMPLE.COM", 443), None);
    assert_eq!(code("localhost", 8080), None);
    assert_eq!(code("api.example.com", 80), Some(code::SECRET_HOST_REFUSED));
    assert_eq!(code("localhost", 443), Some(code::SECRET_HOST_REFUSED));
    assert_eq!(code("api.example.com.evil.org", 443), Some(code::SECRET_HOST_REFUSED));
}

#[test]
fn names_a_secret_that_it_does_not_have() {
    let target = HostPort::new("api.example.com", 443);
    let failure = secrets(&[]).unwrap().fill_url(&key(), &target).unwrap_err();
    assert_eq!(failure.code, code::SECRET_MISSING);
    assert!(failure.error.contains("--secret KEY=api.example.com:443"), "{}", failure.error);
}

#[test]
fn names_the_variable_that_is_missing_at_start() {
    let error = secrets(&["ABSENT=host"]).err().unwrap();
    assert!(format!("{error:#}").contains("the environment variable ABSENT is not set"), "{error:#}");
}

#[test]
fn refuses_values_that_cannot_be_used_safely() {
    for option in ["SHORT=host", "LINE=host", "KEY", "KEY=", "KEY=https://host"] {
        assert!(secrets(&[option]).is_err(), "{option} was taken");
    }
    assert!(secrets(&["KEY=one", "KEY=two"]).is_err());
}
