#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::path::PathBuf;

use super::*;

/// A file of one test that only its owner may read, gone with the test.
pub struct TempFile(pub PathBuf);

impl TempFile {
    /// Where a file may be made.
    pub fn name() -> Self {
        Self(std::env::temp_dir().join(format!("steward-test-{}", Uuid::now_v7())))
    }

    /// A file with this text.
    pub fn with(text: &str) -> Self {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        let file = Self::name();
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600).open(&file.0).unwrap().write_all(text.as_bytes()).unwrap();
        file
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        // It may have been moved, and what is left over in /tmp harms nobody.
        let _ = std::fs::remove_file(&self.0);
    }
}

const ACME: Uuid = Uuid::from_u128(0xacce);
const OTHER: Uuid = Uuid::from_u128(0x07e2);

fn secrets(options: &[&str]) -> anyhow::Result<Secrets> {
    let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
    Secrets::from_options(&options, |name| match name {
        "KEY" => Some("a/b c".to_owned()),
        "KEY__00000000_0000_0000_0000_00000000acce" => Some("acme's own".to_owned()),
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
    assert_eq!(secrets.of(ACME).fill_header(&key(), &target).unwrap(), "k=a/b c");
    assert_eq!(secrets.of(ACME).fill_url(&key(), &target).unwrap(), "k=a%2Fb%20c");
}

#[test]
fn reveals_a_secret_only_to_its_hosts_and_ports() {
    let secrets = secrets(&["KEY=api.example.com, localhost:8080"]).unwrap();
    let code = |host, port| secrets.of(ACME).fill_url(&key(), &HostPort::new(host, port)).err().map(|failure| failure.code);
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
    let failure = secrets(&[]).unwrap().of(ACME).fill_url(&key(), &target).unwrap_err();
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
    for option in ["SHORT=host", "LINE=host", "KEY", "KEY=", "KEY=https://host", "key=host", "KEY@acme=host", "@=host"] {
        assert!(secrets(&[option]).is_err(), "{option} was taken");
    }
    assert!(secrets(&["KEY=one", "KEY=two"]).is_err());
}

fn filled(secrets: &Secrets, workspace: Uuid) -> Result<String, Failure> {
    secrets.of(workspace).fill_header(&key(), &HostPort::new("api.example.com", 443))
}

#[test]
fn a_secret_of_a_workspace_goes_before_that_of_all_and_to_nobody_else() {
    let both = secrets(&["KEY=api.example.com", &format!("KEY@{ACME}=api.example.com")]).unwrap();
    assert_eq!(filled(&both, ACME).unwrap(), "k=acme's own");
    assert_eq!(filled(&both, OTHER).unwrap(), "k=a/b c");
    assert_eq!(both.names(), ["KEY".to_owned(), format!("KEY@{ACME}")]);
}

#[test]
fn a_workspace_does_not_learn_that_another_has_a_secret() {
    let only_acme = secrets(&[&format!("KEY@{ACME}=api.example.com")]).unwrap();
    let (hidden, missing) = (filled(&only_acme, OTHER).unwrap_err(), filled(&Secrets::default(), OTHER).unwrap_err());
    assert_eq!((hidden.code, hidden.error), (code::SECRET_MISSING, missing.error));
}

#[test]
fn a_value_written_in_the_wrong_place_is_not_repeated() {
    for option in ["sk-very-secret", "sk-very-secret=host", "KEY@sk-very-secret=host", "KEY=sk-very-secret/", "KEY=@sk-very-secret"] {
        let error = format!("{:#}", secrets(&[option]).err().unwrap());
        assert!(error.starts_with("option --secret number 1: write ") || error.starts_with("--secret KEY: "), "{error}");
        assert!(!error.contains("sk-very-secret"), "{error}");
    }
}

#[test]
fn says_which_secrets_a_request_names_and_whether_one_is_the_workspaces_own() {
    let own = format!("KEY@{ACME}=api.example.com");
    let secrets = secrets(&["KEY=api.example.com", &own]).unwrap();
    let twice: Vec<Segment> = key().into_iter().chain(key()).collect();
    let credential = |workspace, segments: &[Segment]| {
        let credential = secrets.of(workspace).credential(segments)?;
        Some((credential.secrets.into_iter().collect::<Vec<_>>().join(","), credential.own))
    };
    assert_eq!(credential(ACME, &twice), Some(("KEY".to_owned(), true)));
    assert_eq!(credential(OTHER, &twice), Some(("KEY".to_owned(), false)));
    assert_eq!(credential(ACME, &[]), None);
}
