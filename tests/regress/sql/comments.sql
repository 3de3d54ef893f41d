-- Every object that somebody may meet says what it is, and every function says where it looks for names. The lists must be empty.
\pset tuples_only on
\pset format unaligned

-- A table, a view, or a column of either without a comment.
select c.relname from pg_class c
where c.relnamespace = 'steward'::regnamespace and c.relkind in ('r', 'v', 'm', 'p', 'f') and coalesce(obj_description(c.oid, 'pg_class'), '') = ''
order by 1;
select c.relname || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'steward'::regnamespace and c.relkind in ('r', 'm', 'p', 'f') and coalesce(col_description(c.oid, a.attnum), '') = ''
order by c.relname, a.attnum;
select c.relname || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'steward'::regnamespace and c.relkind = 'v' and coalesce(col_description(c.oid, a.attnum), '') = ''
order by c.relname, a.attnum;

-- A function, a type of our own, the schema or the extension without one.
select p.oid::regprocedure from pg_proc p
where p.pronamespace = 'steward'::regnamespace and coalesce(obj_description(p.oid, 'pg_proc'), '') = '' order by 1;
select t.oid::regtype from pg_type t left join pg_class c on c.oid = t.typrelid
where t.typnamespace = 'steward'::regnamespace and t.typelem = 0 and coalesce(c.relkind, 'c') = 'c' and coalesce(obj_description(t.oid, 'pg_type'), '') = '' order by 1;
select 'schema' where coalesce(obj_description('steward'::regnamespace, 'pg_namespace'), '') = '';
select e.extname from pg_extension e where e.extname = 'pg_steward' and coalesce(obj_description(e.oid, 'pg_extension'), '') = '';

-- A comment that is no sentence.
select c.relname, d.objsubid, d.description from pg_description d join pg_class c on c.oid = d.objoid
where d.classoid = 'pg_class'::regclass and c.relnamespace = 'steward'::regnamespace and d.description !~ '^\S.*[.]$' order by 1, 2;
select p.oid::regprocedure, d.description from pg_description d join pg_proc p on p.oid = d.objoid
where d.classoid = 'pg_proc'::regclass and p.pronamespace = 'steward'::regnamespace and d.description !~ '^\S.*[.]$' order by 1;

-- The comment of a table says what ends its rows: pruning, removal, or that they are kept.
select c.relname from pg_class c where c.relnamespace = 'steward'::regnamespace and c.relkind = 'r'
    and obj_description(c.oid, 'pg_class') !~* '(pruned|kept|removed|deleted|rows leave)' order by 1;

-- What a role may call says which SQLSTATEs it raises, unless it takes nothing that could be wrong.
select p.oid::regprocedure from pg_proc p
where p.pronamespace = 'steward'::regnamespace and p.prosecdef and p.pronargs > 0 and obj_description(p.oid, 'pg_proc') !~ 'Errors:'
    and exists (select from unnest(array['steward_user', 'steward_worker', 'steward_admin', 'steward_analyst']) role where has_function_privilege(role, p.oid, 'execute'))
order by p.oid::regprocedure::text collate "C";
-- A slug that is raised somewhere stands in a comment, so that who reads one knows it.
select distinct slug from (
    select (regexp_matches(p.prosrc, $$refuse\('[0-9A-Z]{5}', '([a-z_]+)'$$, 'g'))[1] as slug from pg_proc p where p.pronamespace = 'steward'::regnamespace) s
where not exists (select from pg_proc p where p.pronamespace = 'steward'::regnamespace and obj_description(p.oid, 'pg_proc') ~ ('\m' || slug || '\M'))
order by 1;

-- A function that does not look for names in pg_catalog first and in the temporary schema last. Allowed are only those
-- written in Rust, which look nothing up: no SPI, no SQL; a SET clause would cost more than most of them do; those whose names were looked up when they were made,
-- and aggregates, which are made of those written in Rust.
select p.oid::regprocedure from pg_proc p join pg_language l on l.oid = p.prolang
where p.pronamespace = 'steward'::regnamespace and l.lanname <> 'c' and p.prosqlbody is null and p.prokind <> 'a' and not 'search_path=pg_catalog, pg_temp' = any (coalesce(p.proconfig, '{}'));
-- One of these that runs with its owner's rights: enqueue, which looks up no name by it (extension/src/api/enqueue.rs).
select p.oid::regprocedure from pg_proc p
where p.pronamespace = 'steward'::regnamespace and p.prosecdef and not 'search_path=pg_catalog, pg_temp' = any (coalesce(p.proconfig, '{}'));

-- A function that PUBLIC may execute, with its owner's rights or without; one that hands its execution on.
select p.oid::regprocedure, p.prosecdef from pg_proc p
where p.pronamespace = 'steward'::regnamespace and (p.proacl is null or exists (
    select from aclexplode(p.proacl) a where a.privilege_type = 'EXECUTE' and (a.grantee = 0 or a.is_grantable and a.grantee <> p.proowner)));
