//! Models trained in SQL, on public leads: a bank's, where they have to be good, and a synthetic pipeline's, where there is nothing to learn.
//!
//! `tests/cluster.sh cargo test --locked -p steward-tests --test lead_models -- --nocapture` prints every figure.

use std::io::Cursor;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use futures_util::SinkExt;
use steward_tests::Database;
use tokio_postgres::Row;
use uuid::Uuid;

/// Splits that figures are the mean of.
const SEEDS: i32 = 10;
/// Who trains.
const OWNER: Uuid = Uuid::from_u128(0x2222_2222_2222_2222_2222_2222_2222_2222);

/// What is asked of the means over all splits.
struct Floor {
    auc: f64,
    lift: f64,
    ece: f64,
}

/// A database whose superuser acts as an owner of the workspace.
async fn database() -> Result<Database> {
    let database = Database::create().await?;
    database.admin.execute("select steward.map_login('postgres', $1)", &[&OWNER]).await?;
    database.admin.execute("select steward.add_member($1, $2, 'owner')", &[&database.workspace, &OWNER]).await?;
    Ok(database)
}

fn path(of: &str) -> String {
    format!("{}/../{of}", env!("CARGO_MANIFEST_DIR"))
}

/// A file of the data that lies beside the checkout, or where `STEWARD_DATA` says; none where it does not, which is said.
fn shared(file: &str) -> Option<String> {
    let said = std::env::var("STEWARD_DATA").ok();
    let folders = said.map_or_else(|| vec![path("../shared/data"), "/work/shared/data".to_owned()], |folder| vec![folder]);
    let text = folders.iter().find_map(|folder| std::fs::read_to_string(format!("{folder}/{file}")).ok());
    if text.is_none() {
        println!("skipped: there is no {file} in {folders:?}; STEWARD_DATA says where else to look");
    }
    text
}

/// Copies a CSV file into a table of texts, with a column `n` that counts its rows.
async fn copied(database: &Database, table: &str, csv: String) -> Result<()> {
    let columns: Vec<String> = csv.lines().next().context("a first line")?.split(',').map(|name| format!("\"{name}\"")).collect();
    let with_types: Vec<String> = columns.iter().map(|column| format!("{column} text")).collect();
    let create = format!("create table {table} (n int generated always as identity, {})", with_types.join(", "));
    database.admin.batch_execute(&create).await?;
    let copy = format!("copy {table} ({}) from stdin (format csv, header)", columns.join(", "));
    let sink = database.admin.copy_in::<_, Cursor<Vec<u8>>>(&copy).await?;
    tokio::pin!(sink);
    sink.send(Cursor::new(csv.into_bytes())).await?;
    sink.finish().await?;
    Ok(())
}

/// Takes the rows of a view in, and says how many leads that made.
async fn imported(database: &Database, view: &str) -> Result<i64> {
    let query = format!("select count(*) filter (where outcome = 'inserted') from steward.import_lead_table('{view}')");
    database.value(&query, &[]).await
}

async fn bank() -> Result<Database> {
    let database = database().await?;
    let unpacked = Command::new("gzip").args(["-dc", &path("tests/data/bank.csv.gz")]).output()?;
    ensure!(unpacked.status.success(), "gzip cannot read the leads of the bank");
    copied(&database, "bank", String::from_utf8(unpacked.stdout)?).await?;
    let view = r#"create view bank_leads as select 'bank ' || n as provider_id, case "Output" when 'yes' then 'won' else 'lost' end as outcome, "Age", "Job", "Marital (Status)",
        "Education", "Default", "Balance", "Housing", "Loan", "Contact", "Day", "Month", "Campaign", "Pdays", "Previous", "Poutcome" from bank order by n"#;
    database.admin.batch_execute(view).await?;
    assert_eq!(imported(&database, "bank_leads").await?, 45_211);
    Ok(database)
}

/// AUC, lift of the best tenth, and ECE of a training on each split, and their means.
async fn means(database: &Database, method: &str) -> Result<[f64; 3]> {
    let train = "select auc::float8, top_decile_lift::float8, ece::float8, leads, alarms from steward.train_model($1::text,
        jsonb_build_object('method', $1::text, 'split', jsonb_build_object('kind', 'random', 'holdout', 0.3, 'seed', $2::int)))";
    let mut sums = [0.0; 3];
    for seed in 1..=SEEDS {
        let row = database.admin.query_one(train, &[&method, &seed]).await?;
        let figures = [0, 1, 2].map(|column| row.get::<_, f64>(column));
        println!(
            "{method}, seed {seed:2}: AUC {:.4}, lift {:.3}, ECE {:.4}, {} leads held out",
            figures[0],
            figures[1],
            figures[2],
            row.get::<_, i32>(3)
        );
        assert_eq!(row.get::<_, Vec<String>>(4), Vec::<String>::new());
        sums.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure / f64::from(SEEDS));
    }
    println!("{method}, mean   : AUC {:.4}, lift {:.3}, ECE {:.4}", sums[0], sums[1], sums[2]);
    Ok(sums)
}

#[tokio::test]
async fn leads_of_a_bank_are_ranked_as_well_as_promised() -> Result<()> {
    let database = bank().await?;
    // Four of the best tenth are asked of the regression. Frequencies count twice what two features share, which costs most at the top.
    for (method, floor) in [("logistic", Floor { auc: 0.77, lift: 4.0, ece: 0.03 }), ("bayes", Floor { auc: 0.75, lift: 3.5, ece: 0.03 })] {
        let [auc, lift, ece] = means(&database, method).await?;
        assert!(auc >= floor.auc && lift >= floor.lift && ece <= floor.ece, "{method}: {auc} {lift} {ece}");
    }
    // Numbers have ten bins without being asked, and nothing that names a lead is learned from.
    let fields: Vec<String> =
        database.value("select array_agg(f ->> 'field') from steward.models, jsonb_array_elements(definition -> 'features') f where name = 'bayes' and version = 1", &[]).await?;
    assert_eq!(fields.len(), 15, "{fields:?}");
    let bins: i64 = database
        .value("select count(*) from steward.model, jsonb_array_elements(fitted -> 'features') f where name = 'bayes' and version = 1 and f ->> 'as' = 'deciles'", &[])
        .await?;
    assert_eq!(bins, 6);
    Ok(())
}

/// Deals that were won or lost, by the day they were closed.
async fn pipeline() -> Result<Option<Database>> {
    let Some(csv) = shared("maven_sales_pipeline.csv") else { return Ok(None) };
    let database = database().await?;
    copied(&database, "deal", csv).await?;
    let view = "create view deals as select opportunity_id as provider_id, lower(deal_stage) as outcome, to_char(to_date(close_date, 'MM/DD/YYYY'), 'YYYY-MM-DD') as outcome_at,
        sales_agent, product, account, close_value from deal where deal_stage in ('Won', 'Lost') order by n";
    database.admin.batch_execute(view).await?;
    assert_eq!(imported(&database, "deals").await?, 6711);
    Ok(Some(database))
}

async fn auc_of(database: &Database, model: &str) -> Result<Row> {
    let query = "select max(model_value::float8) filter (where figure = 'auc_low'), max(model_value::float8) filter (where figure = 'auc'),
        max(model_value::float8) filter (where figure = 'auc_high'), max(note) from steward.evaluate_model($1)";
    Ok(database.admin.query_one(query, &[&model]).await?)
}

#[tokio::test]
async fn a_pipeline_with_nothing_to_learn_has_no_signal_and_what_tells_the_outcome_is_named() -> Result<()> {
    let Some(database) = pipeline().await? else { return Ok(()) };
    for method in ["logistic", "bayes"] {
        let features = r#"["attributes.sales_agent", "attributes.product", "attributes.account"]"#;
        let train = format!("select * from steward.train_model('honest', '{{\"method\": \"{method}\", \"features\": {features}}}')");
        database.admin.batch_execute(&train).await?;
        let row = auc_of(&database, "honest").await?;
        let [low, auc, high] = [0, 1, 2].map(|column| row.get::<_, f64>(column));
        let note: String = row.get(3);
        println!("{method}: AUC {auc:.4}, from {low:.4} to {high:.4}: {note}");
        assert!(low < 0.5 && 0.5 < high && note.starts_with("No signal"), "{low} {high} {note}");
    }
    // What a deal was worth is known when it is won: a lost one is worth 0.
    let alarms: Vec<String> = database.value("select alarms from steward.train_model('leaky')", &[]).await?;
    assert_eq!(alarms, ["attributes.close_value"]);
    let note: String = auc_of(&database, "leaky").await?.get(3);
    assert!(note.contains("Look at the features in alarms"), "{note}");
    Ok(())
}
