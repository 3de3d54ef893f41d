-- What grows is cut here: jobs that ended, with their attempts and their job_status rows. A job in doubt stays until somebody says how
-- its call ended.

-- A job cannot have ended before it was enqueued, and ids are in the order of time: so the primary key bounds what has to be looked at to jobs
-- that are old enough, most of which are pruned already, and no index on the time of the end is written for every job.
create function steward.least_id_of(at timestamptz) returns uuid
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select (lpad(to_hex(greatest(0, floor(extract(epoch from at) * 1000))::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
comment on function steward.least_id_of(timestamptz) is 'The smallest id of version 7 that can be given out at that time, to the millisecond.';

create function steward.prune_jobs(older_than interval) returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
    set jit = off
as $$
declare
    ids uuid[];
    -- Nothing is a thousand years old, and the calendar ends some way beyond.
    ended_before constant timestamptz := steward.clock() - greatest(interval '0', least(prune_jobs.older_than, interval '1000 years'));
begin
    perform steward.require('older_than', prune_jobs.older_than::text), steward.require_installation_act('prune');
    if prune_jobs.older_than < interval '0' then
        perform steward.refuse('22023', 'older_than_negative', format('older_than is %s', prune_jobs.older_than), 'Pass an age such as interval ''90 days''.');
    end if;
    -- 10000 a call: a transaction of some tenths of a second, which holds up no vacuum.
    ids := array(
        select j.id from steward.job j
        where j.id < steward.least_id_of(ended_before) and j.outcome in ('succeeded', 'failed', 'cancelled') and j.finished_at < ended_before
        order by j.id
        limit 10000 for update skip locked);
    -- What the job row was the audit of goes on in the audit itself.
    insert into steward.audit (id, at, act, workspace_id, actor_kind, user_id, login, from_job, object_kind, object_id, detail)
    select steward.new_id(), j.created_at, 'enqueue', j.workspace_id, case when j.from_job is null then 'person' else 'job' end,
        coalesce(j.enqueued_by, j.user_id), null, j.from_job, 'job', j.id::text,
        jsonb_build_object('user_id', j.user_id, 'tool_id', j.tool_id, 'outcome', j.outcome, 'attempts', j.attempts, 'tries', j.tries, 'finished_at', j.finished_at)
    from steward.job j where j.id = any (ids);
    delete from steward.attempt a where a.job_id = any (ids);
    delete from steward.cancellation c where c.job_id = any (ids);
    delete from steward.checkpoint c where c.job_id = any (ids);
    delete from steward.job_status s where s.id = any (ids);
    delete from steward.job j where j.id = any (ids);
    if cardinality(ids) > 0 then
        perform steward.record_act('prune_jobs', null, 'installation', '', jsonb_build_object('jobs', cardinality(ids), 'older_than', prune_jobs.older_than));
    end if;
    return cardinality(ids);
end
$$;
comment on function steward.prune_jobs(interval) is
    'Deletes at most 10000 jobs that ended longer ago than that, with all that belongs to them, and returns how many: call it until it '
    'returns 0. The audit keeps who enqueued them. For steward_admin. '
    'Errors: 22004 argument_null, 22023 older_than_negative, 42501 administrator_required, person_required.';
