-- park_above_concurrency looks first whether any tool has a limit.

create or replace function steward.park_above_concurrency(taken steward.ready[]) returns steward.ready[]
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
        parked := parked || steward.park_tool(limited.tool, limited.tool_ids, taken);
    end loop;
    if cardinality(parked) = 0 then
        return taken;
    end if;
    return array(select r from unnest(taken) r where r.id <> all (parked));
end
$$;
comment on function steward.park_above_concurrency(steward.ready[]) is 'Sends rows that find no slot of their tool to waiting and returns the rest.';
