//! Many sessions at once about the same leads: signals told by several of them, visitors identified, rows imported, and scores refreshed meanwhile.

use anyhow::{Result, ensure};
use serde_json::json;
use steward_tests::Database;
use steward_tests::database::connect;
use tokio_postgres::Client;
use uuid::Uuid;

/// Sessions that tell of signals, and those that keep scores up.
const TELLERS: usize = 8;
const REFRESHERS: usize = 2;
/// Events, each told by several of the sessions, and leads and visitors that they are about.
const EVENTS: i32 = 600;
const LEADS: i32 = 40;
const VISITORS: i32 = 12;
const OWNER: Uuid = Uuid::from_u128(0x2222_2222_2222_2222_2222_2222_2222_2222);

/// Signals that stay, so that the score is a matter of the set of them and not of the moment.
const RUBRIC: &str = r#"{"terms": [{"name": "size", "kind": "value", "field": "attributes.headcount", "min": 0, "max": 40},
    {"name": "did", "kind": "signals", "max": 50, "signals": {"view": {"points": 2, "per_day": 10}, "reply": {"points": 5}}}]}"#;

async fn database() -> Result<Database> {
    let database = Database::create().await?;
    database.admin.execute("select steward.map_login('postgres', $1)", &[&OWNER]).await?;
    database.admin.execute("select steward.add_member($1, $2, 'owner')", &[&database.workspace, &OWNER]).await?;
    import(&database.app, 0).await?;
    database.admin.batch_execute(&format!("select steward.define_rubric('fit', '{RUBRIC}'), steward.publish_rubric('fit')")).await?;
    Ok(database)
}

/// All leads once more, in an order of its own and with other numbers.
async fn import(client: &Client, round: i32) -> Result<()> {
    let row = |n: i32| json!({ "provider_id": format!("lead {n}"), "company": format!("Company {n}"), "headcount": (n * 7 + round) % 50 });
    let mut rows: Vec<_> = (0..LEADS).map(|n| row((n * 11 + round) % LEADS)).collect();
    rows.rotate_left(round as usize % LEADS as usize);
    client.execute("select count(*) from steward.import_leads($1)", &[&json!(rows)]).await?;
    Ok(())
}

/// What one session tells: every event that its number does not leave out, beginning at another one than the others. Half of them are of visitors.
async fn tell(client: Client, teller: usize) -> Result<i64> {
    let known = "select steward.record_signal((select id from steward.leads where provider_id = $1), $2, event_id => $3, occurred_at => timestamptz '2026-01-01' + $4 * interval '1 hour')";
    let unknown = "select steward.record_signal(null, $2, event_id => $3, visitor => $1, occurred_at => timestamptz '2026-01-01' + $4 * interval '1 hour')";
    let identify = "select steward.identify_visitor($1, (select id from steward.leads where provider_id = $2))";
    let (mut new, begin) = (0, teller as i32 * EVENTS / TELLERS as i32);
    for event in (0..EVENTS).map(|event| (event + begin) % EVENTS).filter(|event| event % 5 != teller as i32 % 5) {
        let (kind, id, hours) = (if event % 3 == 0 { "reply" } else { "view" }, format!("event {event}"), f64::from(event));
        let (query, whose) =
            if event % 2 == 0 { (known, format!("lead {}", event % LEADS)) } else { (unknown, format!("visitor {}", event % VISITORS)) };
        let is_new: bool = client.query_one(query, &[&whose, &kind, &id, &hours]).await?.get(0);
        new += i64::from(is_new);
        if event % 50 == teller as i32 {
            let visitor = event % VISITORS;
            client.execute(identify, &[&format!("visitor {visitor}"), &format!("lead {visitor}")]).await?;
        }
        if event % 150 == teller as i32 {
            import(&client, event).await?;
        }
    }
    Ok(new)
}

/// Keeps scores up until nobody tells anything any more.
async fn refresh(client: Client, mut told: tokio::sync::watch::Receiver<bool>) -> Result<i64> {
    let mut written = 0;
    while !*told.borrow_and_update() {
        written += client.query_one("select steward.refresh_scores()", &[]).await?.get::<_, i64>(0);
    }
    Ok(written)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_counts_once_and_no_score_is_left_behind_however_many_sessions_tell() -> Result<()> {
    let database = database().await?;
    let (end, told) = tokio::sync::watch::channel(false);
    let mut refreshers = Vec::new();
    for _ in 0..REFRESHERS {
        refreshers.push(tokio::spawn(refresh(connect(&database.name, "e2e_app").await?, told.clone())));
    }
    let mut tellers = Vec::new();
    for teller in 0..TELLERS {
        tellers.push(tokio::spawn(tell(connect(&database.name, "e2e_app").await?, teller)));
    }
    let mut new = 0;
    for teller in tellers {
        new += teller.await??;
    }
    end.send(true)?;
    let mut written = 0;
    for refresher in refreshers {
        written += refresher.await??;
    }
    ensure!(new == i64::from(EVENTS), "{new} of {EVENTS} events were new");
    assert_eq!(database.value::<i64>("select count(*) from steward.signal", &[]).await?, i64::from(EVENTS));
    for visitor in 0..VISITORS {
        let identify = "select steward.identify_visitor($1, (select id from steward.leads where provider_id = $2))";
        database.app.execute(identify, &[&format!("visitor {visitor}"), &format!("lead {visitor}")]).await?;
    }
    // Nobody has two owners, and a visitor's are all the lead's that the visitor was identified as.
    let astray = "select count(*) from steward.signal s join steward.lead l on l.id = s.lead_id where s.visitor is not null and l.provider_id <> replace(s.visitor, 'visitor', 'lead')";
    assert_eq!(database.value::<i64>(astray, &[]).await?, 0);
    assert_eq!(database.value::<i64>("select count(*) from steward.signal where lead_id is null", &[]).await?, 0);
    database.app.execute("select steward.refresh_scores()", &[]).await?;
    println!("{written} scores were written meanwhile");
    assert_eq!(database.value::<i64>("select count(*) from steward.stale_lead", &[]).await?, 0);
    assert_eq!(database.value::<i64>("select steward.score_leads()", &[]).await?, 0);
    let broken = "select count(*) filter (where score <> (select sum(p) from unnest(contributions) p)) + count(*) filter (where superseded_at is null) - count(distinct lead_id) from steward.lead_score";
    assert_eq!(database.value::<i64>(broken, &[]).await?, 0);
    let deadlocks = "select deadlocks from pg_stat_database where datname = current_database()";
    assert_eq!(database.value::<i64>(deadlocks, &[]).await?, 0);
    Ok(())
}
