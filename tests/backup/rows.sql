-- One line for each table of schema steward: how many rows, and what stands in them in whatever order they lie. The table installation
-- has a line for each row, because a restore adds one; stale_lead has none, because leads that are restored are noted anew. Two databases hold the same when these lines are the same.
\set ON_ERROR_STOP on
\o /dev/null
set time zone 'UTC';
-- A query that makes one query of each table, so that it can be asked of a standby, too.
select string_agg(format($q$select '%s ' || count(*) || ' ' || coalesce(md5(string_agg(r::text, E'\n' order by r::text collate "C")), '') from %1$s r$q$, c.oid::regclass),
    ' union all ' order by c.relname) as lines
from pg_class c
where c.relnamespace = 'steward'::regnamespace and c.relkind = 'r' and c.relname not in ('installation', 'stale_lead') \gset
\o
:lines;
select 'steward.installation ' || md5(i::text) from steward.installation i order by i.id;
