\echo '-- 29 of the leads from above are to be invited, and sandbox-422, for whom the provider will say that the limit is reached.'
select count(steward.schedule_action(:'account', 'send_invite', 'lead-' || line, priority => rank::int, domain => domain)) as invitations
from (
    select lead.line, lead.domain, rank() over (order by lead.line)
    from steward.jobs, jsonb_to_recordset(result -> 'leads') as lead (line int, domain text, department text, decides boolean)
    where tool = 'enrich_leads' and lead.department = 'regulatory & quality' and lead.decides
) as lead
where rank <= 29;
select steward.schedule_action(:'account', 'send_invite', 'sandbox-422', priority => 1) is not null as invitation;

\echo '-- Then sales says that Maple Analytics is a customer. Whoever waits there is skipped, and nobody of it can be scheduled again.'
select steward.suppress('domain', 'maple-analytics.example', 'a customer already') as skipped;
select state, code, count(*) as actions from steward.actions group by state, code order by state;
