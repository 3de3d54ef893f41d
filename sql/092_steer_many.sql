-- The same acts on many jobs at once, and changing a job that has not begun.

create function steward.update_job(job_id uuid, payload jsonb) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    job steward.job;
    tool steward.tool;
    bound steward.bound;
begin
    perform steward.require('payload', update_job.payload::text), steward.require_read_committed();
    job := steward.acted_job(update_job.job_id, 'steer');
    perform steward.load_tool(job.tool_id), steward.check_payload(job.tool_id, update_job.payload::text);
    -- Whoever holds the place owns the job: a claim that takes it waits for us, or we find it gone.
    perform from steward.waiting w where w.id = job.id for update;
    if not found then
        perform from steward.ready r
        where r.queue = job.queue and r.workspace_id = job.workspace_id and r.priority = job.priority and r.id = job.id
        for update;
        if not found then
            perform steward.refuse('55000', 'job_not_waiting', format('job %s is running or has ended', job.id),
                'Only a queued or waiting job is changed; enqueue a new one.');
        end if;
    end if;
    select t.* into tool from steward.tool t where t.id = job.tool_id;
    bound := (steward.bounds_of(tool, array[update_job.payload], job.workspace_id, job.user_id))[1];
    perform steward.refuse_oversized(r, case r.metric when 'cost' then bound.cost else bound.tokens end)
    from steward.rejecting_rooms(row(1, job.workspace_id, job.user_id, tool.name, tool.provider, bound.model, job.tags)::steward.spender, steward.clock(), array['cost', 'tokens']) r;
    update steward.job j set payload = update_job.payload, cost_bound = bound.cost, token_bound = bound.tokens, model = bound.model where j.id = job.id;
    perform steward.record_act('update_job', job.workspace_id, 'job', job.id::text);
end
$$;
comment on function steward.update_job(uuid, jsonb) is
    'Replaces the payload of a job that is queued or waiting; its next attempt sends the new one. '
    'Errors: 22004 argument_null, 22023 cost_unbounded, payload_invalid, render_failed, 42704 job_unknown, 53400 never_fits, 54000 payload_too_large, 55000 isolation_unfit, job_not_waiting.';

-- 1000 a call: a transaction of about a second, which holds up no vacuum.
create function steward.retry_failed(tool text, since timestamptz default '-infinity', workspace_id uuid default null) returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    failed steward.job;
    newest steward.tool;
    retried int := 0;
begin
    perform steward.require('tool', retry_failed.tool), steward.require('since', retry_failed.since::text);
    if retry_failed.workspace_id is not null then
        perform steward.require_act(retry_failed.workspace_id, 'steer');
    end if;
    newest := steward.current_tool(retry_failed.tool);
    if newest.id is null then
        perform steward.refuse('42704', 'tool_unknown', format('tool %L does not exist', left(retry_failed.tool, 80)), 'select name from steward.tool lists them.');
    end if;
    perform steward.load_tool(newest.id);
    for failed in
        select j.* from steward.job j
        where j.workspace_id in (select steward.workspaces_for('steer')) and j.workspace_id = coalesce(retry_failed.workspace_id, j.workspace_id)
            and j.outcome = 'failed' and j.finished_at >= retry_failed.since
            and j.tool_id in (select t.id from steward.tool t where t.name = retry_failed.tool)
            and steward.payload_fits(newest.id, j.payload::text)
        order by j.id limit 1000 for update skip locked
    loop
        perform steward.reopen_job(failed, newest.id), steward.record_act('retry_job', failed.workspace_id, 'job', failed.id::text, jsonb_build_object('tool_id', newest.id));
        retried := retried + 1;
    end loop;
    return retried;
end
$$;
comment on function steward.retry_failed(text, timestamptz, uuid) is
    'Runs the failed jobs of a tool again that ended since then, in your workspaces or in one, with the newest version of the tool: at most 1000 a call, '
    'and returns how many. Jobs whose payload the newest version refuses stay failed: call it until it returns 0. '
    'Errors: 22004 argument_null, 42704 tool_unknown, workspace_unknown.';

create function steward.resolve_jobs(job_ids uuid[], outcome text, note text) returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    doubtful uuid;
begin
    perform steward.require('job_ids', job_ids::text);
    if cardinality(job_ids) > 1000 then
        perform steward.refuse('54000', 'batch_too_large', format('%s jobs are too many for one call', cardinality(job_ids)), 'Resolve at most 1000 at once.');
    end if;
    -- In one order, so that two who resolve the same jobs do not wait for each other.
    for doubtful in select i.id from unnest(job_ids) as i (id) order by i.id loop
        perform steward.resolve_job(doubtful, resolve_jobs.outcome, resolve_jobs.note);
    end loop;
    return cardinality(job_ids);
end
$$;
comment on function steward.resolve_jobs(uuid[], text, text) is
    'Says of up to 1000 calls in doubt how they ended, all or none, and returns how many: select steward.resolve_jobs(array(select id from steward.in_doubt where …), …). '
    'Needs a person. Errors: those of resolve_job, and 54000 batch_too_large.';
