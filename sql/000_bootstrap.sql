-- What must hold before anything else is created: the encoding, the roles, and a schema nobody but its owner writes to.
--
-- steward_owner   owns every object; NOLOGIN, no superuser, no BYPASSRLS. Nobody is a member of it.
-- steward_user    what applications act as: enqueue, read their own workspaces through RLS.
-- steward_worker  what the worker's login is a member of: claim, mark sent, finish.
-- steward_analyst reads analyst views only.
-- steward_admin   defines providers and tools, creates workspaces, maps logins.
-- steward_script  the one login of all scripts: nobody until it shows the token of an attempt. It has no password until somebody gives it one.
-- The roles belong to the cluster, the extension to one database: a second database finds them there.

do $bootstrap$
declare
    role_name name;
    grantee text;
begin
    if pg_catalog.current_setting('server_encoding') operator(pg_catalog.<>) 'UTF8' then
        raise exception using
            errcode = '55000',
            message = 'pg_steward needs a database with encoding UTF8',
            detail = 'code=encoding_not_utf8',
            hint = 'Create the database with: create database … encoding ''UTF8'' template template0';
    end if;

    foreach role_name in array array['steward_owner', 'steward_user', 'steward_worker', 'steward_analyst', 'steward_admin',
        'steward_script']::pg_catalog.name[] loop
        if not exists (select from pg_catalog.pg_roles r where r.rolname operator(pg_catalog.=) role_name) then
            execute pg_catalog.format('create role %I %s', role_name,
                case when role_name operator(pg_catalog.=) 'steward_script' then 'login inherit' else 'nologin noinherit' end);
        elsif exists (
            select from pg_catalog.pg_roles r
            where r.rolname operator(pg_catalog.=) role_name
                and (r.rolcanlogin operator(pg_catalog.<>) (role_name operator(pg_catalog.=) 'steward_script') or r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolbypassrls or r.rolreplication)
        ) then
            raise exception using
                errcode = '42710',
                message = pg_catalog.format('role %I exists already and has attributes it must not have', role_name),
                detail = 'code=role_prepared',
                hint = 'Somebody prepared this role before the installation. Drop it, or take LOGIN (steward_script has it), SUPERUSER, CREATEROLE, '
                    'CREATEDB, REPLICATION and BYPASSRLS from it, then install again.';
        end if;
    end loop;

    -- Everything runs as steward_owner: what it may do and who may act as it is nobody else's to decide.
    if exists (
        select from pg_catalog.pg_auth_members m
        where 'steward_owner'::pg_catalog.regrole operator(pg_catalog.=) any (array[m.roleid, m.member])
    ) then
        raise exception using
            errcode = '42710',
            message = 'role steward_owner exists already and has members or is a member of another role',
            detail = 'code=role_prepared',
            hint = 'Whoever is a member of it could change every table. Revoke these memberships, then install again.';
    end if;
    -- The other roles get their members after an installation, so in the first database of a cluster they have none. Where
    -- steward_owner owns something in another database, this is not the first. A restore may bring the roles with their members
    -- first; the superuser who restores says so (steward.accept_roles, which nobody else can set for that session).
    if coalesce(pg_catalog.current_setting('steward.accept_roles', true), '') operator(pg_catalog.<>) 'on' and not exists (
        select from pg_catalog.pg_shdepend s
        where s.refclassid operator(pg_catalog.=) 'pg_catalog.pg_authid'::pg_catalog.regclass
            and s.refobjid operator(pg_catalog.=) 'steward_owner'::pg_catalog.regrole and s.deptype operator(pg_catalog.=) 'o'
            and s.dbid operator(pg_catalog.<>) 0
            -- A dump has made the schema of this database its own before it comes to the extension.
            and s.dbid operator(pg_catalog.<>) (select d.oid from pg_catalog.pg_database d where d.datname operator(pg_catalog.=) pg_catalog.current_database())
    ) and exists (
        select from pg_catalog.pg_auth_members m
        join pg_catalog.pg_roles r on r.oid operator(pg_catalog.=) m.roleid
        where r.rolname operator(pg_catalog.=) any (array['steward_user', 'steward_worker', 'steward_analyst', 'steward_admin', 'steward_script']::pg_catalog.name[])
            and not (r.rolname operator(pg_catalog.=) 'steward_user' and m.member operator(pg_catalog.=) 'steward_script'::pg_catalog.regrole)
        union all
        -- What the roles may do beyond ours, a password that somebody knows, settings that every session of theirs begins with.
        select from pg_catalog.pg_auth_members m
        join pg_catalog.pg_authid r on r.oid operator(pg_catalog.=) m.member
        where pg_catalog.starts_with(r.rolname::pg_catalog.text, 'steward_')
            and not (r.rolname operator(pg_catalog.=) 'steward_script' and m.roleid operator(pg_catalog.=) 'steward_user'::pg_catalog.regrole)
        union all
        select from pg_catalog.pg_authid r
        where r.rolname operator(pg_catalog.=) any (array['steward_owner', 'steward_user', 'steward_worker', 'steward_analyst', 'steward_admin', 'steward_script']::pg_catalog.name[])
            and (r.rolpassword is not null or exists (select from pg_catalog.pg_db_role_setting s where s.setrole operator(pg_catalog.=) r.oid))
    ) then
        raise exception using
            errcode = '42710',
            message = 'roles of pg_steward exist already and have members, memberships, a password or settings, although it is installed in no database of this cluster',
            detail = 'code=role_prepared',
            hint = 'Somebody prepared them before the installation. Revoke these grants and reset password and settings, install again, then grant to '
                'whom you trust. If you restored the roles from a backup, or dropped the extension here before: '
                'set steward.accept_roles = on.';
    end if;

    -- Whoever prepared the schema could own it, or have left functions in it that would pass for ours.
    if exists (
        select from pg_catalog.pg_namespace n
        where n.nspname operator(pg_catalog.=) 'steward'
            and n.nspowner operator(pg_catalog.<>) current_user::pg_catalog.regrole
            and n.nspowner operator(pg_catalog.<>) 'steward_owner'::pg_catalog.regrole
    ) or exists (
        select from pg_catalog.pg_depend d
        where d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
            and d.refobjid operator(pg_catalog.=) 'steward'::pg_catalog.regnamespace
            and d.deptype operator(pg_catalog.=) 'n'
            and not (d.classid operator(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass)
    ) then
        raise exception using
            errcode = '42710',
            message = 'schema steward exists already and is not empty, or belongs to somebody else',
            detail = 'code=schema_prepared',
            hint = 'Somebody prepared this schema before the installation. Look at what is in it, drop it, then install again.';
    end if;
    -- A schema that is older than this transaction is a restore's, which fills the tables after this: see 028_restore.sql. Asked before the
    -- revoke below writes the row anew.
    perform pg_catalog.set_config('steward_install.place_suffix', case when exists (
        select from pg_catalog.pg_namespace n
        where n.nspname operator(pg_catalog.=) 'steward'
            and (n.nspowner operator(pg_catalog.=) 'steward_owner'::pg_catalog.regrole
                or n.xmin::pg_catalog.text operator(pg_catalog.<>) (pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8 operator(pg_catalog.%) 4294967296)::pg_catalog.text)
        ) then '/restoring' else '' end, true);
    -- Rights that were granted on it before go: only 999_privileges.sql grants.
    for grantee in
        select distinct
            case when a.grantee operator(pg_catalog.=) 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) end
        from pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a
        where n.nspname operator(pg_catalog.=) 'steward' and a.grantee operator(pg_catalog.<>) n.nspowner
    loop
        execute pg_catalog.format('revoke all on schema steward from %s', grantee);
    end loop;
end
$bootstrap$;

-- What is created from here on belongs to nobody but its owner in the end: 999_privileges.sql takes every function from PUBLIC and
-- grants one at a time.
revoke all on schema steward from public;
