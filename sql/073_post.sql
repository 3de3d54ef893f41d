-- Posting: what an attempt did cost takes the place of what was held for it. Idempotent by the attempt: what ended has ended, and the ledger has one first entry of it.
-- What it cost was decided beside the outcome (bill() in extension/core/src/money/billing.rs); here it is written.

-- A job counts once something may have been done for it. Late proof that nothing was takes that back (-1) where the job ends with it or its next attempt counts instead; not
-- where the job has gone on meanwhile (decision correct), for no attempt after that one counts.

-- Fits into any number of transactions at once: windows are locked in the order of their ids, after everything else.
create function steward.post(settled steward.settlement[], deferred boolean default false) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set jit = off
as $$
declare
    at constant timestamptz := steward.clock();
    changes steward.window_change[];
begin
    if not exists (select from unnest(settled) s where (s.held).held is not null and s.decision <> 'await') then
        return;
    end if;
    -- Whoever draws a number has a transaction id before it, which is what 105_ledger_seals.sql goes by. (The update of the attempts gave it one; this is for whoever posts otherwise some day.)
    perform pg_current_xact_id();
    insert into steward.ledger (workspace_id, held_at, job_id, attempt, entry, kind, posted_at, user_id, tool_id, provider, model, tags, held, cost, reported, tokens, calls, jobs, price_id, windows)
    select s.workspace_id, (s.held).held_at, s.job_id, s.attempt, n.entry, case when n.entry = 1 then s.billing else 'correction' end, at, (s.held).user_id, s.tool_id, t.provider, (s.held).model, (s.held).tags,
        (s.held).held, s.cost - n.cost, s.reported, s.tokens - n.tokens, case when n.entry = 1 then s.calls else 0 end,
        case when not (s.held).counts_job then 0 when n.entry = 1 then (s.billing in ('posted', 'posted_estimate'))::int when s.decision <> 'correct' and s.billing in ('void', 'none') then -1 else 0 end, (s.held).price_id, (s.held).windows
    from unnest(settled) s
    cross join lateral (select x.provider from steward.tool x where x.id = s.tool_id offset 0) t
    cross join lateral (
        select 1 as entry, 0::bigint as cost, 0::bigint as tokens where (s.held).estimated is null
        union all
        select e.entry, e.cost, e.tokens from (
            select max(x.entry) + 1 as entry, sum(x.cost)::bigint as cost, sum(x.tokens)::bigint as tokens from steward.ledger x
            where (s.held).estimated is not null and x.workspace_id = s.workspace_id and x.held_at = (s.held).held_at and x.job_id = s.job_id and x.attempt = s.attempt) e
        where (s.held).estimated is not null
    ) n
    where (s.held).held is not null and s.decision <> 'await' and (s.billing <> 'none' or n.entry > 1) and (n.entry = 1 or s.billing <> 'posted_estimate');
    changes := steward.window_changes(settled);
    if deferred then
        insert into steward.unposted (window_id, released, posted) select c.window_id, c.released, c.posted from unnest(changes) c;
    else
        perform steward.change_windows(changes);
    end if;
end
$$;
comment on function steward.post(steward.settlement[], boolean) is 'Writes what attempts cost to the ledger and releases what was held for them; deferred: their windows follow later, because this transaction may stay open.';

-- Jobs of one batch share their windows, so their sums come first.
create function steward.window_changes(settled steward.settlement[]) returns steward.window_change[]
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return array(
        select row(d.window_id, d.released, d.posted)::steward.window_change
        from (
            select u.id as window_id,
                sum(case v.metric when 'cost' then t.held when 'tokens' then t.held_tokens when 'jobs' then t.held_jobs else t.held_calls end)::bigint as released,
                sum(case v.metric when 'cost' then t.cost when 'tokens' then t.tokens when 'jobs' then t.jobs when 'calls' then t.calls else 0 end)::bigint as posted
            from (
                select (s.held).windows as windows, sum(case when n.is_first then (s.held).held else 0 end) as held, sum(case when n.is_first then (s.held).held_tokens else 0 end) as held_tokens,
                    sum(case when n.is_first and (s.held).counts_job then 1 else 0 end) as held_jobs, sum(case when n.is_first then 1 else 0 end) as held_calls,
                    sum(case when n.is_first then s.cost when s.billing <> 'posted_estimate' then s.cost - (s.held).estimated else 0 end) as cost,
                    sum(case when n.is_first then s.tokens when s.billing <> 'posted_estimate' then s.tokens - (s.held).held_tokens else 0 end) as tokens,
                    sum(case when n.is_first then s.calls else 0 end) as calls,
                    sum(case when not (s.held).counts_job then 0 when n.is_first then (s.billing in ('posted', 'posted_estimate'))::int when s.decision <> 'correct' and s.billing in ('void', 'none') then -1 else 0 end) as jobs
                from unnest(settled) s
                cross join lateral (select (s.held).estimated is null as is_first) n
                where (s.held).held is not null and s.decision <> 'await'
                group by (s.held).windows
            ) t
            cross join lateral unnest(t.windows) as u (id)
            cross join lateral (select x.metric from steward.usage_window x where x.id = u.id offset 0) v
            group by u.id
        ) d
        order by d.window_id);
end
$$;
comment on function steward.window_changes(steward.settlement[]) is 'What settlements change in the windows that their attempts were held in.';

-- Where more was released than posted there is room again: who waits for it is looked at by the next claim.
create function steward.change_windows(changes steward.window_change[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set jit = off
as $$
declare
    at constant timestamptz := steward.clock();
begin
    perform from steward.usage_window v where v.id = any (array(select c.window_id from unnest(changes) c)) order by v.id for no key update;
    update steward.usage_window v set held = v.held - c.released, posted = v.posted + c.posted from unnest(changes) c where v.id = c.window_id;
    perform steward.raise_alerts(array(select c.window_id from unnest(changes) c));
    if exists (select from steward.limit_line) then
        with freed as materialized (
            select l.ctid as place from unnest(changes) c
            cross join lateral (select x.limit_id, x.bucket from steward.usage_window x where x.id = c.window_id offset 0) v
            cross join lateral (select x.ctid from steward.limit_line x where x.limit_id = v.limit_id and x.bucket = v.bucket and x.look_at > at for update skip locked) l
            where c.released > c.posted
        )
        update steward.limit_line l set look_at = at where l.ctid = any (array(select f.place from freed f));
        if found then
            perform steward.ring_doorbell();
        end if;
    end if;
end
$$;
comment on function steward.change_windows(steward.window_change[]) is 'Writes changes to windows, and lets lines be looked at where something was freed.';

create function steward.take_in_unposted(window_ids bigint[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    changes steward.window_change[];
begin
    with taken as (
        delete from steward.unposted u
        where u.ctid = any (array(select x.ctid from steward.unposted x where window_ids is null or x.window_id = any (window_ids) for update skip locked))
        returning u.window_id, u.released, u.posted
    ),
    sums as (
        select t.window_id, sum(t.released)::bigint as released, sum(t.posted)::bigint as posted from taken t group by t.window_id
    )
    select array_agg(row(s.window_id, s.released, s.posted)::steward.window_change order by s.window_id) into changes from sums s;
    if changes is not null then
        perform steward.change_windows(changes);
    end if;
end
$$;
comment on function steward.take_in_unposted(bigint[]) is 'Writes to windows (null: to all) what persons'' transactions have settled.';

-- Outcomes that come too late for their job, which goes on without them, still say what their own call did cost: where that was posted as an estimate, it is corrected.
-- Not where the job is in doubt because of it, and busy: the worker will report that again.
create function steward.correct_estimates(worker text, outcomes json[]) returns steward.settlement[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set jit = off
as $$
declare
    stale record;
    corrected steward.settlement[];
begin
    with reported as materialized (
        select distinct on (k.job_id, k.attempt) k.job_id, k.attempt, k.body
        from rows from (unnest(outcomes), steward.outcome_keys(outcomes::text[])) as k (body, job_id, attempt)
        order by k.job_id, k.attempt
    )
    select array_agg(r.body::text) as bodies, array_agg(a.place) as places, array_agg(a.job_id) as job_ids, array_agg(a.number) as numbers, array_agg(a.workspace_id) as workspace_ids, array_agg(a.tool_id) as tool_ids,
        array_agg(a.held) as helds into stale
    from reported r
    cross join lateral (
        select x.ctid as place, x.job_id, x.number, x.workspace_id, x.tool_id,
            row(x.held_at, x.held, x.held_tokens, x.counts_job, x.price_id, x.windows, x.cost, j.user_id, j.tags, j.model)::steward.held_attempt as held
        from steward.attempt x join steward.job j on j.id = x.job_id
        where x.job_id = r.job_id and x.number = r.attempt and x.worker = correct_estimates.worker and x.hold = 'posted_estimate'
            and not coalesce(j.outcome = 'in_doubt' and j.attempts = x.number, false)
        for update of x
    ) a;
    if stale.bodies is null then
        return '{}'::steward.settlement[];
    end if;
    perform steward.load_tool(d.tool_id) from (select distinct t.tool_id from unnest(stale.tool_ids) as t (tool_id)) d;
    perform steward.load_price(d.price_id) from (select distinct h.price_id from unnest(stale.helds) h where h.price_id is not null) d;
    select array_agg(row(c.job_id, c.number, c.workspace_id, c.tool_id, null, null, null, 'correct', null, null, null, null, null, null, null, c.place, null,
        row(c.held_at, c.held, c.held_tokens, c.counts_job, c.price_id, c.windows, c.estimated, c.user_id, c.tags, c.model)::steward.held_attempt,
        c.billing, c.cost, c.tokens, c.calls, c.reported, null)::steward.settlement) into corrected
    from rows from (unnest(stale.job_ids), unnest(stale.numbers), unnest(stale.workspace_ids), unnest(stale.tool_ids), unnest(stale.places), unnest(stale.helds),
        steward.decide_outcomes(stale.tool_ids, stale.bodies, stale.numbers, stale.numbers, steward.clock(), array_fill(0, array[cardinality(stale.numbers)]), array(select h.held from unnest(stale.helds) h),
            array(select h.held_tokens from unnest(stale.helds) h), array(select h.price_id from unnest(stale.helds) h)))
        as c (job_id, number, workspace_id, tool_id, place, held_at, held, held_tokens, counts_job, price_id, windows, estimated, user_id, tags, model,
            decision, state, burned, delay_seconds, http_status, usage, result, error_code, error_message, billing, cost, tokens, calls, reported, cooldown)
    where c.billing <> 'posted_estimate';
    update steward.attempt a set hold = case s.billing when 'none' then 'void' else s.billing end, cost = s.cost
    from unnest(corrected) s where a.ctid = s.attempt_place and a.job_id = s.job_id and a.number = s.attempt;
    return coalesce(corrected, '{}');
end
$$;
comment on function steward.correct_estimates(text, json[]) is 'Takes late outcomes as evidence of what their calls did cost; returns the corrections, for steward.post.';
