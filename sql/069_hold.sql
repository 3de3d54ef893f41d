-- Setting money aside: what a claim may hand out is decided here, after everything is rendered (066_measure.sql) and before any attempt is opened.
-- 039_rooms.sql says what covers a job; the arithmetic is admit() in extension/core/src/money/admission.rs; 067_lines.sql is about those who wait.

-- Makes the windows that are missing. Those of limits that came in the middle of a window learn what was used before.
create function steward.open_windows(rooms steward.room[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    missing record;
    made bigint;
begin
    for missing in
        select distinct on (r.limit_id, r.bucket) r.limit_id, r.bucket, r.since > r.starts_at as is_young, r as room
        from unnest(rooms) r where r.window_id is null order by r.limit_id, r.bucket
    loop
        insert into steward.usage_window (limit_id, bucket, workspace_id, metric, starts_at, ends_at, posted, held, turned_away)
        values (missing.limit_id, missing.bucket, (missing.room).workspace_id, (missing.room).metric, (missing.room).starts_at, (missing.room).ends_at, 0, 0, 0)
        on conflict on constraint usage_window_key do nothing
        returning id into made;
        if made is not null and missing.is_young then
            perform steward.learn_usage(made, missing.room);
        end if;
    end loop;
end
$$;
comment on function steward.open_windows(steward.room[]) is 'Makes the rows of windows that have none yet.';

-- 200 ms: a settlement of a worker takes some. Where somebody settles in a transaction that stays open, the limit is left for the next claim,
-- and until then its jobs wait. Everybody shares the key but who must be alone.
create function steward.share_ledger(rooms steward.room[]) returns boolean
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    patience constant text := current_setting('lock_timeout');
begin
    if not exists (select from unnest(rooms) r where r.window_id is null and r.since > r.starts_at) then
        return steward.hold_key('ledger', '', exclusive => false, wait => true);
    end if;
    perform set_config('lock_timeout', '200ms', true), steward.hold_key('ledger', '', exclusive => true, wait => true), set_config('lock_timeout', patience, true);
    return true;
exception when lock_not_available then
    perform set_config('lock_timeout', patience, true);
    return false;
end
$$;
comment on function steward.share_ledger(steward.room[]) is
    'Takes the ledger''s key: shared, or alone where a new limit has to learn what was used before it. False where somebody''s open transaction stands in the way.';

-- Who has waited in a line for a minute and is too big for what is left, if a worker serves him: room is kept for him. What all the others post
-- cannot be waited for, so only what an end of everything that runs would free counts.
create function steward.kept_for(limit_id uuid, bucket text, free bigint, at timestamptz, out job_id uuid, out need bigint)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    select w.id, w.need into job_id, need from steward.waiting w
    where w.limit_id = kept_for.limit_id and w.bucket = kept_for.bucket and w.since < at - interval '1 minute' and w.need <= free
        and not exists (select from steward.paused_queue p where p.queue = w.queue) and exists (select from steward.serving_workers(w.queue))
    order by w.since, w.id limit 1;
end
$$;
comment on function steward.kept_for(uuid, text, bigint, timestamptz) is 'For whom in the line of a limit room is kept, and how much; free: what would be left if nothing ran.';

-- What is left in each window, read after all of them are locked, in the order in which rooms name them first.
create type steward.locked_window as (
    n int,
    id bigint,
    metric text,
    free bigint,
    held bigint,
    is_shadow boolean,
    kept bigint,
    kept_for uuid
);
comment on type steward.locked_window is 'A window of a claim, locked: free is what would be left of its limit if nothing ran.';

create function steward.lock_windows(rooms steward.room[], at timestamptz) returns steward.locked_window[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    ids constant bigint[] := array(select distinct r.window_id from unnest(rooms) r where r.window_id is not null);
begin
    perform from steward.usage_window v where v.id = any (ids) order by v.id for no key update;
    if exists (select from steward.unposted) then
        perform steward.take_in_unposted(ids);
    end if;
    return array(
        select row(row_number() over (order by r.n), v.id, v.metric, r.amount - v.posted, v.held, r.on_full = 'shadow', coalesce(k.need, 0), k.job_id)::steward.locked_window
        from (
            select distinct on (u.window_id) u.window_id, u.n, u.limit_id, u.bucket, u.amount, u.on_full
            from unnest(rooms) with ordinality as u (grp, limit_id, bucket, workspace_id, metric, window_kind, zone, since, amount, on_full, window_id, starts_at, ends_at, n)
            where u.window_id is not null order by u.window_id, u.n
        ) r
        join steward.usage_window v on v.id = r.window_id
        left join lateral (
            select f.* from steward.kept_for(r.limit_id, r.bucket, r.amount - v.posted, at) f
            where exists (select from steward.limit_line l where l.limit_id = r.limit_id and l.bucket = r.bucket)
        ) k on true
        order by r.n);
end
$$;
comment on function steward.lock_windows(steward.room[], timestamptz) is 'Locks the windows of rooms in the order of their ids, and says what is left in each.';

-- The batch in its order; who is barred or over takes nothing and is left out.
create function steward.admit_jobs(measured steward.measured_job[], barred uuid[], rooms steward.room[], windows steward.locked_window[], out misfits steward.misfit[])
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    batch constant steward.measured_job[] := array(select m from unnest(measured) m where not m.is_over and m.id <> all (barred) order by m.n);
    admission record;
begin
    select a.* into admission from steward.admit(
        array(select b.grp from unnest(batch) b), array(select coalesce(b.cost, 0) from unnest(batch) b), array(select coalesce(b.tokens, 0) from unnest(batch) b),
        array(select b.counts_job from unnest(batch) b), array(select b.id in (select w.kept_for from unnest(windows) w where w.kept_for is not null) from unnest(batch) b),
        array(select p.grp from unnest(rooms) p join unnest(windows) w on w.id = p.window_id order by w.n, p.grp),
        array(select w.n - 1 from unnest(rooms) p join unnest(windows) w on w.id = p.window_id order by w.n, p.grp),
        array(select w.metric from unnest(windows) w order by w.n), array(select w.free - w.held from unnest(windows) w order by w.n),
        array(select w.kept from unnest(windows) w order by w.n), array(select w.is_shadow from unnest(windows) w order by w.n)) a;
    update steward.usage_window v set held = v.held + t.taken, turned_away = v.turned_away + t.turned_away
    from unnest(windows) w
    join unnest(admission.taken, admission.turned_away) with ordinality as t (taken, turned_away, n) on t.n = w.n
    where v.id = w.id and (t.taken <> 0 or t.turned_away <> 0);
    perform steward.raise_alerts(array(select w.id from unnest(windows) w));
    misfits := array(
        select row(b.id, r.limit_id, r.bucket, 'limit', x.need,
            format('%s is full: %s used, %s held, and the job may take %s', steward.limit_words(l, steward.clock()), steward.amount_words(r.metric, r.amount - w.free), steward.amount_words(r.metric, w.held + t.taken),
                steward.amount_words(r.metric, x.need)), least(steward.clock() + interval '1 minute', r.ends_at), r.ends_at)::steward.misfit
        from unnest(batch) with ordinality as b (n, grp, id, workspace_id, user_id, tool_id, tool, provider, model, tags, is_metered, is_over, cost, tokens, price_id, price_list, counts_job, turn)
        join unnest(admission.stopped_by) with ordinality as s (stopper, turn) on s.turn = b.turn
        join unnest(windows) w on w.n = s.stopper + 1
        join unnest(admission.taken) with ordinality as t (taken, n) on t.n = w.n
        join unnest(rooms) r on r.window_id = w.id and r.grp = b.grp
        join steward.usage_limit l on l.id = r.limit_id
        cross join lateral (select case r.metric when 'cost' then b.cost when 'tokens' then b.tokens else 1 end as need) x);
end
$$;
comment on function steward.admit_jobs(steward.measured_job[], uuid[], steward.room[], steward.locked_window[]) is 'Holds what fits in the locked windows and returns who does not.';

create function steward.amount_words(metric text, amount bigint) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select case metric when 'cost' then '$' || steward.dollars(amount) else amount::text end
$$;
comment on function steward.amount_words(text, bigint) is 'An amount of a metric in words.';

-- Of those taken, returns who may run, with what is held for each; the others are misfits.
create function steward.hold_jobs(inout taken steward.ready[], at timestamptz, out holds steward.hold[], out misfits steward.misfit[])
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    measured steward.measured_job[];
    spenders steward.spender[];
    rooms steward.room[];
    stopped uuid[];
begin
    misfits := '{}'::steward.misfit[];
    holds := '{}';
    if not steward.is_limited(taken) then
        return;
    end if;
    measured := steward.measure_jobs(taken, at);
    spenders := array(select distinct on (m.grp) row(m.grp, m.workspace_id, m.user_id, m.tool, m.provider, m.model, m.tags)::steward.spender from unnest(measured) m order by m.grp);
    rooms := steward.rooms_of(spenders, at);
    if steward.share_ledger(rooms) then
        if exists (select from unnest(rooms) r where r.window_id is null) then
            perform steward.open_windows(rooms);
            rooms := steward.rooms_of(spenders, at);
        end if;
    else
        perform steward.hold_key('ledger', '', exclusive => false, wait => true);
    end if;
    misfits := steward.barred_jobs(measured, rooms, at);
    misfits := misfits || steward.admit_jobs(measured, array(select f.id from unnest(misfits) f), rooms, steward.lock_windows(rooms, at));
    stopped := array(select f.id from unnest(misfits) f);
    if exists (select from steward.reservation) then
        delete from steward.reservation r where r.job_id = any (array(select t.id from unnest(taken) t where t.id <> all (stopped)));
    end if;
    holds := array(
        select row(case when m.is_over then null when m.is_metered or g.counted is not null then coalesce(m.cost, 0) end, coalesce(m.tokens, 0), m.price_id, m.counts_job,
            coalesce(case when m.is_metered then g.windows else g.counted end, '{}'))::steward.hold
        from unnest(measured) m
        left join (
            select r.grp, array_agg(r.window_id) as windows, array_agg(r.window_id) filter (where r.metric not in ('cost', 'tokens')) as counted
            from unnest(rooms) r where r.window_id is not null group by r.grp) g on g.grp = m.grp
        where m.id <> all (stopped) order by m.n);
    taken := array(
        select row(r.queue, r.workspace_id, r.priority, r.run_at, r.id, r.attempt, r.tries, r.tool_id)::steward.ready
        from unnest(taken) with ordinality as r (queue, workspace_id, priority, run_at, id, attempt, tries, tool_id, n)
        where r.id <> all (stopped) order by r.n);
end
$$;
comment on function steward.hold_jobs(steward.ready[], timestamptz) is
    'Sets aside the most that each job may use, under every limit that covers it, and returns who may run, and who may not: the caller sends those into their lines.';
