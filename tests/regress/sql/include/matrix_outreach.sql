-- The acts of outreach, with their cells as in matrix_acts.sql: on the objects of outreach_objects.sql.

insert into tests.act (name, expected, statement)
select 'read ' || relation, '++++-- +-- x+-+ xx+x-+', format('select exists (select from steward.%I where %I = %L)', relation, of_column, id)
from (values ('accounts', 'id'), ('account_zone', 'account_id'), ('account_day', 'account_id'), ('day_plan', 'account_id'), ('policy', 'account_id'), ('action_claim', 'account_id'),
    ('action', 'account_id'), ('actions', 'account_id')) as r (relation, of_column), tests.account('ann') id
union all values
    ('read breaker_event', '++++-- +-- x+-+ xx+x-+', format('select exists (select from steward.breaker_event where account_id = %L)', tests.account('eve'))),
    ('read suppression', '++++-- +-- x+-+ xx+x-+', format('select exists (select from steward.suppression where workspace_id = %L)', tests.workspace('acme'))),
    ('my_accounts', '++++-- +-- x+-+ xx+x-+', format('select exists (select from steward.my_accounts() a where a = %L)', tests.account('ann'))),
    ('readable_accounts', '++++-- +-- x+-+ xx+x-+', format('select exists (select from steward.readable_accounts() a where a.id = %L)', tests.account('ann'))),
    ('governor_calendar everywhere', '++++-- +-- x+-+ xx+x-+', $$select exists (select from steward.governor_calendar(steward.now()::date, steward.now()::date + 14) where account_name = 'ann')$$),
    ('outreach_notice', '++++++ +++ x+++ xx+x++', 'select steward.outreach_notice() is not null'),
    ('simulate_governor', '++++++ +++ x+++ xx+x++', $$select exists (select from steward.simulate_governor(from_day => '2027-03-01', days => 7))$$);
insert into tests.act (name, expected, statement)
select 'read ' || relation, expected, format('select exists (select from steward.%I)', relation)
from (values ('policy_preset', '++++++ +++ x+++ xx+x++'), ('breaker_rule', '++++++ +++ x+++ xx+x++'), ('governor_run', '++++++ +++ x+++ xx+x++'),
    ('account', 'xxxxxx xxx xxxx xxxxxx'), ('action_job', 'xxxxxx xxx xxxx xxxxxx'), ('person_key', 'xxxxxx xxx xxxx xxxxxx'), ('policy_kind', 'xxxxxx xxx xxxx xxxxxx')) as r (relation, expected);

-- Accounts. Whoever may not act on one gets the answer that he gets for one that does not exist.
insert into tests.act (name, expected, statement)
select name, expected, format(statement, tests.account(account))
from (values
    ('enable_account', '++uuuu +uu xpup xx+xup', 'eve', 'select steward.enable_account(%L, steward.outreach_notice())'),
    ('disable_account', '+++uuu +uu x+u+ x++uu+', 'ann', $$select steward.disable_account(%L, 'why')$$),
    ('set_policy', '++uuuu +uu xpup xx+xup', 'ann', $$select steward.set_policy(%L, '{}')$$),
    ('set_account_zone', '++uuuu +uu xpup xx+xup', 'ann', $$select steward.set_account_zone(%L, 'Europe/Berlin')$$),
    ('freeze_account', '+++uuu +uu x+u+ x++uu+', 'ann', $$select steward.freeze_account(%L, 'why')$$),
    ('resume_account', '++uuuu +uu xpup xx+xup', 'eve', $$select steward.resume_account(%L, 'why')$$),
    ('schedule_action', '+++uuu +uu x+u+ xx+xu+', 'ann', $$select steward.schedule_action(%L, 'send_invite', 'p3')$$),
    ('record_outreach_event', '+++uuu +uu x+u+ xx+xu+', 'ann', $$select steward.record_outreach_event(%L, 'checkpoint')$$),
    ('plan_preview', '++++uu +uu x+u+ xx+xu+', 'ann', $$select count(*) from steward.plan_preview(%L)$$),
    ('governor_week_svg', '++++uu +uu x+u+ xx+xu+', 'ann', $$select steward.governor_week_svg(%L) is not null$$),
    ('governor_calendar', '++++uu +uu x+u+ xx+xu+', 'ann', $$select count(*) from steward.governor_calendar('2027-03-01', '2027-03-01', %L)$$)) as a (name, expected, account, statement);
insert into tests.act (name, expected, statement) values
    ('add_account', '++uuum +mm xpmp xx+xmp', format('select steward.add_account(%L, %L, %L, %L, workspace_id => %L)', 'new', 'shop', 'id of new', 'UTC', tests.workspace('acme'))),
    ('suppress', '+++uum +mm x+m+ xx+xm+', format('select steward.suppress(%L, %L, %L, %L)', 'person', 'p2', 'why', tests.workspace('acme'))),
    ('erase_person', '++uuum +mm xpmp xx+xmp', format('select steward.erase_person(%L, %L)', 'p2', tests.workspace('acme'))),
    ('cancel_action', '+++uuu +uu x+u+ xx+xu+', format('select steward.cancel_action(%L, %L)', tests.action('p2'), 'why')),
    ('resolve_action', '+++uuu +uu xpup xx+xup', format('select steward.resolve_action(%L, %L, %L)', tests.action('p1'), 'done', 'why')),
    ('explain_action', '++++uu +uu x+u+ xx+xu+', format('select count(*) from steward.explain_action(%L)', tests.action('p2'))),
    ('governor_tick', 'xxxxxx xxx ++xx x+++++', 'select steward.governor_tick() >= 0');

-- Nobody writes to a table, or calls what is internal.
insert into tests.act (name, expected, statement)
select statement, 'xxxxxx xxx xxxx xxxxxx', statement
from unnest(array[
    $$update steward.account set state = 'ok' returning true$$, $$insert into steward.account_day select * from steward.account_day returning true$$,
    $$delete from steward.action_claim returning true$$, $$update steward.action set state = 'backlog' returning true$$, $$delete from steward.suppression returning true$$,
    $$select steward.insert_claim(a) from steward.action a$$, $$select steward.claim_action(tests.job('running'))$$, $$select steward.settle_action(tests.action('p1'), 'done', 'x', 'x')$$,
    $$select steward.trip(tests.account('eve'), 'ok', null, 'x', 'x')$$, $$select steward.person_hash(tests.workspace('acme'), 'p1')$$]) statement;
