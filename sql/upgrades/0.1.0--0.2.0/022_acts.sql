-- What limits, spending and prices need; who may pause a queue may lift a cool-down.

insert into steward.act (name, needs_person, description) values
    ('set_limit', true, 'set limits of a workspace, and its time zone'),
    ('stop_spending', true, 'stop the spending of a workspace'),
    ('resume_spending', true, 'let a workspace spend again'),
    ('set_installation_limit', true, 'set limits of the installation and of plans, and plans of workspaces'),
    ('import_prices', true, 'import prices of models');
update steward.act a set description = 'pause and resume queues, lift cool-downs' where a.name operator(pg_catalog.=) 'pause';

insert into steward.role_act (act, role)
select a.act, r.role from (values
    ('set_limit', '{owner, admin, steward_admin}'),
    ('stop_spending', '{owner, admin, editor, steward_admin}'),
    ('resume_spending', '{owner, admin, steward_admin}'),
    ('set_installation_limit', '{steward_admin}'),
    ('import_prices', '{steward_admin}')) as a (act, roles),
    lateral pg_catalog.unnest(a.roles::pg_catalog.text[]) as r (role);
