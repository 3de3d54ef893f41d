-- What the worker reports while it works: its heartbeat, and the progress of a job.

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

create function steward.report_progress(job_id uuid, attempt int, progress double precision, message text) returns boolean
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('job_id', report_progress.job_id::text), steward.require('attempt', report_progress.attempt::text);
    if report_progress.progress not between 0 and 1 then
        perform steward.refuse('22023', 'progress_out_of_range', format('progress is %s', report_progress.progress), 'Report a share from 0 to 1, or null.');
    end if;
    perform from steward.attempt a
    where a.job_id = report_progress.job_id and a.number = report_progress.attempt and a.finished_at is null
    for share;
    if not found then
        return false;
    end if;
    insert into steward.job_status as s (id, workspace_id, user_id, title, state, progress, message, updated_at, changed_in)
    select j.id, j.workspace_id, j.user_id, t.title, 'running', report_progress.progress, left(report_progress.message, 500), steward.clock(), pg_current_xact_id()
    from steward.job j join steward.tool t on t.id = j.tool_id
    where j.id = report_progress.job_id
    on conflict on constraint job_status_pkey
    do update set progress = coalesce(excluded.progress, s.progress), message = excluded.message, updated_at = excluded.updated_at,
        changed_in = excluded.changed_in;
    return true;
end
$$;
comment on function steward.report_progress(uuid, int, double precision, text) is
    'Shows how far a running job is: a share from 0 to 1 and a message of at most 500 characters. False, and nothing written, when the '
    'attempt is no longer live. For steward_worker; a script reports in lines of its standard output, because what it locked in a transaction of its own would hold up '
    'the end of its attempt. Errors: 22004 argument_null, 22023 progress_out_of_range.';

-- 64 KiB: it goes into the environment of a script, where one string may have 128.
create function steward.save_checkpoint(job_id uuid, attempt int, data jsonb) returns boolean
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('job_id', save_checkpoint.job_id::text), steward.require('attempt', save_checkpoint.attempt::text),
        steward.require('data', save_checkpoint.data::text);
    if octet_length(save_checkpoint.data::text) > 65536 then
        perform steward.refuse('54000', 'checkpoint_too_large', format('the checkpoint has %s bytes', octet_length(save_checkpoint.data::text)),
            'Save where to go on, at most 64 KiB, and keep the rest elsewhere.');
    end if;
    if steward.actor_kind() = 'job' and (save_checkpoint.job_id, save_checkpoint.attempt) is distinct from (steward.begun_job(), steward.begun_attempt()) then
        return false;
    end if;
    -- Locks no attempt: a script may do this in a transaction that it leaves open.
    insert into steward.checkpoint as c (job_id, workspace_id, attempt, data, saved_at)
    select a.job_id, a.workspace_id, a.number, save_checkpoint.data, steward.clock()
    from steward.attempt a
    where a.job_id = save_checkpoint.job_id and a.number = save_checkpoint.attempt and a.state in ('claimed', 'sent')
    on conflict on constraint checkpoint_pkey do update
    set attempt = excluded.attempt, data = excluded.data, saved_at = excluded.saved_at where c.attempt <= excluded.attempt;
    return found;
end
$$;
comment on function steward.save_checkpoint(uuid, int, jsonb) is
    'Saves how far a running job has come; its next attempt gets it back in its request. False, and nothing written, when the attempt is no longer live, or not '
    'the script''s own. For steward_worker, and for a script on its own attempt. Errors: 22004 argument_null, 54000 checkpoint_too_large.';

-- The view steward.workers reads these fields; fields it does not know are a newer worker's business.
create function steward.status_is_readable(status jsonb) returns boolean
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select case when jsonb_typeof(status) <> 'object' then false else
        not exists (
            select from unnest(array['pid', 'concurrency', 'running']) as f (name)
            where case when jsonb_typeof(status -> f.name) = 'number' then not ((status ->> f.name)::numeric between 0 and 2147483647
                and (status ->> f.name)::numeric % 1 = 0) else status ? f.name end)
        and not exists (
            select from unnest(array['queues', 'commands', 'secrets']) as f (name) where jsonb_typeof(status -> f.name) <> 'array')
    end
$$;
comment on function steward.status_is_readable(jsonb) is 'Whether what a worker reports of itself can be shown by the view steward.workers.';

create function steward.heartbeat(worker text, status jsonb) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require_worker(heartbeat.worker), steward.require('status', heartbeat.status::text);
    if not steward.status_is_readable(heartbeat.status) then
        perform steward.refuse('22023', 'worker_invalid', format('the status of worker %s cannot be shown', heartbeat.worker),
            'Send an object: pid, concurrency and running are whole numbers, queues, commands and secrets lists.');
    end if;
    insert into steward.worker as w (id, started_at, heartbeat_at, status)
    values (heartbeat.worker, steward.clock(), steward.clock(), heartbeat.status)
    on conflict on constraint worker_pkey do update set heartbeat_at = excluded.heartbeat_at, status = excluded.status;
end
$$;
comment on function steward.heartbeat(text, jsonb) is
    'Says that a worker is alive, and what it serves. For steward_worker, several times in a lease: after one lease (steward.lease_seconds) '
    'without it, its jobs are rescued. Errors: 22004 argument_null, 22023 worker_invalid.';

create function steward.retire_worker(worker text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('worker', retire_worker.worker);
    delete from steward.worker w where w.id = retire_worker.worker;
end
$$;
comment on function steward.retire_worker(text) is
    'Takes a worker off the list at its graceful end; jobs it still holds are rescued at the next rescue_jobs. For steward_worker. '
    'Errors: 22004 argument_null.';
