-- Rescued attempts are posted. New: release_unheld, which gives back what a worker claimed without learning of it.

create or replace function steward.rescue_jobs() returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set plan_cache_mode = force_generic_plan
as $$
declare
    lease constant interval := make_interval(secs => steward.lease_seconds());
    at constant timestamptz := steward.clock();
    stuck record;
    settled steward.settlement[] := '{}'::steward.settlement[];
begin
    if pg_postmaster_start_time() + lease > clock_timestamp() or steward.is_restored() then
        return 0;
    end if;
    perform steward.require_read_committed();
    perform set_config('synchronous_commit', 'on', true);
    -- Before any attempt is locked: see 039_rooms.sql.
    perform steward.hold_key('ledger', '', exclusive => false, wait => true);
    -- One pass at a time is enough; a second caller would only wait for the same rows.
    if not steward.hold_latch('rescue_jobs', wait => false) then
        return 0;
    end if;
    for stuck in
        with held as materialized (
            select a.job_id, a.number, a.worker, a.state, w.heartbeat_at >= at - lease as alive
            from steward.attempt a
            left join steward.worker w on w.id = a.worker
            where a.finished_at is null and (a.deadline < at or a.worker <> '' and (w.id is null or w.heartbeat_at < at - lease))
            order by a.job_id, a.number
            for update of a skip locked
        )
        select h.worker,
            array_agg(json_build_object('job_id', h.job_id, 'attempt', h.number,
                'phase', case h.state when 'sent' then 'lost' else 'unsent' end,
                'code', case when h.worker = '' then 'completion_missing' when h.alive then 'deadline_passed' else 'worker_lost' end,
                'error', case when h.worker = '' then 'the external service did not say in time how it ended' when h.alive then 'the attempt passed its deadline'
                    else 'the worker stopped before it answered' end)) as outcomes
        from held h
        group by h.worker
    loop
        settled := settled || steward.apply_outcomes(stuck.worker, stuck.outcomes);
    end loop;
    perform steward.post(settled);
    delete from steward.worker w where w.heartbeat_at < at - interval '1 day';
    return cardinality(settled);
end
$$;

-- A worker whose connection broke while it claimed does not know what it was given, and would hold it, unsent, up to the attempts'
-- deadlines: a minute beyond their timeouts. So before it claims again it says what it holds. Only attempts that sent nothing are
-- taken back, so one that it still meant to send is refused by mark_sent, and is merely claimed again.
create function steward.release_unheld(worker text, held_jobs uuid[], held_attempts int[]) returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set plan_cache_mode = force_generic_plan
as $$
declare
    unheld json[];
    settled steward.settlement[];
begin
    perform steward.require_worker(release_unheld.worker), steward.require('held_jobs', release_unheld.held_jobs::text),
        steward.require('held_attempts', release_unheld.held_attempts::text);
    perform steward.require_read_committed();
    perform set_config('synchronous_commit', 'on', true);
    perform steward.hold_key('ledger', '', exclusive => false, wait => true);
    with live as materialized (
        select a.job_id, a.number from steward.attempt a
        where a.finished_at is null and a.state = 'claimed' and a.worker = release_unheld.worker
            and not exists (select from unnest(release_unheld.held_jobs, release_unheld.held_attempts) as h (job_id, number) where (h.job_id, h.number) = (a.job_id, a.number))
        order by a.job_id, a.number
        for update of a skip locked
    )
    select array_agg(json_build_object('job_id', l.job_id, 'attempt', l.number, 'phase', 'unsent', 'code', 'claim_unanswered',
        'error', 'the worker never learned that it had claimed the job'))
    into unheld from live l;
    settled := steward.apply_outcomes(release_unheld.worker, coalesce(unheld, '{}'));
    perform steward.post(settled);
    return cardinality(settled);
end
$$;
comment on function steward.release_unheld(text, uuid[], int[]) is
    'Takes back what a worker claimed and does not know of, because the answer to its claim was lost: its claimed attempts other than (held_jobs, held_attempts). '
    'They run again at once, with no try counted. Returns how many. For steward_worker. Errors: 22004 argument_null, 22023 worker_invalid, 55000 isolation_unfit.';
