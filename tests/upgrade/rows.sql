-- Makes a query of the tables there are: for each table and the columns it has now, how many rows, and what stands in them. Asked before and after an
-- upgrade, it says whether a row was changed; what the upgrade adds, columns and tables, it does not see. Rows that the extension brings are
-- compared with a fresh installation's instead.
select string_agg(format($q$select '%1$s ' || count(*) || ' ' || coalesce(md5(string_agg(row(%2$s)::text, E'\n' order by row(%2$s)::text collate "C")), '') from %1$s$q$,
    c.oid::regclass, (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)),
    E'\nunion all ' order by c.relname) || ';'
from pg_class c, pg_extension e
where c.relnamespace = 'steward'::regnamespace and c.relkind = 'r' and e.extname = 'pg_steward'
    and e.extcondition[array_position(e.extconfig, c.oid)] is distinct from 'where false'
