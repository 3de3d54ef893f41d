-- Settlements are written at the places where their attempts were locked, with what they cost, and it is made sure that they were. What is to be done again is written by open_again, and actions end with their jobs.

alter type steward.settlement add attribute attempt_place tid, add attribute job_place tid, add attribute held steward.held_attempt, add attribute billing text,
    add attribute cost bigint, add attribute tokens bigint, add attribute calls int, add attribute reported bigint, add attribute cooldown jsonb;

comment on type steward.settlement is 'What follows from one outcome: the decision with everything that is written for it, and where it is written.';

create type steward.window_change as (
    window_id bigint,
    released bigint,
    posted bigint
);
comment on type steward.window_change is 'What a settlement changes in a window: what is no longer held, and what was used.';

-- Nothing is done again that somebody cancelled, nor for somebody who is no longer a member; what was done counts as it ended.
create or replace function steward.settle_outcomes(worker text, outcomes json[], late boolean) returns steward.settlement[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    live constant steward.live_outcome[] := steward.live_outcomes(settle_outcomes.worker, settle_outcomes.outcomes, late);
    at constant timestamptz := steward.clock();
    settled steward.settlement[];
begin
    perform steward.load_tool(d.tool_id) from (select distinct l.tool_id from unnest(live) l) d;
    perform steward.load_price(d.price_id) from (select distinct (l.held).price_id from unnest(live) l where (l.held).price_id is not null) d;
    select array_agg(row(d.job_id, d.attempt, d.workspace_id, d.tool_id, d.queue, d.priority, d.tries + d.burned,
        case when c.job_id is not null then 'cancel' when d.left_out then 'fail' else d.decision end, d.state, at + make_interval(secs => d.delay_seconds), d.http_status, d.usage, d.result,
        case when c.job_id is not null then 'cancelled' when d.left_out then 'membership_ended' else d.error_code end,
        case when c.job_id is not null then c.reason when d.left_out then 'the user of the job is no longer a member of its workspace, so it is not tried again'
            else d.error_message end, d.attempt_place, d.job_place, d.held, d.billing, d.cost, d.tokens, d.calls, d.reported, d.cooldown)::steward.settlement)
    into settled
    from (
        select l.*, l.decision in ('retry', 'release') as again, l.decision in ('retry', 'release')
            and not exists (select from steward.member m where m.user_id = l.user_id and m.workspace_id = l.workspace_id) as left_out
        from rows from (unnest(live), steward.decide_outcomes(array(select o.tool_id from unnest(live) o), array(select o.body from unnest(live) o),
            array(select o.counted_attempt from unnest(live) o), array(select o.tries from unnest(live) o), at, array(select o.rate_limited from unnest(live) o), array(select (o.held).held from unnest(live) o),
            array(select (o.held).held_tokens from unnest(live) o), array(select (o.held).price_id from unnest(live) o))) as l
            (job_id, attempt, workspace_id, tool_id, tries, queue, priority, user_id, counted_attempt, body, attempt_place, job_place, held, rate_limited,
            decision, state, burned, delay_seconds, http_status, usage, result, error_code, error_message, billing, cost, tokens, calls, reported, cooldown)
    ) d
    left join steward.cancellation c on d.again and c.job_id = d.job_id and c.attempt = d.attempt;
    return coalesce(settled, '{}');
end
$$;

-- A place that had changed would otherwise cost an outcome without a word.
create function steward.require_written(what text, written int, expected int) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    if written <> expected then
        perform steward.refuse('40001', 'outcome_moved', format('%s of %s %s were written by somebody else at this moment', expected - written, expected, what),
            'Nothing was stored: report the outcomes again.');
    end if;
end
$$;
comment on function steward.require_written(text, int, int) is 'Refuses to go on where rows were not where they had been locked. Errors: 40001 outcome_moved.';

-- Jobs that are to be done again, later or now, or are open again.
create function steward.open_again(settled steward.settlement[], at timestamptz) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set jit = off
as $$
declare
    again steward.waiting[];
begin
    -- Evidence that the call of a job in doubt was not executed, or that the service has it: the job is open again.
    update steward.job j
    set outcome = null, error_code = null, error_message = null, attempts = null, tries = null, finished_at = null
    from unnest(settled) s
    where j.ctid = s.job_place and j.id = s.job_id and s.decision in ('retry', 'release', 'await') and j.outcome = 'in_doubt';

    insert into steward.waiting (id, workspace_id, tool_id, queue, priority, reason, detail, since, until, attempt, tries)
    select s.job_id, s.workspace_id, s.tool_id, s.queue, s.priority, 'retry', s.error_message, at, s.wait_until, s.attempt, s.tries
    from unnest(settled) s where s.decision = 'retry';

    select array_agg(row(s.job_id, s.workspace_id, s.tool_id, s.queue, s.priority, 'retry', null, at, at, s.attempt, s.tries, null, null, null, null)::steward.waiting)
    into again
    from unnest(settled) s where s.decision = 'release';
    perform steward.make_ready(again);
    if again is not null then
        perform steward.ring_doorbell();
    end if;
end
$$;
comment on function steward.open_again(steward.settlement[], timestamptz) is 'Writes what follows for jobs that are tried again: a wait for the next try, or a place in ready.';

create or replace function steward.write_settlements(settled steward.settlement[]) returns void
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
    awaited int := 0;
    written int;
begin
    update steward.attempt a
    set state = s.state, tries = s.tries, finished_at = at, decision = s.decision, http_status = coalesce(s.http_status, a.http_status), usage = s.usage,
        error_code = s.error_code, error_message = s.error_message,
        hold = case when (s.held).held is not null then case s.billing when 'none' then 'void' else s.billing end end, cost = case when (s.held).held is not null then s.cost end
    from unnest(settled) s
    where a.ctid = s.attempt_place and a.job_id = s.job_id and a.number = s.attempt and s.decision <> 'await';
    get diagnostics written = row_count;

    -- An external service has it now: no worker's death concerns it any more, only the time it has. Where the worker was taken for dead, and
    -- the job was in doubt for that, both are open again.
    if written < cardinality(settled) then
        update steward.attempt a set state = 'sent', tries = s.tries, worker = '', deadline = s.wait_until, http_status = s.http_status,
            finished_at = null, decision = null, error_code = null, error_message = null
        from unnest(settled) s
        where a.ctid = s.attempt_place and a.job_id = s.job_id and a.number = s.attempt and s.decision = 'await';
        get diagnostics awaited = row_count;
    end if;
    perform steward.require_written('attempts', written + awaited, cardinality(settled));

    update steward.job j
    set outcome = case s.decision when 'succeed' then 'succeeded' when 'fail' then 'failed' when 'cancel' then 'cancelled' else 'in_doubt' end,
        result = s.result, error_code = s.error_code, error_message = s.error_message,
        attempts = s.attempt, tries = s.tries, finished_at = at
    from unnest(settled) s
    where j.ctid = s.job_place and j.id = s.job_id and s.decision in ('succeed', 'fail', 'cancel', 'in_doubt');
    get diagnostics written = row_count;
    perform steward.require_written('jobs', written, (select count(*)::int from unnest(settled) s where s.decision in ('succeed', 'fail', 'cancel', 'in_doubt')));

    -- Asked first, because there is hardly ever one.
    if exists (select from steward.cancellation) then
        delete from steward.cancellation c using unnest(settled) s where c.job_id = s.job_id and c.attempt = s.attempt;
    end if;

    if exists (select from unnest(settled) s where s.decision in ('retry', 'release', 'await')) then
        perform steward.open_again(settled, at);
    end if;
end
$$;

-- The caller posts what it returns, once for all that its transaction settles: windows are locked last, and in one order. The ledger's key comes before
-- the locks of the attempts: see 039_rooms.sql.
create or replace function steward.apply_outcomes(worker text, outcomes json[], late boolean default false) returns steward.settlement[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    settled steward.settlement[];
begin
    perform steward.hold_key('ledger', '', exclusive => false, wait => true);
    settled := steward.settle_outcomes(apply_outcomes.worker, apply_outcomes.outcomes, late);
    if cardinality(settled) > 0 then
        perform steward.write_settlements(settled), steward.wake_for_slots(settled);
        if exists (select from steward.action_job) then
            perform steward.end_actions(settled);
        end if;
        if (select bool_or(s.cooldown is not null) from unnest(settled) s) then
            perform steward.note_cooldowns(settled);
        end if;
        perform steward.show_status(array_agg(s.job_id), s.shown, array_agg(distinct s.tool_id))
        from (select u.job_id, u.tool_id, case u.decision when 'succeed' then 'succeeded' when 'fail' then 'failed' when 'retry' then 'waiting'
            when 'release' then 'queued' when 'cancel' then 'cancelled' when 'await' then 'running' else 'in_doubt' end as shown from unnest(settled) u where u.decision <> 'await' or late) s
        group by s.shown;
    end if;
    return settled;
end
$$;
comment on function steward.apply_outcomes(text, json[], boolean) is 'Decides and writes a batch of outcomes; returns what was settled, for steward.post.';
