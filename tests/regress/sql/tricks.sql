-- Tricks with names: schemas, temporary objects, operators and roles that a caller puts in our way.
\pset tuples_only on
\pset format unaligned
\i sql/include/matrix_callers.sql

-- A schema full of traps, with the names and operators that our functions use; each says who stepped into it.
create schema evil;
grant usage, create on schema evil to public;
create function evil.trap(what text) returns boolean language plpgsql as $$ begin raise notice 'caught in % as %', what, current_user; return true; end $$;
do $traps$
declare
    t text;
begin
    foreach t in array array['uuid', 'text', 'name', 'oid', 'int', 'timestamptz', 'boolean', 'jsonb'] loop
        execute format($f$create function evil.eq(%1$s, %1$s) returns boolean language sql as 'select evil.trap(''=%1$s'')';
            create operator evil.= (leftarg = %1$s, rightarg = %1$s, function = evil.eq); create operator evil.<> (leftarg = %1$s, rightarg = %1$s, function = evil.eq)$f$, t);
    end loop;
    foreach t in array array['quote_ident(text)', 'convert_to(text, text)', 'sha256(bytea)', 'now()', 'clock_timestamp()', 'nullif_text(text)', 'char_length(text)', 'jsonb_build_object()',
        'hashtext(text)', 'pg_current_xact_id()', 'gen_random_uuid()', 'isfinite(timestamptz)', 'cardinality(uuid[])', 'left(text, int)', 'pg_has_role(name, text, text)',
        'current_setting(text, boolean)', 'set_config(text, text, boolean)', 'pg_try_advisory_xact_lock(int, int)'] loop
        execute format('create function evil.%s returns boolean language sql as $f$ select evil.trap(%L) $f$', t, t);
    end loop;
end
$traps$;

-- Every act of the matrix that succeeds for the owner, an administrator and a worker, with the traps first on the path and temporary tables in the
-- place of ours: it does what it does without them, and nobody steps into a trap with another's rights.
\i sql/include/matrix_acts.sql
create function tests.with_traps(login text, statement text) returns text language plpgsql as $$
begin
    return tests.as_login(login, statement, $p$
        create temporary table if not exists member as select '00000000-0000-0000-0000-000000000000'::uuid as workspace_id, steward.uid() as user_id, 'owner'::text as role;
        create temporary table if not exists job (id uuid); create temporary table if not exists login (role_name name, role_id oid, kind text, user_id uuid);
        create temporary table if not exists role_act (act text, role text); create temporary table if not exists pg_roles (rolname name, rolsuper boolean);
        create or replace function pg_temp.uid() returns uuid language sql as 'select tests.person(''owner'')';
        create or replace function pg_temp.refuse(text, text, text, text) returns void language sql as 'select null::void';
        set local search_path = evil, pg_temp, steward, pg_catalog$p$);
end
$$;
select a.name, a.login, tests.as_login(a.login, a.statement), tests.with_traps(a.login, a.statement)
from (
    select a.name, a.statement, c.login from tests.act a, (values ('regress_owner'), ('regress_outsider'), ('regress_admin'), ('regress_worker')) c (login)
    where a.name !~ '^(is|read|select|update|insert|delete)' and a.name not in ('add a viewer', 'report_progress of another job') -- they walk into a trap themselves
    order by a.n, c.login offset 0
) a
where regexp_replace(tests.as_login(a.login, a.statement), '[0-9a-f]{8}-[0-9a-f-]{27}', '<id>')
    is distinct from regexp_replace(tests.with_traps(a.login, a.statement), '[0-9a-f]{8}-[0-9a-f-]{27}', '<id>');
-- The traps themselves do catch whoever walks into them.
set search_path = evil, pg_catalog;
select 'a'::text = 'b'::text, now();
reset search_path;

-- A role that is taken on, given back or claimed changes nothing: the login of the session counts.
\c - regress_gateway
begin;
set local role steward_user;
select set_config('request.jwt.claims', '{"sub": "44444444-0000-0000-0000-000000000000"}', true) is not null;
reset role;
select steward.uid() = tests.person('viewer'), steward.is_admin();
rollback;
select tests.code('set role steward_admin'), tests.code('set role steward_owner'), tests.code('set role steward_worker'), tests.code('set role postgres'), tests.code('set session authorization regress_admin');
\c - regress_viewer
select tests.code('set role steward_owner'), tests.code('set session authorization postgres'), tests.code('alter role regress_viewer superuser'), tests.code('grant steward_admin to regress_viewer');
select tests.code('alter function steward.uid() security invoker'), tests.code('alter table steward.job disable row level security'), tests.code('drop policy members_read on steward.job'),
    tests.code('create function steward.uid(int) returns uuid language sql as $$ select null::uuid $$'), tests.code('create trigger t before insert on steward.job execute function steward.uid()');
-- Row security cannot be switched off, only asked to fail.
set row_security = off;
select tests.code('select count(*) from steward.job');
reset row_security;
-- A condition that could see what is left out is asked after row security, in views as in tables.
\c - regress_outsider
select count(*) from steward.job where tests.spy(payload::text);
select tests.spied();
select count(*) from steward.jobs where tests.spy(tool);
select tests.spied();
select count(*) from steward.members where tests.spy(role);
select tests.spied();
\c - postgres

-- What approves, from where no person is: the worker's login, a script, a function of a tool that runs with a superuser's rights, a direct update.
create function tests.tool_function(statement text) returns text language plpgsql security definer as $$
begin
    execute statement;
    return 'DONE';
exception when others then
    return tests.refused(statement);
end
$$;
select tests.as_login('regress_worker', format('select tests.tool_function(%L)', format('select steward.resolve_job(%L, %L, %L)', tests.job('doubt'), 'succeeded', 'x')));
select tests.as_login('regress_worker', format('select tests.tool_function(%L)', format('select steward.add_member(%L, %L, %L)', tests.workspace('acme'), tests.person('outsider'), 'owner')));
select c.name, tests.as_login(c.login, format('select tests.tool_function(%L)', statement), c.prelude)
from tests.caller c, unnest(array[format('select steward.resolve_job(%L, %L, %L)', tests.job('doubt'), 'succeeded', 'x'),
    format('select steward.add_member(%L, %L, %L)', tests.workspace('acme'), tests.person('outsider'), 'owner'),
    $$select steward.create_workspace('by-a-tool', 'By a tool')$$, $$select steward.trust_gateway('regress_nobody')$$]) statement
where c.name in ('mapped worker', 'script of the owner''s job', 'worker for the owner''s job', 'worker granted steward_admin') order by c.n, statement;

-- The same as the function of a job of the owner's, as a tool with executor sql runs it.
create function tests.deed(input jsonb) returns jsonb language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    execute input ->> 'statement';
    return '"DONE"';
end
$$;
revoke execute on function tests.deed(jsonb) from public;
grant execute on function tests.deed(jsonb) to steward_script;
select steward.register_function('deed', 'tests.deed(jsonb)'), steward.define_tool('deed', '{"executor": "sql", "concurrency": 9, "request": {"function": "deed"}}');
select count(steward.enqueue('deed', jsonb_build_object('statement', statement), queue => 'deed', workspace_id => tests.workspace('acme'), idempotency_key => name))
from (values ('resolve', format('select steward.resolve_job(%L, %L, %L)', tests.job('doubt'), 'succeeded', 'x')),
    ('add_member', format('select steward.add_member(%L, %L, %L)', tests.workspace('acme'), tests.person('outsider'), 'owner')),
    ('define_tool', $$select steward.define_tool('by-a-tool', '{"executor": "noop"}')$$), ('register', $$select steward.register_function('by_a_tool', 'tests.deed(jsonb)')$$),
    ('enqueue', $$select steward.enqueue('noop')$$)) as d (name, statement);
create table tests.deed_call as select c.* from steward.claim_jobs('w1', '{deed}', 9) c;
select count(*) from steward.mark_sent('w1', array(select job_id from tests.deed_call), array(select attempt from tests.deed_call));
select tests.name(c.job_id), tests.as_login('steward_script', format('select steward.run_function(%L, %L, %s, %L, %L)', 'w1', c.job_id, c.attempt, c.token, c.request -> 'input'))
from tests.deed_call c order by 1;

-- Code that somebody plants in a table of his own runs in maintenance commands of others, where session_user is a superuser: it is nobody there.
create schema playground;
grant usage, create on schema playground to regress_nobody;
select tests.workspace('acme') as acme \gset
select set_config('tests.acme', :'acme', false) is not null;
\c - regress_nobody
create table playground.t (a int);
create function playground.f(a int) returns int language plpgsql immutable as $$ begin return a; end $$;
create index on playground.t (playground.f(a));
create materialized view playground.m as select playground.f(1);
insert into playground.t select generate_series(1, 3);
create or replace function playground.f(a int) returns int language plpgsql immutable as $$
begin
    if a = 1 and current_user <> session_user then
        raise notice 'as % for %: %, user %, administrator %, %, %', current_user, session_user, steward.actor_kind(), steward.uid(), steward.is_admin(),
            tests.code(format('select steward.add_member(%L, %L, %L)', (select w.id from tests.acme w), '99999999-0000-0000-0000-000000000000', 'owner')), (select count(*) from steward.jobs);
    end if;
    return a;
end
$$;
\c - postgres
create table tests.acme as select tests.workspace('acme') as id;
grant select on tests.acme to public;
select steward.uid() = tests.person('owner'), steward.is_admin();
analyze playground.t;
reindex table playground.t;
refresh materialized view playground.m;
vacuum full playground.t;
select count(*) from steward.member where user_id = '99999999-0000-0000-0000-000000000000';

-- What the planner learns of rows shows in its estimates, so of personal data it learns nothing.
analyze;
select p.relation, p.column_name from steward.personal_data p join pg_attribute a on a.attrelid = ('steward.' || p.relation)::regclass and a.attname = p.column_name
where a.attstattarget <> 0;
select count(*) from pg_stats s join steward.personal_data p on p.relation = s.tablename and p.column_name = s.attname where s.schemaname = 'steward';
-- Nor do the rows that EXPLAIN ANALYZE counts tell a stranger which workspaces there are.
\c - regress_outsider
create function pg_temp.removed(statement text) returns text language plpgsql as $$
declare
    line text;
begin
    for line in execute 'explain (analyze, costs off, timing off, summary off) ' || statement loop
        if line ~ 'Rows Removed' then return line; end if;
    end loop;
    return 'none said';
end
$$;
select pg_temp.removed($$select from steward.workspaces where slug = 'acme'$$) = pg_temp.removed($$select from steward.workspaces where slug = 'missing'$$);
\c - postgres
-- Advisory locks are anybody's to hold: none of ours stands in the way of a claim or a rescue.
select p.oid::regprocedure from pg_proc p where p.pronamespace = 'steward'::regnamespace and p.prosrc ~ 'pg_(try_)?advisory' and p.proname <> 'ring_doorbell';
