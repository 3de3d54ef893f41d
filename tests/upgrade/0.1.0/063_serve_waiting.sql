/* <begin connected objects> */
-- extension/src/lib.rs:115
-- requires:
--   slots

-- Serving those who wait for a slot of their tool (062_slots.sql tells why they wait).
--
-- Slots go round between workspaces, each claim going on after the workspace that was served last (remembered in the memory of the library; a
-- session that forgets only starts the round anew), and past those that run as many as they may. Priority counts inside a workspace only, where
-- every eighth time who waits longest goes first. finish_jobs rings the doorbell when it frees a slot that somebody waits for.
-- Nothing here is called but by claim_jobs, whose settings for the planner hold for all of it.

-- Who waits longest in a workspace, from priority to priority: one probe of the index for each.
create function steward.oldest_in_line(tool_name text, queue text, workspace_id uuid) returns uuid
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (with recursive head as (
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
    select h.id from head h order by h.id limit 1);
end
$$;
comment on function steward.oldest_in_line(text, text, uuid) is 'The job of a workspace that waits longest for a slot of a tool; null when none does.';

-- Removes the next in line of one workspace: its first by priority and age, or its oldest.
create function steward.leave_line(tool_name text, queue text, workspace_id uuid, oldest_first boolean) returns steward.waiting
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
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

-- The workspaces that wait for a slot, from the one after the last served around to that: one probe of the index for each.
create function steward.workspaces_in_line(tool_name text, queue text) returns uuid[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    last_served constant uuid := steward.slot_turn(tool_name);
begin
    return array(
        with recursive line as (
            (select x.workspace_id from steward.waiting x
            where x.reason = 'concurrency' and x.slot_of = tool_name and x.queue = workspaces_in_line.queue
            order by x.workspace_id limit 1)
            union all
            select (select x.workspace_id from steward.waiting x
                where x.reason = 'concurrency' and x.slot_of = tool_name and x.queue = workspaces_in_line.queue and x.workspace_id > l.workspace_id
                order by x.workspace_id limit 1)
            from line l where l.workspace_id is not null
        )
        select l.workspace_id from line l where l.workspace_id is not null order by l.workspace_id <= last_served, l.workspace_id);
end
$$;
comment on function steward.workspaces_in_line(text, text) is 'The workspaces that wait for a slot of a tool in a queue, in the order of their turns.';

-- Round after round, a slot for each workspace that may have one, until nothing is free or nobody is left.
create function steward.serve_queue(tool steward.tool, queue text, free int, inout running jsonb, out served steward.ready[])
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    line uuid[] := steward.workspaces_in_line(tool.name, serve_queue.queue);
    again uuid[];
    turn uuid;
    next steward.waiting;
begin
    served := '{}'::steward.ready[];
    while cardinality(line) > 0 and cardinality(served) < free loop
        again := '{}'::uuid[];
        foreach turn in array line loop
            exit when cardinality(served) >= free;
            continue when coalesce((running ->> turn::text)::int, 0) >= tool.concurrency_per_workspace;
            next := steward.leave_line(tool.name, serve_queue.queue, turn, steward.slot_ages(tool.name));
            continue when next.id is null;
            served := served || row(next.queue, next.workspace_id, next.priority, steward.clock(), next.id, next.attempt, next.tries, next.tool_id)::steward.ready;
            running := running || jsonb_build_object(turn, coalesce((running ->> turn::text)::int, 0) + 1);
            again := again || turn;
            perform steward.slot_served(tool.name, turn);
        end loop;
        line := again;
    end loop;
end
$$;
comment on function steward.serve_queue(steward.tool, text, int, jsonb) is
    'Removes from waiting up to so many jobs of a queue for slots of a tool, workspaces in turn; running: how many jobs each workspace runs, with those served when it returns.';

create function steward.serve_tool(tool_name text, queues text[], max_jobs int) returns steward.ready[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    queue text;
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
    select least(max_jobs, tool.concurrency - coalesce(sum(r.running), 0)), coalesce(jsonb_object_agg(r.workspace_id, r.running), '{}')
    into free, running from steward.running_of(tool_name) r;
    foreach queue in array queues loop
        select q.counts, served || q.given into running, served from steward.serve_queue(tool, queue, free - cardinality(served), running) as q (counts, given);
    end loop;
    return served;
end
$$;
comment on function steward.serve_tool(text, text[], int) is 'Removes from waiting as many jobs as a tool has free slots, at most max_jobs.';

create function steward.serve_waiting(queues text[], max_jobs int) returns steward.ready[]
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
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
/* </end connected objects> */
