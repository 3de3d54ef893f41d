-- park_above_concurrency looks first whether any tool has a limit; what the claim has taken already runs, too.

drop function steward.running_of(text);
drop function steward.park_tool(steward.tool, uuid[], steward.ready[]);
drop function steward.park_above_concurrency(steward.ready[]);

-- What this claim has taken already, and will open attempts for, runs too.
create function steward.running_of(tool_name text, taken steward.ready[] default '{}') returns table (workspace_id uuid, running int, slot_free_at timestamptz)
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select s.workspace_id, count(*)::int, min(s.free_at) from (
        select a.workspace_id, a.deadline as free_at from steward.attempt a
        where a.finished_at is null and a.tool_id in (select t.id from steward.tool t where t.name = tool_name)
        union all
        select r.workspace_id, steward.clock() + make_interval(secs => t.timeout_seconds + 60)
        from unnest(running_of.taken) r join steward.tool t on t.id = r.tool_id where t.name = tool_name) s
    group by s.workspace_id;
end
$$;
comment on function steward.running_of(text, steward.ready[]) is 'Live attempts of a tool by workspace, over all its versions, with what a claim has taken already, and when one of them is over at the latest.';

-- Parks what finds no slot among the rows of one tool, workspaces in turn. Where another claim is counting the tool everything is parked, and
-- looked at again at once.
create function steward.park_tool(tool steward.tool, tool_ids uuid[], taken steward.ready[], before steward.ready[]) returns uuid[]
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
    counted constant boolean := steward.hold_latch('slots ' || tool.name, wait => false);
    last_served constant uuid := steward.slot_turn(tool.name);
    at constant timestamptz := steward.clock();
    free int;
    in_line uuid[];
    parked uuid[];
begin
    select case when counted then greatest(0, coalesce(tool.concurrency - coalesce(sum(r.running), 0), cardinality(taken))) else 0 end
    into free from steward.running_of(tool.name, before) r;
    select array_agg(o.id order by o.turn, o.workspace_id <= last_served, o.workspace_id) filter (where o.turn <= coalesce(tool.concurrency_per_workspace - coalesce(n.running, 0), o.turn))
    into in_line
    from (
        select r.id, r.workspace_id, row_number() over (partition by r.workspace_id order by r.priority, r.id) as turn
        from unnest(taken) r
        where r.tool_id = any (tool_ids)
    ) o
    left join steward.running_of(tool.name, before) n on n.workspace_id = o.workspace_id;
    in_line := coalesce(in_line[ : free], '{}');
    perform steward.slot_served(tool.name, r.workspace_id)
    from unnest(taken) r where r.id = in_line[cardinality(in_line)];

    with share as materialized (
        -- What runs, and what will in a moment.
        select s.workspace_id, sum(s.jobs) as jobs, min(s.free_at) as free_at from (
            select r.workspace_id, r.running as jobs, r.slot_free_at as free_at from steward.running_of(tool.name, before) r
            union all
            select r.workspace_id, 1, at + make_interval(secs => tool.timeout_seconds + 60) from unnest(taken) r where r.id = any (in_line)) s
        group by s.workspace_id
    ),
    misfits as materialized (
        select r.*, coalesce(s.jobs >= tool.concurrency_per_workspace, false) as is_of_workspace, s.free_at
        from unnest(taken) r
        left join share s on s.workspace_id = r.workspace_id
        where r.tool_id = any (tool_ids) and r.id <> all (in_line)
    ),
    inserted as (
        insert into steward.waiting (id, workspace_id, tool_id, queue, priority, reason, detail, since, until, attempt, tries, slot_of)
        select m.id, m.workspace_id, m.tool_id, m.queue, m.priority, 'concurrency', case
            when not counted then format('the slots of tool %s are being given out at this moment', tool.name)
            when m.is_of_workspace then format('tool %s runs as many jobs of the workspace as it may (%s)', tool.name, tool.concurrency_per_workspace)
            else format('tool %s runs as many jobs as it may (%s)', tool.name, tool.concurrency) end,
            at, greatest(at, case when m.is_of_workspace then m.free_at else (select min(s.free_at) from share s) end), m.attempt, m.tries, tool.name
        from misfits m
        returning waiting.id
    )
    select array_agg(i.id) into parked from inserted i;
    perform steward.show_status(parked, 'waiting');
    if not counted then
        perform steward.ring_doorbell();
    end if;
    return parked;
end
$$;
comment on function steward.park_tool(steward.tool, uuid[], steward.ready[], steward.ready[]) is 'Sends the rows of a tool that find no slot to waiting and returns their ids; before: what the claim has taken already.';

create function steward.park_above_concurrency(taken steward.ready[], before steward.ready[]) returns steward.ready[]
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
    -- Nearly always there is nothing to count, which one look tells: some version of one of the tools has to have a limit.
    if not exists (
        select from (select distinct r.tool_id from unnest(taken) r) d
        cross join lateral (select x.name from steward.tool x where x.id = d.tool_id offset 0) t
        cross join lateral (
            select from steward.tool v where v.name = t.name and (v.concurrency is not null or v.concurrency_per_workspace is not null) limit 1) v
    ) then
        return taken;
    end if;
    for limited in
        select c as tool, array_agg(t.id) as tool_ids
        from (select distinct r.tool_id from unnest(taken) r) d
        join steward.tool t on t.id = d.tool_id
        cross join lateral steward.current_tool(t.name) c
        where c.concurrency is not null or c.concurrency_per_workspace is not null
        group by t.name, c
        order by t.name
    loop
        parked := parked || steward.park_tool(limited.tool, limited.tool_ids, taken, before);
    end loop;
    if cardinality(parked) = 0 then
        return taken;
    end if;
    return array(select r from unnest(taken) r where r.id <> all (parked));
end
$$;
comment on function steward.park_above_concurrency(steward.ready[], steward.ready[]) is 'Sends rows that find no slot of their tool to waiting and returns the rest; before: what the claim has taken already.';
