-- How one kind of job is done, as data: a new AI tool is one row.
--
-- A provider is a server that tools call: base URL, headers, names of secrets (never their values). A tool says what a job
-- sends, how the answer is read, and how failures are treated. Both are versioned: a definition is never changed, a new
-- version is added and the newest counts. A job keeps the tool version it was enqueued with; the provider is always the
-- newest, so that a moved server or a new key reaches waiting jobs too.
-- define_provider and define_tool own the writes; the definition is checked and completed with its defaults in Rust
-- (steward.complete_provider, steward.complete_tool). Versions are kept for the audit of the jobs that used them.

create table steward.provider (
    id uuid constraint provider_pkey primary key,
    name text not null,
    version int not null,
    definition jsonb not null,
    defined_by name not null,
    defined_at timestamptz not null,
    constraint provider_version_key unique (name, version)
);
comment on table steward.provider is 'A version of a server that tools call. Kept for good.';
comment on column steward.provider.id is 'Id of this version.';
comment on column steward.provider.name is 'Name that tools refer to.';
comment on column steward.provider.version is 'Counts from 1; the highest counts.';
comment on column steward.provider.definition is 'base_url, headers and query, with {{ secret.NAME }} where a secret goes.';
comment on column steward.provider.defined_by is 'Login that defined it.';
comment on column steward.provider.defined_at is 'When it was defined.';

create table steward.tool (
    id uuid constraint tool_pkey primary key,
    name text not null,
    version int not null,
    title text not null,
    executor text not null,
    provider text,
    queue text not null,
    timeout_seconds double precision not null,
    max_tries int not null,
    max_attempts int not null,
    on_lost text not null,
    concurrency int,
    concurrency_per_workspace int,
    realtime boolean not null,
    definition jsonb not null,
    defined_by name not null,
    defined_at timestamptz not null,
    is_metered boolean not null generated always as (executor in ('http', 'external', 'script') or coalesce(definition -> 'price', 'null') <> 'null') stored,
    max_wait_seconds double precision,
    is_governed boolean not null generated always as (coalesce(definition -> 'governed', 'false') = 'true') stored,
    constraint tool_version_key unique (name, version)
);
create index tool_governed on steward.tool (id) where is_governed;
comment on table steward.tool is 'A version of how one kind of job is done. Kept for good.';
comment on column steward.tool.id is 'Id of this version; jobs refer to it.';
comment on column steward.tool.name is 'Name that jobs are enqueued under.';
comment on column steward.tool.version is 'Counts from 1; new jobs take the highest.';
comment on column steward.tool.title is 'Name shown to people.';
comment on column steward.tool.executor is 'http, external, script, sql or noop.';
comment on column steward.tool.provider is 'Name of the provider of an http tool.';
comment on column steward.tool.queue is 'Queue of jobs that name none.';
comment on column steward.tool.timeout_seconds is 'Longest duration of one call, in seconds.';
comment on column steward.tool.max_tries is 'How many executed attempts a job may use up.';
comment on column steward.tool.max_attempts is 'How many claims a job may use up, executed or not: ends a job that keeps killing its worker.';
comment on column steward.tool.on_lost is 'What happens to a call whose outcome is unknown: retry or in_doubt.';
comment on column steward.tool.concurrency is 'Most jobs of this tool name running at once in the installation, in all versions; the newest version''s counts. Null is no limit.';
comment on column steward.tool.concurrency_per_workspace is 'Most jobs of this tool name running at once for one workspace, in all versions; the newest version''s counts. Null is no limit.';
comment on column steward.tool.realtime is 'Whether every transition is written to job_status.';
comment on column steward.tool.definition is 'The definition, completed with its defaults.';
comment on column steward.tool.is_metered is 'Whether its attempts stand in the ledger: whatever reaches somebody or has a price.';
comment on column steward.tool.max_wait_seconds is 'How long a job may stand in the line of a limit before it fails, in seconds; null is for ever.';
comment on column steward.tool.is_governed is 'Whether only the governor sends with it: an attempt is marked as sent together with its row of the claim ledger, or not at all.';
comment on column steward.tool.defined_by is 'Login that defined it.';
comment on column steward.tool.defined_at is 'When it was defined.';

create function steward.define_provider(name text, definition jsonb) returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    completed jsonb;
    new_version int;
begin
    perform steward.require('name', define_provider.name), steward.require('definition', define_provider.definition::text),
        steward.require_installation_act('define');
    completed := steward.complete_provider(define_provider.name, define_provider.definition::text);
    -- Two definitions at once get two versions, in turn.
    perform steward.hold_latch('provider ' || define_provider.name);
    select coalesce(max(p.version), 0) + 1 into new_version from steward.provider p where p.name = define_provider.name;
    insert into steward.provider (id, name, version, definition, defined_by, defined_at)
    values (steward.new_id(), define_provider.name, new_version, completed, session_user, steward.clock());
    perform steward.record_act('define_provider', null, 'provider', define_provider.name, jsonb_build_object('version', new_version));
    return new_version;
end
$$;
comment on function steward.define_provider(text, jsonb) is
    'Adds a version of a provider and returns its number. For steward_admin. '
    'Errors: 22004 argument_null, 22023 definition_invalid or template_invalid, naming the path in the definition, 42501 '
    'administrator_required, person_required.';

create function steward.define_tool(name text, definition jsonb) returns int
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
comment on function steward.define_tool(text, jsonb) is
    'Adds a version of a tool and returns its number; jobs already enqueued keep theirs. For steward_admin. '
    'Errors: 22004 argument_null, 22023 definition_invalid, template_invalid or schema_invalid, naming the path, 42501 '
    'administrator_required, person_required, 42704 function_unknown, provider_unknown.';

-- In PL/pgSQL, which keeps its plan: in SQL, with a search path of its own, it would be planned at every call, for 150 us.
create function steward.current_tool(name text) returns steward.tool
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

-- Compiles a tool version into this backend's cache, where it is not there yet: schemas and templates are compiled once
-- per backend, tool version and provider version.
create function steward.load_tool(tool_id uuid) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    wanted record;
begin
    select t.name, t.definition, p.id as provider_id, p.definition as provider_definition into wanted
    from steward.tool t
    left join lateral (
        select v.id, v.definition from steward.provider v where v.name = t.provider order by v.version desc limit 1
    ) p on true
    where t.id = load_tool.tool_id;
    if not steward.tool_is_compiled(load_tool.tool_id, wanted.provider_id) then
        perform steward.compile_tool(load_tool.tool_id, wanted.provider_id, wanted.name, wanted.definition::text,
            wanted.provider_definition::text);
    end if;
end
$$;
comment on function steward.load_tool(uuid) is 'Makes sure that this backend has a tool version compiled with the newest version of its provider.';

create function steward.preview_request(tool text, payload jsonb) returns jsonb
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    actor uuid := steward.uid();
    chosen steward.tool;
    prepared jsonb;
    nobody constant uuid := '00000000-0000-0000-0000-000000000000'::uuid;
begin
    perform steward.require('tool', preview_request.tool), steward.require('payload', preview_request.payload::text);
    -- Any membership will do, so one of several is not ambiguous; without one acting_workspace has the words of the refusal.
    if not steward.is_admin() and not exists (select steward.workspaces_for('preview')) then
        perform steward.acting_workspace(actor, null, 'preview');
    end if;
    chosen := steward.current_tool(preview_request.tool);
    if chosen.id is null then
        perform steward.refuse('42704', 'tool_unknown', format('tool %L does not exist', left(preview_request.tool, 80)),
            'Define it with steward.define_tool(name, definition).');
    end if;
    perform steward.load_tool(chosen.id);
    perform steward.check_payload(chosen.id, preview_request.payload::text);
    prepared := steward.prepare_request(chosen.id, nobody, 1, nobody, coalesce(actor, nobody), preview_request.payload::text,
        case when chosen.executor = 'external' then repeat('0', 64) end);
    if prepared ? 'problem' then
        perform steward.refuse(prepared #>> '{problem,sqlstate}', prepared #>> '{problem,code}', prepared #>> '{problem,message}',
            coalesce(prepared #>> '{problem,hint}', 'Change the payload, or the template of the tool.'));
    end if;
    return (prepared -> 'request') || jsonb_build_object('executor', chosen.executor, 'tool', chosen.name, 'version', chosen.version);
end
$$;
comment on function steward.preview_request(text, jsonb) is
    'The request that a job would send now, secrets by name only; nothing is enqueued. Ids show as zeros. '
    'For administrators and members of any workspace. Errors: 22004 argument_null, 22023 payload_invalid or render_failed, '
    '42501 not_a_member, 42704 tool_unknown, 54000 payload_too_large or render_too_large.';
