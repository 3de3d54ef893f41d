-- promote_due looks first whether anything is due; open_attempts says whose jobs it shows and what is held for them; take_jobs leaves out what has no room under a limit; claim_jobs ends where its client is gone, and tells how long an action is held back.

drop function steward.open_attempts(text, steward.ready[]);
drop function steward.take_jobs(text, text[], int);
drop function steward.issue_token(uuid, int);

-- 1000 a call: a claim stays short even when a schedule releases a million jobs at once; the next claim takes the next 1000.
create or replace function steward.promote_due() returns int
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
declare
    at constant timestamptz := steward.clock();
    moved steward.waiting[];
begin
    -- Asked first, because mostly nothing is due, and a statement that could delete takes four times as long to begin.
    if not exists (select from steward.waiting w where w.until <= at and w.limit_id is null and w.reason <> 'concurrency') then
        return 0;
    end if;
    with due as materialized (
        select w.ctid as place from steward.waiting w
        where w.until <= at and w.limit_id is null and w.reason <> 'concurrency' order by w.until limit 1000 for update skip locked
    ),
    gone as (
        delete from steward.waiting w where w.ctid = any (array(select d.place from due d)) returning w.*
    )
    select array_agg(row(g.*)::steward.waiting) into moved from gone g;
    if moved is null then
        return 0;
    end if;
    perform steward.make_ready(moved), steward.show_status(array(select m.id from unnest(moved) m), 'queued');
    return cardinality(moved);
end
$$;

-- 60 s beyond the timeout: the time between claim and first byte, and an outcome's way back through a busy database.
-- holds stand in the order of taken; where nothing costs anything there are none.
create function steward.open_attempts(worker text, taken steward.ready[], holds steward.hold[], at timestamptz) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set jit = off
    set enable_bitmapscan = off
    set enable_memoize = off
as $$
begin
    if cardinality(taken) = 0 then
        return;
    end if;
    insert into steward.attempt (job_id, number, workspace_id, tool_id, worker, state, tries, claimed_at, deadline, token_hash, hold, held_at, held, held_tokens, counts_job, price_id, windows)
    select r.id, r.attempt + 1, r.workspace_id, r.tool_id, open_attempts.worker, 'claimed', r.tries, at,
        at + make_interval(secs => t.timeout_seconds + 60), case when t.executor in ('script', 'sql', 'external') then sha256(convert_to(steward.kept_token(r.id), 'UTF8')) end,
        case when r.cost is not null then 'held' end, case when r.cost is not null then at end, r.cost, r.tokens, r.counts_job, r.price_id, r.windows
    from rows from (unnest(taken), unnest(holds)) as r (queue, workspace_id, priority, run_at, id, attempt, tries, tool_id, cost, tokens, price_id, counts_job, windows)
    cross join lateral (select x.timeout_seconds, x.executor from steward.tool x where x.id = r.tool_id offset 0) t;
    perform steward.show_status(array(select t.id from unnest(taken) t), 'running', array(select distinct t.tool_id from unnest(taken) t));
end
$$;
comment on function steward.open_attempts(text, steward.ready[], steward.hold[], timestamptz) is 'Opens one claimed attempt for each row taken, with what is held for it.';

-- Those who wait for a slot or in the line of a limit first (these for half of the batch at most), then what is ready. Where jobs are parked the batch is filled up from what lies behind them, or a
-- backlog of one tool would hold up its queue. 1000 parked end the claim, so that it stays short: the doorbell brings the next one.
create function steward.take_jobs(queues text[], max_jobs int, out taken steward.ready[], out parked steward.waiting[], out lines steward.limit_line[],
    out turned_away steward.ready[], out misfits steward.misfit[])
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    found_ready steward.ready[];
    runnable steward.ready[];
    served record;
    fitting record;
    passed_by int := 0;
begin
    turned_away := '{}'::steward.ready[];
    misfits := '{}'::steward.misfit[];
    taken := steward.park_cooling(steward.serve_waiting(queues, max_jobs));
    select l.* into served from steward.leave_lines(queues, least(max_jobs - cardinality(taken), greatest(1, max_jobs / 2))) l;
    parked := served.taken;
    lines := served.lines;
    if cardinality(parked) > 0 then
        taken := taken || steward.park_above_concurrency(
            steward.park_cooling(array(select row(p.queue, p.workspace_id, p.priority, steward.clock(), p.id, p.attempt, p.tries, p.tool_id)::steward.ready from unnest(parked) p)), taken);
    end if;
    while cardinality(taken) < max_jobs and passed_by < 1000 loop
        found_ready := steward.take_ready(queues, max_jobs - cardinality(taken));
        exit when cardinality(found_ready) = 0;
        runnable := steward.park_above_concurrency(steward.park_cooling(found_ready), taken);
        select p.found_ready, p.misfits into fitting from steward.park_above_limits(runnable) p;
        if cardinality(fitting.misfits) > 0 then
            misfits := misfits || fitting.misfits;
            turned_away := turned_away || array(select r from unnest(runnable) r where r.id in (select f.id from unnest(fitting.misfits) f));
        end if;
        taken := taken || fitting.found_ready;
        exit when cardinality(fitting.found_ready) = cardinality(found_ready);
        passed_by := passed_by + cardinality(found_ready) - cardinality(fitting.found_ready);
    end loop;
    if passed_by >= 1000 then
        perform steward.ring_doorbell();
    end if;
end
$$;
comment on function steward.take_jobs(text[], int) is
    'Takes at most max_jobs jobs that may run as far as slots go; parked: as they stood in the lines of limits, those that came out of one; lines: those it looked at; turned_away: jobs that find no room, with misfits for why.';

create or replace function steward.claim_jobs(worker text, queues text[], max_jobs int)
    returns table (job_id uuid, attempt int, tool text, executor text, request jsonb, deadline timestamptz, workspace_id uuid, token text)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set jit = off
    set enable_bitmapscan = off
    set enable_memoize = off
    set plan_cache_mode = force_generic_plan
    set client_connection_check_interval = '5s'  -- who is gone would hold, unsent, what is claimed now
as $$
declare
    found record;
    taken steward.ready[];
    holds steward.hold[];
    misfits steward.misfit[];
    more steward.misfit[];
    at timestamptz;
    ended text[];
begin
    -- One plain condition for what is hardly ever wrong: each check of its own costs 20 us in every claim.
    if claim_jobs.queues is null or claim_jobs.max_jobs is null or not (steward.is_worker_id(claim_jobs.worker) and steward.is_read_committed()) then
        perform steward.require_worker(claim_jobs.worker), steward.require('queues', claim_jobs.queues::text),
            steward.require('max_jobs', claim_jobs.max_jobs::text), steward.require_read_committed();
    end if;
    if claim_jobs.max_jobs not between 1 and 10000 then
        perform steward.refuse('22023', 'max_jobs_out_of_range', format('max_jobs is %s', claim_jobs.max_jobs), 'Use 1 to 10000.');
    end if;
    if array_ndims(claim_jobs.queues) > 1 or cardinality(claim_jobs.queues) > 1000 then
        perform steward.refuse('22023', 'queue_invalid', 'queues is no plain list of at most 1000', 'Pass a list of queue names.');
    elsif array_position(claim_jobs.queues, null) is not null then
        perform steward.require('queues, or one of them,', null);
    end if;
    perform set_config('synchronous_commit', 'on', true);  -- a claim that a crash forgets would be handed out twice
    -- Somebody who claims by hand and never sent a heartbeat has one lease, too.
    if not exists (select from steward.worker w where w.id = claim_jobs.worker) then
        perform steward.heartbeat(claim_jobs.worker, '{}');
    end if;
    if steward.is_restored() then
        return;  -- the heartbeat above says that somebody asks
    end if;
    perform steward.promote_due();
    select t.* into found from steward.take_jobs(steward.open_queues(claim_jobs.queues), claim_jobs.max_jobs) t;
    taken := found.taken;
    misfits := found.misfits;
    at := steward.clock();
    if cardinality(taken) > 0 then
        perform steward.load_tool(d.tool_id)
        from (select distinct r.tool_id from unnest(taken) r) d;
        perform steward.set_aside(), steward.forget_prepared();  -- what a claim that failed may have left
        select h.taken, h.holds, h.misfits into taken, holds, more from steward.hold_jobs(taken, at) h;
        misfits := misfits || more;
        perform steward.open_attempts(claim_jobs.worker, taken, holds, at);
    end if;
    -- Lines come after windows, all of them at once: see 067_lines.sql.
    if cardinality(misfits) > 0 then
        perform steward.join_lines(misfits, found.taken || found.turned_away, found.parked);
    end if;
    perform steward.note_line(l, at) from unnest(found.lines) l;
    if cardinality(taken) = 0 then
        return;
    end if;
    return query
    select c.id, c.number, c.name, case c.executor when 'external' then 'http' else c.executor end,  -- to the worker its call is like any other
        case c.executor when 'script' then c.request || coalesce((select jsonb_build_object('checkpoint', p.data) from steward.checkpoint p where p.job_id = c.id), '{}')
            else c.request || c.hold end,
        c.deadline, c.workspace_id, case when c.executor in ('script', 'sql') then c.token end
    from (
        select o.*, steward.prepare_job(o.tool_id, o.id, o.number, o.workspace_id, o.user_id, o.payload::text, o.token, o.is_member, o.is_rehearsed) as request
        from (
            select j.id, j.workspace_id, j.user_id, j.payload, a.number, a.deadline, j.tool_id, t.name, t.executor, case when t.is_governed then steward.hold_of(j.id) else '{}' end as hold,
                case when t.executor in ('script', 'sql', 'external') then steward.kept_token(j.id) end as token,
                exists (select from steward.member m where m.user_id = j.user_id and m.workspace_id = j.workspace_id) as is_member,
                coalesce((select w.dry_run from steward.workspace w where w.id = j.workspace_id), false) as is_rehearsed
            from unnest(taken) r
            cross join lateral (select x.* from steward.job x where x.id = r.id offset 0) j
            cross join lateral (select x.number, x.deadline from steward.attempt x where x.job_id = r.id and x.number = r.attempt + 1 offset 0) a
            cross join lateral (select x.name, x.executor, x.is_governed from steward.tool x where x.id = j.tool_id offset 0) t
            order by j.priority, j.id
        ) o
        offset 0
    ) c
    where c.request is not null;
    ended := steward.set_aside();
    if cardinality(ended) > 0 then
        perform steward.post(steward.apply_outcomes(claim_jobs.worker, ended::json[]));
    end if;
end
$$;
