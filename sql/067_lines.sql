-- Those who wait for room under a limit, in lines (limit_line, 035_windows.sql), and how they come back.
--
-- Nobody wakes a whole line: a settlement that frees something says so in the line (look_at), and so does the turn of its window, a limit that
-- is raised, a price that is imported, spending that is resumed. The next claim that serves the queue takes as many out of the line as the room holds, in the order of priority and age, past
-- those that are too big for it, and sends back who did not fit after all. So small jobs pass a big one; once it has waited for a minute, room is kept
-- for it (kept_for in 069_hold.sql and Room::kept in core), as what runs comes back, unless no worker serves it, or not even an empty window would hold it.

-- Reads without locks: what it finds is held, or not, under the locks of the windows later.
create function steward.room_in_line(line steward.limit_line, at timestamptz) returns bigint
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    l steward.usage_limit;
begin
    if line.kind = 'stopped' then
        return case when exists (select from steward.spending_stop s where s.workspace_id = line.limit_id) then -1 else 9223372036854775807 end;
    elsif line.kind <> 'limit' then
        return 9223372036854775807;
    end if;
    select x.* into l from steward.usage_limit x where x.id = line.limit_id;
    -- A plan's limit may not be the workspace's any more: it has another plan, or a limit of its own in its place.
    if l.plan is not null and not exists (select from steward.limits_over(left(line.bucket, 36)::uuid, at) o where (o.l).id = l.id) then
        return 9223372036854775807;
    end if;
    return coalesce(steward.amount_at(l, at) - (
        select v.posted + v.held from steward.usage_window v
        where v.limit_id = line.limit_id and v.bucket = line.bucket and v.starts_at <= at and v.ends_at > at), steward.amount_at(l, at), 9223372036854775807);
end
$$;
comment on function steward.room_in_line(steward.limit_line, timestamptz) is 'What is left under the limit of a line at a time; below zero while it can take nobody.';

-- Lines are looked at in the order in which they became due; each gets its share of what the claim may take.
create function steward.leave_lines(queues text[], max_jobs int, out taken steward.waiting[], out lines steward.limit_line[])
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
declare
    at constant timestamptz := steward.clock();
    line steward.limit_line;
    room bigint;
    left_line steward.waiting[];
begin
    taken := '{}'::steward.waiting[];
    lines := '{}'::steward.limit_line[];
    for line in
        select x.* from steward.limit_line x where x.queue = any (queues) and x.look_at <= at order by x.look_at limit 32
    loop
        exit when cardinality(taken) >= max_jobs;
        room := steward.room_in_line(line, at);
        with first as materialized (
            select w.ctid as place, w.need, row_number() over (order by w.priority, w.id) as turn from (
                select x.ctid, x.need, x.priority, x.id from steward.waiting x
                where x.limit_id = line.limit_id and x.bucket = line.bucket and x.queue = line.queue and x.need <= room
                order by x.priority, x.id limit max_jobs - cardinality(taken) for update skip locked) w
        ),
        gone as (
            delete from steward.waiting w
            where w.ctid = any (array(select f.place from (select x.place, x.turn, sum(x.need) over (order by x.turn) as needed from first x) f where f.needed <= room or f.turn = 1))
            returning w.*
        )
        select array_agg(row(g.*)::steward.waiting order by g.priority, g.id) into left_line from gone g;
        taken := taken || coalesce(left_line, '{}');
        lines := lines || line;
    end loop;
end
$$;
comment on function steward.leave_lines(text[], int) is 'Removes from waiting up to so many jobs of lines that are due, as many as the room under their limits holds; lines: those it has looked at, for note_line.';

-- The last thing that a claim does: whoever waits for a line holds windows. What is left is read anew, because some who left may not have fitted elsewhere. A minute
-- at the latest: whatever may have been missed, a line is not forgotten. Only where nobody has said since that something was freed.
create function steward.note_line(line steward.limit_line, at timestamptz) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    room constant bigint := steward.room_in_line(line, at);
begin
    perform from steward.limit_line x
    where x.limit_id = line.limit_id and x.bucket = line.bucket and x.queue = line.queue and x.look_at = line.look_at for update skip locked;
    if not found then
        return;
    elsif not exists (select from steward.waiting w where w.limit_id = line.limit_id and w.bucket = line.bucket and w.queue = line.queue) then
        delete from steward.limit_line x where x.limit_id = line.limit_id and x.bucket = line.bucket and x.queue = line.queue;
    else
        update steward.limit_line x
        set look_at = case
                when line.kind = 'stopped' and room < 0 then 'infinity'
                -- Who left in this claim and was sent back would only be sent back again.
                when exists (
                    select from steward.waiting w
                    where w.limit_id = line.limit_id and w.bucket = line.bucket and w.queue = line.queue and w.xmin = pg_current_xact_id()::xid and w.since < at)
                    then at + case line.kind when 'limit' then interval '2 seconds' else interval '1 minute' end
                when exists (select from steward.waiting w where w.limit_id = line.limit_id and w.bucket = line.bucket and w.queue = line.queue and w.need <= room) then at
                else least(at + interval '1 minute', case when x.frees_at > at then x.frees_at end) end
        where x.limit_id = line.limit_id and x.bucket = line.bucket and x.queue = line.queue;
    end if;
end
$$;
comment on function steward.note_line(steward.limit_line, timestamptz) is 'Says when a line is looked at again after a claim has taken from it, or deletes it where it is empty.';

-- Who came out of a line keeps the time since which he waits, also from one line to another.
create function steward.join_lines(misfits steward.misfit[], taken steward.ready[], parked steward.waiting[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    at constant timestamptz := steward.clock();
begin
    insert into steward.waiting (id, workspace_id, tool_id, queue, priority, reason, detail, since, until, attempt, tries, limit_id, bucket, need)
    select r.id, r.workspace_id, r.tool_id, r.queue, r.priority, case m.kind when 'stopped' then 'stopped' else 'limit' end, m.detail, w.since,
        coalesce(w.since + make_interval(secs => t.max_wait_seconds), 'infinity'), r.attempt, r.tries, m.limit_id, m.bucket, m.need
    from unnest(misfits) m
    join unnest(taken) r on r.id = m.id
    join steward.tool t on t.id = r.tool_id
    cross join lateral (select coalesce((select p.since from unnest(parked) p where p.id = m.id), at) as since) w;
    insert into steward.limit_line (limit_id, bucket, queue, kind, look_at, frees_at)
    select m.limit_id, m.bucket, r.queue, min(m.kind), min(m.look_at), min(m.frees_at)
    from unnest(misfits) m
    join unnest(taken) r on r.id = m.id
    -- An insert beside a row that somebody deletes or changes would wait for his commit. Where it is deleted, upkeep mends the line.
    where not exists (select from steward.limit_line x where x.limit_id = m.limit_id and x.bucket = m.bucket and x.queue = r.queue)
    group by m.limit_id, m.bucket, r.queue
    order by m.limit_id, m.bucket, r.queue
    on conflict on constraint limit_line_pkey do nothing;
    -- A line that outlives its window frees at the end of the next one. Where a person's transaction holds its row, it is looked at within a minute anyway.
    update steward.limit_line l set frees_at = f.frees_at
    from (select distinct m.limit_id, m.bucket, m.frees_at from unnest(misfits) m) f
    where l.ctid = any (array(
        select x.ctid from steward.limit_line x
        where (x.limit_id, x.bucket) in (select m.limit_id, m.bucket from unnest(misfits) m) and x.frees_at <= at for update skip locked))
        and l.limit_id = f.limit_id and l.bucket = f.bucket;
    -- Who was sent away without a lock (park_above_limits) may have missed what was freed at that moment.
    update steward.limit_line l set look_at = f.look_at
    from (select m.limit_id, m.bucket, min(m.look_at) as look_at from unnest(misfits) m group by m.limit_id, m.bucket) f
    where l.ctid = any (array(
        select x.ctid from steward.limit_line x
        where (x.limit_id, x.bucket) in (select m.limit_id, m.bucket from unnest(misfits) m where m.look_at <= at + interval '2 seconds') and x.look_at > at + interval '2 seconds' for update skip locked))
        and l.limit_id = f.limit_id and l.bucket = f.bucket;
    perform steward.show_status(array(select m.id from unnest(misfits) m), 'waiting');
end
$$;
comment on function steward.join_lines(steward.misfit[], steward.ready[], steward.waiting[]) is 'Sends jobs that a claim may not hand out into their lines; parked: those of them that came out of one.';

-- A claim may delete a line that it finds empty while another one, without any lock, sends a job into it. So upkeep looks for jobs in lines without a row: from line to
-- line, one probe of the index for each.
create function steward.mend_lines() returns void
    language sql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
    set jit = off
as $$
    insert into steward.limit_line (limit_id, bucket, queue, kind, look_at, frees_at)
    with recursive line as (
        (select w.limit_id, w.bucket, w.queue, w.reason from steward.waiting w where w.limit_id is not null order by w.limit_id, w.bucket, w.queue limit 1)
        union all
        select n.limit_id, n.bucket, n.queue, n.reason
        from line l
        cross join lateral (
            select w.limit_id, w.bucket, w.queue, w.reason from steward.waiting w
            where w.limit_id is not null and (w.limit_id, w.bucket, w.queue) > (l.limit_id, l.bucket, l.queue)
            order by w.limit_id, w.bucket, w.queue limit 1) n
    )
    select l.limit_id, l.bucket, l.queue, case when l.reason = 'stopped' then 'stopped' when l.bucket in ('no_price', 'no_cost_limit') then l.bucket else 'limit' end, steward.clock(), 'infinity'::timestamptz
    from line l
    where not exists (select from steward.limit_line x where x.limit_id = l.limit_id and x.bucket = l.bucket and x.queue = l.queue)
    on conflict on constraint limit_line_pkey do nothing
$$;
comment on function steward.mend_lines() is 'Makes the rows of lines that jobs wait in without one.';

create function steward.give_up_waiting() returns int
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
declare
    at constant timestamptz := steward.clock();
    over steward.waiting;
    given_up int := 0;
begin
    for over in
        delete from steward.waiting w
        where w.ctid = any (array(
            select x.ctid from steward.waiting x where x.limit_id is not null and x.until < 'infinity' and x.until <= at order by x.until limit 1000 for update skip locked))
        returning w.*
    loop
        perform steward.end_job(over.id, over.tries, 'failed', code => 'max_wait_passed', message => left('it waited as long as it may: ' || coalesce(over.detail, 'a limit was full'), 500));
        given_up := given_up + 1;
    end loop;
    return given_up;
end
$$;
comment on function steward.give_up_waiting() is 'Fails up to 1000 jobs that waited in the line of a limit for as long as their tool lets them (max_wait_seconds); returns how many.';
