-- Which tools have their attempts in the ledger, how long a job may stand in a line, and which tools the governor alone sends with; current_tool keeps its plan.

alter table steward.tool
    add column is_metered boolean not null generated always as (executor in ('http', 'external', 'script') or coalesce(definition -> 'price', 'null') <> 'null') stored,
    add column max_wait_seconds double precision,
    add column is_governed boolean not null generated always as (coalesce(definition -> 'governed', 'false') = 'true') stored;
create index tool_governed on steward.tool (id) where is_governed;
comment on column steward.tool.is_metered is 'Whether its attempts stand in the ledger: whatever reaches somebody or has a price.';
comment on column steward.tool.max_wait_seconds is 'How long a job may stand in the line of a limit before it fails, in seconds; null is for ever.';
comment on column steward.tool.is_governed is 'Whether only the governor sends with it: an attempt is marked as sent together with its row of the claim ledger, or not at all.';

create or replace function steward.define_tool(name text, definition jsonb) returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    completed jsonb;
    new_version int;
begin
    perform steward.require('name', define_tool.name), steward.require('definition', define_tool.definition::text),
        steward.require_installation_act('define');
    completed := steward.complete_tool(define_tool.name, define_tool.definition::text);
    if completed ->> 'provider' is not null
        and not exists (select from steward.provider p where p.name = completed ->> 'provider') then
        perform steward.refuse('42704', 'provider_unknown', format('tool %s at /provider: provider %s does not exist',
            define_tool.name, completed ->> 'provider'), 'Define it first: select steward.define_provider(…).');
    end if;
    if completed ->> 'executor' = 'sql' and not exists (select from steward.sql_function f where f.name = completed #>> '{request,function}') then
        perform steward.refuse('42704', 'function_unknown', format('tool %s at /request/function: no function is registered as %s',
            define_tool.name, completed #>> '{request,function}'), 'A superuser registers it first: select steward.register_function(name, function).');
    end if;
    perform steward.hold_latch('tool ' || define_tool.name);
    select coalesce(max(t.version), 0) + 1 into new_version from steward.tool t where t.name = define_tool.name;
    insert into steward.tool (id, name, version, title, executor, provider, queue, timeout_seconds, max_tries, max_attempts,
        on_lost, concurrency, concurrency_per_workspace, realtime, definition, defined_by, defined_at, max_wait_seconds)
    select steward.new_id(), define_tool.name, new_version, c.title, c.executor, c.provider, c.queue, c.timeout_seconds,
        c.max_tries, c.max_attempts, c.on_lost, c.concurrency, c.concurrency_per_workspace, c.realtime, completed, session_user, steward.clock(), c.max_wait_seconds
    from jsonb_to_record(completed) as c (title text, executor text, provider text, queue text,
        timeout_seconds double precision, max_tries int, max_attempts int, on_lost text, concurrency int, concurrency_per_workspace int,
        realtime boolean, max_wait_seconds double precision);
    perform steward.record_act('define_tool', null, 'tool', define_tool.name, jsonb_build_object('version', new_version));
    return new_version;
end
$$;

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
