/* <begin connected objects> */
-- extension/src/lib.rs:66
-- requires:
--   restore

-- Functions of the application that jobs may run in the database (tools with executor sql).
--
-- A superuser registers a function under a name, and tools name it. It gets one jsonb, what the tool's template makes of the payload, and returns
-- one. It is security definer, so it runs with the rights of its owner. Nobody but steward_script may call it, or it would be a way past every
-- limit: the login of scripts, over which the worker runs functions too, because what a function leaves for the end of its transaction (deferred
-- triggers, cursors that are held) runs with the rights of the session, and those of steward_script are nobody's. How it is run is told in 101_run_function.sql.
-- Registration trusts the owner, who may replace the body at any time. What else may change since (the owner, the rights) is looked at again
-- at every call, and steward.doctor() tells of it.
-- Pruning: none; a row stays until unregister_function.

create table steward.sql_function (
    name text collate "C" not null constraint sql_function_pkey primary key constraint sql_function_name_check check (name ~ '^[a-z][a-z0-9_]{0,62}$'),
    schema_name name not null,
    function_name name not null,
    owner name not null,
    registered_by name not null,
    registered_at timestamptz not null
);
comment on table steward.sql_function is 'A function that tools may name. Kept until unregister_function.';
comment on column steward.sql_function.name is 'Name that tools refer to.';
comment on column steward.sql_function.schema_name is 'Schema of the function.';
comment on column steward.sql_function.function_name is 'Its name there; it takes one jsonb.';
comment on column steward.sql_function.owner is 'Its owner when it was registered; with another one it is not called any more.';
comment on column steward.sql_function.registered_by is 'Login that registered it.';
comment on column steward.sql_function.registered_at is 'When it was registered.';

-- By name, not by oid: a restore makes new ones.
create function steward.function_misfit(schema_name name, function_name name, owner name) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case
        when p.oid is null then 'it does not exist: create it again, or steward.unregister_function(name)'
        when p.prokind <> 'f' or p.proretset or p.prorettype <> 'jsonb'::regtype then 'it does not return one jsonb'
        when p.proowner::regrole::text <> quote_ident(function_misfit.owner)
        then format('it belongs to %s, not to %I: a superuser registers it again', p.proowner::regrole, function_misfit.owner)
        when not p.prosecdef then format('it would run with the rights of its caller: alter function %s security definer', p.called)
        when not exists (select from unnest(p.proconfig) c where c like 'search\_path=%')
        then format('its names mean what its caller wants: alter function %s set search_path = …', p.called)
        when has_function_privilege('public', p.oid, 'execute') then format('anybody may call it: revoke execute on function %s from public', p.called)
        when not has_schema_privilege('steward_script', p.pronamespace, 'usage') then format('steward_script may not enter its schema: grant usage on schema %I to steward_script', function_misfit.schema_name)
        when not has_function_privilege('steward_script', p.oid, 'execute') then format('steward_script may not call it: grant execute on function %s to steward_script', p.called)
        end
    from (select) one
    left join lateral (
        select f.*, format('%I.%I(jsonb)', n.nspname, f.proname) as called
        from pg_proc f join pg_namespace n on n.oid = f.pronamespace
        where n.nspname = function_misfit.schema_name and f.proname = function_misfit.function_name and f.pronargs = 1 and f.proargtypes[0] = 'jsonb'::regtype
    ) p on true
$$;
comment on function steward.function_misfit(name, name, name) is 'Why a function cannot be run for jobs, and what to do; null when it can.';

create function steward.require_superuser(act text) returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require_installation_act('define');
    if not (select r.rolsuper from pg_roles r where r.rolname = session_user) then
        perform steward.refuse('42501', 'superuser_required', format('%s is for superusers', require_superuser.act), 'Call it from a login that is a superuser.');
    end if;
end
$$;
comment on function steward.require_superuser(text) is 'Refuses everybody but an administrator who is a superuser: 42501 administrator_required, person_required, superuser_required.';

create function steward.register_function(name text, function regprocedure) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    found_one record;
    misfit text;
begin
    perform steward.require('name', register_function.name), steward.require('function', register_function.function::oid::text),
        steward.require_superuser('register_function');
    if register_function.name !~ '^[a-z][a-z0-9_]{0,62}$' then
        perform steward.refuse('22023', 'name_invalid', format('%L is no name for a function', left(register_function.name, 80)), 'Use a to z, 0 to 9 and _, beginning with a letter, at most 63.');
    end if;
    select n.nspname, p.proname, pg_get_userbyid(p.proowner) as owner, p.pronargs = 1 and p.proargtypes[0] = 'jsonb'::regtype as takes_one into found_one
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.oid = register_function.function;
    misfit := case when found_one.takes_one then steward.function_misfit(found_one.nspname, found_one.proname, found_one.owner)
        else 'it does not take one jsonb' end;
    if misfit is not null or found_one.nspname is null then
        perform steward.refuse('22023', 'function_unfit', format('function %s cannot be run for jobs: %s', register_function.function, misfit),
            'It takes one jsonb, returns one, is security definer with a search_path of its own, and steward_script may call it and not everybody.');
    end if;
    insert into steward.sql_function as f (name, schema_name, function_name, owner, registered_by, registered_at)
    values (register_function.name, found_one.nspname, found_one.proname, found_one.owner, session_user, steward.clock())
    on conflict on constraint sql_function_pkey do update set schema_name = excluded.schema_name, function_name = excluded.function_name,
        owner = excluded.owner, registered_by = excluded.registered_by, registered_at = excluded.registered_at;
    perform steward.record_act('register_function', null, 'function', register_function.name,
        jsonb_build_object('function', format('%I.%I(jsonb)', found_one.nspname, found_one.proname), 'owner', found_one.owner));
end
$$;
comment on function steward.register_function(text, regprocedure) is
    'Lets tools with executor sql run a function under a name; one registered before under that name is replaced. It takes and returns one jsonb, is security definer, sets its search_path, and '
    'may be called by steward_script and not by everybody. For superusers. Errors: 22004 argument_null, 22023 function_unfit, name_invalid, 42501 administrator_required, person_required, superuser_required.';

create function steward.unregister_function(name text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('name', unregister_function.name), steward.require_superuser('unregister_function');
    delete from steward.sql_function f where f.name = unregister_function.name;
    if not found then
        perform steward.refuse('42704', 'function_unknown', format('no function is registered as %L', left(unregister_function.name, 80)), 'There is nothing to take back.');
    end if;
    perform steward.record_act('unregister_function', null, 'function', unregister_function.name);
end
$$;
comment on function steward.unregister_function(text) is
    'Takes a function from the tools that name it: their jobs fail from then on. For superusers. '
    'Errors: 22004 argument_null, 42501 administrator_required, person_required, superuser_required, 42704 function_unknown.';
/* </end connected objects> */
