//! What no account may ever show, whoever wrote its rows: the invariants of the model, asked of the ledger, of the sandbox's log of calls, and of what was written
//! down beside. Windows are computed anew from what a person would say about the hours of a sender, not from what the extension stored.

use anyhow::{Result, ensure};

use super::Outreach;

/// Every arrival with its row of the ledger, how long after the claim it came by the server's own clock, and when that was by the moved one.
const ARRIVED: &str = "
    drop table if exists public.arrived;
    create table public.arrived as
    select r.job_id, r.account, r.person, r.action, r.done, a.id as action_id, c.account_id, c.t, r.at - n.really_at as lag, c.t + (r.at - n.really_at) as at
    from public.arrival r
    left join steward.action a on a.job_id = r.job_id
    left join steward.action_claim c on c.action_id = a.id
    left join public.claimed n on n.account_id = c.account_id and n.seq = c.seq
    where r.action is not null";

/// Each finds rows that must not be; what it selects says which.
const LEDGER: &[(&str, &str)] = &[
    (
        "a claim outside the window that was drawn",
        "select c.* from steward.action_claim c left join steward.account_day d using (account_id, local_day) where not coalesce(c.t >= d.opens_at and c.t < d.closes_at, false)",
    ),
    (
        "a moment planned into a break",
        "select p.*, m.moment from public.planned p join public.sender s using (account_id) cross join lateral unnest(p.moments) as m (moment)
        where date '2000-01-01' + (m.moment at time zone s.zone - date_trunc('day', m.moment at time zone s.zone)) <@ s.rests",
    ),
    (
        "a claim before the moment of its action, or more than a minute after it",
        "select c.*, a.planned_at from steward.action_claim c join steward.action a on a.id = c.action_id
        where a.planned_at is not null and c.t not between a.planned_at - interval '1 s' and a.planned_at + interval '1 minute'",
    ),
    (
        "two claims closer than fifteen minutes, or than the policy's gap",
        "select g.* from (select c.*, c.t - lag(c.t) over (partition by c.account_id order by c.seq) as gap from steward.action_claim c) g
        where g.gap < make_interval(secs => greatest(900, g.gap_seconds))",
    ),
    (
        "a day with more claims than were drawn for it, or a slot left out",
        "select c.account_id, c.local_day, count(*) from steward.action_claim c join steward.account_day d using (account_id, local_day) group by c.account_id, c.local_day, d.cap
        having count(*) > d.cap or max(c.day_slot) <> count(*) or min(c.day_slot) <> 1",
    ),
    (
        "more than 150 claims in 170 hours, or than the policy admits",
        "select w.* from (select c.*, count(*) over (partition by c.account_id order by c.t range between interval '169:59:59.999999' preceding and current row) as n from steward.action_claim c) w
        where w.n > least(150, w.week_cap)",
    ),
    (
        "a drawn day that is not as it was drawn",
        "(table public.drawn except table steward.account_day) union all (table steward.account_day except table public.drawn)",
    ),
    (
        "a sent attempt, or an action that was claimed or is unknown, without its row",
        "select t.job_id from steward.attempt t join steward.tool k on k.id = t.tool_id and k.is_governed
        where t.sent_at is not null and not exists (select from steward.action a join steward.action_claim c on c.action_id = a.id where a.job_id = t.job_id)
        union all select a.id from steward.action a where (a.claimed_at is not null or a.state in ('claimed', 'unknown', 'done')) and not exists (select from steward.action_claim c where c.action_id = a.id)",
    ),
    (
        "a claim while its account was cool or frozen",
        "select c.*, e.state from steward.action_claim c join public.claimed n using (account_id, seq) cross join lateral (
            select x.state from steward.breaker_event x join public.tripped y on y.id = x.id
            where x.account_id = c.account_id and y.really_at <= n.really_at order by x.id desc limit 1) e
        where e.state <> 'ok'",
    ),
    (
        "a claim at a time that no clock showed",
        "select c.*, n.really_at from steward.action_claim c left join public.claimed n using (account_id, seq) where not exists (
            select from public.clock_move m where c.t - m.moved_by between n.really_at - interval '0.1 s' and n.really_at)",
    ),
    (
        "a cap that its inputs do not give",
        "select d.* from steward.account_day d join steward.account a on a.id = d.account_id join steward.policy p on p.id = d.policy_id
        cross join lateral (select array_agg(d.local_day - y.local_day) as days_ago, array_agg(y.cap) as caps from steward.account_day y
            where y.account_id = d.account_id and y.local_day between d.local_day - 6 and d.local_day - 1) b
        where d.cap <> steward.draw_cap(a.secret, p.id::text, p.definition::text, d.local_day, d.age_days, coalesce(b.days_ago, '{}'), coalesce(b.caps, '{}'))",
    ),
    (
        "a plan that its inputs do not give",
        "select n.* from public.planned n join steward.account_day d using (account_id, local_day) join steward.account a on a.id = d.account_id join steward.policy p on p.id = d.policy_id
        cross join lateral (select count(*)::int as n from steward.action_claim c where c.account_id = a.id and c.t < n.made_at) done
        where n.revision = 1 and n.moments <> steward.plan_moments(a.secret, p.id::text, p.definition::text, d.local_day, d.parts, n.from_at, n.wanted, d.cap, least(done.n, p.week_cap),
            array(select c.t from steward.action_claim c where c.account_id = a.id and c.seq > done.n - p.week_cap and c.seq <= done.n order by c.seq))",
    ),
    ("an action whose call is over and that has not ended", "select a.* from steward.action a where a.state in ('planned', 'claimed') and not exists (select from steward.action_job j where j.action_id = a.id)"),
];

/// The same of what arrived at the provider.
const ARRIVALS: &[(&str, &str)] = &[
    (
        "an arrival outside the hours of its sender",
        "select v.* from public.arrived v join public.sender s using (account_id) cross join lateral (select v.at at time zone s.zone as local) l
        where l.local - date_trunc('day', l.local) < s.opens or l.local - date_trunc('day', l.local) >= s.closes or extract(isodow from l.local) <> all (s.weekdays)",
    ),
    ("an arrival that no claim was written for", "select v.* from public.arrived v where v.t is null"),
    (
        "an arrival before its claim, or more than two seconds after it",
        "select v.* from public.arrived v where v.t is not null and not coalesce(v.lag between interval '-2 ms' and interval '2 s', false)",
    ),
    (
        "an arrival in the name of another account or for another person or deed",
        "select v.* from public.arrived v join steward.action a on a.id = v.action_id join public.sender s on s.account_id = a.account_id
        where (v.account, v.person, v.action) is distinct from (s.external_id, a.person, a.kind)",
    ),
    (
        "a deed that arrived twice",
        "select v.account, v.person, v.action from public.arrival v where v.action is not null group by v.account, v.person, v.action having count(*) > 1",
    ),
    (
        "an action that is told otherwise than the provider has it",
        "select a.* from steward.action a left join public.arrived v on v.action_id = a.id
        where case when a.state = 'done' then v.done is not true when a.state = 'failed' and a.code = 'not_listed' then v.done else false end",
    ),
];

impl Outreach {
    /// Whether what the database holds may be.
    ///
    /// # Errors
    /// What must not be, in words.
    pub async fn check_ledger(&self) -> Result<()> {
        self.refute(LEDGER).await
    }

    /// The same, and of what arrived at the provider.
    ///
    /// # Errors
    /// What must not be, in words.
    pub async fn check(&self) -> Result<()> {
        self.check_ledger().await?;
        self.note_arrivals().await?;
        self.admin().batch_execute(ARRIVED).await?;
        self.refute(ARRIVALS).await?;
        let again = self.world.sandbox.summary().await?["done_more_than_once"].take();
        ensure!(again.as_array().is_some_and(Vec::is_empty), "done more than once: {again}");
        Ok(())
    }

    async fn refute(&self, forbidden: &[(&str, &str)]) -> Result<()> {
        let mut found = Vec::new();
        for (what, query) in forbidden {
            let told = format!("select to_jsonb(f)::text, count(*) over () from ({query}) f limit 3");
            for row in self.admin().query(&told, &[]).await? {
                found.push(format!("{what} ({} rows): {}", row.get::<_, i64>(1), row.get::<_, String>(0)));
            }
        }
        ensure!(found.is_empty(), "{}", found.join("\n"));
        Ok(())
    }
}
