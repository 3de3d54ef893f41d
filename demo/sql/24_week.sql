\echo '-- Today''s cap and moments, drawn. Whoever comes first in the backlog takes the first.'
select p.slot, p.local_time::timestamp(0) as local_time, date_trunc('second', p.local_time - lag(p.local_time) over (order by p.slot)) as after, p.state, p.kind, a.person
from steward.plan_preview(:'account') p join steward.actions a on a.id = p.action_id
order by p.slot;

\echo '-- The week as it will be drawn, if nothing changes. Each cap is drawn with the days around it in mind, so the week''s 150 cuts none.'
select to_char(local_day, 'Dy DD Mon') as day, (opens_at at time zone 'America/Sao_Paulo')::time as opens, (closes_at at time zone 'America/Sao_Paulo')::time as closes,
    cap, planned, done, is_drawn
from steward.governor_calendar(steward.now()::date, steward.now()::date + 6, :'account');

\echo '-- Why the last invitation waits, and until when at least: every check, in the order in which they are made.'
select check_name, verdict, detail, retry_at::timestamptz(0)
from steward.explain_action((select id from steward.actions where state = 'backlog' order by priority desc, id desc limit 1));
