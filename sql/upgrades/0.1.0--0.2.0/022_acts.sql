-- What limits, spending, prices and outreach need; who may pause a queue may lift a cool-down.

insert into steward.act (name, needs_person, description) values
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
    ('import_prices', true, 'import prices of models');
update steward.act a set description = 'pause and resume queues, lift cool-downs' where a.name operator(pg_catalog.=) 'pause';

insert into steward.role_act (act, role)
select a.act, r.role from (values
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
    ('import_prices', '{steward_admin}')) as a (act, roles),
    lateral pg_catalog.unnest(a.roles::pg_catalog.text[]) as r (role);

-- Behind every read policy. A session that began an attempt reaches the workspace of its job only. PL/pgSQL plans it once in a session; in SQL, planned at each call, a policy took 110 µs
-- of a statement, for each of its tables.
create or replace function steward.workspaces_for(act text) returns setof uuid
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

-- A begun attempt is known to its own backend only: restricted, so that the leader of parallel workers asks, once, and they are told.
create or replace function steward.my_workspaces() returns setof uuid
    language plpgsql stable parallel restricted security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select steward.workspaces_for('read');
end
$$;
