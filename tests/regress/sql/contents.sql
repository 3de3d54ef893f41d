-- What the extension consists of: tables with their columns, views, functions with their attributes. A change shows here and is meant.
\pset tuples_only on
\pset format unaligned

-- Tables: columns in order, those that may be null marked with ?.
select c.relname || ': ' || string_agg(format('%s %s%s', a.attname, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then '' else '?' end), ', ' order by a.attnum)
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'steward'::regnamespace and c.relkind = 'r' group by c.relname order by c.relname;
-- Constraints and indexes.
select x.conrelid::regclass, x.conname, pg_get_constraintdef(x.oid) from pg_constraint x where x.connamespace = 'steward'::regnamespace order by 1::text, 2;
select i.indexdef from pg_indexes i where i.schemaname = 'steward'
    and not exists (select from pg_constraint x where x.connamespace = 'steward'::regnamespace and x.conname = i.indexname) order by i.indexname;
-- Views: columns, and with whose rights they read.
select c.relname || coalesce(' (' || array_to_string(c.reloptions, ', ') || ')', '') || ': ' || string_agg(format('%s %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum)
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
where c.relnamespace = 'steward'::regnamespace and c.relkind = 'v' group by c.relname, c.reloptions order by c.relname;
-- Policies and triggers.
select p.tablename, p.policyname, p.cmd, p.roles, p.qual from pg_policies p where p.schemaname = 'steward' order by 1, 2;
select t.tgrelid::regclass, t.tgname, t.tgenabled from pg_trigger t join pg_class c on c.oid = t.tgrelid
where c.relnamespace = 'steward'::regnamespace and not t.tgisinternal order by t.tgrelid::regclass::text, 2;
-- Functions: what they return, language, volatility, with whose rights, settings beyond the search path.
select format('%s returns %s: %s', p.oid::regprocedure, pg_get_function_result(p.oid), concat_ws(', ', l.lanname,
    case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end, case p.proparallel when 's' then 'parallel safe' when 'r' then 'parallel restricted' end,
    case when p.proisstrict then 'strict' end, case when p.proleakproof then 'LEAKPROOF' end, case when p.prosecdef then 'owner''s rights' end,
    (select string_agg(s, ' ') from unnest(p.proconfig) s where s <> 'search_path=pg_catalog, pg_temp')))
from pg_proc p join pg_language l on l.oid = p.prolang where p.pronamespace = 'steward'::regnamespace order by p.oid::regprocedure::text collate "C";
-- What a dump holds of each table: all rows, or those that the condition lets through.
select o.relation::regclass, o.condition from pg_extension e, unnest(e.extconfig, e.extcondition) as o (relation, condition)
where e.extname = 'pg_steward' order by 1::text;
