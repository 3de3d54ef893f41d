-- Who somebody is, and what they may reach.
--
-- A workspace is a tenant. A member is a user id with a role in a workspace: owner, admin, editor (may enqueue) or
-- viewer (may read). A user id is whatever the application uses, a uuid; pg_steward keeps no accounts of its own.
-- A login says whom a database login speaks for:
--   gateway  a pooled login such as PostgREST's authenticator: it is trusted to say who the user is, in
--            request.jwt.claims ->> 'sub' or, without claims, in the setting steward.user_id;
--   member   a login that is always the one member named in user_id.
-- Any SQL session can SET request.jwt.claims, so the claim counts only when session_user is a gateway.
-- A login without a row is nobody. create_workspace, add_member, trust_gateway and map_login own the writes.
-- Nothing here is pruned: a workspace, a member and a login are replaced, or stay.

create table steward.workspace (
    id uuid constraint workspace_pkey primary key,
    slug text not null
        constraint workspace_slug_key unique
        constraint workspace_slug_check check (slug ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    name text not null constraint workspace_name_check check (char_length(name) between 1 and 200),
    time_zone text not null,
    plan text not null constraint workspace_plan_check check (char_length(plan) between 1 and 63),
    created_at timestamptz not null
);
comment on table steward.workspace is 'A tenant. Kept for good.';
comment on column steward.workspace.id is 'Time-ordered uuid (version 7).';
comment on column steward.workspace.slug is 'Short unique name for people and scripts.';
comment on column steward.workspace.name is 'Name shown to people.';
comment on column steward.workspace.time_zone is 'IANA zone in which its calendar windows turn.';
comment on column steward.workspace.plan is 'Name of the plan whose limits apply.';
comment on column steward.workspace.created_at is 'When it was created.';

create table steward.member (
    workspace_id uuid not null,
    user_id uuid not null,
    role text not null constraint member_role_check check (role in ('owner', 'admin', 'editor', 'viewer')),
    added_at timestamptz not null,
    constraint member_pkey primary key (user_id, workspace_id),
    constraint member_workspace_fkey foreign key (workspace_id) references steward.workspace (id)
);
comment on table steward.member is 'A user in a workspace. Kept for good; the role may change.';
comment on column steward.member.workspace_id is 'The workspace.';
comment on column steward.member.user_id is 'The application''s user id.';
comment on column steward.member.role is 'owner, admin, editor or viewer.';
comment on column steward.member.added_at is 'When the user was added, or the role last changed.';

create table steward.login (
    role_name name not null constraint login_pkey primary key,
    role_id oid not null,
    kind text not null constraint login_kind_check check (kind in ('gateway', 'member')),
    user_id uuid,
    constraint login_user_check check ((kind = 'member') = (user_id is not null))
);
comment on table steward.login is 'Whom a database login speaks for. Kept until replaced.';
comment on column steward.login.role_name is 'Name of the login role (session_user).';
comment on column steward.login.role_id is 'Its oid when the row was written: a role that was dropped and made anew under the name is nobody.';
comment on column steward.login.kind is 'gateway: names the user per request; member: is always user_id.';
comment on column steward.login.user_id is 'The one user a member login is; null for a gateway.';

-- The user id a gateway names for this request. An empty setting is what a pool leaves behind: nobody.
create function steward.claimed_user() returns uuid
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    claims text := nullif(current_setting('request.jwt.claims', true), '');
    named text;
begin
    if claims is not null then
        named := claims::jsonb ->> 'sub';  -- claims without a sub are nobody and never fall through to steward.user_id
    else
        named := nullif(current_setting('steward.user_id', true), '');
    end if;
    return named::uuid;
exception
    when invalid_text_representation or invalid_parameter_value or untranslatable_character or numeric_value_out_of_range
        or program_limit_exceeded or statement_too_complex then
        return null;  -- malformed claims name nobody; the caller gets the same error as a stranger
end
$$;
comment on function steward.claimed_user() is
    'The user id in request.jwt.claims or steward.user_id; null when absent or malformed. Counts only for gateways: see steward.uid().';

create function steward.uid() returns uuid
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    known record;
begin
    select l.kind, l.user_id into known from steward.login l
    where l.role_name = session_user and l.role_id = quote_ident(session_user)::regrole;
    if not found then
        return null;
    elsif known.kind = 'gateway' then
        return steward.claimed_user();
    end if;
    return known.user_id;
end
$$;
comment on function steward.uid() is
    'The user this session acts for: the claim of a trusted gateway, the mapped user of any other login, else null (nobody).';

create function steward.my_workspaces() returns setof uuid
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select m.workspace_id from steward.member m where m.user_id = steward.uid()
$$;
comment on function steward.my_workspaces() is 'Workspaces the session''s user is a member of. Every read policy goes through it.';

create function steward.is_admin() returns boolean
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    -- A gateway speaks for strangers, so it is never an administrator whatever it has been granted.
    select pg_has_role(session_user, 'steward_admin', 'usage')
        and not exists (select from steward.login l where l.role_name = session_user and l.kind = 'gateway')
$$;
comment on function steward.is_admin() is 'Whether the login has the rights of steward_admin and is no gateway.';

-- The workspace an act is for, checked: the one named, or the only one the user may act in.
create function steward.acting_workspace(actor uuid, asked uuid, roles text[]) returns uuid
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    candidates uuid[];
begin
    if actor is null then
        perform steward.refuse('42501', 'not_a_member', 'this session acts for nobody, so it may not act in any workspace',
            'Map the login with steward.map_login(role, user_id), or connect through a gateway trusted with steward.trust_gateway(role).');
    end if;
    select array_agg(m.workspace_id) into candidates
    from steward.member m
    where m.user_id = actor and m.role = any (roles) and (asked is null or m.workspace_id = asked);
    if cardinality(candidates) = 1 then
        return candidates[1];
    elsif cardinality(candidates) > 1 then
        perform steward.refuse('22023', 'workspace_ambiguous', 'the user may act in more than one workspace',
            'Name one: workspace_id => ''…''.');
    elsif asked is not null then
        -- The same words for a foreign and a missing workspace: an error must not tell which ids exist.
        perform steward.refuse('42704', 'workspace_unknown', format('workspace %s does not exist or is not yours to act in', asked),
            'Check the id, and that your role there is ' || array_to_string(roles, ', ') || '.');
    end if;
    perform steward.refuse('42501', 'not_a_member', 'the user may not act in any workspace',
        'Ask an administrator for steward.add_member(workspace_id, user_id, role) with role ' || array_to_string(roles, ', ') || '.');
    return null;  -- not reached: refuse never returns
end
$$;
comment on function steward.acting_workspace(uuid, uuid, text[]) is
    'Resolves and checks the workspace of an act: 42501 not_a_member, 42704 workspace_unknown, 22023 workspace_ambiguous.';
