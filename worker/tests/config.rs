//! Where the options of a worker come from: the command line before the environment before the file.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::process::{Command, Output};

/// What `--check` says with a file that asks for the log filter `warn`, and a database that is not there.
fn check(more: &[&str], environment: Option<&str>) -> Output {
    let path = std::env::temp_dir().join(format!("steward-config-{}.toml", uuid::Uuid::now_v7()));
    std::fs::write(&path, "log = \"warn\"\ndatabase-url = \"host=127.0.0.1 port=1 user=a dbname=b\"\n").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_steward"));
    command.args(["worker", "--check"]).args(more).env("STEWARD_CONFIG", &path);
    if let Some(filter) = environment {
        command.env("STEWARD_LOG", filter);
    }
    let output = command.output().unwrap();
    std::fs::remove_file(&path).unwrap();
    output
}

fn filter(more: &[&str], environment: Option<&str>) -> String {
    let text = String::from_utf8(check(more, environment).stdout).unwrap();
    let line = text.lines().find(|line| line[9..].starts_with("log ")).unwrap_or_else(|| panic!("{text}"));
    line[24..].to_owned()
}

#[test]
fn the_command_line_goes_before_the_environment_before_the_file() {
    assert_eq!(filter(&[], None), "warn");
    assert_eq!(filter(&[], Some("debug")), "debug");
    assert_eq!(filter(&["--log", "error"], Some("debug")), "error");
}

#[test]
fn a_check_that_finds_a_mistake_ends_with_1_and_a_wrong_option_with_2() {
    let failed = check(&[], None);
    assert_eq!(failed.status.code(), Some(1));
    assert!(String::from_utf8(failed.stderr).unwrap().contains("2 of the checks failed"));
    assert_eq!(check(&["--concurrency", "none"], None).status.code(), Some(2));
}
