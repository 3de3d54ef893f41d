#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::time::Duration;

use super::*;
use crate::cli::{Command, LogFormat, WorkerArgs};

/// A file that is removed with its test.
struct File(PathBuf);

impl Drop for File {
    fn drop(&mut self) {
        // Left over in /tmp if it fails, which harms nobody.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn parse(text: &str, more: &[&str]) -> Result<WorkerArgs, String> {
    let file = File(std::env::temp_dir().join(format!("steward-config-{}.toml", uuid::Uuid::now_v7())));
    std::fs::write(&file.0, text).unwrap();
    let arguments = ["steward", "worker", "--config", file.0.to_str().unwrap()];
    let cli = from_arguments(arguments.iter().chain(more).map(OsString::from).collect()).map_err(|error| error.to_string())?;
    let Command::Worker(args) = cli.command else { unreachable!("a worker") };
    Ok(*args)
}

#[test]
fn every_option_may_stand_in_the_file() {
    let text = r#"
        database-url = "postgres://worker:pass=word@db/crm"
        queue = ["mail", "images"]
        concurrency = 7
        poll-interval = 0.5
        drain-seconds = 60
        script = ["clean=/usr/bin/clean --all", "send=/usr/bin/send"]
        secret = ["KEY=api.openai.com,api.example.com"]
        log-format = "json"
        name = "-odd-"
    "#;
    let args = parse(text, &[]).unwrap();
    assert_eq!(args.database_url.as_deref(), Some("postgres://worker:pass=word@db/crm"));
    assert_eq!((args.queue.len(), args.concurrency, args.batch), (2, 7, 200));
    assert_eq!((args.poll_interval, args.drain_seconds), (Duration::from_millis(500), Duration::from_secs(60)));
    assert_eq!(args.script, ["clean=/usr/bin/clean --all", "send=/usr/bin/send"]);
    assert_eq!(args.secret, ["KEY=api.openai.com,api.example.com"]);
    assert!(args.log_format == LogFormat::Json && args.name.as_deref() == Some("-odd-"));
}

#[test]
fn the_command_line_wins_as_a_whole() {
    let args = parse("concurrency = 7\nscript = [\"a=/a\", \"b=/b\"]\nbatch = 9", &["--concurrency", "8", "--script", "c=/c"]).unwrap();
    assert_eq!((args.concurrency, args.batch, args.script), (8, 9, vec!["c=/c".to_owned()]));
}

#[test]
fn all_options_that_take_a_value_are_known_and_all_others_refused() {
    let worker = Cli::command().find_subcommand(PLACE[0]).unwrap().clone();
    for option in worker.get_arguments().filter_map(Arg::get_long) {
        let is_own = ["config", "check", "help", "version"].contains(&option);
        assert_eq!(super::option(option).is_err(), is_own, "{option}");
    }
}

#[test]
fn a_mistake_is_named_with_its_key_and_line() {
    let mistakes = [
        ("\nconcurency = 7", "line 2: concurency: the worker has no such option"),
        ("batch = 1\n\nconcurrency = 0", "line 3: concurrency: invalid value '0'"),
        ("poll-interval = \"soon\"", "line 1: poll-interval: invalid value 'soon'"),
        ("check = true", "line 1: check: this option stands on the command line only"),
        ("config = \"other.toml\"", "line 1: config: this option stands on the command line only"),
        ("concurrency = [1, 2]", "line 1: concurrency: give one value"),
        ("batch = true", "line 1: batch: invalid value 'true'"),
        ("listen = \"perhaps\"", "line 1: listen: invalid value 'perhaps'"),
        ("name = 1979-05-27", "line 1: name: give a text"),
        ("[queue]\nname = 1", "line 1: queue: give a text"),
        ("name = 1\nname = 2", "line 2: "),
        ("log-format = \"xml\"", "line 1: log-format: invalid value 'xml'"),
    ];
    for (text, words) in mistakes {
        let error = parse(text, &[]).err().unwrap_or_default();
        assert!(error.contains(words) && error.contains("steward-config-"), "{text:?}: {error}");
    }
}

#[test]
fn a_line_that_is_no_toml_is_not_quoted() {
    let error = parse("batch = 1\ndatabase-url = \"postgres://a:hunter2@b\" nonsense", &[]).err().unwrap();
    assert!(error.contains("line 2: ") && !error.contains("hunter2"), "{error}");
}

/// What is commented out there is an example as well.
#[test]
fn the_file_in_the_package_can_be_read_with_all_its_examples() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../packaging/worker.toml")).unwrap();
    let plain = parse(&text, &[]).unwrap();
    let example =
        |line: &str| line.strip_prefix('#').filter(|rest| rest.starts_with(char::is_alphabetic)).unwrap_or(line).to_owned() + "\n";
    let all = parse(&text.lines().map(example).collect::<String>(), &[]).unwrap();
    assert_eq!(plain.spool_dir, Some(PathBuf::from("/var/lib/steward/spool")));
    assert!(plain.script.is_empty() && !all.script.is_empty() && all.http_listen.is_some());
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let arguments = ["steward", "worker", "--config", "/no/such.toml"].map(OsString::from).to_vec();
    let error = from_arguments(arguments).err().unwrap().to_string();
    assert!(error.contains("/no/such.toml: it cannot be read"), "{error}");
}
