/* <begin connected objects> */
-- extension/src/lib.rs:63
-- requires:
--   workspaces

-- Whom a database login speaks for: gateways that are trusted, logins that are mapped. The table and its story are in 020_identity.sql.

create function steward.set_login(role name, kind text, user_id uuid) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('role', set_login.role::text), steward.require_installation_act('map_logins');
    if not exists (select from pg_roles r where r.rolname = set_login.role) then
        perform steward.refuse('42704', 'login_unknown', format('role %I does not exist', set_login.role),
            'Create it first: create role … login.');
    end if;
    if set_login.role like 'steward\_%' then
        perform steward.refuse('42501', 'login_reserved', format('role %I is one of pg_steward''s own', set_login.role),
            'Create a login of your own and grant it steward_user.');
    end if;
    if pg_has_role(set_login.role, 'steward_worker', 'member') and not (select r.rolsuper from pg_roles r where r.rolname = set_login.role) then
        perform steward.refuse('42501', 'login_is_worker', format('role %I is a worker login, which speaks for nobody', set_login.role),
            'Use separate logins for the worker and for people.');
    end if;
    insert into steward.login as l (role_name, role_id, kind, user_id)
    values (set_login.role, quote_ident(set_login.role)::regrole, set_login.kind, set_login.user_id)
    on conflict on constraint login_pkey do update
    set role_id = excluded.role_id, kind = excluded.kind, user_id = excluded.user_id;
    perform steward.record_act(case set_login.kind when 'gateway' then 'trust_gateway' else 'map_login' end, null, 'login', set_login.role,
        jsonb_build_object('user_id', set_login.user_id));
end
$$;
comment on function steward.set_login(name, text, uuid) is 'Writes whom a login speaks for; called by trust_gateway and map_login.';

create function steward.trust_gateway(role name) returns void
    language sql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
    select steward.set_login(role, 'gateway', null)
$$;
comment on function steward.trust_gateway(name) is
    'Trusts a pooled login (PostgREST''s authenticator) to name the user of each request. For steward_admin. '
    'Errors: 22004 argument_null, 42501 administrator_required, login_is_worker, login_reserved, person_required, 42704 login_unknown.';

create function steward.map_login(role name, user_id uuid) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('user_id', map_login.user_id::text);
    perform steward.set_login(map_login.role, 'member', map_login.user_id);
end
$$;
comment on function steward.map_login(name, uuid) is
    'Says which user a database login is. For steward_admin. '
    'Errors: 22004 argument_null, 42501 administrator_required, login_is_worker, login_reserved, person_required, 42704 login_unknown.';

create function steward.forget_login(role name) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('role', forget_login.role::text), steward.require_installation_act('map_logins');
    delete from steward.login l where l.role_name = forget_login.role;
    if not found then
        perform steward.refuse('42704', 'login_unknown', format('role %I is neither trusted nor mapped', forget_login.role), 'There is nothing to forget.');
    end if;
    perform steward.record_act('forget_login', null, 'login', forget_login.role);
end
$$;
comment on function steward.forget_login(name) is
    'Takes trust or mapping from a login: from the next statement on it is nobody. For steward_admin. '
    'Errors: 22004 argument_null, 42501 administrator_required, person_required, 42704 login_unknown.';
/* </end connected objects> */
