-- Another workspace, through everything that is public: each function with each id that is not ours, each table and view.
\pset tuples_only on
\pset format unaligned
\i sql/include/matrix_callers.sql
\i sql/include/outreach_objects.sql
\i sql/include/lead_objects.sql
\i sql/include/score_objects.sql

-- Every id there is in workspace acme, by what it is the id of.
create table tests.foreign_id as
select 'workspace' as kind, tests.workspace('acme') as id
union all select 'job ' || j.idempotency_key, j.id from steward.job j
union all select 'member ' || m.role, m.user_id from steward.member m where m.workspace_id = tests.workspace('acme')
union all select 'account ' || a.name, a.id from steward.account a
union all select 'action ' || a.person, a.id from steward.action a
union all select 'lead ' || l.full_name, l.id from steward.lead l
union all select 'rubric ' || r.name, r.id from steward.rubric r
union all select 'routing', r.id from steward.routing r
union all select 'model ' || m.name, m.id from steward.model m
union all select 'tool version', t.id from steward.tool t;
grant select on tests.foreign_id to public;

-- A call of every function that the outsider may execute and that takes a uuid: with one id in every uuid's place, and something plausible in all others.
create function tests.call_with(routine oid, id uuid) returns text language sql stable as $$
    select format('select steward.%I(%s)', p.proname, string_agg(case
        when a.type = 'uuid'::regtype then format('%s => %L::uuid', a.name, id)
        when a.type = 'uuid[]'::regtype then format('%s => array[%L::uuid]', a.name, id)
        when a.type = 'jsonb[]'::regtype then format('%s => array[''{}'']::jsonb[]', a.name)
        when a.type = 'int'::regtype and a.name = 'priority' then format('%s => 0', a.name)
        when a.type = 'int'::regtype then format('%s => 1', a.name)
        when a.type = 'int[]'::regtype then format('%s => array[1]', a.name)
        when a.name = 'rows' then format('%s => ''[{}]''', a.name)
        when a.type = 'jsonb'::regtype then format('%s => ''{}''', a.name)
        when a.type = 'text[]'::regtype then format('%s => ''{}''', a.name)
        when a.type = 'boolean'::regtype then format('%s => false', a.name)
        when a.type = 'numeric'::regtype then format('%s => 5', a.name)
        when a.type = 'double precision'::regtype then format('%s => 0.5', a.name)
        when a.type = 'numeric'::regtype then format('%s => 1', a.name)
        when a.type = 'date'::regtype or a.name = 'since' then format('%s => %L', a.name, '2026-01-01')
        when a.name = 'occurred_at' then format('%s => %L', a.name, '2026-01-01')
        when a.type = 'timestamptz'::regtype or a.name in ('queue', 'idempotency_key') then format('%s => null', a.name)
        when a.type = 'regclass'::regtype then format('%s => ''steward.act''', a.name)
        when a.name = 'source_kind' then format('%s => ''import''', a.name)
        else format('%s => %L', a.name, case a.name when 'scope' then 'user' when 'scope_value' then null when 'metric' then 'cost' when 'window_kind' then 'day' when 'on_full' then 'park' when 'time_zone' then 'UTC'
            when 'tool' then 'noop' when 'outcome' then 'failed' when 'role' then 'viewer' else 'x' end) end, ', '))
    from pg_proc p,
    unnest(p.proargnames[1:p.pronargs], p.proargtypes::oid[]) as a (name, type)
    where p.oid = routine group by p.oid, p.proname
$$;
create view tests.foreign_call as
select c.login, p.proname, f.kind, f.id, tests.call_with(p.oid, f.id) as with_foreign, tests.call_with(p.oid, gen_random_uuid()) as with_missing
from (values ('regress_outsider'), ('regress_nobody')) c (login), pg_proc p, tests.foreign_id f
where p.pronamespace = 'steward'::regnamespace and has_function_privilege('steward_user', p.oid, 'execute')
    and p.proargtypes::oid[] && array['uuid'::regtype, 'uuid[]'::regtype]::oid[];
-- What comes back, in words, with every id masked.
create function tests.words_of(login text, statement text) returns text language plpgsql as $$
declare
    words text;
begin
    execute format('set local session authorization %I', login);
    words := tests.refused(statement);
    raise exception using errcode = 'TS001', message = regexp_replace(words, '[0-9a-f]{8}-[0-9a-f-]{27}', '<id>', 'g');
exception when sqlstate 'TS001' then
    return sqlerrm;
end
$$;
select proname, count(*) filter (where login = 'regress_outsider') from tests.foreign_call group by proname order by proname;
-- No call succeeds,
select login, proname, kind, with_foreign from tests.foreign_call where tests.words_of(login, with_foreign) like 'NOT REFUSED%';
-- and none tells a foreign id from one that does not exist.
select login, proname, kind, tests.words_of(login, with_foreign), tests.words_of(login, with_missing) from tests.foreign_call
where tests.words_of(login, with_foreign) <> tests.words_of(login, with_missing);

-- Every table and view: of workspace acme the outsider and the nobody see no row, by no column.
create function tests.sees(login text, relation text) returns text language sql volatile as $$
    select tests.as_login(login, format('select count(*) from steward.%I r where r::text like any (%L::text[])', relation,
        -- The owner is a member of both workspaces, and tools are everybody's.
        (select array_agg('%' || f.id || '%') from tests.foreign_id f where f.kind <> 'tool version' and f.id <> tests.person('owner'))))
$$;
select c.relname, tests.sees('regress_outsider', c.relname), tests.sees('regress_nobody', c.relname), tests.sees('regress_owner', c.relname) <> '0' as the_owner_does
from pg_class c where c.relnamespace = 'steward'::regnamespace and c.relkind in ('r', 'v') and has_table_privilege('steward_user', c.oid, 'select')
order by c.relname;
-- Nor through statistics, which the planner collects from all rows.
analyze;
select tests.as_login('regress_outsider', $$select count(*) from pg_stats where schemaname = 'steward'$$);

-- A notification says nothing but that something happened: LISTEN has no privileges. (The doorbell of the library is the other one: doorbell.rs.)
select p.oid::regprocedure from pg_proc p where p.pronamespace = 'steward'::regnamespace and p.prosrc ~* '\mnotify\M|pg_notify' and p.prosrc !~ 'pg_notify\(''steward_(jobs|cancel)'', ''''\)';
select count(*) from pg_proc p where p.pronamespace = 'steward'::regnamespace and p.prosrc ~ 'pg_notify\(';

-- An idempotency key that another workspace has used is free, and says nothing of that job.
set session authorization regress_outsider;
select steward.enqueue('send', '{"mine": 1}', idempotency_key => 'queued') not in (select id from tests.foreign_id);
select count(*) from steward.jobs;
-- The member of another workspace is no user of ours, whether the id exists or not.
select tests.masked(regexp_replace(tests.refused(format('select steward.enqueue(%L, workspace_id => %L, user_id => %L)', 'noop', tests.workspace('globex'), someone)), someone::text, '<user>'))
from unnest(array[tests.person('manager'), '99999999-0000-0000-0000-000000000000']) someone;
