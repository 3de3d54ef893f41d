-- The last step: what was created by this upgrade to its owner, and what it grants. What stood there before keeps its rights, also those that
-- an administrator gave away.

do $ownership$
declare
    object record;
    extension constant oid := (select e.oid from pg_catalog.pg_extension e where e.extname operator(pg_catalog.=) 'pg_steward');
    -- Tables whose rows come with the extension: pg_dump leaves them out.
    seeds constant pg_catalog.name[] := array['act', 'role_act', 'personal_data'];
begin
    for object in
        select case when m.classid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass then 'table' else 'function' end as kind,
            coalesce(c.oid::pg_catalog.regclass::pg_catalog.text, p.oid::pg_catalog.regprocedure::pg_catalog.text) as name,
            c.oid::pg_catalog.regclass as relation, c.relname, c.relkind operator(pg_catalog.=) 'r' as is_table,
            coalesce(c.relowner, p.proowner) as creator, coalesce(c.relacl, p.proacl) as privileges
        from pg_catalog.pg_depend m
        left join pg_catalog.pg_class c on m.classid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
            and c.oid operator(pg_catalog.=) m.objid and c.relkind operator(pg_catalog.=) any (array['r', 'v']::pg_catalog."char"[])
        left join pg_catalog.pg_proc p on m.classid operator(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
            and p.oid operator(pg_catalog.=) m.objid
        where m.refobjid operator(pg_catalog.=) extension and m.deptype operator(pg_catalog.=) 'e'
            and coalesce(c.relowner, p.proowner) operator(pg_catalog.<>) 'steward_owner'::pg_catalog.regrole
    loop
        execute pg_catalog.format('alter %s %s owner to steward_owner', object.kind, object.name);
        -- A table that nobody was granted keeps no list at all, as in a fresh installation.
        if object.is_table is not true or object.privileges is not null then
            execute pg_catalog.format('revoke all on %s %s from public', object.kind, object.name);
        end if;
        -- Default privileges of whoever upgrades may give away more.
        execute coalesce((
            select pg_catalog.string_agg(pg_catalog.format('revoke all on %s %s from %s', object.kind, object.name, a.grantee::pg_catalog.regrole), '; ')
            from pg_catalog.aclexplode(object.privileges) a
            where a.grantee operator(pg_catalog.<>) all (array[0::pg_catalog.oid, object.creator, 'steward_owner'::pg_catalog.regrole])
        ), 'select');
        if object.is_table then
            perform pg_catalog.pg_extension_config_dump(object.relation,
                case when object.relname operator(pg_catalog.=) any (seeds) then 'where false'
                    when object.relname operator(pg_catalog.=) 'price' then 'where shipped is false' else '' end);
        end if;
    end loop;
end
$ownership$;

grant execute on function steward.release_unheld(text, uuid[], int[]) to steward_worker;
grant execute on function steward.price_for(text, text, timestamptz) to steward_user, steward_admin;
grant execute on function steward.import_prices(jsonb, boolean), steward.shipped_prices() to steward_admin;
grant select on steward.price to steward_user, steward_admin;
grant select on steward.price_import to steward_admin;
grant execute on function steward.readable_cooldowns() to steward_user, steward_admin;
grant execute on function steward.lift_cooldown(text, text) to steward_admin;
grant select on steward.cooldowns to steward_user, steward_admin;
