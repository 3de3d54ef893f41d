\echo '-- The provider answered 422 cannot_resend_yet: the limit of the account. The breaker froze it.'
\x on
select name, state, state_code, state_reason, state_until, date_trunc('second', state_until - steward.now()) as still, done_today, cap_today, backlog
from steward.accounts;
\x off
select at at time zone 'America/Sao_Paulo' as at, state, code, reason from steward.breaker_event order by id;

\echo '-- Half a week from the next local day on; each week without such an answer gives ten actions back.'
select version, from_day, source, week_cap, asked_week_cap from steward.policy order by version;

\echo '-- The last invitation waits for something else now.'
select check_name, verdict, detail, retry_at::timestamptz(0)
from steward.explain_action((select id from steward.actions where state = 'backlog' order by priority desc, id desc limit 1))
where verdict <> 'pass';
