/* <begin connected objects> */
-- extension/src/lib.rs:121
-- requires:
--   claim
--   api::requests::outcome_keys

-- What follows from what a worker saw (sent nothing, made no connection, got an answer, lost it): decided in Rust
-- (steward.decide_outcomes: succeed, fail, retry, release, in_doubt) and written here, a batch at a time.
-- The batch drives every join and each row is one probe of a primary key: see the top of 065_claim.sql. A live attempt is asked for by
-- its state: `finished_at is null` would let the planner walk attempt_live, with the dead entries of everything finished since the last
-- vacuum (measured: 28,423 of them for a batch of 200).
-- An outcome counts for a live attempt of the worker that reports it. There is one more case: the job is in doubt because of that very
-- attempt. Then the outcome, however late, is the evidence that ends the doubt.

create type steward.settlement as (
    job_id uuid,
    attempt int,
    workspace_id uuid,
    tool_id uuid,
    queue text,
    priority smallint,
    tries int,
    decision text,
    state text,
    wait_until timestamptz,
    http_status int,
    usage jsonb,
    result jsonb,
    error_code text,
    error_message text
);
comment on type steward.settlement is 'What follows from one outcome: the decision with everything that is written for it.';

-- The jobs in doubt because of the very attempts reported, locked. One that somebody is resolving at this moment is left out: a person's open
-- transaction must not hold up the outcomes of everybody else in the batch. finish_jobs calls it busy, and the worker comes again.
create function steward.lock_doubts(worker text, job_ids uuid[], attempts int[]) returns uuid[]
    language sql volatile
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set jit = off
    set enable_bitmapscan = off
    set enable_memoize = off
as $$
    select array(
        select j.id
        from (select r.* from unnest(lock_doubts.job_ids, lock_doubts.attempts) as r (job_id, attempt) order by r.job_id, r.attempt) r
        cross join lateral (select x.state, x.worker from steward.attempt x where x.job_id = r.job_id and x.number = r.attempt offset 0) a
        cross join lateral (select x.id from steward.job x where x.id = r.job_id and x.outcome = 'in_doubt' and x.attempts = r.attempt for update skip locked) j
        where a.state = 'lost' and a.worker = lock_doubts.worker)
$$;
comment on function steward.lock_doubts(text, uuid[], int[]) is
    'Locks and returns the jobs that are in doubt because of these attempts, but those that somebody is resolving at this moment.';

create type steward.live_outcome as (
    job_id uuid,
    attempt int,
    workspace_id uuid,
    tool_id uuid,
    tries int,
    queue text,
    priority smallint,
    user_id uuid,
    counted_attempt int,
    body text
);
comment on type steward.live_outcome is 'An outcome that counts, with what is needed to decide on it.';

-- The outcomes of a batch that count: for a live attempt, or (late) for one that left its job in doubt. Their attempts are locked, in one order.
create function steward.live_outcomes(worker text, outcomes json[], late boolean) returns steward.live_outcome[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set jit = off
    set enable_bitmapscan = off
    set enable_memoize = off
as $$
declare
    job_ids uuid[];
    attempts int[];
    doubts uuid[] := '{}'::uuid[];
    live steward.live_outcome[];
begin
    select array_agg(k.job_id order by k.n), array_agg(k.attempt order by k.n) into job_ids, attempts
    from steward.outcome_keys(outcomes::text[]) with ordinality as k (job_id, attempt, n);
    if late then
        doubts := steward.lock_doubts(live_outcomes.worker, job_ids, attempts);
    end if;
    with reported as materialized (
        select distinct on (r.job_id, r.attempt) r.job_id, r.attempt, r.body
        from unnest(job_ids, attempts, outcomes) as r (job_id, attempt, body)
        order by r.job_id, r.attempt
    )
    -- The doubtful attempt was counted as a try when it was given up; it is decided on anew.
    select array_agg(row(r.job_id, r.attempt, a.workspace_id, a.tool_id, case when late then greatest(0, a.tries - 1) else a.tries end,
        j.queue, j.priority, j.user_id, r.attempt - coalesce(j.retried_after, 0), r.body)::steward.live_outcome) into live
    from reported r
    cross join lateral (
        select x.workspace_id, x.tool_id, x.tries from steward.attempt x
        where x.job_id = r.job_id and x.number = r.attempt and x.worker = live_outcomes.worker
            and case when late then x.state = 'lost' and x.job_id = any (doubts) else x.state in ('claimed', 'sent') end
        for update
    ) a
    cross join lateral (select x.queue, x.priority, x.user_id, x.retried_after from steward.job x where x.id = r.job_id offset 0) j;
    return coalesce(live, '{}');
end
$$;
comment on function steward.live_outcomes(text, json[], boolean) is 'Locks the attempts that a batch of outcomes counts for and returns those outcomes. Errors: 22023 outcome_invalid.';

-- Nothing is done again that somebody cancelled, nor for somebody who is no longer a member; what was done counts as it ended.
create function steward.settle_outcomes(worker text, outcomes json[], late boolean) returns steward.settlement[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    live constant steward.live_outcome[] := steward.live_outcomes(settle_outcomes.worker, settle_outcomes.outcomes, late);
    at constant timestamptz := steward.clock();
    settled steward.settlement[];
begin
    perform steward.load_tool(d.tool_id) from (select distinct l.tool_id from unnest(live) l) d;
    select array_agg(row(d.job_id, d.attempt, d.workspace_id, d.tool_id, d.queue, d.priority, d.tries + d.burned,
        case when c.job_id is not null then 'cancel' when d.left_out then 'fail' else d.decision end, d.state, at + make_interval(secs => d.delay_seconds), d.http_status, d.usage, d.result,
        case when c.job_id is not null then 'cancelled' when d.left_out then 'membership_ended' else d.error_code end,
        case when c.job_id is not null then c.reason when d.left_out then 'the user of the job is no longer a member of its workspace, so it is not tried again'
            else d.error_message end)::steward.settlement)
    into settled
    from (
        select l.*, l.decision in ('retry', 'release') as again, l.decision in ('retry', 'release')
            and not exists (select from steward.member m where m.user_id = l.user_id and m.workspace_id = l.workspace_id) as left_out
        from rows from (unnest(live), steward.decide_outcomes(array(select o.tool_id from unnest(live) o), array(select o.body from unnest(live) o),
            array(select o.counted_attempt from unnest(live) o), array(select o.tries from unnest(live) o), at)) as l
            (job_id, attempt, workspace_id, tool_id, tries, queue, priority, user_id, counted_attempt, body,
            decision, state, burned, delay_seconds, http_status, usage, result, error_code, error_message)
    ) d
    left join steward.cancellation c on d.again and c.job_id = d.job_id and c.attempt = d.attempt;
    return coalesce(settled, '{}');
end
$$;
comment on function steward.settle_outcomes(text, json[], boolean) is
    'Locks the attempts that a batch of outcomes counts for and decides what follows for each. Errors: 22023 outcome_invalid.';

create function steward.write_settlements(settled steward.settlement[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set jit = off
    set enable_bitmapscan = off
    set enable_memoize = off
as $$
declare
    at constant timestamptz := steward.clock();
    again steward.waiting[];
begin
    -- By place, so that each is one fetch whatever the planner believes. A place is where the row stood when this statement began, so nobody else
    -- may write it meanwhile: live_outcomes has locked the attempts, in a statement before this one; and while an attempt is live, or lock_doubts
    -- holds the job, nobody else writes its job.
    update steward.attempt a
    set state = s.state, tries = s.tries, finished_at = at, decision = s.decision, http_status = coalesce(s.http_status, a.http_status), usage = s.usage,
        error_code = s.error_code, error_message = s.error_message
    from unnest(settled) s
    cross join lateral (select x.ctid as place from steward.attempt x where x.job_id = s.job_id and x.number = s.attempt offset 0) p
    where a.ctid = p.place and s.decision <> 'await';

    -- An external service has it now: no worker's death concerns it any more, only the time it has.
    if exists (select from unnest(settled) s where s.decision = 'await') then
        update steward.attempt a set worker = '', deadline = s.wait_until, http_status = s.http_status
        from unnest(settled) s
        cross join lateral (select x.ctid as place from steward.attempt x where x.job_id = s.job_id and x.number = s.attempt offset 0) p
        where a.ctid = p.place and s.decision = 'await';
    end if;

    update steward.job j
    set outcome = case s.decision when 'succeed' then 'succeeded' when 'fail' then 'failed' when 'cancel' then 'cancelled' else 'in_doubt' end,
        result = s.result, error_code = s.error_code, error_message = s.error_message,
        attempts = s.attempt, tries = s.tries, finished_at = at
    from unnest(settled) s
    cross join lateral (select x.ctid as place from steward.job x where x.id = s.job_id offset 0) p
    where j.ctid = p.place and s.decision in ('succeed', 'fail', 'cancel', 'in_doubt');

    -- Asked first, because there is hardly ever one.
    if exists (select from steward.cancellation) then
        delete from steward.cancellation c using unnest(settled) s where c.job_id = s.job_id and c.attempt = s.attempt;
    end if;

    -- Evidence that the call of a job in doubt was not executed: the job is open again.
    update steward.job j
    set outcome = null, error_code = null, error_message = null, attempts = null, tries = null, finished_at = null
    from unnest(settled) s
    cross join lateral (select x.ctid as place from steward.job x where x.id = s.job_id offset 0) p
    where j.ctid = p.place and s.decision in ('retry', 'release') and j.outcome = 'in_doubt';

    insert into steward.waiting (id, workspace_id, tool_id, queue, priority, reason, detail, since, until, attempt, tries)
    select s.job_id, s.workspace_id, s.tool_id, s.queue, s.priority, 'retry', s.error_message, at, s.wait_until, s.attempt, s.tries
    from unnest(settled) s where s.decision = 'retry';

    select array_agg(row(s.job_id, s.workspace_id, s.tool_id, s.queue, s.priority, 'retry', null, at, at, s.attempt, s.tries, null)::steward.waiting)
    into again
    from unnest(settled) s where s.decision = 'release';
    perform steward.make_ready(again);
    if again is not null then
        perform steward.ring_doorbell();
    end if;
end
$$;
comment on function steward.write_settlements(steward.settlement[]) is
    'Ends attempts and writes what follows: the outcome, a wait for the next try, or a place in ready.';

-- A claim that comes now serves them, so all it takes is to wake one.
create function steward.wake_for_slots(settled steward.settlement[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
begin
    if exists (
        select from (select distinct s.tool_id from unnest(settled) s) d
        join steward.tool t on t.id = d.tool_id
        where exists (select from steward.waiting w where w.reason = 'concurrency' and w.slot_of = t.name)
    ) then
        perform steward.ring_doorbell();
    end if;
end
$$;
comment on function steward.wake_for_slots(steward.settlement[]) is 'Rings the doorbell when attempts that ended freed slots somebody waits for.';

create function steward.apply_outcomes(worker text, outcomes json[], late boolean default false) returns steward.settlement[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    settled constant steward.settlement[] := steward.settle_outcomes(apply_outcomes.worker, apply_outcomes.outcomes, late);
begin
    if cardinality(settled) > 0 then
        perform steward.write_settlements(settled), steward.wake_for_slots(settled);
        perform steward.show_status(array_agg(s.job_id), s.shown)
        from (select u.job_id, case u.decision when 'succeed' then 'succeeded' when 'fail' then 'failed' when 'retry' then 'waiting'
            when 'release' then 'queued' when 'cancel' then 'cancelled' else 'in_doubt' end as shown from unnest(settled) u where u.decision <> 'await') s
        group by s.shown;
    end if;
    return settled;
end
$$;
comment on function steward.apply_outcomes(text, json[], boolean) is 'Decides and writes a batch of outcomes; returns what was settled.';
/* </end connected objects> */
