-- What a person ends is posted; jobs come back with the columns that waiting has now.

create or replace function steward.end_job(job_id uuid, tries int, outcome text, code text, message text) returns void
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

-- Nothing is locked but our own row: the worker that has the attempt looks for it (cancellations), and what it reports then settles the job.
create or replace function steward.ask_to_end(job steward.job, reason text) returns void
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

-- Runs a job that has ended again, with a version of its tool.
create or replace function steward.reopen_job(job steward.job, chosen uuid) returns void
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
