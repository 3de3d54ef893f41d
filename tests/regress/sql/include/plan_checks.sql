-- What a batch of jobs does from its claim to its end, and what the server says it read for that.
create function tests.worked(most int, queue text default 'q') returns bigint language plpgsql as $$
declare
    ids uuid[];
    finished bigint;
begin
    ids := array(select c.job_id from steward.claim_jobs('w1', array[queue], most) c);
    perform steward.mark_sent('w1', ids, array_fill(1, array[cardinality(ids)]));
    select count(*) into finished from steward.finish_jobs('w1', array(
        select json_build_object('job_id', id, 'attempt', 1, 'phase', 'answered', 'status', 200, 'body', '{}') from unnest(ids) id));
    return finished;
end
$$;
-- What earlier transactions did is counted with this one's until it is flushed, which the server does once a second unless it is told to.
-- Big tables that were read as a whole, and those of which more than 20 rows for each of the 200 jobs were fetched.
create function tests.too_much() returns text language sql as $$
    select coalesce(string_agg(format('%s: %s scans of all, %s rows by index', s.relname, s.seq_scan, s.idx_tup_fetch), ', ' order by s.relname), 'nothing')
    from pg_stat_xact_user_tables s
    where s.schemaname = 'steward' and s.relname in ('job', 'ready', 'attempt', 'waiting', 'job_status', 'ledger') and (s.seq_scan > 0 or s.idx_tup_fetch > 4000)
$$;
