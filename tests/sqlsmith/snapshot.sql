-- One line for each table of schema steward: how many rows stand in it, and their hash in whatever order they lie. Of the tables in the
-- variable `own` only the rows of workspace globex count: who looks on is a member of acme, and may change that.
\set ON_ERROR_STOP on
\o /dev/null
set time zone 'UTC';
select string_agg(format($q$select '%s ' || count(*) || ' ' || coalesce(md5(string_agg(r::text, E'\n' order by r::text collate "C")), '') from %1$s r %s$q$,
        c.oid::regclass, case when c.relname = any (:'own') then case f.column_name when 'workspace_id' then 'where r.workspace_id = tests.workspace(''globex'')'
            when 'account_id' then 'where r.account_id in (select a.id from steward.account a where a.workspace_id = tests.workspace(''globex''))'
            when 'id' then 'where r.id = tests.workspace(''globex'')'
            else 'where r.policy_id in (select p.id from steward.policy p join steward.account a on a.id = p.account_id where a.workspace_id = tests.workspace(''globex''))' end end),
    ' union all ' order by c.relname) as lines
from pg_class c
-- What says whose a row is.
left join lateral (
    select a.attname as column_name from pg_attribute a where a.attrelid = c.oid and not a.attisdropped and (a.attname = any (array['workspace_id', 'account_id', 'policy_id']) or c.relname = 'workspace' and a.attname = 'id')
    order by array_position(array['workspace_id', 'account_id'], a.attname::text) limit 1
) f on true
where c.relnamespace = 'steward'::regnamespace and c.relkind = 'r' and c.relname <> all (:'ignored') \gset
\o
:lines;
