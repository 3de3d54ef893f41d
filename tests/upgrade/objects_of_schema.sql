-- Second half of objects.sql: what does not belong to a table, and all of it in one view.

create temporary view pg_temp.routine_lines as
with routine as (select p.*, o.object from pg_temp.ours o join pg_proc p on o.classid = 'pg_proc'::regclass and p.oid = o.objid)
select r.object, 1 as n, format('owner %s, settings %s, support %s, language %s, ', r.proowner::regrole, r.proconfig, r.prosupport, (select l.lanname from pg_language l where l.oid = r.prolang))
    || pg_temp.facts(to_jsonb(r), '{prokind,prosecdef,provolatile,proparallel,proleakproof,proisstrict,proretset,procost,prorows}') as line
from routine r
union all
select r.object, 2, g from routine r, pg_temp.grants(r.proacl, 'f', r.proowner) g
union all
select r.object, 100 + l.n::int, l.line from routine r, string_to_table(pg_get_functiondef(r.oid), E'\n') with ordinality as l (line, n) where r.prokind <> 'a'
union all
select r.object, 3, format('arguments %s, result %s, step %s, final %s, combine %s, start %s', pg_get_function_arguments(r.oid), pg_get_function_result(r.oid),
    a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.agginitval)
from routine r join pg_aggregate a on a.aggfnoid = r.oid;

create temporary view pg_temp.type_lines as
with type as (select t.*, o.object from pg_temp.ours o join pg_type t on o.classid = 'pg_type'::regclass and t.oid = o.objid)
select t.object, 1 as n, format('owner %s, of %s, element %s, collation %s, ', t.typowner::regrole, format_type(nullif(t.typbasetype, 0), t.typtypmod), nullif(t.typelem, 0)::regtype, t.typcollation::regcollation)
    || pg_temp.facts(to_jsonb(t), '{typtype,typcategory,typispreferred,typnotnull,typdefault,typlen,typbyval,typalign,typstorage,typdelim}') as line
from type t
union all
select t.object, 2, g from type t, pg_temp.grants(t.typacl, 'T', t.typowner) g
union all
select t.object, 3, 'labels ' || string_agg(quote_literal(e.enumlabel), ' ' order by e.enumsortorder) from type t join pg_enum e on e.enumtypid = t.oid group by t.object
union all
select t.object, 3, format('range of %s, collation %s, operators %s, canonical %s, difference %s', r.rngsubtype::regtype, r.rngcollation::regcollation,
    pg_temp.named('pg_opclass'::regclass, r.rngsubopc), r.rngcanonical, r.rngsubdiff)
from type t join pg_range r on r.rngtypid = t.oid
union all
select o.object, 1, format('function %s, context %s, method %s', nullif(c.castfunc, 0)::regprocedure, c.castcontext, c.castmethod)
from pg_temp.ours o join pg_cast c on o.classid = 'pg_cast'::regclass and c.oid = o.objid
union all
select o.object, 1, format('owner %s, function %s, result %s, commutator %s, negator %s, selectivity %s %s, ', p.oprowner::regrole, p.oprcode::regprocedure, p.oprresult::regtype,
    nullif(p.oprcom, 0)::regoperator, nullif(p.oprnegate, 0)::regoperator, p.oprrest, p.oprjoin) || pg_temp.facts(to_jsonb(p), '{oprcanmerge,oprcanhash}')
from pg_temp.ours o join pg_operator p on o.classid = 'pg_operator'::regclass and p.oid = o.objid;

-- Rows that pg_dump leaves out are those that come with the extension.
create temporary view pg_temp.extension_lines as
with extension as (select e.* from pg_extension e where e.extname = 'pg_steward')
select 'extension pg_steward' as object, 1 as n, format('version %s, owner %s, schema %s, relocatable %s', e.extversion, e.extowner::regrole, e.extnamespace::regnamespace, e.extrelocatable) as line
from extension e
union all
select pg_temp.named('pg_class'::regclass, c.relation), 5, format('pg_dump writes its rows %s', coalesce(nullif(c.condition, ''), 'all')) from extension e, unnest(e.extconfig, e.extcondition) as c (relation, condition)
union all
select pg_temp.named('pg_class'::regclass, c.relation), 6, 'row ' || r.line
from extension e, unnest(e.extconfig, e.extcondition) as c (relation, condition),
    xmltable('/table/row/line' passing query_to_xml(format('select t::text as line from %s t%s', c.relation::regclass, case c.condition when 'where shipped is false' then ' where shipped' end), false, false, '') columns line text path '.') as r
where c.condition in ('where false', 'where shipped is false')
union all
select o.object, 0, concat('is there', ', member of the extension by ' || d.deptype::text)
from pg_temp.ours o
left join pg_depend d on d.classid = o.classid and d.objid = o.objid and d.deptype in ('e', 'x') and d.refclassid = 'pg_extension'::regclass
where o.object !~ '^trigger "RI_ConstraintTrigger'
union all
select o.object, 1, 'owner ' || n.nspowner::regrole from pg_temp.ours o join pg_namespace n on o.classid = 'pg_namespace'::regclass and n.oid = o.objid
union all
select o.object, 2, g from pg_temp.ours o join pg_namespace n on o.classid = 'pg_namespace'::regclass and n.oid = o.objid, pg_temp.grants(n.nspacl, 'n', n.nspowner) g
union all
select pg_temp.named(d.classoid, d.objoid, d.objsubid), 7, 'comment ' || quote_literal(d.description)
from pg_temp.ours o join pg_description d on d.classoid = o.classid and d.objoid = o.objid
union all
select pg_temp.named(s.classoid, s.objoid, s.objsubid), 8, format('security label of %s %L', s.provider, s.label)
from pg_temp.ours o join pg_seclabel s on s.classoid = o.classid and s.objoid = o.objid
union all
-- What pg_dump takes for granted: it writes only the privileges that differ from these.
select pg_temp.named(i.classoid, i.objoid, i.objsubid), 9, 'at installation ' || g
from pg_temp.ours o join pg_init_privs i on i.classoid = o.classid and i.objoid = o.objid, pg_temp.grants(i.initprivs, 'f', null) g;

create temporary view pg_temp.database_lines as
select 'role ' || r.rolname as object, 1 as n, pg_temp.facts(to_jsonb(r), '{rolsuper,rolinherit,rolcreaterole,rolcreatedb,rolcanlogin,rolreplication,rolbypassrls,rolconnlimit,rolvaliduntil}')
    || ', password ' || (r.rolpassword is not null) as line
from pg_authid r where starts_with(r.rolname::text, 'steward_')
union all
select 'role ' || s.setrole::regrole, 2, format('settings %s in %s', s.setconfig, case s.setdatabase when 0 then 'every database' else 'one database' end)
from pg_db_role_setting s join pg_authid r on r.oid = s.setrole where starts_with(r.rolname::text, 'steward_')
union all
-- Whom an administrator made a member is no part of an installation; what our roles are members of is.
select 'role ' || m.member::regrole, 3, format('member of %s by %s, admin %s', m.roleid::regrole, m.grantor::regrole, m.admin_option)
from pg_auth_members m join pg_authid r on r.oid = m.member where starts_with(r.rolname::text, 'steward_')
union all
select 'role ' || r.rolname, 4, 'comment ' || quote_literal(d.description)
from pg_authid r join pg_shdescription d on d.classoid = 'pg_authid'::regclass and d.objoid = r.oid where starts_with(r.rolname::text, 'steward_')
union all
select format('default privileges of %s in %s', d.defaclrole::regrole, nullif(d.defaclnamespace, 0)::regnamespace), 1, format('on %s %s', d.defaclobjtype, g)
from pg_default_acl d, pg_temp.grants(d.defaclacl, 'r', d.defaclrole) g
union all
select 'event trigger ' || e.evtname, 1, format('owner %s, on %s, tags %s, enabled %s, function %s', e.evtowner::regrole, e.evtevent, e.evttags, e.evtenabled, e.evtfoid::regprocedure)
from pg_event_trigger e
union all
select 'publication ' || p.pubname, 1, format('owner %s, ', p.pubowner::regrole) || pg_temp.facts(to_jsonb(p), '{puballtables,pubinsert,pubupdate,pubdelete,pubtruncate,pubviaroot}')
from pg_publication p
union all
select 'publication ' || t.pubname, 2, format('table %I.%I (%s) %s', t.schemaname, t.tablename, t.attnames, t.rowfilter) from pg_publication_tables t;

create temporary view pg_temp.object_lines as
select * from pg_temp.relation_lines union all select * from pg_temp.rule_lines union all select * from pg_temp.routine_lines
union all select * from pg_temp.type_lines union all select * from pg_temp.extension_lines union all select * from pg_temp.database_lines;
