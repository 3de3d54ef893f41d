-- mark_sent locks only what it did not find at its place (mark_moved).

-- Those that mark_sent did not find at their place: over, refused, or being marked already by a transaction that had not ended (its worker lost the
-- connection and asks again), which gives a row another place. So they are locked first, in a statement of its own. What this transaction has
-- marked is left out by its own id.
create or replace function steward.mark_moved(worker text, job_ids uuid[], attempts int[]) returns table (job_id uuid, number int)
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform from unnest(mark_moved.job_ids, mark_moved.attempts) as s (job_id, number)
    cross join lateral (select from steward.attempt x where x.job_id = s.job_id and x.number = s.number for no key update) l;
    return query
    update steward.attempt a set state = 'sent', sent_at = coalesce(a.sent_at, steward.clock())
    from unnest(mark_moved.job_ids, mark_moved.attempts) as s (job_id, number)
    cross join lateral (
        select x.ctid as place from steward.attempt x
        where x.job_id = s.job_id and x.number = s.number and x.xmin <> pg_current_xact_id()::xid
            and not exists (select from steward.cancellation c where c.job_id = s.job_id and c.attempt = s.number)
        offset 0
    ) p
    where a.ctid = p.place and a.worker = mark_moved.worker and a.state in ('claimed', 'sent') and a.deadline > steward.clock()
    returning a.job_id, a.number;
end
$$;
comment on function steward.mark_moved(text, uuid[], int[]) is 'Marks as sent what mark_sent missed because somebody else was writing it, and returns those accepted.';

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
begin
    if mark_sent.job_ids is null or mark_sent.attempts is null or not (steward.is_worker_id(mark_sent.worker) and steward.is_read_committed()) then
        perform steward.require_worker(mark_sent.worker), steward.require('job_ids', mark_sent.job_ids::text),
            steward.require('attempts', mark_sent.attempts::text), steward.require_read_committed();
    end if;
    if steward.is_restored() then
        return;
    end if;
    perform set_config('synchronous_commit', 'on', true);  -- the mark must survive a crash, or a paid call would be repeated
    -- A worker that lost the answer to its commit asks again for the same attempt, having sent nothing yet: that is accepted too.
    return query
    update steward.attempt a set state = 'sent', sent_at = coalesce(a.sent_at, steward.clock())
    from unnest(mark_sent.job_ids, mark_sent.attempts) as s (job_id, number)
    cross join lateral (
        select x.ctid as place from steward.attempt x
        where x.job_id = s.job_id and x.number = s.number
            and not exists (select from steward.cancellation c where c.job_id = s.job_id and c.attempt = s.number)
        offset 0
    ) p
    where a.ctid = p.place and a.worker = mark_sent.worker and a.state in ('claimed', 'sent') and a.deadline > steward.clock()
    returning a.job_id, a.number;
    get diagnostics marked = row_count;
    if marked < cardinality(mark_sent.job_ids) then
        return query select m.job_id, m.number from steward.mark_moved(mark_sent.worker, mark_sent.job_ids, mark_sent.attempts) m;
    end if;
end
$$;
comment on function steward.mark_sent(text, uuid[], int[]) is
    'Marks claimed attempts as sent and returns those accepted. A worker commits this before the first byte, and sends nothing '
    'for an attempt that is not returned: none is while the restore guard holds, and none that somebody asked to end. For steward_worker. Errors: 22004 argument_null, 22023 worker_invalid, 55000 isolation_unfit.';
