-- What somebody may do: one table, role × act. README prints it, and a test goes through it cell by cell.
--
-- owner, admin, editor and viewer are roles in a workspace; steward_admin is who has the rights of that database role: it acts on the
-- installation, and on the members of every workspace. What the worker may call is a matter of grants alone (999_privileges.sql).
-- Functions ask in one of four ways: may (yes or no), require_act (a workspace that was named), acting_workspace (one that may be left
-- out), require_installation_act. Each of them refuses a session of the wrong kind where the act needs a person.
-- Both tables come with the extension and change with its releases only.

create table steward.act (
    name text constraint act_pkey primary key,
    needs_person boolean not null,
    description text not null
);
comment on table steward.act is 'What can be done. Kept as it comes with the extension; a dump holds no row of it.';
comment on column steward.act.name is 'Name of the act.';
comment on column steward.act.needs_person is 'Whether a worker, a script or a function acting for a job is refused whatever its user may do.';
comment on column steward.act.description is 'What it is, in words.';

create table steward.role_act (
    act text not null constraint role_act_act_fkey references steward.act (name),
    role text not null constraint role_act_role_check check (role in ('owner', 'admin', 'editor', 'viewer', 'steward_admin')),
    constraint role_act_pkey primary key (act, role)
);
comment on table steward.role_act is 'Who may do what: a row is a permission. Kept as it comes with the extension; a dump holds no row of it.';
comment on column steward.role_act.act is 'The act.';
comment on column steward.role_act.role is 'Role in the workspace that is acted on, or steward_admin.';

insert into steward.act (name, needs_person, description) values
    ('read', false, 'read the workspace: jobs, attempts, members'),
    ('read_audit', false, 'read the audit of the workspace; steward_admin: of everything'),
    ('preview', false, 'see the request that a job would send'),
    ('enqueue', false, 'enqueue jobs'),
    ('enqueue_for_others', false, 'enqueue jobs for another member'),
    ('steer', false, 'cancel jobs, run them again'),
    ('resolve', true, 'say how a call in doubt ended'),
    ('rehearse', true, 'switch dry runs on and off'),
    ('set_limit', true, 'set limits of a workspace, and its time zone'),
    ('stop_spending', true, 'stop the spending of a workspace'),
    ('resume_spending', true, 'let a workspace spend again'),
    ('set_installation_limit', true, 'set limits of the installation and of plans, and plans of workspaces'),
    ('manage_accounts', true, 'add senders of outreach, set their pacing and their zone'),
    ('enable_account', true, 'let a sender of outreach act'),
    ('freeze_account', false, 'stop a sender of outreach'),
    ('resume_account', true, 'let a frozen sender of outreach go on'),
    ('outreach', false, 'schedule and cancel actions, leave people alone, tell what people answered'),
    ('erase_person', true, 'erase who a person is, of outreach and among leads'),
    ('edit_leads', false, 'import leads and change them'),
    ('rollback_leads', true, 'roll leads back, give fields of leads back to imports and tools'),
    ('define_rubrics', true, 'write and publish rubrics, set rules of ownership'),
    ('record_signals', false, 'tell what leads did, refresh scores'),
    ('manage_members', true, 'add and remove members, change their roles'),
    ('change_owners', true, 'make, change or remove an owner'),
    ('create_workspace', true, 'create workspaces'),
    ('define', true, 'define providers and tools'),
    ('import_prices', true, 'import prices of models'),
    ('map_logins', true, 'trust gateways, map and forget logins'),
    ('pause', true, 'pause and resume queues, lift cool-downs'),
    ('diagnose', false, 'ask for the health of the whole installation'),
    ('prune', true, 'delete jobs and audit rows that are old enough'),
    ('accept_restore', true, 'start the installation again after a restore');

insert into steward.role_act (act, role)
select a.act, r.role from (values
    ('read', '{owner, admin, editor, viewer}'),
    ('read_audit', '{owner, admin, steward_admin}'),
    ('preview', '{owner, admin, editor, viewer, steward_admin}'),
    ('enqueue', '{owner, admin, editor}'),
    ('enqueue_for_others', '{owner, admin}'),
    ('steer', '{owner, admin, editor}'),
    ('resolve', '{owner, admin, editor}'),
    ('rehearse', '{owner, admin}'),
    ('set_limit', '{owner, admin, steward_admin}'),
    ('stop_spending', '{owner, admin, editor, steward_admin}'),
    ('resume_spending', '{owner, admin, steward_admin}'),
    ('set_installation_limit', '{steward_admin}'),
    ('manage_accounts', '{owner, admin}'),
    ('enable_account', '{owner, admin}'),
    ('freeze_account', '{owner, admin, editor, steward_admin}'),
    ('resume_account', '{owner, admin}'),
    ('outreach', '{owner, admin, editor}'),
    ('erase_person', '{owner, admin}'),
    ('edit_leads', '{owner, admin, editor}'),
    ('rollback_leads', '{owner, admin, editor}'),
    ('define_rubrics', '{owner, admin}'),
    ('record_signals', '{owner, admin, editor}'),
    ('manage_members', '{owner, admin, steward_admin}'),
    ('change_owners', '{owner, steward_admin}'),
    ('create_workspace', '{steward_admin}'),
    ('define', '{steward_admin}'),
    ('import_prices', '{steward_admin}'),
    ('map_logins', '{steward_admin}'),
    ('pause', '{steward_admin}'),
    ('diagnose', '{steward_admin}'),
    ('prune', '{steward_admin}'),
    ('accept_restore', '{steward_admin}')) as a (act, roles),
    lateral pg_catalog.unnest(a.roles::pg_catalog.text[]) as r (role);

create function steward.roles_for(act text) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select string_agg(r.role, ', ' order by array_position(array['owner', 'admin', 'editor', 'viewer'], r.role)) from steward.role_act r where r.act = roles_for.act
$$;
comment on function steward.roles_for(text) is 'The roles that may do something, in words, for hints.';

-- Behind every read policy. A session that began an attempt reaches the workspace of its job only. PL/pgSQL plans it once in a session; in SQL, planned at each call, a policy took 110 µs
-- of a statement, for each of its tables.
create function steward.workspaces_for(act text) returns setof uuid
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select m.workspace_id
    from steward.member m
    join steward.role_act r on r.role = m.role and r.act = workspaces_for.act
    where m.user_id = steward.uid() and m.workspace_id = coalesce(steward.begun_workspace(), m.workspace_id);
end
$$;
comment on function steward.workspaces_for(text) is 'The workspaces in which the session''s user may do something, by its roles there. Errors: none; nobody does an act that is not known.';

-- A begun attempt is known to its own backend only: restricted, so that the leader of parallel workers asks, once, and they are told.
create function steward.my_workspaces() returns setof uuid
    language plpgsql stable parallel restricted security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select steward.workspaces_for('read');
end
$$;
comment on function steward.my_workspaces() is 'The workspaces that the session''s user may read. Every read policy goes through it.';

-- What people read of workspaces and members comes out of functions: in a table with row security an index is asked before the policy for what is
-- as harmless as slug >= 'a', and EXPLAIN ANALYZE counts the rows of others that it removed after that.
create function steward.readable_workspaces() returns setof steward.workspace
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select w.* from steward.workspace w where w.id in (select steward.my_workspaces());
end
$$;
comment on function steward.readable_workspaces() is 'The rows of the view steward.workspaces.';

create function steward.readable_members() returns setof steward.member
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select m.* from steward.member m where m.workspace_id in (select steward.my_workspaces());
end
$$;
comment on function steward.readable_members() is 'The rows of the view steward.members.';

create function steward.may(workspace_id uuid, act text) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select may.workspace_id in (select steward.workspaces_for(may.act))
        or exists (select from steward.role_act r where r.act = may.act and r.role = 'steward_admin') and steward.is_admin()
        and exists (select from steward.workspace w where w.id = may.workspace_id)
$$;
comment on function steward.may(uuid, text) is 'Whether the session may do something to a workspace, by the role of its user there or as steward_admin.';

create function steward.require_person(act text) returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if (select a.needs_person from steward.act a where a.name = require_person.act) and steward.actor_kind() <> 'person' then
        perform steward.refuse('42501', 'person_required', format('%s needs a person, and this session acts as %s', require_person.act, steward.actor_kind()),
            'Let a person do it: through the application''s login or a trusted gateway, not from a worker, a script or a tool.');
    end if;
end
$$;
comment on function steward.require_person(text) is 'Refuses an act that needs a person to anything else: 42501 person_required.';

-- The same words for a foreign and a missing workspace: an error must not tell which ids exist.
create function steward.require_act(workspace_id uuid, act text) returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not coalesce(steward.may(require_act.workspace_id, require_act.act), false) then
        perform steward.refuse('42704', 'workspace_unknown', format('workspace %s does not exist or is not yours to act in', require_act.workspace_id),
            format('Check the id, and that your role is one of: %s.', steward.roles_for(require_act.act)));
    end if;
    perform steward.require_person(require_act.act);
end
$$;
comment on function steward.require_act(uuid, text) is
    'Checks that the session may do something to a workspace. Errors: 42501 person_required, 42704 workspace_unknown.';

create function steward.require_installation_act(act text) returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform steward.require_person(require_installation_act.act);
    if not steward.is_admin() then
        perform steward.refuse('42501', 'administrator_required', format('%s is for administrators of the installation', require_installation_act.act),
            'Call it from a login with the rights of steward_admin that is no gateway and no worker.');
    end if;
end
$$;
comment on function steward.require_installation_act(text) is
    'Checks that the session is an administrator of the installation. Errors: 42501 administrator_required, person_required.';

-- The workspace an act is for, checked: the one named, or the only one the user may act in. Flat, because every enqueue comes through here.
create function steward.acting_workspace(actor uuid, asked uuid, act text) returns uuid
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    begun constant uuid := steward.begun_workspace();
    candidates uuid[];
begin
    if actor is null then
        perform steward.refuse('42501', 'not_a_member', 'this session acts for nobody, so it may not act in any workspace',
            'Map the login with steward.map_login(role, user_id), or connect through a gateway trusted with steward.trust_gateway(role).');
    end if;
    select array_agg(m.workspace_id) into candidates
    from steward.member m
    join steward.role_act r on r.role = m.role and r.act = acting_workspace.act
    where m.user_id = actor and (asked is null or m.workspace_id = asked) and (begun is null or m.workspace_id = begun);
    if cardinality(candidates) = 1 then
        return candidates[1];
    elsif cardinality(candidates) > 1 then
        perform steward.refuse('22023', 'workspace_ambiguous', 'the user may act in more than one workspace', 'Name one: workspace_id => ''…''.');
    elsif asked is not null then
        perform steward.require_act(asked, acting_workspace.act);
    end if;
    perform steward.refuse('42501', 'not_a_member', 'the user may not act in any workspace',
        format('Ask an administrator for steward.add_member(workspace_id, user_id, role) with one of the roles: %s.', steward.roles_for(acting_workspace.act)));
    return null;  -- not reached: refuse never returns
end
$$;
comment on function steward.acting_workspace(uuid, uuid, text) is
    'Resolves and checks the workspace of an act: 42501 not_a_member, 42704 workspace_unknown, 22023 workspace_ambiguous.';
