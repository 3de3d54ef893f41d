//! Secrets from the environment, named by `--secret` options.

use anyhow::Context;
use uuid::Uuid;

use super::{Key, Secrets, is_name};

/// How an option is written.
const FORM: &str = "write NAME=HOST[:PORT][,HOST…] or NAME@WORKSPACE=HOST…, the value in the environment";

impl Secrets {
    /// Reads `--secret NAME[@WORKSPACE]=HOST[:PORT][,HOST…]` options; `variable` looks a value up in the environment.
    pub fn from_options(options: &[String], variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let mut secrets = Self::default();
        for (index, option) in options.iter().enumerate() {
            // By its number, because somebody may have written the value instead of the name.
            let (key, hosts) = parse(option).with_context(|| format!("option --secret number {}: {FORM}", index + 1))?;
            let place = shown(&key);
            let variable_name = variable_of(&key);
            let value = variable(&variable_name)
                .with_context(|| format!("--secret {place}: the environment variable {variable_name} is not set; set it to the value"))?;
            secrets.add(key, value, hosts.split(',')).with_context(|| format!("--secret {place}"))?;
        }
        Ok(secrets)
    }
}

fn parse(option: &str) -> Option<(Key, &str)> {
    let (name, hosts) = option.split_once('=')?;
    let (name, workspace) = match name.split_once('@') {
        Some((name, workspace)) => (name, Some(workspace.parse::<Uuid>().ok()?)),
        None => (name, None),
    };
    is_name(name).then(|| ((name.to_owned(), workspace), hosts))
}

/// `NAME`, or `NAME__WORKSPACE` with `_` for every `-`, which no shell takes in a name.
fn variable_of((name, workspace): &Key) -> String {
    match workspace {
        Some(workspace) => format!("{name}__{}", workspace.to_string().replace('-', "_")),
        None => name.clone(),
    }
}

fn shown((name, workspace): &Key) -> String {
    workspace.map_or_else(|| name.clone(), |workspace| format!("{name}@{workspace}"))
}
