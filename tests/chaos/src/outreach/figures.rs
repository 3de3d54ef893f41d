//! How much happened, so that an invariant that was never in danger is not taken for one that held.

use anyhow::Result;
use serde_json::Value;

use super::Outreach;

const TOLD: &str = "
    select jsonb_build_object(
        'account_days', (select count(*) from steward.account_day),
        'account_days_with_claims', (select count(distinct (c.account_id, c.local_day)) from steward.action_claim c),
        'days_of_a_clock_change', (select count(*) from steward.account_day d where d.closes_at - d.opens_at <> make_interval(mins => d.closes_minute - d.opens_minute)),
        'days_done_to_the_cap', (select count(*) from (select from steward.action_claim c group by c.account_id, c.local_day, c.day_cap having count(*) = c.day_cap) f),
        'plans', (select count(*) from public.planned),
        'claims', (select count(*) from steward.action_claim),
        'arrivals', (select count(*) from public.arrived),
        'longest_lag_ms', (select round(extract(epoch from max(v.lag)) * 1000) from public.arrived v),
        'shortest_gap_s', (select round(extract(epoch from min(g.gap)), 1) from (select c.t - lag(c.t) over (partition by c.account_id order by c.seq) as gap from steward.action_claim c) g),
        'most_in_170_hours', (select max(w.n) from (select count(*) over (partition by c.account_id order by c.t range between interval '170 hours' preceding and current row) as n from steward.action_claim c) w),
        'full_weeks', (select count(distinct w.account_id) from (select c.account_id, c.week_cap, count(*) over (partition by c.account_id order by c.t range between interval '170 hours' preceding and current row) as n
            from steward.action_claim c) w where w.n = w.week_cap),
        'in_doubt', (select count(*) from steward.attempt t where t.decision = 'in_doubt'),
        'told_late', (select count(*) from steward.action a where a.code = 'job_succeeded'),
        'probed', (select count(*) from steward.action a where a.code = 'probed'),
        'not_listed', (select count(*) from steward.action a where a.code = 'not_listed' and a.state = 'failed'),
        'unknown', (select count(*) from steward.action a where a.state = 'unknown'),
        'stopped', (select count(*) from steward.breaker_event e where e.state <> 'ok'),
        'rescued_unsent', (select count(*) from steward.attempt t where t.error_code = 'worker_lost' and t.sent_at is null)
    ) || coalesce((select jsonb_object_agg('refused_' || r.code, r.n) from (
        select t.error_code as code, count(*) as n from steward.attempt t join steward.tool k on k.id = t.tool_id and k.is_governed
        where t.sent_at is null and t.error_code is not null group by t.error_code) r), '{}')";

impl Outreach {
    /// What happened so far, in numbers; arrivals as they were when the invariants were asked last.
    ///
    /// # Errors
    /// The database's.
    pub async fn told(&self) -> Result<Value> {
        self.world.database.value(TOLD, &[]).await
    }
}
