-- One line for each table of schema steward: how many rows stand in it, and their hash in whatever order they lie. Of the tables in the
-- variable `own` only the rows of workspace globex count: who looks on is a member of acme, and may change that.
\set ON_ERROR_STOP on
\o /dev/null
set time zone 'UTC';
select string_agg(format($q$select '%s ' || count(*) || ' ' || coalesce(md5(string_agg(r::text, E'\n' order by r::text collate "C")), '') from %1$s r %s$q$,
        c.oid::regclass, case when c.relname = any (:'own') then 'where r.workspace_id = tests.workspace(''globex'')' end), ' union all ' order by c.relname) as lines
from pg_class c
where c.relnamespace = 'steward'::regnamespace and c.relkind = 'r' and c.relname <> all (:'ignored') \gset
\o
:lines;
