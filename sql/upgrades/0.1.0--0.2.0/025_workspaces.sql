-- create_workspace refuses a plan that does not exist.

create or replace function steward.create_workspace(slug text, name text, time_zone text default 'UTC', plan text default 'self_hosted')
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
    if not exists (select from steward.plan p where p.name = create_workspace.plan) then
        perform steward.refuse('42704', 'plan_unknown', format('plan %L does not exist', left(create_workspace.plan, 80)), 'select name from steward.plan lists them; steward.define_plan makes one.');
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
    '42704 plan_unknown, 42710 workspace_exists.';
