//! The provider and the tools of `packaging/unipile`, as they are, through a real worker.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use steward_chaos::Outreach;
use steward_chaos::outreach::{Sender, Trouble};
use uuid::Uuid;

const DAY: f64 = 86_400.0;

struct Desk {
    outreach: Outreach,
    account: Uuid,
}

impl Desk {
    /// A sender that works around the clock, with one worker, on a Monday.
    async fn open() -> Result<Self> {
        let mut outreach = Outreach::create(&[], "2026-05-11 00:05+00").await?;
        let window = ["00:00", "24:00"];
        let policy = json!({ "window": window, "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] });
        let sender = Sender { name: "ann", zone: "UTC", window, rest: None, is_daily: true, policy, warm_up_from: "2025-01-01" };
        let account = outreach.enable(&sender).await?;
        outreach.start_worker()?;
        Ok(Self { outreach, account })
    }

    async fn schedule(&self, kind: &str, person: &str, payload: Value) -> Result<Uuid> {
        self.outreach.schedule(self.account, kind, person, payload).await
    }

    /// However few they are, actions are done at any time of the day.
    async fn live_for_a_day(&mut self) -> Result<()> {
        let until = self.outreach.clock.now() + DAY;
        self.outreach.live(until, &mut Trouble::none()).await
    }

    /// State and slug of an action.
    async fn told(&self, action: Uuid) -> Result<(String, Option<String>)> {
        let row = self.outreach.admin().query_one("select a.state, a.code from steward.actions a where a.id = $1", &[&action]).await?;
        Ok((row.get(0), row.get(1)))
    }

    async fn is_done(&self, action: Uuid) -> Result<bool> {
        Ok(self.told(action).await? == ("done".to_owned(), None))
    }

    /// A field of what the provider answered.
    async fn answer(&self, action: Uuid, field: &str) -> Result<String> {
        let answer = "select j.result ->> $2 from steward.job j join steward.action a on a.job_id = j.id where a.id = $1";
        self.outreach.world.database.value::<Option<String>>(answer, &[&action, &field]).await?.with_context(|| format!("no {field}"))
    }

    /// What the sandbox did to a person, in order.
    async fn deeds(&self, person: &str) -> Result<Vec<String>> {
        self.outreach.note_arrivals().await?;
        let deeds = "select array(select r.action from public.arrival r where r.person = $1 and r.done order by r.at)";
        self.outreach.world.database.value(deeds, &[&person]).await
    }

    async fn state(&self) -> Result<(String, Option<String>)> {
        let row = self.outreach.admin().query_one("select a.state, a.state_code from steward.accounts a", &[]).await?;
        Ok((row.get(0), row.get(1)))
    }
}

#[tokio::test]
async fn each_kind_of_the_packaged_tools_is_done_and_a_reply_ends_what_would_follow() -> Result<()> {
    let mut desk = Desk::open().await?;
    let message = desk.schedule("send_message", "ada", json!({ "text": "Hello" })).await?;
    let visit = desk.schedule("view_profile", "bea", json!({})).await?;
    let inmail = desk.schedule("inmail", "cleo", json!({ "subject": "Hello", "text": "You do not know me" })).await?;
    let invite = desk.schedule("send_invite", "dora", json!({ "note": "Hello" })).await?;
    desk.live_for_a_day().await?;
    let chat = desk.answer(message, "chat_id").await?;
    let follow_up = desk.schedule("follow_up", "ada", json!({ "chat": chat, "text": "Hello again" })).await?;
    let withdraw = desk.schedule("withdraw", "dora", json!({ "invitation": desk.answer(invite, "invitation_id").await? })).await?;
    desk.live_for_a_day().await?;
    for (kind, action) in [message, visit, inmail, invite, follow_up, withdraw].into_iter().enumerate() {
        assert!(desk.is_done(action).await?, "{kind}: {:?}", desk.told(action).await?);
    }
    assert_eq!(desk.deeds("ada").await?, ["send_message", "follow_up"]);
    assert_eq!(desk.deeds("bea").await?, ["view_profile"]);
    assert_eq!(desk.deeds("cleo").await?, ["inmail"]);
    assert_eq!(desk.deeds("dora").await?, ["send_invite", "withdraw"]);

    let third = desk.schedule("follow_up", "ada", json!({ "chat": chat, "text": "Are you there?" })).await?;
    let other = desk.schedule("view_profile", "ada", json!({})).await?;
    let reply = "select steward.record_outreach_event($1, 'reply', 'ada')";
    assert_eq!(desk.outreach.world.database.app.query_one(reply, &[&desk.account]).await?.get::<_, i32>(0), 1);
    desk.live_for_a_day().await?;
    assert_eq!(desk.told(third).await?, ("skipped".to_owned(), Some("person_replied".to_owned())));
    assert!(desk.is_done(other).await?, "a reply ends follow-ups only");
    assert_eq!(desk.deeds("ada").await?, ["send_message", "follow_up", "view_profile"]);
    desk.outreach.check().await
}

#[tokio::test]
async fn what_was_lost_is_unknown_until_the_providers_own_lists_tell() -> Result<()> {
    let mut desk = Desk::open().await?;
    let invite = desk.schedule("send_invite", "sandbox-lost.ada", json!({})).await?;
    let message = desk.schedule("send_message", "sandbox-lost.bea", json!({ "text": "Hello" })).await?;
    desk.live_for_a_day().await?;
    desk.live_for_a_day().await?;
    let lost = "select array(select t.decision from steward.attempt t join steward.action a on a.job_id = t.job_id order by a.id)";
    assert_eq!(desk.outreach.world.database.value::<Vec<String>>(lost, &[]).await?, ["in_doubt", "in_doubt"]);
    for action in [invite, message] {
        assert_eq!(desk.told(action).await?, ("done".to_owned(), Some("probed".to_owned())));
    }
    assert_eq!(desk.deeds("sandbox-lost.ada").await?, ["send_invite"]);
    assert_eq!(desk.deeds("sandbox-lost.bea").await?, ["send_message"]);
    let counted: i64 = desk.outreach.world.database.value("select count(*) from steward.action_claim", &[]).await?;
    assert_eq!(counted, 2);
    desk.outreach.check().await
}

#[tokio::test]
async fn an_account_whose_limit_the_provider_tells_is_frozen_for_a_week_and_its_week_is_halved() -> Result<()> {
    let mut desk = Desk::open().await?;
    let refused = desk.schedule("send_invite", "sandbox-422.ada", json!({})).await?;
    let waiting = desk.schedule("send_invite", "bea", json!({})).await?;
    desk.live_for_a_day().await?;
    assert_eq!(desk.told(refused).await?.0, "failed");
    assert_eq!(desk.state().await?, ("frozen".to_owned(), Some("provider_limit".to_owned())));
    assert_eq!(desk.told(waiting).await?.0, "backlog");
    let resume = "select steward.resume_account($1, 'looked at it')";
    let too_early = desk.outreach.admin().query_one(resume, &[&desk.account]).await.expect_err("a week is not over");
    assert!(format!("{too_early:?}").contains("account_cooling"), "{too_early:?}");
    // The driver's person resumes it at the first tick after that.
    let week = desk.outreach.clock.now() + 6.0 * DAY;
    desk.outreach.go_to(week).await?;
    desk.live_for_a_day().await?;
    assert!(desk.is_done(waiting).await?, "{:?}", desk.told(waiting).await?);
    assert_eq!(desk.state().await?, ("ok".to_owned(), None));
    let halved = "select array(select p.week_cap from steward.policy p where p.source = 'breaker')";
    assert_eq!(desk.outreach.world.database.value::<Vec<i32>>(halved, &[]).await?, [75]);
    assert_eq!(desk.deeds("sandbox-422.ada").await?, [""; 0]);
    desk.outreach.check().await
}
