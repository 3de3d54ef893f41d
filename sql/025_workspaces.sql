-- Creating workspaces, and who is a member of one. The tables and their story are in 020_identity.sql.

create function steward.require_time_zone(time_zone text) returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select from pg_timezone_names z where z.name = require_time_zone.time_zone) then
        perform steward.refuse('22023', 'time_zone_unknown', format('time zone %L does not exist', left(require_time_zone.time_zone, 80)),
            'Use an IANA name such as America/Sao_Paulo; select name from pg_timezone_names lists them.');
    end if;
end
$$;
comment on function steward.require_time_zone(text) is 'Refuses what is no time zone by name. Errors: 22023 time_zone_unknown.';

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
        steward.require('time_zone', create_workspace.time_zone), steward.require('plan', create_workspace.plan),
        steward.require_installation_act('create_workspace');
    if create_workspace.slug !~ '^[a-z0-9][a-z0-9_-]{0,62}$' then
        perform steward.refuse('22023', 'slug_invalid', format('%L is no workspace slug', left(create_workspace.slug, 80)),
            'Use 1 to 63 characters: small letters, digits, - and _, the first a letter or digit.');
    end if;
    perform steward.require_time_zone(create_workspace.time_zone);
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
    perform steward.record_act('create_workspace', created, 'workspace', created::text,
        jsonb_build_object('slug', create_workspace.slug, 'time_zone', create_workspace.time_zone, 'plan', create_workspace.plan, 'owner', creator));
    return created;
end
$$;
comment on function steward.create_workspace(text, text, text, text) is
    'Creates a workspace and returns its id; the session''s user, if any, becomes its owner. For steward_admin. '
    'Errors: 22004 argument_null, 22023 slug_invalid, time_zone_unknown, name_length, 42501 administrator_required, person_required, '
    '42710 workspace_exists.';

-- Holds the members of a workspace for this transaction, and says which role a user has there. The row of the workspace is locked, so
-- that two who remove the last two owners wait for each other. What the session may do is asked before it, so that no stranger waits there,
-- and after it, so that whoever was removed in the meantime has no say any more.
create function steward.locked_role(workspace_id uuid, user_id uuid) returns text
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require_act(locked_role.workspace_id, 'manage_members');
    perform from steward.workspace w where w.id = locked_role.workspace_id for no key update;
    perform steward.require_act(locked_role.workspace_id, 'manage_members');
    return (select m.role from steward.member m where m.workspace_id = locked_role.workspace_id and m.user_id = locked_role.user_id);
end
$$;
comment on function steward.locked_role(uuid, uuid) is 'Locks a workspace against other changes of its members, checks that the session may manage them, and returns the role of a user. Errors: those of require_act.';

create function steward.require_owner_rules(workspace_id uuid, user_id uuid, previous text, wanted text) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    if previous is not distinct from wanted or 'owner' not in (coalesce(previous, ''), coalesce(wanted, '')) then
        return;
    end if;
    if not steward.may(require_owner_rules.workspace_id, 'change_owners') then
        perform steward.refuse('42501', 'owner_required', 'only an owner makes or changes an owner', 'Ask an owner of the workspace.');
    end if;
    if previous = 'owner' and not exists (
        select from steward.member m
        where m.workspace_id = require_owner_rules.workspace_id and m.user_id <> require_owner_rules.user_id and m.role = 'owner'
    ) then
        perform steward.refuse('55000', 'last_owner', format('user %s is the only owner of workspace %s', require_owner_rules.user_id,
            require_owner_rules.workspace_id), 'Make somebody else an owner first.');
    end if;
end
$$;
comment on function steward.require_owner_rules(uuid, uuid, text, text) is
    'Checks a change from one role to another, null being none. Errors: 42501 owner_required, 55000 last_owner.';

create function steward.add_member(workspace_id uuid, user_id uuid, role text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    previous text;
begin
    perform steward.require('workspace_id', add_member.workspace_id::text), steward.require('user_id', add_member.user_id::text),
        steward.require('role', add_member.role);
    if add_member.role not in ('owner', 'admin', 'editor', 'viewer') then
        perform steward.refuse('22023', 'role_unknown', format('%L is no member role', left(add_member.role, 80)),
            'Use owner, admin, editor or viewer.');
    end if;
    perform steward.require_read_committed();
    previous := steward.locked_role(add_member.workspace_id, add_member.user_id);
    perform steward.require_owner_rules(add_member.workspace_id, add_member.user_id, previous, add_member.role);
    insert into steward.member as m (workspace_id, user_id, role, added_at)
    values (add_member.workspace_id, add_member.user_id, add_member.role, steward.clock())
    on conflict on constraint member_pkey do update set role = excluded.role, added_at = excluded.added_at;
    perform steward.record_act('add_member', add_member.workspace_id, 'member', add_member.user_id::text,
        jsonb_build_object('role', add_member.role, 'before', previous));
end
$$;
comment on function steward.add_member(uuid, uuid, text) is
    'Adds a user to a workspace or changes the role. For owners and admins of it and for steward_admin. '
    'Errors: 22004 argument_null, 22023 role_unknown, 42501 owner_required, person_required, 42704 workspace_unknown, 55000 isolation_unfit, last_owner.';

create function steward.remove_member(workspace_id uuid, user_id uuid) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    previous text;
begin
    perform steward.require('workspace_id', remove_member.workspace_id::text), steward.require('user_id', remove_member.user_id::text);
    perform steward.require_read_committed();
    previous := steward.locked_role(remove_member.workspace_id, remove_member.user_id);
    if previous is null then
        perform steward.refuse('42704', 'user_unknown', format('user %s is not a member of workspace %s', remove_member.user_id, remove_member.workspace_id),
            'Check the id; steward.members lists them.');
    end if;
    perform steward.require_owner_rules(remove_member.workspace_id, remove_member.user_id, previous, null);
    delete from steward.member m where m.workspace_id = remove_member.workspace_id and m.user_id = remove_member.user_id;
    perform steward.record_act('remove_member', remove_member.workspace_id, 'member', remove_member.user_id::text, jsonb_build_object('before', previous));
end
$$;
comment on function steward.remove_member(uuid, uuid) is
    'Takes a user out of a workspace. Jobs that are theirs fail at their next claim (membership_ended); a call that is under way is let '
    'end. For owners and admins of it and for steward_admin. '
    'Errors: 22004 argument_null, 42501 owner_required, person_required, 42704 user_unknown, workspace_unknown, 55000 isolation_unfit, last_owner.';

create function steward.set_dry_run(workspace_id uuid, dry_run boolean) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require('workspace_id', set_dry_run.workspace_id::text), steward.require('dry_run', set_dry_run.dry_run::text),
        steward.require_act(set_dry_run.workspace_id, 'rehearse');
    update steward.workspace w set dry_run = set_dry_run.dry_run where w.id = set_dry_run.workspace_id;
    perform steward.record_act('set_dry_run', set_dry_run.workspace_id, 'workspace', set_dry_run.workspace_id::text, jsonb_build_object('dry_run', set_dry_run.dry_run));
end
$$;
comment on function steward.set_dry_run(uuid, boolean) is
    'Lets the jobs of a workspace do everything but go out, or go out again; it counts for claims that begin after it. A job of a dry run ends well, with '
    'the request that would have been sent as its result. For owners and admins of it. Errors: 22004 argument_null, 42501 person_required, 42704 workspace_unknown.';
