//! What a script finds in its environment. Nothing of the worker's own is among it.

use std::borrow::Cow;

use anyhow::ensure;
use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;

use super::Claim;
use super::script::ScriptAccess;
use crate::secrets::SHORTEST_VALUE;

/// Where a command without a slash is looked for.
pub const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The variable with the place of the database.
const DATABASE_URL: &str = "STEWARD_DATABASE_URL";

/// The variables of one script; with a `checkpoint` it goes on where an earlier attempt stopped.
pub fn variables(claim: Claim<'_>, access: &ScriptAccess, checkpoint: Option<&RawValue>) -> Vec<(&'static str, String)> {
    let always = [
        ("PATH", PATH.to_owned()),
        ("LANG", "C.UTF-8".to_owned()),
        ("STEWARD_JOB_ID", claim.job_id.to_string()),
        ("STEWARD_ATTEMPT", claim.attempt.to_string()),
    ];
    // libpq sends PGOPTIONS when it connects. In a statement the token would stand in pg_stat_activity, which other scripts read.
    let token = claim.token.into_iter().flat_map(|token| [("STEWARD_TOKEN", token.to_owned()), ("PGOPTIONS", as_setting(token))]);
    let database = access.database_url.clone().map(|url| (DATABASE_URL, url));
    // The database keeps it shorter than the 128 KiB that one variable may have.
    let checkpoint = checkpoint.map(|data| ("STEWARD_CHECKPOINT", data.get().to_owned()));
    always.into_iter().chain(token).chain(database).chain(checkpoint).collect()
}

/// The token as the setting that `steward.begin_attempt` reads; the database makes it of letters and digits alone.
fn as_setting(token: &str) -> String {
    format!("-c steward.token={token}")
}

/// The passwords in the database URL of the scripts, as written and as meant, for the redactor.
pub fn passwords(url: &str) -> anyhow::Result<Vec<(&'static str, String)>> {
    let mut passwords = match url.strip_prefix("postgres://").or_else(|| url.strip_prefix("postgresql://")) {
        Some(rest) => in_url(rest),
        None => in_pairs(url),
    };
    passwords.retain(|password| !password.is_empty());
    ensure!(
        passwords.iter().all(|password| password.len() >= SHORTEST_VALUE),
        "the password in --script-database-url is shorter than {SHORTEST_VALUE} bytes; choose a longer one"
    );
    Ok(passwords.into_iter().map(|password| (DATABASE_URL, password)).collect())
}

/// `user:password@host/database?password=…`, as libpq reads it.
fn in_url(rest: &str) -> Vec<String> {
    let login = rest.split('/').next().and_then(|authority| authority.split_once('@'));
    let in_login = login.and_then(|(login, _)| login.split_once(':')).map(|(_, password)| password);
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    let in_query = query.split('&').filter_map(|pair| pair.strip_prefix("password="));
    let both = |text: &str| [text.to_owned(), percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text)).into_owned()];
    in_login.into_iter().chain(in_query).flat_map(both).collect()
}

/// `host=… password='a \\' b'`, as libpq reads it.
fn in_pairs(text: &str) -> Vec<String> {
    let mut passwords = Vec::new();
    let mut rest = text.trim_start();
    while let Some((name, after)) = rest.split_once('=') {
        let (value, next) = value(after.trim_start());
        if name.trim() == "password" {
            passwords.push(value);
        }
        rest = next.trim_start();
    }
    passwords
}

/// One value, quoted or not, and what comes after it.
fn value(text: &str) -> (String, &str) {
    let quoted = text.strip_prefix('\'');
    let source = quoted.unwrap_or(text);
    let mut value = String::new();
    let mut letters = source.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => value.extend(letters.next().map(|(_, literal)| literal)),
            '\'' if quoted.is_some() => return (value, &source[at + 1..]),
            space if quoted.is_none() && space.is_whitespace() => return (value, &source[at..]),
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use uuid::Uuid;

    use super::*;
    use crate::request::ScriptRequest;

    fn found(url: &str) -> Vec<String> {
        passwords(url).unwrap().into_iter().map(|(_, password)| password).collect()
    }

    #[test]
    fn finds_the_password_wherever_libpq_does() {
        assert_eq!(found("postgres://script:pa%40ss@db:5432,db2/crm"), ["pa%40ss", "pa@ss"]);
        assert_eq!(found("postgresql://script:pass?word@db"), ["pass?word", "pass?word"]);
        assert_eq!(found("postgresql:///crm?host=/tmp&password=se%20cret"), ["se%20cret", "se cret"]);
        assert_eq!(found("postgres://script@db/crm").len() + found("postgres://db/").len() + found("host=db").len(), 0);
        assert_eq!(found(r"host=db password = 'a \' b\\' dbname=crm"), [r"a ' b\"]);
        assert_eq!(found(r"user=script password=sec\ ret"), ["sec ret"]);
    }

    #[test]
    fn refuses_a_password_that_cannot_be_kept_out_of_ordinary_words() {
        assert!(passwords("postgres://script:abc@db/crm").is_err());
        assert!(passwords("host=db password=abc").is_err());
    }

    #[test]
    fn a_script_learns_its_token_and_its_database_only_if_there_are_any() {
        let claim = Claim { job_id: Uuid::nil(), attempt: 2, workspace: Uuid::nil(), token: None };
        let names = |claim, access: &ScriptAccess| variables(claim, access, None).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(claim, &ScriptAccess::default()), ["PATH", "LANG", "STEWARD_JOB_ID", "STEWARD_ATTEMPT"]);
        let access = ScriptAccess { database_url: Some("host=db".to_owned()), account: None };
        let claim = Claim { token: Some("t0ken"), ..claim };
        assert_eq!(names(claim, &access)[4..], ["STEWARD_TOKEN", "PGOPTIONS", "STEWARD_DATABASE_URL"]);
        assert!(variables(claim, &access, None).contains(&("PGOPTIONS", "-c steward.token=t0ken".to_owned())));
    }

    #[test]
    fn a_script_finds_how_far_an_earlier_attempt_came() {
        let claim = Claim { job_id: Uuid::nil(), attempt: 2, workspace: Uuid::nil(), token: None };
        let found = |request: &str| {
            let request: ScriptRequest = serde_json::from_str(request).unwrap();
            variables(claim, &ScriptAccess::default(), request.checkpoint.as_deref()).split_off(4)
        };
        assert!(found(r#"{"command": "a", "input": {}}"#).is_empty());
        for data in [r#"{"row": 3}"#, "null", "0"] {
            let request = format!(r#"{{"command": "a", "input": {{}}, "checkpoint": {data}}}"#);
            assert_eq!(found(&request), [("STEWARD_CHECKPOINT", data.to_owned())]);
        }
    }
}
