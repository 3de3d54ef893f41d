-- How full limits are, for those whose limits they are (the view steward.limit_status), and when a line moves.
--
-- A limit of each user, tool, provider or model has a bucket for every one that was met. Whom a reader is told of follows from his workspaces: their members,
-- the tools and providers that everybody may list, the models that they asked themselves. Of a limit over all workspaces he sees how full it is, and
-- his own jobs and overruns; never a name that only somebody else used.

-- Few calls take more than was held for them, so they are found by an index of their own. Of a correction any further cost is over: what it corrects was all that was held.
create index ledger_overruns on steward.ledger (workspace_id, held_at) where cost > case when kind = 'correction' then 0 else held end;

-- Not by a division: numeric would round a long sum.
create function steward.in_unit(metric text, amount bigint) returns numeric
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select case when metric = 'cost' then trim_scale(amount * 0.000000001) else amount::numeric end
$$;
comment on function steward.in_unit(text, bigint) is 'An amount of a metric as people give it to set_limit: dollars for cost, else the number.';

create function steward.values_seen(scope text, workspaces uuid[], at timestamptz) returns setof text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    case scope
        when 'user' then
            return query select distinct m.user_id::text from steward.member m where m.workspace_id = any (workspaces);
        when 'tool' then
            return query select distinct t.name from steward.tool t;
        when 'provider' then
            return query select distinct t.provider from steward.tool t where t.provider is not null;
        when 'model' then
            -- Of the last 31 days: no window but a total is longer.
            return query
            select e.model from steward.ledger e where e.workspace_id = any (workspaces) and e.held_at > at - interval '31 days' and e.model is not null
            union
            select j.model from steward.waiting w join steward.job j on j.id = w.id where w.limit_id is not null and w.workspace_id = any (workspaces) and j.model is not null
            union
            select j.model from steward.attempt a join steward.job j on j.id = a.job_id where a.finished_at is null and a.workspace_id = any (workspaces) and j.model is not null;
        else
            return;
    end case;
end
$$;
comment on function steward.values_seen(text, uuid[], timestamptz) is 'Whom a limit of each user, tool, provider or model may have met, as far as readers of some workspaces may know.';

-- One row for each bucket of each limit over the workspaces, with its window of now. A limit of each one that has met nobody yet has one row, of nobody.
create function steward.buckets_over(workspaces uuid[], at timestamptz)
    returns table (l steward.usage_limit, workspace_id uuid, is_shared boolean, is_quota boolean, bucket text, bucket_value text, window_id bigint, starts_at timestamptz, ends_at timestamptz, used bigint, held bigint, turned_away bigint)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select s.lim, case when not s.is_shared then s.of_workspace end, s.is_shared, s.is_quota, s.bucket, s.value, s.window_id, s.starts_at, s.ends_at, s.used, s.held, s.turned_away
    from (
        select u.*, bool_or(u.value is not null and u.is_met) over (partition by (u.lim).id, u.prefix) as has_met
        from (
            select b.*, v.id as window_id, t.starts_at, t.ends_at, coalesce(v.held, 0) + case when b.is_reserved then coalesce((select sum(r.amount)::bigint from steward.reservation r where r.limit_id = (b.lim).id and r.bucket = b.bucket), 0) else 0 end as held, coalesce(v.turned_away, 0) as turned_away, q.used, v.id is not null or q.used > 0 as is_met
            from (
                select c.*, n.value, case when n.value is not null then c.prefix || '/' || n.value when not c.is_each then c.prefix end as bucket
                from (
                    -- A limit that all workspaces share comes once, however many of them are the reader's.
                    select distinct on ((o.l).id, p.prefix) o.l as lim, o.zone, w.id as of_workspace, p.prefix, p.is_shared, (o.l).scope_value is null and (o.l).scope <> 'workspace' as is_each,
                        (o.l).metric like 'counter:%' or (o.l).metric in ('jobs', 'calls') and steward.on_full_at(o.l, at) = 'reject' as is_quota,
                        (o.l).metric in ('cost', 'tokens') and steward.on_full_at(o.l, at) = 'reject' as is_reserved
                    from unnest(workspaces) as w (id)
                    cross join lateral steward.limits_over(w.id, at) o
                    cross join lateral (
                        select (o.l).workspace_id is null and (o.l).plan is null and (o.l).scope <> 'workspace' as is_shared,
                            case when (o.l).workspace_id is null and ((o.l).plan is not null or (o.l).scope = 'workspace') then w.id::text else '' end as prefix) p
                    order by (o.l).id, p.prefix, w.id
                ) c
                cross join lateral (
                    select null::text as value
                    union all
                    select x.value from steward.values_seen((c.lim).scope, case when c.is_shared then workspaces else array[c.of_workspace] end, at) as x (value) where c.is_each) n
            ) b
            left join lateral (
                select x.* from steward.usage_window x where x.limit_id = (b.lim).id and x.bucket = b.bucket and x.starts_at <= at order by x.starts_at desc limit 1) last on true
            left join lateral (select last.* where last.ends_at > at) v on true
            -- Units say in which window they were taken: after a change of zone it is that one until its end.
            left join lateral (
                select x.starts_at, x.ends_at from steward.quota_unit x where b.is_quota and x.limit_id = (b.lim).id and x.bucket = b.bucket order by x.starts_at desc limit 1) taken on true
            left join lateral steward.next_window((b.lim).window_kind, b.zone, at, coalesce(taken.ends_at, last.ends_at)) f on true
            cross join lateral (
                select case when taken.ends_at > at then taken.starts_at else coalesce(v.starts_at, f.starts_at) end as starts_at,
                    case when taken.ends_at > at then taken.ends_at else coalesce(v.ends_at, f.ends_at) end as ends_at) t
            cross join lateral (
                -- Calls that an enqueue has taken of a quota are those that run, too, and tries again come on top.
                select greatest(coalesce(v.posted, 0), case when b.is_quota and b.bucket is not null then steward.quota_used((b.lim).id, b.bucket, t.starts_at, t.ends_at) - coalesce(v.held, 0) end) as used) q
        ) u
    ) s
    where case when not s.is_each then true when s.value is not null then s.is_met else not s.has_met end;
end
$$;
comment on function steward.buckets_over(uuid[], timestamptz) is 'The limits over workspaces with what is used and held of each at a time, one row for each of whom a limit covers.';

-- How long it takes until the rest is used as what was used, from the beginning of the window on.
create function steward.fills_at(used bigint, amount bigint, starts_at timestamptz, ends_at timestamptz, at timestamptz) returns timestamptz
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select case when used >= amount then at
        when used > 0 and isfinite(starts_at) then case when f.seconds < extract(epoch from ends_at - at) then at + make_interval(secs => f.seconds::double precision) end end
    from (select case when isfinite(starts_at) then (amount - used) * extract(epoch from at - starts_at) / nullif(used, 0) end as seconds) f
$$;
comment on function steward.fills_at(bigint, bigint, timestamptz, timestamptz, timestamptz) is 'When a window is full if its use goes on as it did so far; null where that is not before its end.';

create function steward.readable_limits() returns table (limit_id uuid, workspace_id uuid, words text, scope text, scope_value text, bucket_value text, metric text, window_kind text, amount numeric,
    override_until timestamptz, on_full text, used numeric, held numeric, remaining numeric, percent numeric, window_starts_at timestamptz, window_ends_at timestamptz, fills_at timestamptz,
    waiting bigint, turned_away bigint, overruns bigint)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
    set jit = off  -- few rows through many functions: the planner takes them for many, and compiling took half a second
as $$
declare
    at constant timestamptz := steward.clock();
    mine constant uuid[] := array(select steward.my_workspaces());
begin
    return query
    select (b.l).id, b.workspace_id, steward.limit_words(b.l, at), (b.l).scope, (b.l).scope_value, b.bucket_value, (b.l).metric, (b.l).window_kind, steward.in_unit((b.l).metric, a.amount),
        case when (b.l).override_until > at then (b.l).override_until end, steward.on_full_at(b.l, at), steward.in_unit((b.l).metric, b.used), steward.in_unit((b.l).metric, b.held),
        steward.in_unit((b.l).metric, a.amount - b.used - b.held), case when a.amount = 0 then 100 else round(100.0 * (b.used + b.held) / a.amount, 1) end, b.starts_at, b.ends_at,
        case when (b.l).metric <> 'running' then steward.fills_at(b.used + b.held, a.amount, b.starts_at, b.ends_at, at) end,
        (select count(*) from steward.waiting w where w.limit_id = (b.l).id and w.bucket = b.bucket and w.workspace_id = any (mine)),
        case when not b.is_shared then b.turned_away end,
        (select count(*) from steward.ledger e
            where e.workspace_id = any (mine) and e.held_at >= b.starts_at and e.held_at < b.ends_at and e.cost > case when e.kind = 'correction' then 0 else e.held end and e.windows @> array[b.window_id])
    from steward.buckets_over(mine, at) b
    cross join lateral (select steward.amount_at(b.l, at) as amount) a
    order by b.workspace_id, (b.l).metric, (b.l).scope, b.ends_at, (b.l).id, b.bucket;
end
$$;
comment on function steward.readable_limits() is 'The rows of the view steward.limit_status. Errors: none.';

-- limit_line is nobody's to read: a line over all workspaces tells of others. Its own frees_at is that of the window in which the line began; a line may stand for many.
-- The row may be made up, so the job is looked for.
create function steward.line_frees_at(place steward.waiting) returns timestamptz
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    at constant timestamptz := steward.clock();
begin
    return (
        select coalesce(
            (select v.ends_at from steward.usage_window v
                where l.kind = 'limit' and v.limit_id = l.limit_id and v.bucket = l.bucket and v.starts_at <= at and v.ends_at > at and isfinite(v.ends_at) order by v.starts_at desc limit 1),
            case when isfinite(l.look_at) then l.look_at end)
        from steward.waiting w
        join steward.limit_line l on l.limit_id = w.limit_id and l.bucket = w.bucket and l.queue = w.queue
        where w.id = place.id and w.workspace_id in (select steward.my_workspaces()));
end
$$;
comment on function steward.line_frees_at(steward.waiting) is
    'When the line that a job of yours stands in moves at the latest: when the window of its limit turns, else when it is looked at; null where somebody has to do something. What the view steward.jobs shows. Errors: none.';
