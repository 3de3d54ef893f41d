-- Who somebody is, and what they may reach.
--
-- A workspace is a tenant. A member is a user id with a role in a workspace: owner, admin, editor (may enqueue) or
-- viewer (may read). A user id is whatever the application uses, a uuid; pg_steward keeps no accounts of its own.
-- A login says whom a database login speaks for:
--   gateway  a pooled login such as PostgREST's authenticator: it is trusted to say who the user is, in
--            request.jwt.claims ->> 'sub' or, without claims, in the setting steward.user_id;
--   member   a login that is always the one member named in user_id.
-- Any SQL session can SET request.jwt.claims, so the claim counts only when session_user is a gateway.
-- A login without a row is nobody. create_workspace, add_member, remove_member, trust_gateway, map_login and forget_login own the
-- writes. Who a session is at this moment is told in 021_session.sql, what that lets it do in 022_acts.sql.
-- Nothing here is pruned: a workspace stays, a member until it is removed, a login until it is forgotten.

create table steward.workspace (
    id uuid constraint workspace_pkey primary key,
    slug text not null
        constraint workspace_slug_key unique
        constraint workspace_slug_check check (slug ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    name text not null constraint workspace_name_check check (char_length(name) between 1 and 200),
    time_zone text not null,
    plan text not null constraint workspace_plan_check check (char_length(plan) between 1 and 63),
    created_at timestamptz not null,
    dry_run boolean not null default false,
    plan_since timestamptz
);
comment on table steward.workspace is 'A tenant. Kept for good.';
comment on column steward.workspace.id is 'Time-ordered uuid (version 7).';
comment on column steward.workspace.slug is 'Short unique name for people and scripts.';
comment on column steward.workspace.name is 'Name shown to people.';
comment on column steward.workspace.time_zone is 'IANA zone in which its calendar windows turn.';
comment on column steward.workspace.plan is 'Name of the plan whose limits apply.';
comment on column steward.workspace.created_at is 'When it was created.';
comment on column steward.workspace.plan_since is 'When it got its plan; null since it was created.';
comment on column steward.workspace.dry_run is 'Whether its jobs do everything but go out: each ends well, with the request that would have been sent as its result.';

create table steward.member (
    workspace_id uuid not null,
    user_id uuid not null,
    role text not null constraint member_role_check check (role in ('owner', 'admin', 'editor', 'viewer')),
    added_at timestamptz not null,
    constraint member_pkey primary key (user_id, workspace_id),
    constraint member_workspace_fkey foreign key (workspace_id) references steward.workspace (id)
);
comment on table steward.member is 'A user in a workspace, with one role. Kept until remove_member; the audit keeps who it was.';
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
comment on table steward.login is 'Whom a database login speaks for. Kept until replaced, or forget_login.';
comment on column steward.login.role_name is 'Name of the login role (session_user).';
comment on column steward.login.role_id is 'Its oid when the row was written: a role that was dropped and made anew under the name is nobody.';
comment on column steward.login.kind is 'gateway: names the user per request; member: is always user_id.';
comment on column steward.login.user_id is 'The one user a member login is; null for a gateway.';
