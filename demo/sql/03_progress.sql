\echo
\echo '-- One line on where everything stands, to look at while it runs. It shows each caller his own workspaces only.'
create view demo_progress with (security_invoker = true) as
select coalesce(max(progress) filter (where tool = 'enrich_leads'), 0) as leads,
    count(*) filter (where tool = 'carousel' and state = 'running') as carousels_running,
    count(*) filter (where tool = 'carousel' and state in ('queued', 'waiting', 'running')) as carousels_open,
    count(*) filter (where tool = 'send_invite' and state = 'running' and last_sent_at is not null)
        as invitations_running,
    (select count(*) from steward.attempts where decision = 'retry') as retries,
    bool_and(state in ('succeeded', 'failed', 'in_doubt')) as all_ended,
    min(tool || ': ' || error_message) filter (where state = 'failed') as failure,
    format('%s; carousels: %s done, %s running, %s waiting; invitations: %s done, %s running, %s in doubt',
        coalesce(max(progress_message), 'Enriched 0/500'),
        count(*) filter (where tool = 'carousel' and state = 'succeeded'),
        count(*) filter (where tool = 'carousel' and state = 'running'),
        count(*) filter (where tool = 'carousel' and state in ('queued', 'waiting')),
        count(*) filter (where tool = 'send_invite' and state = 'succeeded'),
        count(*) filter (where tool = 'send_invite' and state = 'running'),
        count(*) filter (where tool = 'send_invite' and state = 'in_doubt')) as summary
from steward.jobs;
grant select on demo_progress to demo_app;
