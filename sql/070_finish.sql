-- From the claim to the end: mark_sent before the first byte, finish_jobs when the answer is there.
--
-- A worker reports what it saw (sent nothing, made no connection, got an answer, lost it); what follows is decided in Rust
-- (steward.decide_outcome: succeed, fail, retry, release, in_doubt) and written here, a batch at a time.
-- The batch drives every join and each row is one probe of a primary key: see the top of 065_claim.sql. A live attempt is asked for by
-- its state: `finished_at is null` would let the planner walk attempt_live, with the dead entries of everything finished since the last
-- vacuum (measured: 28,423 of them for a batch of 200).

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

create function steward.mark_sent(worker text, job_ids uuid[], attempts int[]) returns setof uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_memoize = off
as $$
begin
    perform steward.require('worker', mark_sent.worker), steward.require('job_ids', mark_sent.job_ids::text),
        steward.require('attempts', mark_sent.attempts::text);
    perform set_config('synchronous_commit', 'on', true);  -- the mark must survive a crash, or a paid call would be repeated
    return query
    -- A worker that lost the answer to its commit asks again for the same attempt, having sent nothing yet: that is accepted too.
    update steward.attempt a set state = 'sent', sent_at = coalesce(a.sent_at, steward.clock())
    from unnest(mark_sent.job_ids, mark_sent.attempts) as s (job_id, number)
    where a.job_id = s.job_id and a.number = s.number
        and a.worker = mark_sent.worker and a.state in ('claimed', 'sent') and a.deadline > steward.clock()
    returning a.job_id;
end
$$;
comment on function steward.mark_sent(text, uuid[], int[]) is
    'Marks claimed attempts as sent and returns the jobs accepted. A worker commits this before the first byte, and sends nothing '
    'for a job that is not returned. For steward_worker. Errors: 22004 argument_null.';

-- The live attempts of a batch, locked in one order, each with what follows.
create function steward.settle_outcomes(worker text, outcomes json[]) returns steward.settlement[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_memoize = off
as $$
declare
    job_ids uuid[];
    attempts int[];
    settled steward.settlement[];
begin
    -- Each ->> reads the whole document, answer and all, so the keys are taken out once.
    select array_agg((o.body ->> 'job_id')::uuid order by o.n), array_agg((o.body ->> 'attempt')::int order by o.n)
    into job_ids, attempts
    from unnest(outcomes) with ordinality as o (body, n);
    perform steward.load_tool(d.tool_id)
    from (
        select distinct a.tool_id
        from unnest(job_ids, attempts) as r (job_id, attempt)
        join steward.attempt a on a.job_id = r.job_id and a.number = r.attempt
    ) d;
    with reported as materialized (
        select distinct on (r.job_id, r.attempt) r.job_id, r.attempt, r.body
        from unnest(job_ids, attempts, outcomes) as r (job_id, attempt, body)
        order by r.job_id, r.attempt
    ),
    live as materialized (
        select a.job_id, a.number, a.workspace_id, a.tool_id, a.tries, r.body
        from reported r
        join steward.attempt a on a.job_id = r.job_id and a.number = r.attempt
        where a.state in ('claimed', 'sent') and a.worker = settle_outcomes.worker
        order by a.job_id, a.number
        for update of a
    ),
    decided as materialized (
        select l.*, steward.decide_outcome(l.tool_id, l.body::text, l.number, l.tries, steward.clock()) as d from live l
    )
    select array_agg(row(c.job_id, c.number, c.workspace_id, c.tool_id, j.queue, j.priority, c.tries + (c.d ->> 'burned')::int,
        c.d ->> 'decision', c.d ->> 'state',
        steward.clock() + make_interval(secs => (c.d ->> 'delay_seconds')::double precision),
        (c.d ->> 'http_status')::int, nullif(c.d -> 'usage', 'null'), nullif(c.d -> 'result', 'null'),
        c.d ->> 'error_code', c.d ->> 'error_message')::steward.settlement)
    into settled
    from decided c
    join steward.job j on j.id = c.job_id;
    return coalesce(settled, '{}');
end
$$;
comment on function steward.settle_outcomes(text, json[]) is 'Locks the live attempts named by a batch of outcomes and decides what follows for each.';

create function steward.write_settlements(settled steward.settlement[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_memoize = off
as $$
declare
    at constant timestamptz := steward.clock();
    again steward.waiting[];
begin
    update steward.attempt a
    set state = s.state, finished_at = at, decision = s.decision, http_status = s.http_status, usage = s.usage,
        error_code = s.error_code, error_message = s.error_message
    from unnest(settled) s
    where a.job_id = s.job_id and a.number = s.attempt;

    update steward.job j
    set outcome = case s.decision when 'succeed' then 'succeeded' when 'fail' then 'failed' else 'in_doubt' end,
        result = s.result, error_code = s.error_code, error_message = s.error_message,
        attempts = s.attempt, tries = s.tries, finished_at = at
    from unnest(settled) s
    where j.id = s.job_id and s.decision in ('succeed', 'fail', 'in_doubt');

    insert into steward.waiting (id, workspace_id, tool_id, queue, priority, reason, detail, since, until, attempt, tries)
    select s.job_id, s.workspace_id, s.tool_id, s.queue, s.priority, 'retry', s.error_message, at, s.wait_until, s.attempt, s.tries
    from unnest(settled) s where s.decision = 'retry';

    select array_agg(row(s.job_id, s.workspace_id, s.tool_id, s.queue, s.priority, 'retry', null, at, at, s.attempt, s.tries)::steward.waiting)
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

-- Wakes as many jobs that wait for a slot of their tool as the batch freed.
create function steward.wake_concurrency(settled steward.settlement[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    freed record;
    woken steward.waiting[];
begin
    for freed in
        select t.name, count(*) as slots
        from unnest(settled) s join steward.tool t on t.id = s.tool_id
        where t.concurrency is not null
        group by t.name order by t.name
    loop
        with next as materialized (
            select w.ctid as place from steward.waiting w
            where w.reason = 'concurrency' and w.tool_id in (select t.id from steward.tool t where t.name = freed.name)
            order by w.priority, w.id limit freed.slots for update skip locked
        ),
        gone as (
            delete from steward.waiting w where w.ctid = any (array(select n.place from next n)) returning w.*
        )
        select array_agg(row(g.*)::steward.waiting) into woken from gone g;
        perform steward.make_ready(woken);
        if woken is not null then
            perform steward.ring_doorbell();
        end if;
    end loop;
end
$$;
comment on function steward.wake_concurrency(steward.settlement[]) is 'Makes ready as many jobs waiting for their tool''s concurrency as were freed.';

create function steward.apply_outcomes(worker text, outcomes json[]) returns steward.settlement[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    settled constant steward.settlement[] := steward.settle_outcomes(apply_outcomes.worker, apply_outcomes.outcomes);
begin
    if cardinality(settled) > 0 then
        perform steward.write_settlements(settled), steward.wake_concurrency(settled);
        perform steward.show_status(array_agg(s.job_id), s.shown)
        from (select u.job_id, case u.decision when 'succeed' then 'succeeded' when 'fail' then 'failed' when 'retry' then 'waiting'
            when 'release' then 'queued' else 'in_doubt' end as shown from unnest(settled) u) s
        group by s.shown;
    end if;
    return settled;
end
$$;
comment on function steward.apply_outcomes(text, json[]) is 'Decides and writes a batch of outcomes; returns what was settled.';

create function steward.finish_jobs(worker text, outcomes json[]) returns table (job_id uuid, attempt int, verdict text)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    settled steward.settlement[];
begin
    perform steward.require('worker', finish_jobs.worker), steward.require('outcomes', case when cardinality(finish_jobs.outcomes) is not null then '' end);
    perform set_config('synchronous_commit', 'on', true);
    settled := steward.apply_outcomes(finish_jobs.worker, finish_jobs.outcomes);
    return query select s.job_id, s.attempt, 'accepted' from unnest(settled) s;
    if cardinality(settled) < cardinality(finish_jobs.outcomes) then
        return query
        select stale.job_id, stale.attempt, 'stale'
        from (
            select (o ->> 'job_id')::uuid as job_id, (o ->> 'attempt')::int as attempt from unnest(finish_jobs.outcomes) o
            except select s.job_id, s.attempt from unnest(settled) s
        ) stale;
    end if;
end
$$;
comment on function steward.finish_jobs(text, json[]) is
    'Ends attempts with what the worker saw, a batch at a time, and says of each whether it was accepted or stale (a newer attempt, '
    'or none, is live: nothing was changed). For steward_worker. Errors: 22004 argument_null, 22023 outcome_invalid.';
