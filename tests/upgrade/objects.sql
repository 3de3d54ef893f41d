-- Everything about an installation that an upgrade could leave different from a fresh one, as text: pg_temp.object_lines has a row
-- (object, n, line) for every fact, without a number that differs between two databases. objects_of in support.sh prints them sorted.
--
-- What counts: the members of the extension, what stands in its schema, and whatever belongs to one of these (indexes, constraints,
-- triggers, policies, types of rows …); the roles; default privileges, publications and event triggers of the whole database. A fact that
-- is not here is not compared: who uses a new kind of object adds it.
\set ON_ERROR_STOP on
set client_min_messages = warning;
set search_path = pg_catalog, pg_temp;  -- so that everything else is printed with its schema

create function pg_temp.named(classid oid, objid oid, objsubid int default 0) returns text language sql stable as $$
    select i.type || ' ' || i.identity from pg_identify_object(classid, objid, objsubid) i
$$;
-- Null privileges are the default ones. Each grant is a line that says the same in any order.
create function pg_temp.grants(privileges aclitem[], kind text, owner oid) returns setof text language sql stable as $$
    select format('grant %s to %s%s by %s', lower(a.privilege_type), case a.grantee when 0 then 'public' else a.grantee::regrole::text end,
        case when a.is_grantable then ' with grant option' end, a.grantor::regrole)
    from aclexplode(coalesce(privileges, acldefault(kind::"char", owner))) a
$$;
-- One fact of a row of a catalog, by the name of its column.
create function pg_temp.facts(row_of_catalog jsonb, columns text[]) returns text language sql immutable as $$
    select string_agg(c || ' ' || coalesce(row_of_catalog ->> c, 'null'), ', ') from unnest(columns) c
$$;

create temporary view pg_temp.ours as
with recursive ours as (
    select 'pg_extension'::regclass::oid as classid, e.oid as objid from pg_extension e where e.extname = 'pg_steward'
    union
    select 'pg_namespace'::regclass, n.oid from pg_namespace n where n.nspname = 'steward'
    union
    select d.classid, d.objid from ours o join pg_depend d on d.refclassid = o.classid and d.refobjid = o.objid
    where d.deptype in ('a', 'i', 'P', 'S')
        or d.deptype = 'e' and d.refclassid = 'pg_extension'::regclass
        or d.deptype = 'n' and d.refclassid = 'pg_namespace'::regclass
)
select o.classid, o.objid, pg_temp.named(o.classid, o.objid) as object from ours o
-- Tables for long values have their table's number as a name.
where not exists (select from pg_class c where o.classid = 'pg_class'::regclass and c.oid = o.objid and c.relnamespace = 'pg_toast'::regnamespace);

create temporary view pg_temp.relation_lines as
with relation as (select c.*, o.object from pg_temp.ours o join pg_class c on o.classid = 'pg_class'::regclass and c.oid = o.objid)
select r.object, 1 as n, format('owner %s, persistence %s, kind %s, method %s, options %s, options of long values %s, replica identity %s, row security %s, forced %s, partition %s',
        r.relowner::regrole, r.relpersistence, r.relkind, (select a.amname from pg_am a where a.oid = r.relam), r.reloptions,
        (select t.reloptions from pg_class t where t.oid = r.reltoastrelid), r.relreplident, r.relrowsecurity, r.relforcerowsecurity, r.relispartition) as line
from relation r
union all
select r.object, 2, g from relation r, pg_temp.grants(r.relacl, case r.relkind when 'S' then 's' else 'r' end, r.relowner) g where r.relkind not in ('i', 'I', 'c')
union all
select pg_temp.named('pg_class'::regclass, r.oid, a.attnum), 1,
    format('position %s, type %s, collation %s, not null %s, default %s, identity %s, generated %s, options %s, ',
        row_number() over (partition by r.oid order by a.attnum), format_type(a.atttypid, a.atttypmod), a.attcollation::regcollation, a.attnotnull,
        pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated,
        -- Some servers stamp every new column with pg_attver, a number that grows with whatever they write.
        array(select option from unnest(a.attoptions) option where not starts_with(option, 'pg_attver=')))
    || pg_temp.facts(to_jsonb(a), '{attstorage,attcompression,attstattarget,attislocal,attinhcount}')
from relation r
join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum
union all
select pg_temp.named('pg_class'::regclass, r.oid, a.attnum), 2, g
from relation r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped, pg_temp.grants(a.attacl, 'c', r.relowner) g
union all
select r.object, 3, pg_get_indexdef(r.oid) || ': '
    || pg_temp.facts(to_jsonb(i), '{indisvalid,indisready,indislive,indisunique,indisprimary,indisexclusion,indimmediate,indisclustered,indisreplident}')
from relation r join pg_index i on i.indexrelid = r.oid
union all
select r.object, 3, format('type %s, ', format_type(s.seqtypid, null)) || pg_temp.facts(to_jsonb(s), '{seqstart,seqincrement,seqmax,seqmin,seqcache,seqcycle}')
from relation r join pg_sequence s on s.seqrelid = r.oid
union all
select r.object, 100 + l.n::int, l.line from relation r, string_to_table(pg_get_viewdef(r.oid), E'\n') with ordinality as l (line, n) where r.relkind in ('v', 'm')
union all
select r.object, 4, 'inherits from ' || i.inhparent::regclass from relation r join pg_inherits i on i.inhrelid = r.oid;

-- What belongs to tables, and makes them refuse or do something.
create temporary view pg_temp.rule_lines as
select o.object, 1 as n, format('%s, ', pg_get_constraintdef(c.oid)) || pg_temp.facts(to_jsonb(c), '{contype,convalidated,condeferrable,condeferred,connoinherit,conislocal}') as line
from pg_temp.ours o join pg_constraint c on o.classid = 'pg_constraint'::regclass and c.oid = o.objid
union all
-- Those of a foreign key have a number in their name.
select case when t.tgisinternal then 'trigger of ' || pg_temp.named('pg_constraint'::regclass, t.tgconstraint) || ' on ' || t.tgrelid::regclass else o.object end, 1,
    format('enabled %s: %s', t.tgenabled, case when t.tgisinternal then t.tgfoid::regprocedure::text else pg_get_triggerdef(t.oid) end)
from pg_temp.ours o join pg_trigger t on o.classid = 'pg_trigger'::regclass and t.oid = o.objid
union all
select o.object, 1, format('enabled %s: %s', r.ev_enabled, case when r.rulename = '_RETURN' then 'the view' else pg_get_ruledef(r.oid) end)
from pg_temp.ours o join pg_rewrite r on o.classid = 'pg_rewrite'::regclass and r.oid = o.objid
union all
select o.object, 1, format('for %s to %s, permissive %s, using %s, with check %s', p.polcmd,
    (select string_agg(case r when 0 then 'public' else r::regrole::text end, ' ' order by r::regrole::text) from unnest(p.polroles) r), p.polpermissive,
    pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
from pg_temp.ours o join pg_policy p on o.classid = 'pg_policy'::regclass and p.oid = o.objid
union all
select o.object, 1, format('owner %s, target %s: %s', s.stxowner::regrole, s.stxstattarget, pg_get_statisticsobjdef(s.oid))
from pg_temp.ours o join pg_statistic_ext s on o.classid = 'pg_statistic_ext'::regclass and s.oid = o.objid;
\ir objects_of_schema.sql
