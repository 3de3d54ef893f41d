//! What README lists is what there is: functions and views by role, acts by role, error codes. So are the tests that the page on the
//! architecture names.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use steward_tests::database::connect;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

async fn names(query: &str, role: &str) -> Result<BTreeSet<String>> {
    let rows = connect("steward", "postgres").await?.query(query, &[&role]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// The functions that everybody may call: analysts call nothing else.
async fn granted_to_everybody() -> Result<BTreeSet<String>> {
    let query = "select p.proname::text from pg_proc p, aclexplode(p.proacl) a
        where p.pronamespace = 'steward'::regnamespace and a.grantee = $1::text::regrole";
    names(query, "steward_analyst").await
}

/// Everything of the schema that one role was granted and not everybody has.
async fn granted(role: &str) -> Result<BTreeSet<String>> {
    let query = "select name from (
            select p.proname::text as name, a.grantee from pg_proc p, aclexplode(p.proacl) a where p.pronamespace = 'steward'::regnamespace
            union all
            select c.relname, a.grantee from pg_class c, aclexplode(c.relacl) a where c.relnamespace = 'steward'::regnamespace) g
        where grantee = $1::text::regrole";
    Ok(names(query, role).await?.difference(&granted_to_everybody().await?).cloned().collect())
}

#[tokio::test]
async fn the_reference_lists_what_each_role_may_call_and_read() -> Result<()> {
    let readme = fs::read_to_string(root().join("README.md"))?;
    let section =
        readme.split("## Reference").nth(1).and_then(|rest| rest.split("Every function, view").next()).context("the reference")?;
    let mut seen = 0;
    for paragraph in section.split("\n\n").filter(|paragraph| paragraph.starts_with("**")) {
        let mut words = paragraph.split('`').skip(1).step_by(2).map(str::to_owned);
        let role = words.next().context("a role")?;
        let expected = if paragraph.starts_with("**Everybody**") { granted_to_everybody().await? } else { granted(&role).await? };
        assert_eq!(words.collect::<BTreeSet<_>>(), expected, "{role}");
        seen += 1;
    }
    ensure!(seen == 6, "a paragraph for everybody and for each of five roles");
    Ok(())
}

#[tokio::test]
async fn the_table_of_acts_is_the_one_in_the_database() -> Result<()> {
    let readme = fs::read_to_string(root().join("README.md"))?;
    let table = readme.split("| act |").nth(1).and_then(|rest| rest.split("\n\n").next()).context("the table of acts")?;
    let listed: BTreeSet<String> = table.lines().skip(2).map(|line| line.replace(' ', "")).collect();
    let query = "select replace(format('| `%s` | %s | %s | %s |', a.name, a.description,
            (select string_agg(r.role, ', ' order by array_position(array['owner', 'admin', 'editor', 'viewer'], r.role))
            from steward.role_act r where r.act = a.name), case when a.needs_person then $1 else '' end), ' ', '') from steward.act a";
    assert_eq!(listed, names(query, "yes").await?);
    Ok(())
}

#[test]
fn the_readme_lists_every_error_code_and_no_other() -> Result<()> {
    let readme = fs::read_to_string(root().join("README.md"))?;
    let section = readme.split("## Errors").nth(1).and_then(|rest| rest.split("## How").next()).context("the section Errors")?;
    let listed: BTreeSet<String> = section.split('`').skip(1).step_by(2).filter(|word| is_slug(word)).map(str::to_owned).collect();
    let mut used = BTreeSet::new();
    for folder in ["sql", "extension/src", "extension/core/src", "worker/src"] {
        sources(&root().join(folder), &mut |text| used.extend(codes(text)))?;
    }
    let not_codes = ["error_code", "steward.jobs", "steward.attempts"];
    // A key of what is counted, a column, and what is predicted.
    used.retain(|word| !["reported_dollars", "attributes", "outcome"].contains(&word.as_str()));
    let listed: BTreeSet<String> = listed.into_iter().filter(|word| !not_codes.contains(&word.as_str())).collect();
    assert_eq!(listed.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new(), "listed but not used");
    assert_eq!(used.difference(&listed).collect::<Vec<_>>(), Vec::<&String>::new(), "used but not listed");
    Ok(())
}

#[test]
fn every_test_that_is_said_to_prove_an_invariant_exists() -> Result<()> {
    let page = fs::read_to_string(root().join("docs/architecture.md"))?;
    let section = page.split("## Invariants").nth(1).and_then(|rest| rest.split("## Where").next()).context("the invariants")?;
    let proofs = section.lines().filter_map(|row| row.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").nth(2));
    let named: BTreeSet<&str> =
        proofs.flat_map(|cell| cell.split('`').skip(1).step_by(2)).filter(|word| !word.contains([' ', '('])).collect();
    ensure!(named.len() > 40, "the tables of invariants name their tests");
    let exists = |word: &str| {
        let spec = format!("tests/isolation/specs/{}.spec", word.trim_start_matches("isolation/specs/"));
        [word.to_owned(), format!("tests/{word}"), format!("tests/regress/sql/{word}"), spec].iter().any(|path| root().join(path).exists())
    };
    let missing: Vec<&str> = named.into_iter().filter(|word| !exists(word)).collect();
    assert_eq!(missing, Vec::<&str>::new());
    Ok(())
}

fn is_slug(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The slugs in one source: arguments of the functions that refuse or fail, wherever they stand.
fn codes(text: &str) -> Vec<String> {
    const CALLS: [&str; 19] = [
        "Problem::bad(",
        "Problem::too_large(",
        "Problem::bad_json(",
        ".fail(",
        ".retry(",
        ".lost(",
        "unprepared(",
        "code: ",
        "code=",
        ": &str = ",
        "'code', ",
        "\"code\": ",
        "error_code = ",
        ".reason(",
        "steward.refuse('22004', ",
        "code => ",
        "'code', case when h.worker = '' then ",
        "when h.alive then ",
        "'deadline_passed' else ",
    ];
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let refusals = text.split("steward.refuse('").skip(1).filter_map(|rest| rest.get(8..));
    let calls = CALLS.iter().flat_map(|call| text.split(call).skip(1));
    refusals.chain(calls).filter_map(first_slug).chain(claim_refusals(text)).collect()
}

/// Why an action was not sent: what the functions that say so return. Those that end in a state or in `_limit` are put together there.
fn claim_refusals(text: &str) -> Vec<String> {
    let bodies =
        text.split("create function steward.claim_").skip(1).filter(|rest| rest.starts_with("refusal(") || rest.starts_with("action("));
    let bodies = bodies.filter_map(|rest| rest.split("\n$$;").next());
    let slugs = bodies.flat_map(|body| ["then '", "return '"].map(|before| body.split(before).skip(1).map(|rest| rest.split('\'').next())));
    slugs.flatten().flatten().filter(|slug| !slug.ends_with('_')).map(str::to_owned).collect()
}

/// The slug that a call's arguments begin with, after `true`, `false`, white space and quotes.
fn first_slug(arguments: &str) -> Option<String> {
    let start = arguments.trim_start_matches(|c: char| c.is_whitespace());
    let start = start.trim_start_matches("true, ").trim_start_matches("false, ");
    let word = start.strip_prefix(['"', '\'']).or_else(|| bare(start))?;
    let end = word.find(|c: char| !(c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit()))?;
    let closes = word[end..].starts_with(['"', '\'']);
    (closes && end > 2).then(|| word[..end].to_owned())
}

/// In SQL `detail = 'code=slug'` has no quote before the slug.
fn bare(start: &str) -> Option<&str> {
    start.starts_with(|c: char| c.is_ascii_lowercase()).then_some(start)
}

fn sources(folder: &Path, act: &mut impl FnMut(&str)) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_ours = !path.ends_with("sandbox")
            && !path.ends_with("template/operators.rs")
            && !path.ends_with("tests")
            && !path.ends_with("tests.rs");
        if path.is_dir() && is_ours {
            sources(&path, act)?;
        } else if is_ours && path.extension().is_some_and(|end| end == "rs" || end == "sql") {
            act(&fs::read_to_string(&path)?);
        }
    }
    Ok(())
}
