-- Serving those who wait for a slot of their tool (062_slots.sql tells why they wait).
--
-- Slots go round between workspaces, each claim going on after the workspace that was served last (remembered in the memory of the library; a
-- session that forgets only starts the round anew), and past those that run as many as they may. Priority counts inside a workspace only, where
-- every eighth time who waits longest goes first. finish_jobs rings the doorbell when it frees a slot that somebody waits for.

-- Who waits longest in a workspace, from priority to priority: one probe of the index for each.
create function steward.oldest_in_line(tool_name text, queue text, workspace_id uuid) returns uuid
    language sql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set enable_bitmapscan = off
as $$
    with recursive head as (
        (select x.priority, x.id from steward.waiting x
        where x.reason = 'concurrency' and x.slot_of = tool_name and x.queue = oldest_in_line.queue and x.workspace_id = oldest_in_line.workspace_id
        order by x.priority, x.id limit 1)
        union all
        select n.priority, n.id
        from head h
        cross join lateral (
            select x.priority, x.id from steward.waiting x
            where x.reason = 'concurrency' and x.slot_of = tool_name and x.queue = oldest_in_line.queue and x.workspace_id = oldest_in_line.workspace_id
                and x.priority > h.priority
            order by x.priority, x.id limit 1
        ) n
    )
    select h.id from head h order by h.id limit 1
$$;
comment on function steward.oldest_in_line(text, text, uuid) is 'The job of a workspace that waits longest for a slot of a tool; null when none does.';

-- Removes the next in line of one workspace: its first by priority and age, or its oldest.
create function steward.leave_line(tool_name text, queue text, workspace_id uuid, oldest_first boolean) returns steward.waiting
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set enable_bitmapscan = off
as $$
declare
    found_one steward.waiting;
    oldest uuid;
begin
    if oldest_first then
        oldest := steward.oldest_in_line(tool_name, leave_line.queue, leave_line.workspace_id);
        delete from steward.waiting w
        where w.ctid = (select x.ctid from steward.waiting x where x.id = oldest and x.reason = 'concurrency' for update skip locked)
        returning w.* into found_one;
    end if;
    if found_one.id is null then
        delete from steward.waiting w
        where w.ctid = (
            select x.ctid from steward.waiting x
            where x.reason = 'concurrency' and x.slot_of = tool_name and x.queue = leave_line.queue and x.workspace_id = leave_line.workspace_id
            order by x.priority, x.id limit 1 for update skip locked)
        returning w.* into found_one;
    end if;
    return found_one;
end
$$;
comment on function steward.leave_line(text, text, uuid, boolean) is 'Removes from waiting and returns the next job of a workspace for a slot of a tool; null when it has none.';

create function steward.workspace_in_line(tool_name text, queue text, turn uuid) returns uuid
    language sql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set enable_bitmapscan = off
as $$
    select x.workspace_id from steward.waiting x
    where x.reason = 'concurrency' and x.slot_of = tool_name and x.queue = workspace_in_line.queue and x.workspace_id > turn
    order by x.workspace_id limit 1
$$;
comment on function steward.workspace_in_line(text, text, uuid) is 'The next workspace after one that waits for a slot of a tool; null after the last.';

-- Removes the next in line for a slot, of the next workspace after the last one served that is not full.
create function steward.next_in_line(tool_name text, queue text, full_workspaces uuid[]) returns steward.ready
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    nobody constant uuid := '00000000-0000-0000-0000-000000000000'::uuid;
    oldest_first constant boolean := steward.slot_ages(tool_name);
    last_served constant uuid := steward.slot_turn(tool_name);
    turn uuid := last_served;
    is_second_half boolean := false;
    found_one steward.waiting;
begin
    loop
        turn := steward.workspace_in_line(tool_name, next_in_line.queue, turn);
        if turn is null and not is_second_half and last_served > nobody then
            is_second_half := true;
            turn := nobody;
            continue;
        end if;
        exit when turn is null or is_second_half and turn > last_served;
        continue when turn = any (full_workspaces);
        found_one := steward.leave_line(tool_name, next_in_line.queue, turn, oldest_first);
        exit when found_one.id is not null;
    end loop;
    if found_one.id is null then
        return null;
    end if;
    perform steward.slot_served(tool_name, found_one.workspace_id);
    return row(found_one.queue, found_one.workspace_id, found_one.priority, steward.clock(), found_one.id, found_one.attempt, found_one.tries, found_one.tool_id)::steward.ready;
end
$$;
comment on function steward.next_in_line(text, text, uuid[]) is 'Removes from waiting and returns the next job for a slot of a tool; null when nobody waits who may have one.';

create function steward.serve_tool(tool_name text, queues text[], max_jobs int) returns steward.ready[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
as $$
declare
    queue text;
    next steward.ready;
    tool steward.tool;
    running jsonb;
    free int;
    served steward.ready[] := '{}'::steward.ready[];
begin
    if not exists (select from steward.waiting w where w.reason = 'concurrency' and w.slot_of = tool_name and w.queue = any (queues)) then
        return served;
    end if;
    perform steward.hold_latch('slots ' || tool_name);
    tool := steward.current_tool(tool_name);
    select least(max_jobs, coalesce(tool.concurrency - coalesce(sum(r.running), 0), max_jobs)), coalesce(jsonb_object_agg(r.workspace_id, r.running), '{}')
    into free, running from steward.running_of(tool_name) r;
    foreach queue in array queues loop
        while cardinality(served) < free loop
            next := steward.next_in_line(tool_name, queue, array(
                select r.key::uuid from jsonb_each_text(running) r where r.value::int >= tool.concurrency_per_workspace));
            exit when next.id is null;
            served := served || next;
            running := running || jsonb_build_object(next.workspace_id, coalesce((running ->> next.workspace_id::text)::int, 0) + 1);
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
