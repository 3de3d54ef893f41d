-- The acts of leads, with their cells as in matrix_acts.sql: on the objects of lead_objects.sql.

insert into tests.act (name, expected, statement)
select 'read ' || relation, '++++-- +-- x+-+ xx+x-+', format('select exists (select from steward.%I where %I = %L)', relation, of_column, tests.lead('ann'))
from (values ('lead', 'id'), ('leads', 'id'), ('lead_version', 'lead_id'), ('lead_history', 'lead_id')) as r (relation, of_column);

-- Whoever may not change a lead gets the answer that he gets for one that does not exist.
insert into tests.act (name, expected, statement) values
    ('import_leads', '+++uum +mm x+m+ xx+xm+', format('select count(*) >= 0 from steward.import_leads(%L, workspace_id => %L)', '[{"email": "new@leads.example"}]', tests.workspace('acme'))),
    ('import_leads as a person', '+++uup +pp xppp xx+xpp', format('select count(*) >= 0 from steward.import_leads(%L, source_kind => %L, workspace_id => %L)', '[{"email": "new@leads.example"}]', 'person', tests.workspace('acme'))),
    ('import_lead_table', '+++uum +mm x+m+ xx+xm+', format('select count(*) >= 0 from steward.import_lead_table(%L, workspace_id => %L)', 'steward.act', tests.workspace('acme'))),
    ('set_lead as a tool', '+++uuu +uu x+u+ xx+xu+', format('select count(*) >= 0 from steward.set_lead(%L, %L, %L)', tests.lead('bob'), '{"title": "x"}', 'tool')),
    ('set_lead', '+++uup +pp xppp xx+xpp', format('select count(*) >= 0 from steward.set_lead(%L, %L)', tests.lead('bob'), '{"title": "x"}')),
    ('rollback_lead', '+++uuu +uu xpup xx+xup', format('select steward.rollback_lead(%L, 1)', tests.lead('ann'))),
    ('release_fields', '+++uuu +uu xpup xx+xup', format('select steward.release_fields(%L, %L)', tests.lead('ann'), '{title}')),
    ('lead_as_of', '++++uu +uu x+u+ xx+xu+', format('select (steward.lead_as_of(%L, %L)).version', tests.lead('ann'), 'infinity'));

-- Nobody writes to a table, or calls what is internal.
insert into tests.act (name, expected, statement)
select statement, 'xxxxxx xxx xxxx xxxxxx', statement
from unnest(array[
    $$update steward.lead set title = 'x' returning true$$, $$delete from steward.lead_version returning true$$, $$insert into steward.lead select * from steward.lead returning true$$,
    $$select (steward.lead_at(tests.lead('ann'), 1)).version$$, $$select steward.forget_leads(tests.workspace('acme'), '{}', '{}')$$, $$select steward.write_leads(tests.workspace('acme'), '{}', 'x', 'person')$$,
    $$select cardinality(steward.leads_near(tests.workspace('acme'), '{p-2}', '{}', '{}'))$$]) statement;
