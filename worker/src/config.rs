//! `--config FILE`: every option of the worker may stand in a TOML file under its long name.
//!
//! What is neither on the command line nor in the environment is taken from the file as if it stood at the end of the command line.
//! So the file knows every option that the command line knows, with the same checks, and nothing here names one.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory, FromArgMatches};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::cli::Cli;

/// The command that takes a file, and the option that names it.
const PLACE: [&str; 2] = ["worker", "config"];

/// Reads the command line, the environment and the file; ends the process with words and code 2 if something is wrong in them.
pub fn parse() -> Cli {
    from_arguments(std::env::args_os().collect()).unwrap_or_else(|error| error.exit())
}

fn from_arguments(mut arguments: Vec<OsString>) -> Result<Cli, clap::Error> {
    let mut matches = Cli::command().try_get_matches_from(&arguments)?;
    let [command, option] = PLACE;
    if let Some(given) = matches.subcommand_matches(command)
        && let Some(path) = given.get_one::<PathBuf>(option)
    {
        let added = from_file(path, given).map_err(|words| {
            Cli::command().error(ErrorKind::ValueValidation, format!("the configuration file {}: {words}", path.display()))
        })?;
        arguments.extend(added);
        matches = Cli::command().try_get_matches_from(arguments)?;
    }
    Cli::from_arg_matches(&matches)
}

/// What the file adds to what is given.
fn from_file(path: &Path, given: &ArgMatches) -> Result<Vec<OsString>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("it cannot be read: {error}"))?;
    let line = |at: usize| text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
    // The parser's words are constants; the lines that it would show may hold a password.
    let syntax = |error: toml::de::Error| format!("line {}: {}", error.span().map_or(1, |span| line(span.start)), error.message());
    let table = DeTable::parse(&text).map_err(syntax)?.into_inner();
    let mut added = Vec::new();
    for (key, value) in &table {
        let place = |words: String| format!("line {}: {}: {words}", line(key.span().start), key.get_ref());
        let option = option(key.get_ref()).map_err(place)?;
        let arguments = arguments(&option, value.get_ref()).map_err(place)?;
        if is_given(given, &option) {
            continue;
        }
        check(&arguments).map_err(place)?;
        added.extend(arguments);
    }
    Ok(added)
}

/// The option that a key names.
fn option(key: &str) -> Result<Arg, String> {
    let worker = Cli::command().find_subcommand(PLACE[0]).cloned().unwrap_or_else(|| Command::new(PLACE[0]));
    let found = worker.get_arguments().find(|option| option.get_long() == Some(key)).cloned();
    let option = found.ok_or("the worker has no such option; steward worker --help lists them, to be written without the dashes")?;
    if !option.get_action().takes_values() || option.get_id() == PLACE[1] {
        return Err("this option stands on the command line only".to_owned());
    }
    Ok(option)
}

fn is_given(given: &ArgMatches, option: &Arg) -> bool {
    matches!(given.value_source(option.get_id().as_str()), Some(ValueSource::CommandLine | ValueSource::EnvVariable))
}

fn arguments(option: &Arg, value: &DeValue<'_>) -> Result<Vec<OsString>, String> {
    let is_list = matches!(option.get_action(), clap::ArgAction::Append);
    let values = match value {
        DeValue::Array(_) if !is_list => return Err("give one value, not a list".to_owned()),
        DeValue::Array(values) => values.iter().map(Spanned::get_ref).map(text).collect::<Result<Vec<_>, _>>()?,
        one => vec![text(one)?],
    };
    let name = option.get_long().unwrap_or_default();
    Ok(values.into_iter().map(|value| format!("--{name}={value}").into()).collect())
}

fn text(value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) => Ok(text.clone().into_owned()),
        DeValue::Integer(number) if number.radix() == 10 => Ok(number.as_str().to_owned()),
        DeValue::Float(number) => Ok(number.as_str().to_owned()),
        DeValue::Boolean(truth) => Ok(truth.to_string()),
        _ => Err("give a text, a number, true or false, or a list of them".to_owned()),
    }
}

/// Whether the option takes these values, in its own words.
fn check(arguments: &[OsString]) -> Result<(), String> {
    let command = [Cli::command().get_name(), PLACE[0]].map(OsString::from);
    match Cli::command().try_get_matches_from(command.iter().chain(arguments)) {
        Ok(_) => Ok(()),
        // The first of the lines says what is wrong, the others how commands are written.
        Err(error) => Err(error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()),
    }
}

#[cfg(test)]
mod tests;
