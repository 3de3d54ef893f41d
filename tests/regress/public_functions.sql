-- The functions that somebody besides their owner may call, by name: what a test must call.
select distinct p.proname
from pg_catalog.pg_proc p
cross join lateral pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) g
where p.pronamespace = 'steward'::regnamespace and g.grantee <> p.proowner
order by 1
