-- What every role may touch. The lists are written by hand: a new object fails here until somebody says who may use it.
\pset tuples_only on
\pset format unaligned

-- No role but the owner writes to a table or view, in any way.
select c.relname, role, privilege
from pg_class c, unnest(array['steward_user', 'steward_worker', 'steward_analyst', 'steward_admin', 'steward_script', 'public']) role,
    unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger']) privilege
where c.relnamespace = 'steward'::regnamespace and c.relkind in ('r', 'v', 'm', 'p', 'f') and has_table_privilege(role, c.oid, privilege)
order by 1, 2, 3;
select c.relname, role, privilege
from pg_class c, unnest(array['steward_user', 'steward_worker', 'steward_analyst', 'steward_admin', 'steward_script', 'public']) role,
    unnest(array['insert', 'update', 'references']) privilege
where c.relnamespace = 'steward'::regnamespace and c.relkind in ('r', 'v', 'm', 'p', 'f') and has_any_column_privilege(role, c.oid, privilege)
order by 1, 2, 3;

-- Who reads which table or view. The worker and the analyst read none.
select c.relname, string_agg(role, ' ' order by role)
from pg_class c
left join unnest(array['steward_user', 'steward_worker', 'steward_analyst', 'steward_admin', 'steward_script', 'public']) role
    on has_any_column_privilege(role, c.oid, 'select')
where c.relnamespace = 'steward'::regnamespace and c.relkind in ('r', 'v', 'm', 'p', 'f')
group by c.relname order by c.relname;

-- Who calls which function. One that no role calls is internal.
select p.oid::regprocedure::text, string_agg(role, ' ' order by role)
from pg_proc p
left join unnest(array['steward_user', 'steward_worker', 'steward_analyst', 'steward_admin', 'steward_script']) role
    on has_function_privilege(role, p.oid, 'execute')
where p.pronamespace = 'steward'::regnamespace
group by p.oid order by p.oid::regprocedure::text collate "C";

-- The rest must return no rows.

-- A function that PUBLIC may execute.
select p.oid::regprocedure from pg_proc p
where p.pronamespace = 'steward'::regnamespace and has_function_privilege('public', p.oid, 'execute');

-- A schema privilege beyond usage, or usage for PUBLIC.
select role, privilege from unnest(array['steward_user', 'steward_worker', 'steward_analyst', 'steward_admin', 'steward_script', 'public']) role,
    unnest(array['create', 'usage']) privilege
where has_schema_privilege(role, 'steward', privilege) and (privilege = 'create' or role = 'public');

-- A relation, function, type or schema that does not belong to steward_owner.
select 'relation', c.oid::regclass::text from pg_class c
where c.relnamespace = 'steward'::regnamespace and c.relowner <> 'steward_owner'::regrole
union all select 'function', p.oid::regprocedure::text from pg_proc p
where p.pronamespace = 'steward'::regnamespace and p.proowner <> 'steward_owner'::regrole
union all select 'type', t.oid::regtype::text from pg_type t
where t.typnamespace = 'steward'::regnamespace and t.typowner <> 'steward_owner'::regrole
union all select 'schema', n.nspname from pg_namespace n where n.nspname = 'steward' and n.nspowner <> 'steward_owner'::regrole
order by 1, 2;

-- A steward role that may log in (but steward_script), or has an attribute that passes by privileges; a member of the owner; a member of
-- another (but steward_script of steward_user).
select r.rolname from pg_roles r
where r.rolname like 'steward\_%' and (r.rolcanlogin <> (r.rolname = 'steward_script') or r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolbypassrls or r.rolreplication);
select m.member::regrole from pg_auth_members m
where m.roleid = 'steward_owner'::regrole
    or m.member::regrole::text like 'steward\_%' and not (m.roleid = 'steward_user'::regrole and m.member = 'steward_script'::regrole);

-- A function that runs with its owner's rights, or is written in SQL or PL/pgSQL, and does not fix its search path: enqueue, which looks up no name by it
-- (extension/src/api/enqueue.rs).
select p.oid::regprocedure from pg_proc p join pg_language l on l.oid = p.prolang
where p.pronamespace = 'steward'::regnamespace and (p.prosecdef or l.lanname in ('sql', 'plpgsql') and p.prosqlbody is null)
    and not 'search_path=pg_catalog, pg_temp' = any (coalesce(p.proconfig, '{}'));

-- A function that is strict, so that a null argument would pass it by, among those that users, workers or administrators call.
select p.oid::regprocedure from pg_proc p
where p.pronamespace = 'steward'::regnamespace and p.proisstrict and p.pronargs > 0
    and exists (select from unnest(array['steward_user', 'steward_worker', 'steward_admin']) role where has_function_privilege(role, p.oid, 'execute'));

-- A table without row security, or a policy that lets anybody write.
select c.relname from pg_class c where c.relnamespace = 'steward'::regnamespace and c.relkind = 'r' and not c.relrowsecurity;
select tablename, policyname from pg_policies where schemaname = 'steward' and cmd <> 'SELECT';

-- A view that runs with its owner's rights: users would read behind row security. Those of analysts do, behind a barrier, and nobody else
-- reads them, nor anybody what they are made of.
select c.relname from pg_class c
where c.relnamespace = 'steward'::regnamespace and c.relkind = 'v' and c.relname <> 'all_jobs'
    and not case when c.relname like 'analyst\_%' then 'security_barrier=true' else 'security_invoker=true' end = any (coalesce(c.reloptions, '{}'));
select c.relname, role from pg_class c, unnest(array['steward_user', 'steward_worker', 'steward_admin', 'steward_script', 'public']) role
where c.relnamespace = 'steward'::regnamespace and c.relkind = 'v' and c.relname like 'analyst\_%' and has_any_column_privilege(role, c.oid, 'select');

-- A table, view, column of a table, function, type or schema without a comment.
select c.relname from pg_class c
where c.relnamespace = 'steward'::regnamespace and c.relkind in ('r', 'v') and obj_description(c.oid, 'pg_class') is null
union all select c.relname || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'steward'::regnamespace and c.relkind = 'r' and col_description(c.oid, a.attnum) is null
union all select p.oid::regprocedure::text from pg_proc p
where p.pronamespace = 'steward'::regnamespace and obj_description(p.oid, 'pg_proc') is null
union all select t.oid::regtype::text from pg_type t join pg_class c on c.oid = t.typrelid
where t.typnamespace = 'steward'::regnamespace and c.relkind = 'c' and obj_description(t.oid, 'pg_type') is null
union all select n.nspname from pg_namespace n where n.nspname = 'steward' and obj_description(n.oid, 'pg_namespace') is null
order by 1;

-- A table that pg_dump leaves out, because the extension did not register it: a restore would lose its rows.
select c.relname from pg_class c
where c.relnamespace = 'steward'::regnamespace and c.relkind in ('r', 'S')
    and not exists (select from pg_extension e where e.extname = 'pg_steward' and c.oid = any (e.extconfig))
order by 1;

-- Something in the schema that is no member of the extension, so that a dump would hold it twice or not at all.
select c.oid::regclass::text from pg_class c
where c.relnamespace = 'steward'::regnamespace and c.relkind in ('r', 'v', 'S')
    and not exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e');

-- Each role is really stopped: by a privilege, not by an empty result.
set session authorization regress_owner;
select tests.refused($$insert into steward.job_status select * from steward.job_status$$);
select tests.refused($$update steward.job set payload = '{}'$$);
select tests.refused($$delete from steward.job$$);
select tests.refused($$select from steward.ready$$);
select tests.refused($$select from steward.worker$$);
select tests.refused($$select from steward.provider$$);
select tests.refused($$select from steward.login$$);
select tests.refused($$select steward.claim_jobs('w', '{default}', 1)$$);
select tests.refused($$select steward.finish_jobs('w', '{}')$$);
set session authorization regress_worker;
select tests.refused($$select from steward.job$$);
select tests.refused($$select from steward.jobs$$);
select tests.refused($$select steward.enqueue('noop')$$);
select tests.refused($$select steward.apply_outcomes('w', '{}')$$);
set session authorization regress_analyst;
select tests.refused($$select from steward.job$$);
select tests.refused($$select from steward.jobs$$);
select tests.refused($$select steward.enqueue('noop')$$);
set session authorization regress_admin;
select tests.refused($$select from steward.job$$);
select tests.refused($$select steward.claim_jobs('w', '{default}', 1)$$);
select tests.refused($$update steward.tool set concurrency = null$$);
-- Default privileges of whoever installs give nothing away.
reset session authorization;
drop extension pg_steward cascade;
alter default privileges grant execute on functions to regress_nobody;
alter default privileges grant all on tables to regress_nobody;
create extension pg_steward;
select p.oid::regprocedure from pg_proc p where p.pronamespace = 'steward'::regnamespace
    and exists (select from aclexplode(p.proacl) a where a.grantee in (0, 'regress_nobody'::regrole));
select c.oid::regclass from pg_class c where c.relnamespace = 'steward'::regnamespace
    and exists (select from aclexplode(c.relacl) a where a.grantee in (0, 'regress_nobody'::regrole));
alter default privileges revoke execute on functions from regress_nobody;
alter default privileges revoke all on tables from regress_nobody;
