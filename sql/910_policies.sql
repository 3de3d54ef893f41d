-- Who reads what. Row security governs reads only: nobody but the owner has INSERT, UPDATE or DELETE on any table, so every
-- write goes through a function that checks membership itself. The subselect is computed once per statement.

do $policies$
declare
    relation name;
begin
    foreach relation in array array['job', 'waiting', 'attempt', 'job_status', 'member']::pg_catalog.name[] loop
        execute pg_catalog.format('alter table steward.%I enable row level security', relation);
        execute pg_catalog.format(
            'create policy members_read on steward.%I for select '
            'using (workspace_id operator(pg_catalog.=) any (array(select steward.my_workspaces())))', relation);
    end loop;
    -- Deny by default where no ordinary user reads: no policy at all.
    foreach relation in array array['ready', 'login']::pg_catalog.name[] loop
        execute pg_catalog.format('alter table steward.%I enable row level security', relation);
    end loop;
end
$policies$;

alter table steward.workspace enable row level security;
create policy members_read on steward.workspace for select
    using (id operator(pg_catalog.=) any (array(select steward.my_workspaces())));

-- Tools, providers and workers belong to the installation. Users read tools; only administrators read providers and workers.
alter table steward.tool enable row level security;
create policy everybody_reads on steward.tool for select using (true);
alter table steward.provider enable row level security;
create policy administrators_read on steward.provider for select to steward_admin using (true);
alter table steward.worker enable row level security;
create policy administrators_read on steward.worker for select to steward_admin using (true);
