-- Creating workspaces and saying who is who. The tables and their story are in 020_identity.sql.

create function steward.create_workspace(slug text, name text, time_zone text default 'UTC', plan text default 'self_hosted')
    returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    created uuid := steward.new_id();
    creator uuid := steward.uid();
begin
    perform steward.require('slug', create_workspace.slug), steward.require('name', create_workspace.name),
        steward.require('time_zone', create_workspace.time_zone), steward.require('plan', create_workspace.plan);
    if create_workspace.slug !~ '^[a-z0-9][a-z0-9_-]{0,62}$' then
        perform steward.refuse('22023', 'slug_invalid', format('%L is no workspace slug', left(create_workspace.slug, 80)),
            'Use 1 to 63 characters: small letters, digits, - and _, the first a letter or digit.');
    end if;
    if not exists (select from pg_timezone_names z where z.name = create_workspace.time_zone) then
        perform steward.refuse('22023', 'time_zone_unknown', format('time zone %L does not exist', left(create_workspace.time_zone, 80)),
            'Use an IANA name such as America/Sao_Paulo; select name from pg_timezone_names lists them.');
    end if;
    if char_length(create_workspace.name) not between 1 and 200 or char_length(create_workspace.plan) not between 1 and 63 then
        perform steward.refuse('22023', 'name_length', 'a workspace name has 1 to 200 characters, a plan name 1 to 63', 'Shorten it.');
    end if;
    insert into steward.workspace (id, slug, name, time_zone, plan, created_at)
    values (created, create_workspace.slug, create_workspace.name, create_workspace.time_zone, create_workspace.plan, steward.clock())
    on conflict on constraint workspace_slug_key do nothing;
    if not found then
        perform steward.refuse('42710', 'workspace_exists', format('a workspace with slug %L exists already', create_workspace.slug),
            'Choose another slug.');
    end if;
    if creator is not null then
        insert into steward.member (workspace_id, user_id, role, added_at) values (created, creator, 'owner', steward.clock());
    end if;
    return created;
end
$$;
comment on function steward.create_workspace(text, text, text, text) is
    'Creates a workspace and returns its id; the session''s user, if any, becomes its owner. For steward_admin. '
    'Errors: 22004 argument_null, 22023 slug_invalid, time_zone_unknown, name_length, 42710 workspace_exists.';

create function steward.add_member(workspace_id uuid, user_id uuid, role text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    manager text;
    over_owners boolean;
    written boolean := false;
begin
    perform steward.require('workspace_id', add_member.workspace_id::text), steward.require('user_id', add_member.user_id::text),
        steward.require('role', add_member.role);
    if add_member.role not in ('owner', 'admin', 'editor', 'viewer') then
        perform steward.refuse('22023', 'role_unknown', format('%L is no member role', left(add_member.role, 80)),
            'Use owner, admin, editor or viewer.');
    end if;
    select m.role into manager from steward.member m
    where m.workspace_id = add_member.workspace_id and m.user_id = steward.uid() and m.role in ('owner', 'admin');
    if not steward.is_admin() and manager is null
        or not exists (select from steward.workspace w where w.id = add_member.workspace_id) then
        perform steward.refuse('42704', 'workspace_unknown',
            format('workspace %s does not exist or is not yours to manage', add_member.workspace_id),
            'Check the id; only its owner, its admins and steward_admin add members.');
    end if;
    over_owners := steward.is_admin() or manager = 'owner';
    -- Whether the user is an owner is asked of the locked row: somebody may be making one at this moment.
    if add_member.role <> 'owner' or over_owners then
        insert into steward.member as m (workspace_id, user_id, role, added_at)
        values (add_member.workspace_id, add_member.user_id, add_member.role, steward.clock())
        on conflict on constraint member_pkey do update set role = excluded.role, added_at = excluded.added_at
        where m.role <> 'owner' or over_owners;
        written := found;
    end if;
    if not written then
        perform steward.refuse('42501', 'owner_required', 'only an owner makes or changes an owner', 'Ask an owner of the workspace.');
    end if;
end
$$;
comment on function steward.add_member(uuid, uuid, text) is
    'Adds a user to a workspace or changes the role. For owners and admins of it and for steward_admin. '
    'Errors: 22004 argument_null, 22023 role_unknown, 42501 owner_required, 42704 workspace_unknown.';

create function steward.set_login(role name, kind text, user_id uuid) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('role', set_login.role::text);
    if not exists (select from pg_roles r where r.rolname = set_login.role) then
        perform steward.refuse('42704', 'login_unknown', format('role %I does not exist', set_login.role),
            'Create it first: create role … login.');
    end if;
    if set_login.kind = 'gateway' and pg_has_role(set_login.role, 'steward_worker', 'member') then
        perform steward.refuse('42501', 'worker_is_gateway', format('role %I is a worker login, which is never a gateway', set_login.role),
            'Use separate logins for the worker and for the gateway.');
    end if;
    insert into steward.login as l (role_name, role_id, kind, user_id)
    values (set_login.role, quote_ident(set_login.role)::regrole, set_login.kind, set_login.user_id)
    on conflict on constraint login_pkey do update
    set role_id = excluded.role_id, kind = excluded.kind, user_id = excluded.user_id;
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
    'Errors: 22004 argument_null, 42704 login_unknown, 42501 worker_is_gateway.';

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
    'Says which user a database login is. For steward_admin. Errors: 22004 argument_null, 42704 login_unknown.';
