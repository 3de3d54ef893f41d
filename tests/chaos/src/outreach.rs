//! A world whose workers write to people: senders with backlogs, the provider and the tools of `packaging/unipile` with the sandbox in Unipile's place, and a
//! clock that is moved.

pub mod clock;
pub mod days;
pub mod figures;
pub mod invariants;
pub mod trouble;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use steward_tests::world::SECRET;
use steward_tests::{Running, World, http};
use tokio_postgres::Client;
use uuid::Uuid;

pub use clock::Clock;
pub use trouble::{Tally, Trouble};

const PROVIDER: &str = include_str!("../../../packaging/unipile/provider.json");
const TOOLS: &str = include_str!("../../../packaging/unipile/tools.json");
/// The person that the superuser's sessions act as.
const OWNER: Uuid = Uuid::from_u128(0x9999_9999_9999_9999_9999_9999_9999_9999);

/// What is written down beside the extension's own tables, so that these can be judged by it: also when claims and stops were written by the server's own clock,
/// which nobody moves.
const NOTES: &str = "
    create table public.sender (account_id uuid primary key, external_id text not null, zone text not null, opens interval not null, closes interval not null,
        rests tsrange not null, weekdays int[] not null);
    create table public.drawn (like steward.account_day);
    create table public.planned (like steward.day_plan);
    create table public.claimed (account_id uuid, seq bigint, really_at timestamptz);
    create table public.tripped (id bigint, really_at timestamptz);
    create function public.note() returns trigger language plpgsql security definer as $$
    begin
        case tg_table_name
            when 'account_day' then insert into public.drawn select new.*;
            when 'day_plan' then insert into public.planned select new.*;
            when 'action_claim' then insert into public.claimed values (new.account_id, new.seq, clock_timestamp());
            when 'breaker_event' then insert into public.tripped values (new.id, clock_timestamp());
        end case;
        return null;
    end
    $$;
    create trigger noted after insert on steward.account_day for each row execute function public.note();
    create trigger noted after insert on steward.day_plan for each row execute function public.note();
    create trigger noted after insert on steward.action_claim for each row execute function public.note();
    create trigger noted after insert on steward.breaker_event for each row execute function public.note()";

/// An account, and what a person would say about its hours.
pub struct Sender {
    /// Its name.
    pub name: &'static str,
    /// IANA zone.
    pub zone: &'static str,
    /// Opening and closing by the clock on the wall.
    pub window: [&'static str; 2],
    /// A break in between.
    pub rest: Option<[&'static str; 2]>,
    /// Whether it works at the weekend.
    pub is_daily: bool,
    /// Its policy.
    pub policy: Value,
    /// First day of its ramp.
    pub warm_up_from: &'static str,
}

/// Database, sandbox, clock and workers.
pub struct Outreach {
    /// Database and sandbox.
    pub world: World,
    /// The clock of the database.
    pub clock: Clock,
    /// Workers that live.
    pub workers: Vec<Running>,
    born: usize,
}

impl Outreach {
    /// Creates all of it, with further arguments for the sandbox.
    ///
    /// # Errors
    /// When a part does not start.
    pub async fn create(sandbox: &[&str], at: &str) -> Result<Self> {
        let world = World::with_sandbox(sandbox).await?;
        let admin = &world.database.admin;
        admin.batch_execute(NOTES).await?;
        let own = "select steward.map_login('postgres', $1), steward.add_member($2, $1, 'owner')";
        admin.execute(own, &[&OWNER, &world.database.workspace]).await?;
        let mut clock = Clock::of(&world.database).await?;
        clock.go_to(at, &[]).await?;
        let mut provider: Value = serde_json::from_str(PROVIDER)?;
        provider["base_url"] = json!(format!("http://{}", world.sandbox.address));
        world.database.define_provider("unipile", provider).await?;
        for (name, definition) in serde_json::from_str::<Map<String, Value>>(TOOLS)? {
            world.database.define_tool(&name, definition).await?;
        }
        Ok(Self { world, clock, workers: Vec::new(), born: 0 })
    }

    /// A superuser's session, which is also the owner of the workspace.
    #[must_use]
    pub fn admin(&self) -> &Client {
        &self.world.database.admin
    }

    /// Process ids of the workers that live.
    #[must_use]
    pub fn alive(&self) -> Vec<i32> {
        self.workers.iter().filter_map(|worker| worker.id().try_into().ok()).collect()
    }

    /// Starts another worker.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start_worker(&mut self) -> Result<()> {
        self.born += 1;
        let name = format!("sender-{}", self.born);
        let secret = format!("UNIPILE_API_KEY={}", self.world.sandbox.address);
        let mut command = self
            .world
            .worker_command(&self.world.database.worker_url(), &["--name", &name, "--secret", &secret, "--poll-interval", "0.2"])?;
        self.workers.push(Running::start(command.env("UNIPILE_API_KEY", SECRET))?);
        Ok(())
    }

    /// Adds an account and enables it.
    ///
    /// # Errors
    /// The database's.
    pub async fn enable(&self, sender: &Sender) -> Result<Uuid> {
        let Sender { name, zone, window: [opens, closes], rest, is_daily, policy, warm_up_from } = sender;
        let add = "select steward.add_account($1, 'unipile', 'account of ' || $1, $2, $3, $4::text::date)";
        let account: Uuid = self.admin().query_one(add, &[name, zone, policy, warm_up_from]).await.context(*name)?.get(0);
        self.admin().execute("select steward.enable_account($1, steward.outreach_notice())", &[&account]).await?;
        let note = "insert into public.sender values ($1, 'account of ' || $2, $3, $4::text::interval, $5::text::interval,
            case when $6::text is null then 'empty' else tsrange(date '2000-01-01' + $6::text::interval, date '2000-01-01' + $7::text::interval) end,
            array(select generate_series(1, case when $8 then 7 else 5 end)))";
        let [from, to] = rest.map_or([None, None], |[from, to]| [Some(from), Some(to)]);
        self.admin().execute(note, &[&account, name, zone, opens, closes, &from, &to, is_daily]).await?;
        Ok(account)
    }

    /// Schedules an action, as the application; its id.
    ///
    /// # Errors
    /// The database's.
    pub async fn schedule(&self, account: Uuid, kind: &str, person: &str, payload: Value) -> Result<Uuid> {
        let schedule = "select steward.schedule_action($1, $2, $3, $4)";
        Ok(self.world.database.app.query_one(schedule, &[&account, &kind, &person, &payload]).await?.get(0))
    }

    /// Fills a backlog with invitations and messages, one of each for each of these people.
    ///
    /// # Errors
    /// The database's.
    pub async fn invite_and_write(&self, account: Uuid, people: &[String]) -> Result<()> {
        let schedule = "select count(steward.schedule_action($1, k.kind, p.person, k.payload)) from unnest($2::text[]) p (person)
            cross join (values ('send_invite', '{}'::jsonb), ('send_message', '{\"text\": \"Hello\"}')) as k (kind, payload)";
        self.world.database.app.execute(schedule, &[&account, &people]).await?;
        Ok(())
    }

    /// Copies the sandbox's log of calls into `public.arrival`.
    ///
    /// # Errors
    /// When the sandbox does not answer.
    pub async fn note_arrivals(&self) -> Result<()> {
        let (_, calls) = http::get(&self.world.sandbox.address, "/sandbox/calls").await?;
        let table = "drop table if exists public.arrival; create table public.arrival
            (at timestamptz, job_id uuid, attempt int, account text, person text, action text, done boolean, status int, path text)";
        self.admin().batch_execute(table).await?;
        let copy = "insert into public.arrival select * from jsonb_populate_recordset(null::public.arrival, $1::text::jsonb)";
        self.admin().execute(copy, &[&calls]).await?;
        Ok(())
    }
}
