-- A new payload is measured like the old one.

create or replace function steward.update_job(job_id uuid, payload jsonb) returns void
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
