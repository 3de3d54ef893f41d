-- What stands between an enqueue and its commit besides membership and payload: limits and quotas (052_quotas.sql). Jobs that are in are never refused later.

-- The rooms of the limits that enqueue itself enforces, with the window of now. What a quota of units has used stands in rows with their windows; a
-- window keeps its end whatever becomes of the zone, as usage_window does.
create function steward.rejecting_rooms(spender steward.spender, at timestamptz, metrics text[]) returns setof steward.room
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select spender.grp, r.id, r.bucket, r.workspace_id, r.metric, r.window_kind, r.zone, r.since, r.amount, r.on_full, null::bigint,
        case when v.ends_at > at then v.starts_at else n.starts_at end, case when v.ends_at > at then v.ends_at else n.ends_at end
    from (
        select (o.l).id, steward.bucket_of(o.l, spender.workspace_id, spender.user_id, spender.tool, spender.provider, spender.model, spender.tags) as bucket,
            case when (o.l).workspace_id is not null or (o.l).plan is not null or (o.l).scope = 'workspace' then spender.workspace_id end as workspace_id,
            (o.l).metric, (o.l).window_kind, o.zone, o.since, steward.amount_at(o.l, at) as amount, steward.on_full_at(o.l, at) as on_full
        from steward.limits_over(spender.workspace_id, at) o
        where (o.l).metric = any (metrics)
        offset 0
    ) r
    left join lateral (
        select x.starts_at, x.ends_at from steward.quota_unit x where x.limit_id = r.id and x.bucket = r.bucket order by x.starts_at desc limit 1
    ) v on true
    left join lateral steward.next_window(r.window_kind, r.zone, at, v.ends_at) n on v.ends_at is null or v.ends_at <= at
    where r.bucket is not null
    order by r.id;
end
$$;
comment on function steward.rejecting_rooms(steward.spender, timestamptz, text[]) is 'The limits of some metrics that cover somebody, with their windows, in one order.';

-- What can never fit is refused whatever the limit does when it is full, unless it only counts.
create function steward.refuse_oversized(room steward.room, need bigint) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    l steward.usage_limit;
begin
    if need > room.amount and room.on_full <> 'shadow' then
        select x.* into l from steward.usage_limit x where x.id = room.limit_id;
        perform steward.refuse('53400', 'never_fits', format('the job may take %s, and %s is all there is', steward.amount_words(room.metric, need), steward.limit_words(l, steward.clock())),
            'Make it smaller (fewer tokens to answer, a cheaper model), or have the limit raised with steward.set_limit.');
    end if;
end
$$;
comment on function steward.refuse_oversized(steward.room, bigint) is 'Refuses what a limit can never hold: 53400 never_fits.';

-- Cost and tokens: one enqueue at a time, so that what it reads is what there is.
create function steward.reserve(room steward.room, job_ids uuid[], needs bigint[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    used numeric;
    need constant numeric := (select sum(n) from unnest(needs) n);
begin
    if not steward.hold_key('bucket', concat_ws('/', room.limit_id, room.bucket), exclusive => true, wait => false) then
        perform steward.refuse_busy(room);
    end if;
    select coalesce((select v.posted + v.held from steward.usage_window v where v.limit_id = room.limit_id and v.bucket = room.bucket and v.starts_at <= steward.clock() and v.ends_at > steward.clock()), 0)
        + coalesce((select sum(r.amount) from steward.reservation r where r.limit_id = room.limit_id and r.bucket = room.bucket), 0) into used;
    if used + need > room.amount then
        perform steward.refuse_full(room, used, least(need, 9223372036854775807)::bigint);
    end if;
    insert into steward.reservation (job_id, limit_id, bucket, amount)
    select i.id, room.limit_id, room.bucket, i.need from unnest(job_ids, needs) as i (id, need);
end
$$;
comment on function steward.reserve(steward.room, uuid[], bigint[]) is 'Reserves what jobs may use of a limit that rejects. Errors: 40001 limit_busy, 53400 limit_full.';

create function steward.take_quota(room steward.room, workspace_id uuid, units int) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    -- 64 locks a call; more would fill the table of locks.
    if not steward.hold_key('bucket', concat_ws('/', room.limit_id, room.bucket), exclusive => units > 64, wait => false) then
        perform steward.refuse_busy(room);
    elsif units > 64 then
        perform steward.take_batch(room, take_quota.workspace_id, units);
    else
        perform steward.take_units(room, take_quota.workspace_id, units);
    end if;
end
$$;
comment on function steward.take_quota(steward.room, uuid, int) is 'Takes units of a quota for jobs that are enqueued. Errors: 40001 limit_busy, 53400 limit_full.';

create function steward.refuse_backlog(workspace_id uuid) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
    set jit = off
as $$
declare
    most int;
begin
    select coalesce(p.most_parked, 10000) into most from steward.workspace w left join steward.plan p on p.name = w.plan where w.id = refuse_backlog.workspace_id;
    if exists (select from steward.waiting x where x.workspace_id = refuse_backlog.workspace_id and x.limit_id is not null offset most - 1) then
        perform steward.refuse('53400', 'backlog_full', format('%s jobs of the workspace wait for room under its limits, as many as may', most),
            'Wait until some have run, cancel some, or raise the limit that stops them: steward.limit_status shows it.');
    end if;
end
$$;
comment on function steward.refuse_backlog(uuid) is 'Refuses more jobs while as many stand parked by limits as the plan allows: 53400 backlog_full.';

-- needs of all jobs of the call; added: those that are new, where idempotency keys named some before.
create function steward.guard_rooms(rooms steward.room[], workspace_id uuid, job_ids uuid[], costs bigint[], tokens bigint[], added uuid[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    room steward.room;
    needs bigint[];
begin
    foreach room in array rooms loop
        if room.metric in ('jobs', 'calls') then
            -- A quota of none is full, and a limit of none parks.
            if room.on_full = 'reject' then
                perform steward.take_quota(room, guard_rooms.workspace_id, cardinality(added));
            end if;
            continue;
        end if;
        needs := case room.metric when 'cost' then costs else tokens end;
        perform steward.refuse_oversized(room, (select max(n) from unnest(needs) n));
        if room.on_full = 'reject' then
            perform steward.reserve(room, array(select i.id from unnest(job_ids, needs) as i (id, need) where i.id = any (added) and i.need > 0),
                array(select i.need from unnest(job_ids, needs) as i (id, need) where i.id = any (added) and i.need > 0));
        end if;
    end loop;
end
$$;
comment on function steward.guard_rooms(steward.room[], uuid, uuid[], bigint[], bigint[], uuid[]) is
    'Refuses jobs that have no room, and takes their share of quotas. Errors: 40001 limit_busy, 53400 limit_full, never_fits.';

create function steward.guard_enqueue(spender steward.spender, job_ids uuid[], costs bigint[], tokens bigint[], added uuid[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    if cardinality(added) > 0 then
        perform steward.refuse_backlog(spender.workspace_id);
        perform steward.guard_rooms(array(select r from steward.rejecting_rooms(spender, steward.clock(), array['cost', 'tokens', 'jobs', 'calls']) r), spender.workspace_id, job_ids, costs, tokens, added);
    end if;
end
$$;
comment on function steward.guard_enqueue(steward.spender, uuid[], bigint[], bigint[], uuid[]) is
    'Refuses jobs that limits do not admit, and takes their share of quotas. Errors: 40001 limit_busy, 53400 backlog_full, limit_full, never_fits.';

create function steward.consume(name text, n bigint default 1, workspace_id uuid default null) returns bigint
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    at timestamptz;
    spender steward.spender;
    room steward.room;
    used numeric;
    least_left numeric;
begin
    perform steward.require('name', consume.name), steward.require('n', consume.n::text);
    if consume.name !~ '^[a-z][a-z0-9_]{0,62}$' or consume.n = 0 then
        perform steward.refuse('22023', 'counter_invalid', format('%s of %L cannot be counted', consume.n, left(consume.name, 80)),
            'A counter has 1 to 63 small letters, digits and _, the first a letter; pass a number above 0, or below 0 to give back.');
    end if;
    spender.grp := 1;
    spender.workspace_id := steward.acting_workspace(steward.uid(), consume.workspace_id, 'enqueue');
    spender.user_id := steward.uid();
    at := steward.clock();
    for room in select r.* from steward.rejecting_rooms(spender, at, array['counter:' || consume.name]) r loop
        if not steward.hold_key('bucket', concat_ws('/', room.limit_id, room.bucket), exclusive => true, wait => false) then
            perform steward.refuse_busy(room);
        end if;
        used := steward.quota_used(room.limit_id, room.bucket, room.starts_at, room.ends_at);
        if used + consume.n > room.amount and consume.n > 0 and room.on_full <> 'shadow' then
            perform steward.refuse_full(room, used, consume.n);
        end if;
        if consume.n > 0 then
            perform steward.raise_quota_alerts(room, used + consume.n);
        end if;
        least_left := least(least_left, room.amount - used - consume.n);
    end loop;
    insert into steward.consumption (workspace_id, name, user_id, amount, at) values (spender.workspace_id, consume.name, spender.user_id, consume.n, at);
    return least_left;
end
$$;
comment on function steward.consume(text, bigint, uuid) is
    'Counts something of the application, such as credits or bytes, under the limits of metric counter:NAME that cover the user, and returns how much is left of the tightest; null where there is no limit. A number below 0 gives back. '
    'For editors, admins and owners of the workspace. Errors: 22004 argument_null, 22023 counter_invalid, workspace_ambiguous, 40001 limit_busy, 42501 not_a_member, 42704 workspace_unknown, 53400 limit_full.';

create function steward.quota_used(limit_id uuid, bucket text, starts_at timestamptz, ends_at timestamptz) returns bigint
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    l steward.usage_limit;
begin
    select x.* into l from steward.usage_limit x where x.id = quota_used.limit_id;
    if l.metric not like 'counter:%' then
        return (select count(*) from steward.quota_unit u where u.limit_id = l.id and u.bucket = quota_used.bucket and u.starts_at = quota_used.starts_at);
    end if;
    return coalesce((
        select sum(c.amount) from steward.consumption c
        where c.name = substr(l.metric, 9) and c.at >= quota_used.starts_at and c.at < quota_used.ends_at
            and (l.workspace_id is null or c.workspace_id = l.workspace_id) and (l.plan is null or c.workspace_id = left(quota_used.bucket, 36)::uuid)
            and steward.bucket_of(l, c.workspace_id, c.user_id, null, null, null, null) = quota_used.bucket), 0);
end
$$;
comment on function steward.quota_used(uuid, text, timestamptz, timestamptz) is 'How much of a quota of jobs or calls, or of a counter, is used in a window.';

-- What a backend remembers beside an admission (048_admissions.sql) for a second at most: of each quota a job takes a unit, and a cost and tokens up to
-- some need no look at any limit. Nothing where limits refuse amounts, or cover a model or a tag. Overrides end by themselves, so it holds until the next one does.
create function steward.remember_guard_of(spender steward.spender, tool_id uuid) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    at constant timestamptz := steward.clock();
    rooms constant steward.room[] := array(select r from steward.rejecting_rooms(spender, at, array['cost', 'tokens', 'jobs', 'calls']) r where r.on_full <> 'shadow');
begin
    if exists (select from unnest(rooms) r where r.metric in ('cost', 'tokens') and r.on_full = 'reject')
        or exists (select from steward.limits_over(spender.workspace_id, at) o where (o.l).metric in ('cost', 'tokens', 'jobs', 'calls') and (o.l).scope in ('model', 'tag')) then
        return;
    end if;
    perform steward.remember_guard(spender.workspace_id, spender.user_id, tool_id, min(r.amount) filter (where r.metric = 'cost'), min(r.amount) filter (where r.metric = 'tokens'),
        coalesce(array_agg(r.limit_id) filter (where r.is_quota), '{}'), coalesce(array_agg(r.bucket) filter (where r.is_quota), '{}'), coalesce(array_agg(r.amount) filter (where r.is_quota), '{}'),
        coalesce(array_agg(r.starts_at) filter (where r.is_quota), '{}'), coalesce(array_agg(r.ends_at) filter (where r.is_quota), '{}'),
        (select min(x.override_until) from steward.usage_limit x where x.override_until > at))
    from (select u.*, u.metric in ('jobs', 'calls') and u.on_full = 'reject' as is_quota from unnest(rooms) u) r;
end
$$;
comment on function steward.remember_guard_of(steward.spender, uuid) is 'Has this backend remember what the next enqueues of somebody have to look at, unless that is more than it can.';
