-- Keeping tools at their concurrency: a job that finds no slot of its tool waits, with reason `concurrency`, until one is free.
--
-- The newest version of a tool says how many of its jobs run at once, over all versions and queues. What runs is counted from live
-- attempts, so no counter can leak. A claim first serves those who wait (serve_waiting), then takes from ready and parks what finds
-- no slot (park_above_concurrency): nobody who came later overtakes. Slots go round between workspaces, each claim going on after
-- the workspace that was served last (remembered in the memory of the library; a session that forgets only starts the round anew),
-- and priority counts inside a workspace only, where every eighth time who waits longest goes first. finish_jobs rings the doorbell when it frees a slot that somebody waits for.
--
-- Claims of one tool count one after the other, each holding its latch. serve_waiting waits for these locks in the order of names;
-- after that they are only tried, so no two claims can wait for each other.

create function steward.count_running(tool_name text) returns int
    language sql volatile
    set search_path = pg_catalog, pg_temp
as $$
    select count(*)::int from steward.attempt a
    where a.finished_at is null and a.tool_id in (select t.id from steward.tool t where t.name = tool_name)
$$;
comment on function steward.count_running(text) is 'Live attempts of a tool, over all its versions.';

-- Who waits longest in the workspace whose turn it is, from priority to priority: one probe of the index for each.
create function steward.oldest_in_line(tool_name text, queue text, turn uuid) returns uuid
    language sql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set enable_bitmapscan = off
as $$
    with recursive head as (
        (select x.workspace_id, x.priority, x.id from steward.waiting x
        where x.reason = 'concurrency' and x.slot_of = tool_name and x.queue = oldest_in_line.queue and x.workspace_id > turn
        order by x.workspace_id, x.priority, x.id limit 1)
        union all
        select h.workspace_id, n.priority, n.id
        from head h
        cross join lateral (
            select x.priority, x.id from steward.waiting x
            where x.reason = 'concurrency' and x.slot_of = tool_name and x.queue = oldest_in_line.queue and x.workspace_id = h.workspace_id
                and x.priority > h.priority
            order by x.priority, x.id limit 1
        ) n
    )
    select h.id from head h order by h.id limit 1
$$;
comment on function steward.oldest_in_line(text, text, uuid) is 'The job that waits longest for a slot of a tool in the next workspace after one; null when nobody does.';

-- Removes the next in line for a slot: of the workspace after the last one served, its first by priority and age, or every eighth time
-- its oldest.
create function steward.next_in_line(tool_name text, queue text) returns steward.ready
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set enable_bitmapscan = off
as $$
declare
    found_one steward.waiting;
    oldest_first constant boolean := steward.slot_ages(tool_name);
    oldest uuid;
    turn uuid;
begin
    foreach turn in array array[steward.slot_turn(tool_name), '00000000-0000-0000-0000-000000000000'::uuid] loop
        if oldest_first then
            oldest := steward.oldest_in_line(tool_name, next_in_line.queue, turn);
            delete from steward.waiting w
            where w.ctid = (select x.ctid from steward.waiting x where x.id = oldest and x.reason = 'concurrency' for update skip locked)
            returning w.* into found_one;
            exit when found_one.id is not null;
        end if;
        delete from steward.waiting w
        where w.ctid = (
            select x.ctid from steward.waiting x
            where x.reason = 'concurrency' and x.slot_of = tool_name and x.queue = next_in_line.queue and x.workspace_id > turn
            order by x.workspace_id, x.priority, x.id limit 1 for update skip locked)
        returning w.* into found_one;
        exit when found_one.id is not null;
    end loop;
    if found_one.id is null then
        return null;
    end if;
    perform steward.slot_served(tool_name, found_one.workspace_id);
    return row(found_one.queue, found_one.workspace_id, found_one.priority, steward.clock(), found_one.id, found_one.attempt, found_one.tries)::steward.ready;
end
$$;
comment on function steward.next_in_line(text, text) is 'Removes from waiting and returns the next job for a slot of a tool; null when nobody waits.';

create function steward.serve_tool(tool_name text, queues text[], max_jobs int) returns steward.ready[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
declare
    queue text;
    next steward.ready;
    free int;
    served steward.ready[] := '{}'::steward.ready[];
begin
    if not exists (select from steward.waiting w where w.reason = 'concurrency' and w.slot_of = tool_name and w.queue = any (queues)) then
        return served;
    end if;
    perform steward.hold_latch('slots ' || tool_name);
    free := least(max_jobs, coalesce((steward.current_tool(tool_name)).concurrency - steward.count_running(tool_name), max_jobs));
    foreach queue in array queues loop
        while cardinality(served) < free loop
            next := steward.next_in_line(tool_name, queue);
            exit when next.id is null;
            served := served || next;
        end loop;
    end loop;
    return served;
end
$$;
comment on function steward.serve_tool(text, text[], int) is 'Removes from waiting as many jobs as a tool has free slots, at most max_jobs.';

create function steward.serve_waiting(queues text[], max_jobs int) returns steward.ready[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
declare
    tool_name text := '';
    served steward.ready[] := '{}'::steward.ready[];
begin
    -- From name to name: one probe of the index for each tool that somebody waits for, one in all where nobody does.
    loop
        select w.slot_of into tool_name from steward.waiting w
        where w.reason = 'concurrency' and w.slot_of > tool_name order by w.slot_of limit 1;
        exit when not found or cardinality(served) >= max_jobs;
        served := served || steward.serve_tool(tool_name, queues, max_jobs - cardinality(served));
    end loop;
    return served;
end
$$;
comment on function steward.serve_waiting(text[], int) is 'Removes from waiting the jobs for which a slot of their tool is free, at most max_jobs.';

-- Free slots of a tool, or 0 where another claim is counting them: what is parked for that is looked at again at once.
create function steward.free_slots(tool_name text, concurrency int) returns int
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not steward.hold_latch('slots ' || tool_name, wait => false) then
        perform steward.ring_doorbell();
        return 0;
    end if;
    return greatest(0, concurrency - steward.count_running(tool_name));
end
$$;
comment on function steward.free_slots(text, int) is 'How many more jobs of a tool may run now.';

-- Parks what finds no slot among the rows of one tool, workspaces in turn.
create function steward.park_tool(tool_name text, concurrency int, tool_ids uuid[], taken steward.ready[]) returns uuid[]
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
    free constant int := steward.free_slots(tool_name, concurrency);
    last_served constant uuid := steward.slot_turn(tool_name);
    at constant timestamptz := steward.clock();
    free_at constant timestamptz := greatest(at, steward.next_slot_at(tool_name));
    in_line uuid[];
    parked uuid[];
begin
    select array_agg(o.id order by o.turn, o.workspace_id <= last_served, o.workspace_id) into in_line
    from (
        select r.id, r.workspace_id, row_number() over (partition by r.workspace_id order by r.priority, r.id) as turn
        from unnest(taken) r
        where (select j.tool_id from steward.job j where j.id = r.id) = any (tool_ids)
    ) o;
    parked := in_line[free + 1 : ];
    perform steward.slot_served(tool_name, r.workspace_id)
    from unnest(taken) r where r.id = in_line[least(free, cardinality(in_line))];

    insert into steward.waiting (id, workspace_id, tool_id, queue, priority, reason, detail, since, until, attempt, tries, slot_of)
    select r.id, r.workspace_id, j.tool_id, r.queue, r.priority, 'concurrency',
        format('tool %s runs as many jobs as it may (%s)', tool_name, concurrency), at, free_at,
        r.attempt, r.tries, tool_name
    from unnest(parked) p (id)
    join unnest(taken) r on r.id = p.id
    cross join lateral (select x.tool_id from steward.job x where x.id = r.id offset 0) j;
    perform steward.show_status(parked, 'waiting');
    return parked;
end
$$;
comment on function steward.park_tool(text, int, uuid[], steward.ready[]) is 'Sends the rows of a tool that find no slot to waiting and returns their ids.';

create function steward.next_slot_at(tool_name text) returns timestamptz
    language sql volatile
    set search_path = pg_catalog, pg_temp
as $$
    select min(a.deadline) from steward.attempt a
    where a.finished_at is null and a.tool_id in (select t.id from steward.tool t where t.name = tool_name)
$$;
comment on function steward.next_slot_at(text) is 'When a slot of a tool is free at the latest: the earliest deadline of its live attempts; null when none is live.';

create function steward.park_above_concurrency(taken steward.ready[]) returns steward.ready[]
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
    limited record;
    parked uuid[] := '{}'::uuid[];
begin
    for limited in
        select t.name, c.concurrency, array_agg(t.id) as tool_ids
        from (select distinct (select j.tool_id from steward.job j where j.id = r.id) as tool_id from unnest(taken) r) d
        join steward.tool t on t.id = d.tool_id
        cross join lateral steward.current_tool(t.name) c
        where c.concurrency is not null
        group by t.name, c.concurrency
        order by t.name
    loop
        parked := parked || steward.park_tool(limited.name, limited.concurrency, limited.tool_ids, taken);
    end loop;
    if cardinality(parked) = 0 then
        return taken;
    end if;
    return array(select r from unnest(taken) r where r.id <> all (parked));
end
$$;
comment on function steward.park_above_concurrency(steward.ready[]) is 'Sends rows that find no slot of their tool to waiting and returns the rest.';
