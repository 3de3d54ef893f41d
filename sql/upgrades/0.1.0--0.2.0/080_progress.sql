-- show_status takes the tools of the jobs, and looks at jobs of realtime tools only.

drop function steward.show_status(uuid[], text);

-- Writes the state of jobs that are shown: of realtime tools from the first transition on, of others once they reported
-- progress. Jobs of tools that are not realtime and never did cost one probe here, where the caller says whose jobs they are.
create function steward.show_status(ids uuid[], state text, tool_ids uuid[] default null) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set jit = off
    set enable_bitmapscan = off
    set enable_memoize = off
as $$
begin
    update steward.job_status s
    set state = show_status.state, updated_at = steward.clock(), changed_in = pg_current_xact_id(),
        -- A new attempt starts from nothing.
        progress = case show_status.state when 'succeeded' then 1 when 'running' then null else s.progress end,
        message = case when show_status.state <> 'running' then s.message end
    where s.id = any (show_status.ids);
    if show_status.tool_ids is not null and not exists (select from steward.tool t where t.id = any (show_status.tool_ids) and t.realtime) then
        return;
    end if;
    insert into steward.job_status (id, workspace_id, user_id, title, state, updated_at, changed_in)
    select j.id, j.workspace_id, j.user_id, t.title, show_status.state, steward.clock(), pg_current_xact_id()
    from steward.job j join steward.tool t on t.id = j.tool_id
    where j.id = any (show_status.ids) and t.realtime
    on conflict on constraint job_status_pkey do nothing;
end
$$;
comment on function steward.show_status(uuid[], text, uuid[]) is
    'Writes the state of jobs to job_status where they are shown there; tool_ids: all versions of tools that are among them, which saves looking at the jobs.';
