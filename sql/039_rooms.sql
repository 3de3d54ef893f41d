-- What covers a job: which limits, in which windows, and how much room is left there.
--
-- A claim that takes jobs whose attempts cost something goes through here once, with everybody in its batch: the distinct spenders, the limits
-- that cover each (a room for each pair), the windows of now. Missing windows are made in one order, and then all of them are locked in the order of their ids, before anything
-- is read from them: a statement that waited for a lock would go on with what it had read before.
--
-- A limit that is set in the middle of a window counts what was used before it. That is read from the ledger when its window is made, and attempts that
-- run are told to post there, too. Nobody may hold, post or release meanwhile, or it would be counted twice or not at all: so that claim holds the ledger's key alone,
-- and everybody else who holds or posts shares it (steward.hold_key in extension/src/api/keys.rs; taken before anything else is locked).

create type steward.spender as (
    grp int,
    workspace_id uuid,
    user_id uuid,
    tool text,
    provider text,
    model text,
    tags text[]
);
comment on type steward.spender is 'Whose use it is: what limits look at.';

create type steward.room as (
    grp int,
    limit_id uuid,
    bucket text,
    workspace_id uuid,
    metric text,
    window_kind text,
    zone text,
    since timestamptz,
    amount bigint,
    on_full text,
    window_id bigint,
    starts_at timestamptz,
    ends_at timestamptz
);
comment on type steward.room is 'One limit that covers a spender, and its window of now.';

-- Planned as part of the query around it: see amount_at.
create function steward.bucket_of(l steward.usage_limit, workspace_id uuid, user_id uuid, tool text, provider text, model text, tags text[]) returns text
    language sql immutable
    return case when case l.scope when 'workspace' then true when 'user' then coalesce(l.scope_value = user_id::text, true) when 'tool' then coalesce(l.scope_value = tool, true)
            when 'provider' then provider is not null and coalesce(l.scope_value = provider, true) when 'model' then model is not null and coalesce(l.scope_value = model, true)
            else coalesce(l.scope_value = any (tags), false) end
        then case when l.workspace_id is null and (l.plan is not null or l.scope = 'workspace') then workspace_id::text else '' end
            || case when l.scope_value is not null or l.scope = 'workspace' then '' else '/' || case l.scope when 'user' then user_id::text when 'tool' then tool when 'provider' then provider else model end end
    end;
comment on function steward.bucket_of(steward.usage_limit, uuid, uuid, text, text, text, text[]) is 'Which bucket of a limit somebody''s use falls into; null where the limit does not cover it.';

-- The limits of the workspace, of its plan and of the installation. What an administrator set for a workspace takes the place of the plan's.
create function steward.limits_over(workspace_id uuid, at timestamptz) returns table (l steward.usage_limit, zone text, since timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select x.lim, case when (x.lim).workspace_id is null and (x.lim).plan is null then 'UTC' else w.time_zone end,
        case when (x.lim).plan is not null then greatest((x.lim).since, w.plan_since) else (x.lim).since end
    from steward.workspace w
    cross join lateral (
        select o as lim from steward.usage_limit o where o.workspace_id = w.id
        union all
        select p from steward.usage_limit p where p.plan = w.plan and not exists (
            select from steward.usage_limit o
            where o.workspace_id = w.id and o.of_installation and (o.scope, o.metric, o.window_kind) = (p.scope, p.metric, p.window_kind) and o.scope_value is null
                and steward.amount_at(o, at) is not null)
        union all
        select i from steward.usage_limit i where i.workspace_id is null and i.plan is null
    ) x
    where w.id = limits_over.workspace_id and steward.amount_at(x.lim, at) is not null;
end
$$;
comment on function steward.limits_over(uuid, timestamptz) is 'The limits that may cover jobs of a workspace at a time, the zone that their windows turn by, and since when they count.';

-- The rooms of a batch, with the windows that are there already. Those that are full for longest come first: they are said to stop whom they stop.
create function steward.rooms_of(spenders steward.spender[], at timestamptz) returns steward.room[]
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    rooms steward.room[];
begin
    select array_agg(row(r.grp, r.limit_id, r.bucket, r.workspace_id, r.metric, r.window_kind, r.zone, r.since, r.amount, r.on_full,
        case when v.ends_at > at then v.id end, case when v.ends_at > at then v.starts_at else n.starts_at end, case when v.ends_at > at then v.ends_at else n.ends_at end)::steward.room
        order by case when v.ends_at > at then v.ends_at else n.ends_at end desc, r.limit_id, r.bucket, r.grp) into rooms
    from (
        select s.grp, (o.l).id as limit_id, steward.bucket_of(o.l, s.workspace_id, s.user_id, s.tool, s.provider, s.model, s.tags) as bucket,
            case when (o.l).workspace_id is not null or (o.l).plan is not null or (o.l).scope = 'workspace' then s.workspace_id end as workspace_id,
            (o.l).metric, (o.l).window_kind, o.zone, o.since, steward.amount_at(o.l, at) as amount, steward.on_full_at(o.l, at) as on_full
        from (select distinct u.workspace_id from unnest(spenders) u) w
        cross join lateral steward.limits_over(w.workspace_id, at) o
        join unnest(spenders) s on s.workspace_id = w.workspace_id
        where (o.l).metric not like 'counter:%' and not ((o.l).metric = 'jobs' and steward.on_full_at(o.l, at) = 'reject')
        offset 0
    ) r
    left join lateral (
        select x.id, x.starts_at, x.ends_at from steward.usage_window x
        where x.limit_id = r.limit_id and x.bucket = r.bucket and x.starts_at <= at order by x.starts_at desc limit 1
    ) v on true
    left join lateral steward.next_window(r.window_kind, r.zone, at, v.ends_at) n on v.ends_at is null or v.ends_at <= at
    where r.bucket is not null;
    return coalesce(rooms, '{}');
end
$$;
comment on function steward.rooms_of(steward.spender[], timestamptz) is 'Every limit that covers somebody in a batch, with its window at that time; window_id is null where it has no row yet.';

-- What was used in a window before its limit was there, and what runs: from now on it is posted there.
create function steward.learn_usage(window_id bigint, room steward.room) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    l steward.usage_limit;
    used bigint;
    running bigint;
begin
    select x.* into l from steward.usage_limit x where x.id = room.limit_id;
    select sum(case room.metric when 'cost' then e.cost when 'tokens' then e.tokens when 'calls' then e.calls when 'jobs' then e.jobs else 0 end) into used
    from steward.ledger e
    join steward.tool t on t.id = e.tool_id
    where e.held_at >= room.starts_at and e.held_at < room.ends_at and (room.workspace_id is null or e.workspace_id = room.workspace_id)
        and steward.bucket_of(l, e.workspace_id, e.user_id, t.name, e.provider, e.model, e.tags) = room.bucket;
    with told as (
        update steward.attempt a set windows = a.windows || learn_usage.window_id
        from steward.job j, steward.tool t
        where a.finished_at is null and a.held is not null and a.held_at >= room.starts_at and a.held_at < room.ends_at and (room.workspace_id is null or a.workspace_id = room.workspace_id) and j.id = a.job_id and t.id = a.tool_id
            and steward.bucket_of(l, j.workspace_id, j.user_id, t.name, t.provider, j.model, j.tags) = room.bucket
        -- What was in doubt and goes on after all is posted already, as an estimate: it holds nothing, only its correction will come here.
        returning case when a.hold not in ('held', 'sent') then 0 else case room.metric when 'cost' then a.held when 'tokens' then a.held_tokens when 'jobs' then a.counts_job::int else 1 end end as held
    )
    select sum(o.held) into running from told o;
    update steward.usage_window v set posted = coalesce(used, 0), held = coalesce(running, 0), learned = coalesce(used, 0),
        -- Nobody posts at this moment, so this number parts what was read here from what will be posted to the window itself.
        learned_to = coalesce(pg_sequence_last_value('steward.ledger_number_seq'), 0)
    where v.id = learn_usage.window_id;
end
$$;
comment on function steward.learn_usage(bigint, steward.room) is 'Fills the first window of a limit that was set in the middle of it. The caller holds the ledger''s key alone.';

create type steward.hold as (
    cost bigint,
    tokens bigint,
    price_id uuid,
    counts_job boolean,
    windows bigint[]
);
comment on type steward.hold is 'What is set aside for one attempt; cost is null where its tool can cost nothing.';

create type steward.misfit as (
    id uuid,
    limit_id uuid,
    bucket text,
    kind text,
    need bigint,
    detail text,
    look_at timestamptz,
    frees_at timestamptz
);
comment on type steward.misfit is 'A job that a claim may not hand out, and the line that it is to stand in.';
