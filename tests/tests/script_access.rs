//! What a script may do in the database: everything in the name of its attempt, for as long as that lives, and nothing else.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use steward_tests::database::{USER, connect};
use steward_tests::traces::none_of;
use steward_tests::{Letter, Running, Script, World, eventually};
use tokio_postgres::Client;
use uuid::Uuid;

/// The password in the database URL of the scripts; the server of the tests asks for none.
const PASSWORD: &str = "script-p@ss+word";

/// Puts each statement of the payload to the database, in a session of its own that has begun the attempt.
const ASK: &str = r#"
import json, os, subprocess, sys
begin = "select steward.begin_attempt('{STEWARD_JOB_ID}', {STEWARD_ATTEMPT})".format(**os.environ)
def ask(statement):
    psql = ['/usr/lib/postgresql/15/bin/psql', os.environ['STEWARD_DATABASE_URL'], '-XAtq', '-v', 'VERBOSITY=sqlstate']
    ran = subprocess.run(psql + ['-c', begin, '-c', statement.replace('THIS_JOB', os.environ['STEWARD_JOB_ID'])], capture_output=True, text=True)
    return (ran.stdout + ran.stderr).strip()
answers = {name: ask(statement) for name, statement in json.load(sys.stdin)['statements'].items()}
print(json.dumps({'answers': answers, 'environment': sorted(os.environ)}))
"#;

/// Begins its attempt, tells its token to the test alone, and stays connected until it may end.
const STAY: &str = r#"
import json, os, subprocess, sys
payload = json.load(sys.stdin)
begin = "select steward.begin_attempt('{STEWARD_JOB_ID}', {STEWARD_ATTEMPT});".format(**os.environ)
psql = ['/usr/lib/postgresql/15/bin/psql', os.environ['STEWARD_DATABASE_URL'], '-XAtq', '-v', 'ON_ERROR_STOP=1']
session = subprocess.Popen(psql, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
def ask(statement):
    print(statement, file=session.stdin, flush=True)
    return session.stdout.readline().strip()
ask(begin)
kind = ask('select steward.actor_kind();')
with open(payload['tell'], 'w') as letter: print(os.environ['STEWARD_TOKEN'], file=letter)
while not os.path.exists(payload['gate']): ask('select pg_sleep(0.02);')
print(json.dumps({'kind': kind}))
"#;

/// Tells its token to the test alone and waits; then it says everything it knows everywhere.
const TELL: &str = r#"
import json, os, sys, time
payload = json.load(sys.stdin)
token, url = os.environ['STEWARD_TOKEN'], os.environ['STEWARD_DATABASE_URL']
with open(payload['tell'], 'w') as letter: print(token, file=letter)
print(f'my token is {token}', flush=True)
while not os.path.exists(payload['gate']): time.sleep(0.02)
print(f'{token} {url}', file=sys.stderr)
print(json.dumps({'token': token, 'url': url}))
sys.exit(payload.get('code', 0))
"#;

async fn world_with(source: &str) -> Result<(World, Script, Running)> {
    let world = World::create().await?;
    let script = Script::new(source)?;
    script.define(&world.database).await?;
    let port = std::env::var("PGPORT").context("PGPORT")?;
    let url = format!("postgresql://steward_script:script-p%40ss+word@127.0.0.1:{port}/{}", world.database.name);
    let worker = world.worker(&["--log", "debug", "--script", &script.listed(), "--script-database-url", &url])?;
    Ok((world, script, worker))
}

/// A workspace with a job of `user`, which `login` enqueues and nobody claims.
async fn workspace_with_job(world: &World, slug: &str, user: Uuid, login: &str) -> Result<(Uuid, Uuid)> {
    let admin = &world.database.admin;
    let workspace: Uuid = admin.query_one("select steward.create_workspace($1, $1)", &[&slug]).await?.get(0);
    admin.execute("select steward.add_member($1, $2, 'editor')", &[&workspace, &user]).await?;
    let session = connect(&world.database.name, login).await?;
    let enqueue = "select steward.enqueue('later', queue => 'elsewhere', workspace_id => $1)";
    Ok((workspace, session.query_one(enqueue, &[&workspace]).await?.get(0)))
}

#[tokio::test]
async fn a_script_acts_for_the_user_of_its_job_and_goes_no_further() -> Result<()> {
    let (world, _script, _worker) = world_with(ASK).await?;
    let database = &world.database;
    database.define_tool("later", json!({ "executor": "noop" })).await?;
    let stranger = Uuid::from_u128(2);
    database.admin.batch_execute("create role e2e_stranger login; grant steward_user to e2e_stranger").await?;
    database.admin.execute("select steward.map_login('e2e_stranger', $1)", &[&stranger]).await?;
    // Whatever the user may do: an attempt is no person.
    database.admin.execute("select steward.add_member($1, $2, 'owner')", &[&database.workspace, &USER]).await?;
    let (_, of_strangers) = workspace_with_job(&world, "strangers", stranger, "e2e_stranger").await?;
    // The user of the job is a member here as well, but the attempt is not under way here.
    let (elsewhere, of_the_user) = workspace_with_job(&world, "elsewhere", USER, "e2e_app").await?;
    let acme = database.workspace;
    let statements = json!({
        "who": "select steward.uid()",
        "kind": "select steward.actor_kind()",
        "itself": "select id, state from steward.jobs where id = 'THIS_JOB'",
        "all jobs": "select count(*) from steward.jobs",
        "of strangers": format!("select count(*) from steward.jobs where id = '{of_strangers}'"),
        "of the user elsewhere": format!("select count(*) from steward.jobs where id = '{of_the_user}'"),
        "follow-up": "select steward.enqueue('later', '{\"after\": \"THIS_JOB\"}', queue => 'elsewhere')",
        "follow-up elsewhere": format!("select steward.enqueue('later', workspace_id => '{elsewhere}')"),
        "add a member": format!("select steward.add_member('{acme}', '{}', 'owner')", Uuid::from_u128(9)),
        "resolve a job": "select steward.resolve_job('THIS_JOB', 'succeeded', 'it says so itself')",
        "claim jobs": "select steward.claim_jobs('me', array['default'], 1)",
        "read what administrators read": "select * from steward.worker",
        "write a table": "update steward.member set role = 'owner'",
        "change who it is": format!("set steward.user_id = '{stranger}'; select steward.uid()"),
    });
    let query = "select steward.enqueue('task', $1, workspace_id => $2)";
    let job: Uuid = database.app.query_one(query, &[&json!({ "statements": statements }), &acme]).await?.get(0);
    let result: Value = database.finished(job).await?.get("result");
    let answer = |name: &str| result["answers"][name].as_str().unwrap_or_default().to_owned();
    assert_eq!((answer("who"), answer("kind")), (USER.to_string(), "job".to_owned()));
    assert_eq!((answer("itself"), answer("all jobs")), (format!("{job}|running"), "1".to_owned()), "{result}");
    assert_eq!((answer("of strangers"), answer("of the user elsewhere")), ("0".to_owned(), "0".to_owned()));
    assert_eq!(answer("change who it is"), USER.to_string(), "{result}");
    let refused = [("follow-up elsewhere", "42704"), ("add a member", "42501"), ("resolve a job", "42501"), ("claim jobs", "42501")];
    for (name, sqlstate) in refused.into_iter().chain([("read what administrators read", "42501"), ("write a table", "42501")]) {
        assert_eq!(answer(name), format!("ERROR:  {sqlstate}"), "{name}: {result}");
    }
    let follow_up: Uuid = answer("follow-up").parse().with_context(|| result.to_string())?;
    let stored = "select workspace_id, user_id, payload ->> 'after' from steward.job where id = $1";
    let row = database.admin.query_one(stored, &[&follow_up]).await?;
    assert_eq!((row.get(0), row.get(1), row.get::<_, &str>(2)), (acme, USER, job.to_string().as_str()));
    let names = ["LANG", "PATH", "PGOPTIONS", "STEWARD_ATTEMPT", "STEWARD_DATABASE_URL", "STEWARD_JOB_ID", "STEWARD_TOKEN"];
    let environment = result["environment"].as_array().cloned().unwrap_or_default();
    // Python itself adds this one where the C locale is all there is.
    assert!(environment.iter().all(|name| names.contains(&name.as_str().unwrap_or_default()) || name == "LC_CTYPE"), "{environment:?}");
    assert!(environment.len() >= names.len(), "{environment:?}");
    Ok(())
}

async fn begin(session: &Client, job: Uuid, attempt: i32, token: &str) -> Result<(), String> {
    let begun = session.execute("select steward.begin_attempt($1, $2, $3)", &[&job, &attempt, &token]).await;
    begun.map(drop).map_err(|error| error.code().map(|state| state.code().to_owned()).unwrap_or_default())
}

async fn uid(session: &Client) -> Result<Option<Uuid>> {
    Ok(session.query_one("select steward.uid()", &[]).await?.get(0))
}

#[tokio::test]
async fn only_the_token_of_an_attempt_that_is_under_way_opens_anything() -> Result<()> {
    let (world, _script, _worker) = world_with(TELL).await?;
    let (gate, letters) = (Letter::new(), [Letter::new(), Letter::new()]);
    let mut jobs = Vec::new();
    for letter in &letters {
        jobs.push(world.database.enqueue("task", json!({ "tell": letter.path(), "gate": gate.path() })).await?);
    }
    let tokens = [letters[0].received().await?, letters[1].received().await?];
    let session = connect(&world.database.name, "steward_script").await?;
    let refused = Err("42501".to_owned());
    assert_eq!(begin(&session, jobs[0], 1, "wrong").await, refused);
    assert_eq!(begin(&session, jobs[0], 1, "").await, refused);
    assert_eq!(begin(&session, jobs[0], 1, &tokens[1]).await, refused, "the token of another attempt");
    assert_eq!(begin(&session, jobs[0], 2, &tokens[0]).await, refused, "an attempt that never was");
    assert_eq!(uid(&session).await?, None);
    assert_eq!(session.query_one("select count(*) from steward.jobs", &[]).await?.get::<_, i64>(0), 0);
    begin(&session, jobs[0], 1, &tokens[0]).await.map_err(anyhow::Error::msg)?;
    assert_eq!(uid(&session).await?, Some(USER));
    gate.send("")?;
    for job in &jobs {
        assert_eq!(world.database.finished(*job).await?.get::<_, &str>("state"), "succeeded");
    }
    assert_eq!(uid(&session).await?, None, "the attempt has ended");
    assert!(session.query_one("select steward.enqueue('task')", &[]).await.is_err());
    assert_eq!(begin(&session, jobs[0], 1, &tokens[0]).await, refused, "the attempt has ended");
    Ok(())
}

#[tokio::test]
async fn no_statement_of_any_session_shows_the_token_of_a_connected_script() -> Result<()> {
    let (world, _script, _worker) = world_with(STAY).await?;
    let (gate, letter) = (Letter::new(), Letter::new());
    let job = world.database.enqueue("task", json!({ "tell": letter.path(), "gate": gate.path() })).await?;
    let token = letter.received().await?;
    let connected = "select exists (select from pg_stat_activity where usename = 'steward_script' and datname = current_database())";
    assert!(world.database.value::<bool>(connected, &[]).await?);
    // Bound, so that this statement itself does not show it.
    let shown = "select count(*) from pg_stat_activity where position($1 in query) > 0";
    assert_eq!(world.database.value::<i64>(shown, &[&token]).await?, 0);
    gate.send("")?;
    let result: Value = world.database.finished(job).await?.get("result");
    assert_eq!(result["kind"], "job");
    Ok(())
}

#[tokio::test]
async fn a_script_that_says_its_token_and_its_password_everywhere_leaves_no_trace_of_them() -> Result<()> {
    let (world, _script, worker) = world_with(TELL).await?;
    let mut secrets = vec![PASSWORD.to_owned(), "script-p%40ss+word".to_owned()];
    let shown = "select message from steward.job_status where id = $1 and message is not null";
    for code in [0, 1] {
        let (gate, letter) = (Letter::new(), Letter::new());
        let payload = json!({ "tell": letter.path(), "gate": gate.path(), "code": code });
        let job = world.database.enqueue("task", payload).await?;
        secrets.push(letter.received().await?);
        let message = eventually("progress is shown", || async { Ok(world.database.app.query_opt(shown, &[&job]).await?) }).await?;
        assert_eq!(message.get::<_, &str>(0), "my token is [secret STEWARD_TOKEN]");
        gate.send("")?;
        let row = world.database.finished(job).await?;
        if code == 0 {
            let result: Value = row.get("result");
            assert_eq!(result["token"], "[secret STEWARD_TOKEN]");
            assert!(result["url"].as_str().is_some_and(|url| url.contains("steward_script:[secret STEWARD_DATABASE_URL]@")), "{result}");
        } else {
            let words: &str = row.get("error_message");
            assert!(words.contains("[secret STEWARD_TOKEN]") && words.contains("[secret STEWARD_DATABASE_URL]"), "{words}");
        }
        eventually("the job is in the log", || async { Ok(worker.output().contains(&job.to_string()).then_some(())) }).await?;
    }
    none_of(&secrets, &world.database, &worker.output()).await
}
