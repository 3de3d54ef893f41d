//! Looks for what must be nowhere: in no row of any table and in no line of the log.

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::database::Database;

/// The tables of the extension with `text` in any column of any row.
///
/// # Errors
/// The database's.
pub async fn tables_with(database: &Database, text: &str) -> Result<Vec<String>> {
    tables_with_but(database, text, "").await
}

/// The same, the column `but` of the jobs aside.
///
/// # Errors
/// The database's.
pub async fn tables_with_but(database: &Database, text: &str, but: &str) -> Result<Vec<String>> {
    // In JSON a text stands with its escapes.
    let escaped = Value::from(text).to_string();
    let escaped = &escaped[1..escaped.len() - 1];
    let tables = "select relname::text from pg_class where relnamespace = 'steward'::regnamespace and relkind in ('r', 'p') order by 1";
    let mut found = Vec::new();
    for row in database.admin.query(tables, &[]).await? {
        let table: String = row.get(0);
        let aside = if table == "job" { but } else { "" };
        let query = format!(
            "select exists (select from steward.{table} t, lateral (select (to_jsonb(t) - $3::text)::text as row) r
                where strpos(r.row, $1) > 0 or strpos(r.row, $2) > 0)"
        );
        if database.value(&query, &[&text, &escaped, &aside]).await? {
            found.push(table);
        }
    }
    Ok(found)
}

/// Fails when one of the texts is in a row or in the log.
///
/// # Errors
/// Names the table; also the database's errors.
pub async fn none_of(texts: &[String], database: &Database, log: &str) -> Result<()> {
    for text in texts {
        let tables = tables_with(database, text).await?;
        ensure!(tables.is_empty(), "{text} is in {tables:?}");
        ensure!(!log.contains(text.as_str()), "{text} is in the log: {log}");
    }
    Ok(())
}
