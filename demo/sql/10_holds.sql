\echo '-- What this demo claims, checked. An unmet claim ends it with an error.'
\o /dev/null
create temp table claim as
select 1 as n, 'all 12 jobs succeeded' as claim, count(*) = 12 and bool_and(state = 'succeeded') as holds
from steward.jobs
union all
select 2, :'faults' || ' calls hit a fault, and each was retried with its own reason',
    count(*) = :faults and bool_and(decision = 'retry' and error_code = case fault when '429' then 'rate_limited'
        when '500' then 'provider_error' when 'truncated' then 'truncated' end) is not false
from call where fault <> 'slow'
having :faults > 0  -- a real provider is asked for none, and to claim something about no call is to claim nothing
union all
select 3, 'the enrichment died with its worker, ran again and read all 500 leads',
    count(*) = 1 and bool_and(j.attempts = 2 and j.result ->> 'read' = '500' and a.error_code = 'worker_lost'
        and (j.result ->> 'enriched')::int + jsonb_array_length(j.result -> 'rejected') = 500)
from steward.jobs j join steward.attempts a on a.job_id = j.id and a.number = 1
where j.tool = 'enrich_leads'
union all
select 4, 'every call that arrived is one attempt, marked as sent before it arrived',
    count(*) = count(distinct (job_id, attempt)) and bool_and(date_trunc('milliseconds', sent_at) <= at)
        and count(sent_at) = count(*)
from call
union all
select 5, 'no call was made again before the one before it had ended without an answer', not exists (
    select from call join steward.attempts e on e.job_id = call.job_id and e.number < call.attempt
    where e.decision not in ('retry', 'release') or e.finished_at > call.sent_at)
union all
select 6, 'each of the three invitations arrived exactly once', count(*) = 3 and count(distinct job_id) = 3
from call where tool = 'send_invite'
union all
select 7, 'the call whose end nobody knew was left to a person, not repeated',
    count(*) = 1 and bool_and(j.error_code = 'resolved' and j.attempts = 1)
from steward.attempts a join steward.jobs j on j.id = a.job_id
where a.decision = 'in_doubt' and a.tool = 'send_invite';
\o
table claim order by n;

do $$
begin
    if exists (select from claim where holds is not true) then
        raise exception 'the demo does not hold: %',
            (select string_agg(claim, '; ' order by n) from claim where holds is not true);
    end if;
end
$$;
