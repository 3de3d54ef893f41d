-- Which tables of schema steward have rows, but for those of which pg_dump leaves rows out because the extension brings them.
select string_agg(c.oid::regclass::text, ', ' order by c.relname)
from pg_class c, pg_extension e
where c.relnamespace = 'steward'::regnamespace and c.relkind = 'r' and e.extname = 'pg_steward'
    and coalesce(e.extcondition[array_position(e.extconfig, c.oid)], '') not in ('where false', 'where shipped is false')
    and query_to_xml(format('select 1 from %s limit 1', c.oid::regclass), false, true, '')::text <> ''
