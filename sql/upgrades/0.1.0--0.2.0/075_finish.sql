-- mark_sent locks only where something was not at its place.

create or replace function steward.mark_sent(worker text, job_ids uuid[], attempts int[]) returns table (job_id uuid, attempt int)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set jit = off
    set enable_bitmapscan = off
    set enable_memoize = off
    set plan_cache_mode = force_generic_plan
as $$
declare
    marked int;
    is_locked boolean := false;
begin
    if mark_sent.job_ids is null or mark_sent.attempts is null or not (steward.is_worker_id(mark_sent.worker) and steward.is_read_committed()) then
        perform steward.require_worker(mark_sent.worker), steward.require('job_ids', mark_sent.job_ids::text),
            steward.require('attempts', mark_sent.attempts::text), steward.require_read_committed();
    end if;
    if steward.is_restored() then
        return;
    end if;
    perform set_config('synchronous_commit', 'on', true);  -- the mark must survive a crash, or a paid call would be repeated
    -- A worker that lost the answer to its commit asks again for the same attempt, having sent nothing yet: that is accepted too. Where that
    -- transaction has not ended, the row gets another place. So what was not found at its place is locked, in a statement of its own, and looked for
    -- once more; what this transaction has marked is left out by its own id.
    loop
        return query
        update steward.attempt a set state = 'sent', sent_at = coalesce(a.sent_at, steward.clock())
        from unnest(mark_sent.job_ids, mark_sent.attempts) as s (job_id, number)
        cross join lateral (
            select x.ctid as place from steward.attempt x
            where x.job_id = s.job_id and x.number = s.number and (not is_locked or x.xmin <> pg_current_xact_id()::xid)
                and not exists (select from steward.cancellation c where c.job_id = s.job_id and c.attempt = s.number)
            offset 0
        ) p
        where a.ctid = p.place and a.worker = mark_sent.worker and a.state in ('claimed', 'sent') and a.deadline > steward.clock()
        returning a.job_id, a.number;
        get diagnostics marked = row_count;
        exit when is_locked or marked >= cardinality(mark_sent.job_ids);
        perform from unnest(mark_sent.job_ids, mark_sent.attempts) as s (job_id, number)
        cross join lateral (select from steward.attempt x where x.job_id = s.job_id and x.number = s.number for no key update) l;
        is_locked := true;
    end loop;
end
$$;
comment on function steward.mark_sent(text, uuid[], int[]) is
    'Marks claimed attempts as sent and returns those accepted. A worker commits this before the first byte, and sends nothing '
    'for an attempt that is not returned: none is while the restore guard holds, and none that somebody asked to end. For steward_worker. Errors: 22004 argument_null, 22023 worker_invalid, 55000 isolation_unfit.';
