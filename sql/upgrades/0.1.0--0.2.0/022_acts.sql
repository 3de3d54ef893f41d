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
    ('erase_person', true, 'erase who a person of outreach is'),
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
    ('import_prices', '{steward_admin}')) as a (act, roles),
    lateral pg_catalog.unnest(a.roles::pg_catalog.text[]) as r (role);
