-- What sqlsmith sees of the database. It asks for pg_proc and pg_type without a schema, and takes every function for as good as any other: with
-- schema smith first on its search_path it finds our functions, and what makes arguments for them.
\set ON_ERROR_STOP on
create schema smith;
grant usage on schema smith to public;

-- A function for each of ours, with the same arguments: sqlsmith makes no use of one that returns a set or nothing. A refusal is null, so that the
-- statement goes on; an internal error is not.
create function pg_temp.wrap(called regproc, arguments text, numbered text) returns void language plpgsql as $$
begin
    execute format($wrapper$
        create function smith.%I(%s) returns text language plpgsql volatile as $body$
        begin
            return (select left(r::text, 1000) from steward.%1$I(%3$s) r limit 1);
        exception when others then
            if sqlstate like 'XX%%' then raise; end if;
            return null;
        end
        $body$ $wrapper$, (select proname from pg_proc where oid = called), arguments, numbered);
    execute format('grant execute on function smith.%I(%s) to public', (select proname from pg_proc where oid = called), arguments);
end
$$;
select pg_temp.wrap(p.oid, coalesce(string_agg(format_type(a.type, null), ', ' order by a.n), ''), coalesce(string_agg('$' || a.n, ', ' order by a.n), ''))
from pg_proc p left join lateral unnest(p.proargtypes::oid[]) with ordinality as a (type, n) on true
where p.pronamespace = 'steward'::regnamespace
    and exists (select from aclexplode(p.proacl) g where g.grantee <> p.proowner)
group by p.oid;

-- Values of the types for which tables have no columns, or none that mean anything. Those of jobs are of both workspaces.
create function smith.a_job() returns uuid language sql volatile security definer as $$ select id from steward.job order by random() limit 1 $$;
create function smith.a_workspace() returns uuid language sql volatile security definer as $$ select id from steward.workspace order by random() limit 1 $$;
create function smith.a_user() returns uuid language sql volatile security definer as $$ select user_id from steward.member order by random() limit 1 $$;
create function smith.an_account() returns uuid language sql volatile security definer as $$ select id from steward.account order by random() limit 1 $$;
create function smith.an_action() returns uuid language sql volatile security definer as $$ select id from steward.action order by random() limit 1 $$;
create function smith.a_word() returns text language sql volatile as $$
    select (array['noop', 'send', 'slow', 'acme', 'globex', 'w1', 'editor', 'owner', 'failed', 'queued', 'UTC', 'read', 'send_invite', 'person', 'done', 'accepted'])[1 + (random() * 15)::int] $$;
create function smith.a_document() returns jsonb language sql volatile as $$
    select (array['{}', '[]', '{"x": "y"}', '{"executor": "noop"}', '{"base_url": "https://x.example"}', 'null'])[1 + (random() * 5)::int]::jsonb $$;
create function smith.a_small_number() returns int language sql volatile as $$ select (random() * 4)::int $$;
create function smith.a_share() returns double precision language sql volatile as $$ select random() $$;
create function smith.a_time() returns timestamptz language sql volatile as $$ select now() + random() * interval '2 days' $$;
create function smith.an_age() returns interval language sql volatile as $$ select random() * interval '3 years' $$;
create function smith.a_name() returns name language sql volatile as $$ select ('regress_' || (array['nobody', 'gateway', 'none'])[1 + (random() * 2)::int])::name $$;
create function smith.words(a text, b text) returns text[] language sql volatile as $$ select array[a, b] $$;
create function smith.ids(a uuid, b uuid) returns uuid[] language sql volatile as $$ select array[a, b] $$;
create function smith.numbers(a int, b int) returns int[] language sql volatile as $$ select array[a, b] $$;
create function smith.documents(a jsonb, b jsonb) returns jsonb[] language sql volatile as $$ select array[a, b] $$;
create function smith.outcomes(job uuid, attempt int, status int) returns json[] language sql volatile as $$
    select array[json_build_object('job_id', job, 'attempt', attempt, 'status', status,
        'phase', (array['answered', 'lost', 'unsent', 'not_executed'])[1 + (random() * 3)::int])] $$;
grant execute on all functions in schema smith to public;

create view smith.pg_proc as
select p.oid, p.proname, p.pronamespace, p.prokind, p.provolatile, p.proargtypes, p.proretset, p.prorettype
from pg_catalog.pg_proc p
left join pg_catalog.pg_proc ours on ours.pronamespace = 'steward'::regnamespace and ours.proname = p.proname and ours.proargtypes = p.proargtypes
where p.pronamespace = 'smith'::regnamespace and (ours.oid is null or has_function_privilege(ours.oid, 'execute'));
grant select on smith.pg_proc to public;

-- For operators it asks with the schema, and takes them of all types alike: most of its statements would compare ranges and polygons, and fail. The
-- server finds its catalogs by number, so in this database another may have the name.
set allow_system_table_mods = on;
alter table pg_catalog.pg_operator rename to pg_operator_of_all_types;
create view pg_catalog.pg_operator as
select o.oid, o.oprname, o.oprleft, o.oprright, o.oprresult
from pg_catalog.pg_operator_of_all_types o
where array[o.oprleft, o.oprright, o.oprresult] <@ array['text', 'int4', 'bool', 'float8', 'uuid', 'timestamptz', 'interval', 'jsonb', 'int2']::regtype[]::oid[];
grant select on pg_catalog.pg_operator to public;
reset allow_system_table_mods;
