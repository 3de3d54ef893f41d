-- What grows is cut here: jobs that ended, with their attempts and their job_status rows. A job in doubt stays until somebody says how
-- its call ended.

create function steward.prune_jobs(older_than interval) returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    ids uuid[];
begin
    perform steward.require('older_than', prune_jobs.older_than::text);
    if prune_jobs.older_than < interval '0' then
        perform steward.refuse('22023', 'older_than_negative', format('older_than is %s', prune_jobs.older_than), 'Pass an age such as interval ''90 days''.');
    end if;
    -- 10000 a call: a transaction of some tenths of a second, which holds up no vacuum.
    ids := array(
        select j.id from steward.job j
        where j.outcome in ('succeeded', 'failed', 'cancelled') and j.finished_at < steward.clock() - prune_jobs.older_than
        limit 10000 for update skip locked);
    delete from steward.attempt a where a.job_id = any (ids);
    delete from steward.job_status s where s.id = any (ids);
    delete from steward.job j where j.id = any (ids);
    return cardinality(ids);
end
$$;
comment on function steward.prune_jobs(interval) is
    'Deletes at most 10000 jobs that ended longer ago than that, with all that belongs to them, and returns how many: call it until it '
    'returns 0. For steward_admin. Errors: 22004 argument_null, 22023 older_than_negative.';
