-- current_tool keeps its plan now.

-- In PL/pgSQL, which keeps its plan: in SQL, with a search path of its own, it would be planned at every call, for 150 us.
create or replace function steward.current_tool(name text) returns steward.tool
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    newest steward.tool;
begin
    select t.* into newest from steward.tool t where t.name = current_tool.name order by t.version desc limit 1;
    return newest;
end
$$;
comment on function steward.current_tool(text) is 'The newest version of a tool; null when there is none.';
