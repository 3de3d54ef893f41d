select tool, sum(jobs) as jobs, sum(calls) as calls, sum(cost) as dollars, sum(estimated) as of_it_estimated from steward.spend_by_day group by tool order by tool;

\echo '-- What this act claims, checked.'
create temp table spending as
select 1 as n, 'of 20 illustrations 12 ran, and 8 waited for the limit with a time' as claim, :ran = 12 and :waited = 8 as holds
union all
select 2, 'no cent over 50 was spent before the limit was raised', :spent <= 0.50
union all
select 3, 'none ran while spending was stopped', :ran_stopped = 12
union all
select 4, 'all 20 have run, for 4 cents each, once', count(*) = 20 and bool_and(j.state = 'succeeded' and j.attempts = 1)
    and (select sum(s.cost) = 0.80 and sum(s.calls) = 20 from steward.spend_by_day s where s.tool = 'illustrate')
from steward.jobs j where j.tool = 'illustrate';
table spending order by n;

do $$
begin
    if exists (select from spending where holds is not true) then
        raise exception 'the demo does not hold: %', (select string_agg(claim, '; ' order by n) from spending where holds is not true);
    end if;
end
$$;
