-- What a person does to a job: cancel it before it runs, run it again, or say how a doubtful call ended.

-- The job, if the caller may do that to it. A foreign and a missing id give the same error.
create function steward.acted_job(job_id uuid, act text) returns steward.job
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    job steward.job;
begin
    perform steward.require('job_id', acted_job.job_id::text);
    select j.* into job from steward.job j
    where j.id = acted_job.job_id and j.workspace_id in (select steward.workspaces_for(acted_job.act));
    if job.id is null then
        perform steward.refuse('42704', 'job_unknown', format('job %s does not exist or is not yours to act on', acted_job.job_id),
            format('Check the id, and that your role in its workspace is one of: %s.', steward.roles_for(acted_job.act)));
    end if;
    perform steward.require_person(acted_job.act);
    return job;
end
$$;
comment on function steward.acted_job(uuid, text) is 'Returns a job, if the caller may do that to it. Errors: 22004 argument_null, 42501 person_required, 42704 job_unknown.';

-- The same, locked: for acts on a job that has ended. One that has not is owned by who holds its place (ready, waiting or attempt), and
-- who locked the job first would wait for its place while a claim that holds the place waits for the job.
create function steward.locked_job(job_id uuid, act text) returns steward.job
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    job steward.job := steward.acted_job(locked_job.job_id, locked_job.act);
begin
    select j.* into job from steward.job j where j.id = locked_job.job_id for update;
    -- Whoever lost the right while waiting for the lock has it no more.
    perform steward.acted_job(locked_job.job_id, locked_job.act);
    return job;
end
$$;
comment on function steward.locked_job(uuid, text) is 'Locks and returns a job the caller may act on. Errors: those of acted_job.';

create function steward.end_job(job_id uuid, tries int, outcome text, code text, message text) returns void
    language sql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
    update steward.job j
    set outcome = end_job.outcome, error_code = end_job.code, error_message = end_job.message, finished_at = steward.clock(),
        attempts = (select count(*) from steward.attempt a where a.job_id = end_job.job_id), tries = end_job.tries
    where j.id = end_job.job_id;
    delete from steward.reservation r where r.job_id = end_job.job_id;
    select steward.show_status(array[end_job.job_id], end_job.outcome)
$$;
comment on function steward.end_job(uuid, int, text, text, text) is 'Writes the outcome of a job that ends outside an attempt.';

-- Takes a job from where it waits and returns its tries; null when it waits nowhere: it is running or has ended. A claim may park it and
-- a due time release it while we look, each time in a transaction we waited for, so what is nowhere has moved: the next look finds it.
create function steward.withdraw_job(job steward.job) returns int
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
declare
    used int;
begin
    loop
        delete from steward.waiting w where w.id = job.id returning w.tries into used;
        exit when found;
        delete from steward.ready r
        where r.queue = job.queue and r.workspace_id = job.workspace_id and r.priority = job.priority and r.run_at = job.run_at and r.id = job.id
        returning r.tries into used;
        exit when found;
        -- It has come back from somewhere since, with a new time: the index finds the group, and the group is walked.
        delete from steward.ready r
        where r.queue = job.queue and r.workspace_id = job.workspace_id and r.priority = job.priority and r.id = job.id
        returning r.tries into used;
        exit when found or exists (select from steward.attempt a where a.job_id = job.id and a.state in ('claimed', 'sent'))
            or exists (select from steward.job j where j.id = job.id and j.outcome is not null);
    end loop;
    return used;
end
$$;
comment on function steward.withdraw_job(steward.job) is
    'Removes an open job from ready or waiting and returns the tries it used; null when it is running or has ended.';

-- Nothing is locked but our own row: the worker that has the attempt looks for it (cancellations), and what it reports then settles the job.
create function steward.ask_to_end(job steward.job, reason text) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into steward.cancellation (job_id, attempt, workspace_id, reason, requested_at)
    select a.job_id, a.number, a.workspace_id, left(ask_to_end.reason, 500), steward.clock()
    from steward.attempt a where a.job_id = job.id and a.state in ('claimed', 'sent')
    on conflict on constraint cancellation_pkey do nothing;
    -- What an external service has taken on no worker can end: it is given up here.
    perform steward.post(steward.apply_outcomes('', array(
        select json_build_object('job_id', a.job_id, 'attempt', a.number, 'phase', 'lost', 'code', 'cancelled', 'error', 'it was given up while an external service had it')
        from steward.attempt a where a.job_id = job.id and a.state = 'sent' and a.worker = '')), deferred => true);
    perform steward.record_act('cancel_job', job.workspace_id, 'job', job.id::text, '{"running": true}');
    perform pg_notify('steward_cancel', '');
end
$$;
comment on function steward.ask_to_end(steward.job, text) is 'Asks the worker of a running job to end it.';

create function steward.cancellations(worker text) returns table (job_id uuid, attempt int, reason text)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require_worker(cancellations.worker);
    return query
    select c.job_id, c.attempt, c.reason
    from steward.cancellation c
    join steward.attempt a on a.job_id = c.job_id and a.number = c.attempt
    where a.worker = cancellations.worker and a.state in ('claimed', 'sent');
end
$$;
comment on function steward.cancellations(text) is
    'The attempts of a worker that somebody asked to end. Workers ask at every notification on steward_cancel, which says nothing itself, and with every heartbeat. For steward_worker. '
    'Errors: 22004 argument_null, 22023 worker_invalid.';

create function steward.cancel_job(job_id uuid, reason text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    job steward.job;
    used int;
    outcome text;
begin
    perform steward.require('reason', cancel_job.reason), steward.require_read_committed();
    job := steward.acted_job(cancel_job.job_id, 'steer');
    used := steward.withdraw_job(job);
    if used is null then
        select j.outcome into outcome from steward.job j where j.id = job.id;
        if outcome is not null then
            perform steward.refuse('55000', 'job_ended', format('job %s has %s already', job.id, outcome), 'There is nothing left to cancel.');
        end if;
        perform steward.ask_to_end(job, cancel_job.reason);
        return;
    end if;
    perform steward.end_job(job.id, used, 'cancelled', code => 'cancelled', message => left(cancel_job.reason, 500));
    perform steward.record_act('cancel_job', job.workspace_id, 'job', job.id::text);
end
$$;
comment on function steward.cancel_job(uuid, text) is
    'Cancels a job. One that is queued or waiting ends at once. Of one that is running the worker is asked to end the call or script: it is cancelled if nothing '
    'was sent or may be repeated, in doubt if it may have reached somebody, and as it ended if that came first. For editors, admins and owners of its workspace. '
    'Errors: 22004 argument_null, 42704 job_unknown, 55000 job_ended, isolation_unfit.';

-- An action is never sent twice, and whether its account may do something now is the governor's business.
create function steward.refuse_governed(job steward.job) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    if (select t.is_governed from steward.tool t where t.id = job.tool_id) then
        perform steward.refuse('55000', 'tool_governed', format('job %s is one of the governor''s', job.id), 'It is not sent again: schedule an action where there is something to do.');
    end if;
end
$$;
comment on function steward.refuse_governed(steward.job) is 'Refuses to run the job of an action again: 55000 tool_governed.';

-- Runs a job that has ended again, with a version of its tool.
create function steward.reopen_job(job steward.job, chosen uuid) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    used constant int := (select count(*) from steward.attempt a where a.job_id = job.id);
begin
    update steward.job j
    set outcome = null, result = null, error_code = null, error_message = null, attempts = null, tries = null, finished_at = null,
        tool_id = chosen, retried_after = used
    where j.id = job.id;
    perform steward.make_ready(array[row(job.id, job.workspace_id, chosen, job.queue, job.priority, 'retry', null, steward.clock(), steward.clock(), used, 0, null, null, null, null)::steward.waiting]);
    update steward.job_status s set title = t.title, progress = null, message = null
    from steward.tool t where s.id = job.id and t.id = chosen;
    perform steward.show_status(array[job.id], 'queued'), steward.ring_doorbell();
end
$$;
comment on function steward.reopen_job(steward.job, uuid) is 'Makes an ended job claimable again with fresh tries.';

create function steward.retry_job(job_id uuid, current_tool boolean default true) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    job steward.job;
    chosen uuid;
begin
    job := steward.locked_job(retry_job.job_id, 'steer');
    if job.outcome is null or job.outcome not in ('failed', 'cancelled') then
        perform steward.refuse('55000', 'job_not_failed', format('job %s is %s', job.id, coalesce(job.outcome, 'still open')),
            'Only a failed or cancelled job runs again; say how a doubtful one ended with steward.resolve_job.');
    end if;
    chosen := job.tool_id;
    perform steward.refuse_governed(job);
    if coalesce(retry_job.current_tool, true) then
        select (steward.current_tool(t.name)).id into chosen from steward.tool t where t.id = job.tool_id;
        perform steward.load_tool(chosen);
        perform steward.check_payload(chosen, job.payload::text);
    end if;
    perform steward.reopen_job(job, chosen), steward.record_act('retry_job', job.workspace_id, 'job', job.id::text, jsonb_build_object('tool_id', chosen));
end
$$;
comment on function steward.retry_job(uuid, boolean) is
    'Runs a failed or cancelled job again with fresh tries: with the newest version of its tool, or with its own (current_tool => false). '
    'Errors: 22004 argument_null, 22023 payload_invalid (the newest version refuses its payload), 42704 job_unknown, 55000 job_not_failed, tool_governed.';

create function steward.resolve_job(job_id uuid, outcome text, note text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    job steward.job;
begin
    perform steward.require('outcome', resolve_job.outcome), steward.require('note', resolve_job.note);
    if resolve_job.outcome not in ('queued', 'succeeded', 'failed', 'cancelled') then
        perform steward.refuse('22023', 'outcome_unknown', format('%L is no way to resolve a job', left(resolve_job.outcome, 80)),
            'Use succeeded, failed, cancelled, or queued to run it again.');
    end if;
    job := steward.locked_job(resolve_job.job_id, 'resolve');
    if job.outcome is distinct from 'in_doubt' then
        perform steward.refuse('55000', 'job_not_in_doubt', format('job %s is %s', job.id, coalesce(job.outcome, 'still open')),
            'Only a job in doubt is resolved by hand.');
    end if;
    if resolve_job.outcome = 'queued' then
        perform steward.refuse_governed(job);
    end if;
    perform steward.end_job(job.id, job.tries, case resolve_job.outcome when 'queued' then 'failed' else resolve_job.outcome end,
        code => 'resolved', message => left(resolve_job.note, 500));
    if resolve_job.outcome = 'queued' then
        perform steward.reopen_job(job, job.tool_id);
    end if;
    perform steward.record_act('resolve_job', job.workspace_id, 'job', job.id::text, jsonb_build_object('outcome', resolve_job.outcome, 'attempt', job.attempts));
end
$$;
comment on function steward.resolve_job(uuid, text, text) is
    'Says how a call in doubt ended: succeeded, failed, cancelled, or queued to run it again although it may have been carried out. '
    'Needs a person. Errors: 22004 argument_null, 22023 outcome_unknown, 42501 person_required, 42704 job_unknown, 55000 job_not_in_doubt, tool_governed.';
