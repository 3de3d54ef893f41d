-- What a new limit would have done: the ledger is replayed against it.
--
-- Every attempt of the ledger is taken in the order of its hold, with what it held, and what it did cost (corrections included) from when that was posted. One that does not fit into the
-- window of its hold would have been blocked, and then counts for nothing: its dollars are what the limit would have kept back in that window. It would have waited for a later
-- one, so they are not saved; that later windows would be fuller for it is not replayed.

create function steward.replayed(l steward.usage_limit, place_workspace uuid, place_plan text, from_at timestamptz)
    returns table (bucket text, workspace_id uuid, zone text, held_at timestamptz, posted_at timestamptz, need bigint, posted bigint, cost bigint)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select steward.bucket_of(l, e.workspace_id, e.user_id, t.name, e.provider, e.model, e.tags), e.workspace_id,
        case when place_workspace is null and place_plan is null then 'UTC' else w.time_zone end, e.held_at, greatest(e.posted_at, e.held_at + interval '1 microsecond'),
        case l.metric when 'cost' then e.held when 'tokens' then e.tokens when 'jobs' then e.jobs else 1 end::bigint,
        case l.metric when 'cost' then e.cost when 'tokens' then e.tokens when 'jobs' then e.jobs when 'calls' then e.calls else 0 end::bigint, e.cost
    from (
        select x.workspace_id, x.held_at, x.job_id, x.attempt, min(x.posted_at) as posted_at, min(x.user_id::text)::uuid as user_id, min(x.tool_id::text)::uuid as tool_id, min(x.provider) as provider,
            min(x.model) as model, min(x.tags) as tags, min(x.held) as held, sum(x.cost)::bigint as cost, sum(x.tokens)::bigint as tokens, sum(x.calls)::bigint as calls, sum(x.jobs)::bigint as jobs
        from steward.ledger x
        where x.held_at >= from_at and (place_workspace is null or x.workspace_id = place_workspace)
        group by x.workspace_id, x.held_at, x.job_id, x.attempt
    ) e
    join steward.workspace w on w.id = e.workspace_id and w.plan = coalesce(place_plan, w.plan)
    join steward.tool t on t.id = e.tool_id;
end
$$;
comment on function steward.replayed(steward.usage_limit, uuid, text, timestamptz) is 'The attempts of the ledger since a time as a limit would see them.';

create type steward.replay as (
    workspace_id uuid,
    bucket text,
    starts_at timestamptz,
    ends_at timestamptz,
    used numeric,
    admitted numeric,
    held numeric,
    blocked_calls bigint,
    blocked_cost numeric,
    first_blocked_at timestamptz
);
comment on type steward.replay is 'A window of a replay: what was used in it, what of that a limit would have admitted and what is held, and whom it would have blocked.';

-- Holds and posts of one bucket in the order of their times; what is posted comes first, as it frees what the next one may take.
create function steward.replay_limit(l steward.usage_limit, place_workspace uuid, place_plan text, from_at timestamptz, since timestamptz) returns setof steward.replay
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    event record;
    now_in steward.replay;
    blocked bigint[] := '{}'::bigint[];
begin
    for event in
        with attempts as materialized (
            select row_number() over (order by r.bucket, r.held_at) as n, r.* from steward.replayed(l, place_workspace, place_plan, from_at) r where r.bucket is not null
        )
        select a.held_at as at, true as is_hold, a.* from attempts a
        union all
        select a.posted_at, false, a.* from attempts a
        order by bucket, at, is_hold, n
    loop
        if event.is_hold and (event.bucket is distinct from now_in.bucket or event.held_at >= now_in.ends_at) then
            if now_in.ends_at > since then
                return next now_in;
            end if;
            now_in := row(case when starts_with(event.bucket, event.workspace_id::text) or place_workspace is not null then event.workspace_id end, event.bucket, w.starts_at, w.ends_at, 0, 0, 0, 0, 0, null)::steward.replay
                from steward.calendar_window(l.window_kind, event.zone, event.held_at) w;
            blocked := '{}';
        elsif not event.is_hold and (event.bucket is distinct from now_in.bucket or event.held_at < now_in.starts_at) then
            continue;
        end if;
        if event.is_hold then
            now_in.used := now_in.used + event.posted;
            if event.need > 0 and event.need > l.amount - now_in.admitted - now_in.held and event.held_at >= since then
                blocked := blocked || event.n;
                now_in.blocked_calls := now_in.blocked_calls + 1;
                now_in.blocked_cost := now_in.blocked_cost + event.cost;
                now_in.first_blocked_at := coalesce(now_in.first_blocked_at, event.held_at);
            else
                now_in.held := now_in.held + event.need;
            end if;
        elsif event.n = any (blocked) then
            blocked := array_remove(blocked, event.n);
        else
            now_in.held := now_in.held - event.need;
            now_in.admitted := now_in.admitted + event.posted;
        end if;
    end loop;
    if now_in.ends_at > since then
        return next now_in;
    end if;
end
$$;
comment on function steward.replay_limit(steward.usage_limit, uuid, text, timestamptz, timestamptz) is 'Replays the ledger against a limit, window by window; nothing is blocked before since.';

create function steward.simulate_limit(scope text, scope_value text, metric text, window_kind text, amount numeric, since timestamptz default steward.now() operator(pg_catalog.-) '30 days'::pg_catalog.interval, workspace_id uuid default null)
    returns table (of_workspace uuid, bucket_value text, window_starts_at timestamptz, window_ends_at timestamptz, used numeric, blocked_calls bigint, blocked_cost numeric, first_blocked_at timestamptz)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
declare
    at constant timestamptz := steward.clock();
    -- Nothing is older, and the calendar ends some way beyond.
    from_at constant timestamptz := least(greatest(simulate_limit.since, timestamptz '2000-01-01 00:00Z'), at);
    place record;
    l steward.usage_limit;
begin
    perform steward.require_limit_words(simulate_limit.scope, simulate_limit.metric, simulate_limit.window_kind, null), steward.require('amount', simulate_limit.amount::text),
        steward.require('since', simulate_limit.since::text);
    if simulate_limit.metric like 'counter:%' then
        perform steward.refuse('22023', 'metric_unknown', 'the ledger holds nothing of counters, so there is nothing to replay', 'Use cost, jobs, calls, tokens or running.');
    end if;
    select * into place from steward.limit_place(simulate_limit.scope, simulate_limit.scope_value, simulate_limit.workspace_id);
    l.workspace_id := place.workspace_id;
    l.plan := place.plan;
    l.scope := place.stored_scope;
    l.scope_value := place.stored_value;
    l.metric := simulate_limit.metric;
    l.window_kind := simulate_limit.window_kind;
    l.amount := steward.limit_amount(simulate_limit.metric, simulate_limit.amount);
    return query
    select r.workspace_id, case when l.scope <> 'workspace' and l.scope_value is null then substr(r.bucket, strpos(r.bucket, '/') + 1) end, r.starts_at, r.ends_at,
        steward.in_unit(l.metric, r.used::bigint), r.blocked_calls, steward.in_unit('cost', r.blocked_cost::bigint), r.first_blocked_at
    from steward.replay_limit(l, place.workspace_id, place.plan, case when l.window_kind = 'total' then '-infinity' else from_at - interval '32 days' end, from_at) r
    order by r.workspace_id, r.bucket, r.starts_at;
end
$$;
comment on function steward.simulate_limit(text, text, text, text, numeric, timestamptz, uuid) is
    'What a limit would have done since a time, had it been there: one row for each window in which something was used, with what was used (dollars for cost, else a number), how many calls it would have blocked, '
    'what these did cost in dollars, and when the first was. The arguments are those of set_limit, and so is who may ask. of_workspace is null where all workspaces share the limit. '
    'Errors: 22004 argument_null, 22023 amount_out_of_range, metric_unknown, scope_unknown, scope_value_invalid, window_unknown, workspace_ambiguous, '
    '42501 administrator_required, not_a_member, person_required, 42704 plan_unknown, workspace_unknown.';
