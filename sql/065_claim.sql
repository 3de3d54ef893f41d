-- Claiming: promote what is due, take rows from ready, open one attempt each, and hand out finished requests.
-- How rows are found is told in 060_ring.sql.
--
-- Where a batch meets the big tables, the batch drives and each of its rows is one probe of the primary key; every other kind of
-- plan is switched off for the function, because the planner guesses the size of an array wrong. Measured with batches of
-- 200: hashing the big table gave 747 jobs/s, `= any (ids)` joined back to the batch 4,000 (the array is searched again for every row).

-- Puts jobs back into ready. The transaction id comes before the clock, for the same reason as in 050_enqueue.sql.
create function steward.make_ready(jobs steward.waiting[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    at timestamptz;
begin
    if cardinality(jobs) > 0 then
        perform pg_current_xact_id();
        at := steward.clock();
        insert into steward.ready (queue, workspace_id, priority, run_at, id, attempt, tries)
        select j.queue, j.workspace_id, j.priority, at, j.id, j.attempt, j.tries from unnest(jobs) j;
    end if;
end
$$;
comment on function steward.make_ready(steward.waiting[]) is 'Makes jobs claimable now. The caller removed them from where they stood.';

-- 1000 a call: a claim stays short even when a schedule releases a million jobs at once; the next claim takes the next 1000.
create function steward.promote_due() returns int
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    at constant timestamptz := steward.clock();
    moved steward.waiting[];
begin
    with due as materialized (
        select w.ctid as place from steward.waiting w where w.until <= at order by w.until limit 1000 for update skip locked
    ),
    gone as (
        delete from steward.waiting w where w.ctid = any (array(select d.place from due d)) returning w.*
    )
    select array_agg(row(g.*)::steward.waiting) into moved from gone g;
    perform steward.make_ready(moved);
    return coalesce(cardinality(moved), 0);
end
$$;
comment on function steward.promote_due() is 'Moves up to 1000 waiting jobs whose time has come to ready; returns how many.';

-- Keeps tools at their concurrency: of the rows just taken, those above the free slots go to waiting. Running calls are counted
-- from live attempts, so no counter can leak; the advisory lock makes claims of the same tool count one after the other.
-- finish_jobs wakes as many as it freed; the 5 seconds only cover a worker that died.
create function steward.park_above_concurrency(taken steward.ready[]) returns steward.ready[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_memoize = off
as $$
declare
    limited record;
    parked uuid[] := '{}'::uuid[];
begin
    for limited in
        select t.name, min(t.concurrency) as concurrency, array_agg(j.id order by j.priority, j.id) as ids
        from unnest(taken) r
        join steward.job j on j.id = r.id
        join steward.tool t on t.id = j.tool_id
        where t.concurrency is not null
        group by t.name order by t.name
    loop
        perform pg_advisory_xact_lock(hashtext('steward.concurrency'), hashtext(limited.name));
        parked := parked || limited.ids[1 + greatest(0, limited.concurrency - steward.count_running(limited.name)) : ];
    end loop;
    if cardinality(parked) = 0 then
        return taken;
    end if;
    insert into steward.waiting (id, workspace_id, tool_id, queue, priority, reason, detail, since, until, attempt, tries)
    select r.id, r.workspace_id, j.tool_id, r.queue, r.priority, 'concurrency', 'the tool runs as many jobs as it may',
        steward.clock(), steward.clock() + interval '5 seconds', r.attempt, r.tries
    from unnest(taken) r join steward.job j on j.id = r.id
    where r.id = any (parked);
    return array(select r from unnest(taken) r where r.id <> all (parked));
end
$$;
comment on function steward.park_above_concurrency(steward.ready[]) is 'Sends rows above their tool''s concurrency to waiting and returns the rest.';

create function steward.count_running(tool_name text) returns int
    language sql volatile
    set search_path = pg_catalog, pg_temp
as $$
    select count(*)::int from steward.attempt a
    where a.finished_at is null and a.tool_id in (select t.id from steward.tool t where t.name = tool_name)
$$;
comment on function steward.count_running(text) is 'Live attempts of a tool, over all its versions.';

-- 60 s beyond the timeout: the time between claim and first byte, and an outcome's way back through a busy database.
create function steward.open_attempts(worker text, taken steward.ready[]) returns void
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
begin
    insert into steward.attempt (job_id, number, workspace_id, tool_id, worker, state, tries, claimed_at, deadline)
    select j.id, r.attempt + 1, j.workspace_id, j.tool_id, open_attempts.worker, 'claimed', r.tries, at,
        at + make_interval(secs => t.timeout_seconds + 60)
    from unnest(taken) r
    join steward.job j on j.id = r.id
    join steward.tool t on t.id = j.tool_id;
    perform steward.show_status(array(select t.id from unnest(taken) t), 'running');
end
$$;
comment on function steward.open_attempts(text, steward.ready[]) is 'Opens one claimed attempt for each row taken.';

create function steward.claim_jobs(worker text, queues text[], max_jobs int)
    returns table (job_id uuid, attempt int, tool text, executor text, request jsonb, deadline timestamptz)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_memoize = off
as $$
declare
    taken steward.ready[];
    claimed record;
    prepared jsonb;
begin
    perform steward.require('worker', claim_jobs.worker), steward.require('queues', claim_jobs.queues::text),
        steward.require('max_jobs', claim_jobs.max_jobs::text);
    if claim_jobs.max_jobs not between 1 and 10000 then
        perform steward.refuse('22023', 'max_jobs_out_of_range', format('max_jobs is %s', claim_jobs.max_jobs), 'Use 1 to 10000.');
    end if;
    perform set_config('synchronous_commit', 'on', true);  -- a claim that a crash forgets would be handed out twice
    -- Somebody who claims by hand and never sent a heartbeat has one lease, too.
    if not exists (select from steward.worker w where w.id = claim_jobs.worker) then
        perform steward.heartbeat(claim_jobs.worker, '{}');
    end if;
    perform steward.promote_due();
    taken := steward.park_above_concurrency(steward.take_ready(claim_jobs.queues, claim_jobs.max_jobs));
    if cardinality(taken) = 0 then
        return;
    end if;
    perform steward.open_attempts(claim_jobs.worker, taken);
    perform steward.load_tool(d.tool_id)
    from (select distinct j.tool_id from unnest(taken) r join steward.job j on j.id = r.id) d;
    for claimed in
        select j.id, j.workspace_id, j.user_id, j.payload, a.number, a.deadline, j.tool_id, t.name, t.executor
        from unnest(taken) r
        join steward.job j on j.id = r.id
        join steward.attempt a on a.job_id = r.id and a.number = r.attempt + 1
        join steward.tool t on t.id = j.tool_id
        order by j.priority, j.id
    loop
        prepared := steward.prepare_request(claimed.tool_id, claimed.id, claimed.number, claimed.workspace_id, claimed.user_id,
            claimed.payload::text);
        if prepared ? 'problem' then
            perform steward.apply_outcomes(claim_jobs.worker, array[json_build_object('job_id', claimed.id, 'attempt', claimed.number,
                'phase', 'unprepared', 'code', prepared #>> '{problem,code}', 'error', prepared #>> '{problem,message}')]);
            continue;
        end if;
        job_id := claimed.id;
        attempt := claimed.number;
        tool := claimed.name;
        executor := claimed.executor;
        request := prepared -> 'request';
        deadline := claimed.deadline;
        return next;
    end loop;
end
$$;
comment on function steward.claim_jobs(text, text[], int) is
    'Claims up to max_jobs jobs for a worker and returns their finished requests, secrets by name only. For steward_worker. '
    'worker: id of the process; queues: earlier ones first; max_jobs: 1 to 10000. A job whose request cannot be rendered fails here. '
    'Errors: 22004 argument_null, 22023 max_jobs_out_of_range.';
