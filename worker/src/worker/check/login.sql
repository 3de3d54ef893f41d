-- What a login may do for a worker, found in the catalogs: a function of pg_steward would need the very rights that are asked about.
select r.rolname::text as login, r.rolsuper as is_superuser, pg_is_in_recovery() as is_standby,
    (select e.extversion from pg_catalog.pg_extension e where e.extname = 'pg_steward') as release,
    exists (select from pg_catalog.pg_roles w where w.rolname = 'steward_worker' and pg_has_role(w.oid, 'member')) as is_member,
    exists (
        select from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'steward' and p.proname = 'claim_jobs'
            and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute')) as may_claim
from pg_catalog.pg_roles r where r.rolname = current_user
