-- Between claim and end: mark_sent before the first byte, finish_jobs when the worker knows how the call ended.

create function steward.mark_sent(worker text, job_ids uuid[], attempts int[]) returns table (job_id uuid, attempt int)
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
    stopped json[];
begin
    if mark_sent.job_ids is null or mark_sent.attempts is null or not (steward.is_worker_id(mark_sent.worker) and steward.is_read_committed()) then
        perform steward.require_worker(mark_sent.worker), steward.require('job_ids', mark_sent.job_ids::text),
            steward.require('attempts', mark_sent.attempts::text), steward.require_read_committed();
    end if;
    if steward.is_restored() then
        return;
    end if;
    perform set_config('synchronous_commit', 'on', true);  -- the mark must survive a crash, or a paid call would be repeated
    -- Before any attempt is locked: what settles takes the ledger's key first. Actions come into their claim ledger here, in the transaction of the mark.
    stopped := steward.stopped_attempts(mark_sent.job_ids, mark_sent.attempts);
    if exists (select from steward.tool t where t.is_governed) then
        stopped := stopped || steward.refused_actions(mark_sent.worker, mark_sent.job_ids, mark_sent.attempts, stopped);
    end if;
    if cardinality(stopped) > 0 then
        perform steward.post(steward.apply_outcomes(mark_sent.worker, stopped));
    end if;
    -- A worker that lost the answer to its commit asks again for the same attempt, having sent nothing yet: that is accepted too. Where that
    -- transaction has not ended, the row gets another place. So what was not found at its place is locked, in a statement of its own, and looked for
    -- once more; what this transaction has marked is left out by its own id.
    loop
        return query
        update steward.attempt a set state = 'sent', sent_at = coalesce(a.sent_at, steward.clock()), hold = case when a.hold is not null then 'sent' end
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
    'for an attempt that is not returned: none is while the restore guard holds, none that somebody asked to end, none whose workspace may not spend (it is released), and no action that the governor does not let its account do now. For steward_worker. Errors: 22004 argument_null, 22023 worker_invalid, 55000 isolation_unfit.';

create function steward.finish_jobs(worker text, outcomes json[]) returns table (job_id uuid, attempt int, verdict text)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_generic_plan
as $$
declare
    settled steward.settlement[];
    rest json[];
    late steward.settlement[];
begin
    if finish_jobs.outcomes is null or not (steward.is_worker_id(finish_jobs.worker) and steward.is_read_committed()) then
        perform steward.require_worker(finish_jobs.worker), steward.require('outcomes', case when cardinality(finish_jobs.outcomes) is not null then '' end),
            steward.require_read_committed();
    end if;
    perform set_config('synchronous_commit', 'on', true);
    settled := steward.apply_outcomes(finish_jobs.worker, finish_jobs.outcomes);
    return query select s.job_id, s.attempt, 'accepted' from unnest(settled) s;
    if cardinality(settled) = cardinality(finish_jobs.outcomes) then
        perform steward.post(settled);
        return;
    end if;
    rest := array(
        select r.body
        from rows from (unnest(finish_jobs.outcomes), steward.outcome_keys(finish_jobs.outcomes::text[])) as r (body, job_id, attempt)
        where (r.job_id, r.attempt) not in (select s.job_id, s.attempt from unnest(settled) s));
    late := steward.apply_outcomes(finish_jobs.worker, rest, late => true);
    perform steward.post(settled || late || steward.correct_estimates(finish_jobs.worker, rest));
    return query
    select distinct k.job_id, k.attempt,
        case
            when (k.job_id, k.attempt) in (select s.job_id, s.attempt from unnest(late) s) then 'accepted'
            when exists (
                select from steward.attempt a join steward.job j on j.id = a.job_id
                where a.job_id = k.job_id and a.number = k.attempt and a.worker = finish_jobs.worker and a.state = 'lost'
                    and j.outcome = 'in_doubt' and j.attempts = a.number) then 'busy'
            else 'stale'
        end
    from steward.outcome_keys(rest::text[]) k;
end
$$;
comment on function steward.finish_jobs(text, json[]) is
    'Ends attempts with what the worker saw, a batch at a time, and says of each whether it was accepted or stale (a newer attempt, '
    'or none, is live: nothing was changed). A late outcome is accepted when the job is in doubt because of that very attempt, and busy while somebody is '
    'resolving that job: report it again. '
    'For steward_worker. Errors: 22004 argument_null, 22023 outcome_invalid, worker_invalid, 55000 isolation_unfit.';
