/* <begin connected objects> */
-- extension/src/lib.rs:125
-- requires:
--   progress

-- Jobs whose worker is gone. Two clocks: the worker's heartbeat (dead after one lease) and the attempt's own deadline (a worker
-- that lives but hangs). Both are ignored until one lease after the server started: after an outage every heartbeat is old and
-- every worker alive, about to deliver its outcomes.
-- An attempt that was only claimed sent nothing, so it is released. One that was sent follows its tool's on_lost. Which of the two it is
-- is read under the row's lock: a worker that was taken for dead may be committing its sent mark at this moment, and a call that is on
-- its way must never pass for one that never left. A row somebody holds is left for the next pass.

create function steward.rescue_jobs() returns int
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
    rescued int := 0;
begin
    if pg_postmaster_start_time() + lease > clock_timestamp() or steward.is_restored() then
        return 0;
    end if;
    perform steward.require_read_committed();
    perform set_config('synchronous_commit', 'on', true);
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
        rescued := rescued + cardinality(steward.apply_outcomes(stuck.worker, stuck.outcomes));
    end loop;
    delete from steward.worker w where w.heartbeat_at < at - interval '1 day';
    return rescued;
end
$$;
comment on function steward.rescue_jobs() is
    'Ends attempts whose worker died or whose deadline passed, and returns how many: unsent ones run again, sent ones follow their '
    'tool''s on_lost. Workers call it every few seconds; it may be called by anyone of steward_worker or steward_admin at any time.';
/* </end connected objects> */
