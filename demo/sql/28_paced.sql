\echo '-- What this act claims, checked.'
\o /dev/null
create temp table paced as
select 1 as n, 'one invitation was done and one refused; both count, in slots 1 and 2 of the day' as claim,
    count(*) = 2 and array_agg(c.day_slot order by c.seq) = '{1,2}' and array_agg(a.state order by c.seq) = '{done,failed}' as holds
from steward.action_claim c join steward.actions a on a.id = c.action_id
union all
select 2, 'each was sent in the second it was planned for', bool_and(c.t - a.planned_at between interval '0' and interval '1 s')
from steward.action_claim c join steward.actions a on a.id = c.action_id
union all
select 3, 'they are 20 minutes apart at least, and inside the window', bool_and(t >= opens_at and t < closes_at and coalesce(t - before_t >= interval '20 min', true))
from steward.action_claim
union all
select 4, 'the sandbox has exactly these two arrivals, each within two seconds of its row in the ledger',
    count(*) = 2 and bool_and(c.t is not null and r.attempt = 1 and r.moved - c.t between interval '-0.1 s' and interval '2 s')
from arrival r left join steward.actions a on a.job_id = r.job_id left join steward.action_claim c on c.action_id = a.id
union all
select 5, 'the 422 froze the account for seven days', count(*) = 1 and bool_and(state = 'frozen' and state_code = 'provider_limit')
    and (select bool_and(e.at - (e.until - interval '7 days') between interval '0' and interval '1 s') from steward.breaker_event e)
from steward.accounts
union all
select 6, 'the week cap is halved from the next local day on', array_agg(week_cap order by version) = '{150,75}' and max(from_day) = (select local_day + 1 from steward.accounts)
from steward.policy
union all
select 7, 'resuming it was refused, with that date', :'refused'
union all
select 8, 'of the others none was touched but the three of Maple Analytics, who were skipped',
    count(*) filter (where state = 'backlog') = 25 and count(*) filter (where state = 'skipped' and domain = 'maple-analytics.example') = 3 and count(*) = 30
from steward.actions;
\o
table paced order by n;

do $$
begin
    if exists (select from paced where holds is not true) then
        raise exception 'the demo does not hold: %', (select string_agg(claim, '; ' order by n) from paced where holds is not true);
    end if;
end
$$;
