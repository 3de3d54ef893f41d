-- Who reads what. Row security governs reads only: nobody but the owner has INSERT, UPDATE or DELETE on any table, so every
-- write goes through a function that checks membership itself. The subselects are computed once per statement.

do $policies$
declare
    relation name;
begin
    foreach relation in array array['job', 'waiting', 'attempt', 'job_status', 'cancellation', 'checkpoint', 'schedule', 'schedule_run', 'ledger', 'ledger_block', 'usage_window', 'spending_stop', 'usage_limit_version', 'limit_alert', 'action', 'suppression', 'lead', 'lead_version', 'rubric', 'rubric_publication', 'routing', 'signal', 'visitor', 'lead_score', 'model']::pg_catalog.name[] loop
        execute pg_catalog.format('alter table steward.%I enable row level security', relation);
        execute pg_catalog.format(
            'create policy members_read on steward.%I for select '
            'using (workspace_id operator(pg_catalog.=) any (array(select steward.my_workspaces())))', relation);
    end loop;
    -- What belongs to the installation and holds nothing of anybody.
    foreach relation in array array['tool', 'act', 'role_act', 'personal_data', 'paused_queue', 'price', 'plan', 'policy_preset', 'breaker_rule', 'governor_run']::pg_catalog.name[] loop
        execute pg_catalog.format('alter table steward.%I enable row level security', relation);
        execute pg_catalog.format('create policy everybody_reads on steward.%I for select using (true)', relation);
    end loop;
    -- What its administrators read. Not by grant alone: a gateway that was granted steward_admin is none.
    foreach relation in array array['provider', 'worker', 'login', 'sql_function', 'price_import']::pg_catalog.name[] loop
        execute pg_catalog.format('alter table steward.%I enable row level security', relation);
        execute pg_catalog.format('create policy administrators_read on steward.%I for select to steward_admin using ((select steward.is_admin()))', relation);
    end loop;
    -- What belongs to an account.
    foreach relation in array array['account_zone', 'breaker_event', 'policy', 'account_day', 'day_plan', 'action_claim']::pg_catalog.name[] loop
        execute pg_catalog.format('alter table steward.%I enable row level security', relation);
        execute pg_catalog.format(
            'create policy members_read on steward.%I for select '
            'using (account_id operator(pg_catalog.=) any (array(select steward.my_accounts())))', relation);
    end loop;
    -- Deny by default where nobody reads: no policy at all. Workspaces, members and cool-downs are read through functions.
    foreach relation in array array['ready', 'installation', 'latch', 'workspace', 'member', 'limit_line', 'unposted', 'ledger_head', 'ledger_seal', 'quota_unit', 'reservation', 'consumption', 'cooldown', 'account', 'action_job', 'person_key', 'policy_kind', 'stale_lead', 'unscored_lead']::pg_catalog.name[] loop
        execute pg_catalog.format('alter table steward.%I enable row level security', relation);
    end loop;
end
$policies$;

-- What counts for somebody, he may see: his workspace's limits, and those of the installation and the plans.
alter table steward.usage_limit enable row level security;
create policy members_read on steward.usage_limit for select
    using (workspace_id is null or workspace_id operator(pg_catalog.=) any (array(select steward.my_workspaces())));

alter table steward.audit enable row level security;
create policy members_read on steward.audit for select
    using (workspace_id operator(pg_catalog.=) any (array(select steward.workspaces_for('read_audit'))));
create policy administrators_read on steward.audit for select to steward_admin using ((select steward.is_admin()));

-- Of a limit over all workspaces nobody else is told how full it is getting.
create policy administrators_read on steward.limit_alert for select to steward_admin using ((select steward.is_admin()));
