#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use clap::Parser;

use super::super::spool::tests::Directory;
use super::*;
use crate::cli::{Cli, Command};

/// The lines of a check without a database, by what they are about.
async fn checked(options: &[&str]) -> Vec<(String, String, String)> {
    let nowhere = ["steward", "worker", "--check", "--database-url", "host=127.0.0.1 port=1 user=ann password=hunter22 dbname=crm"];
    let Command::Worker(args) = Cli::try_parse_from(nowhere.iter().chain(options)).unwrap().command else { unreachable!("a worker") };
    let mut report = Report { out: Vec::new(), redactor: None, errors: 0 };
    check(&mut report, &args).await;
    let text = String::from_utf8(report.out).unwrap();
    assert!(!text.contains("hunter22"), "{text}");
    let parsed = |line: &str| (line[..9].trim().to_owned(), line[9..24].trim().to_owned(), line[24..].to_owned());
    let lines: Vec<_> = text.lines().map(parsed).collect();
    assert_eq!(lines.iter().filter(|(level, ..)| level == "error").count(), report.errors);
    lines
}

async fn line(options: &[&str], what: &str) -> (String, String) {
    let lines = checked(options).await;
    let found = lines.iter().find(|(_, about, _)| about == what).unwrap_or_else(|| panic!("no line about {what}: {lines:?}"));
    (found.0.clone(), found.2.clone())
}

async fn fails(options: &[&str], what: &str, words: &str) {
    let (level, why) = line(options, what).await;
    assert!(level == "error" && why.contains(words), "{options:?}: {level} {what} {why}");
}

#[tokio::test]
async fn without_a_mistake_only_the_missing_database_is_one() {
    let lines = checked(&[]).await;
    let wrong: Vec<_> = lines.iter().filter(|(level, ..)| level != "ok").map(|(level, what, _)| format!("{level} {what}")).collect();
    assert_eq!(wrong, ["error database", "error listen"]);
    assert_eq!(line(&[], "database url").await.1, "crm on 127.0.0.1 as ann");
}

#[tokio::test]
async fn each_mistake_is_a_line_of_its_own() {
    fails(&["--secret", "KEY_THAT_IS_NOT_SET=host"], "secrets", "is not set").await;
    fails(&["--secrets-file", "/no/such/file"], "secrets", "/no/such/file").await;
    fails(&["--queue", "mail,mail=3"], "queues", "--queue mail is given twice").await;
    fails(&["--log", "steward=loud"], "log", "steward=loud").await;
    fails(&["--allow-address", "no port"], "addresses", "no port").await;
    fails(&["--script", "task=/no/such/program --now"], "script task", "/no/such/program").await;
    fails(&["--script", "task=/etc/passwd"], "script task", "not an executable").await;
    fails(&["--script", "task"], "scripts", "NAME=COMMAND LINE").await;
    fails(&["--script-user", "no-such-account"], "script user", "no such account").await;
    fails(&["--script-database-url", "postgres://a:b@h/d"], "script url", "shorter than").await;
    fails(&["--spool-dir", "/proc/steward"], "spool", "--spool-dir /proc/steward").await;
    fails(&["--tls-ca-file", "/no/such.pem"], "database url", "/no/such.pem").await;
    fails(&["--listen-database-url", "port=none"], "listen url", "cannot be read").await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_found() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    fails(&["--http-listen", &address], "http", &address).await;
    drop(taken);
    assert_eq!(line(&["--http-listen", &address], "http").await.0, "ok");
}

#[tokio::test]
async fn a_spool_that_others_may_read_is_a_warning() {
    let directory = Directory::new();
    std::fs::create_dir(&directory.0).unwrap();
    for (mode, warnings) in [(0o755, 1), (0o750, 0)] {
        std::fs::set_permissions(&directory.0, std::fs::Permissions::from_mode(mode)).unwrap();
        let lines = checked(&["--spool-dir", directory.0.to_str().unwrap()]).await;
        assert_eq!(lines.iter().filter(|(level, what, _)| level == "warning" && what == "spool").count(), warnings, "{lines:?}");
    }
}

#[tokio::test]
async fn scripts_that_run_as_the_worker_are_a_warning() {
    let options = ["--script", "task=/bin/true"];
    assert_eq!(line(&options, "script user").await.0, "warning");
    assert_eq!(line(&options, "script task").await, ("ok".to_owned(), "/bin/true".to_owned()));
}
