-- The acts of rubrics, signals, scores and models, with their cells as in matrix_acts.sql: on the objects of score_objects.sql.

insert into tests.act (name, expected, statement)
select 'read ' || relation, '++++-- +-- x+-+ xx+x-+', format('select exists (select from steward.%I where workspace_id = %L)', relation, tests.workspace('acme'))
from unnest(array['rubric', 'rubric_publication', 'rubrics', 'routing', 'signal', 'visitor', 'lead_score', 'model', 'models', 'top_leads', 'lead_timeline']) relation;
insert into tests.act (name, expected, statement) values
    ('read stale_lead', 'xxxxxx xxx xxxx xxxxxx', 'select exists (select from steward.stale_lead)');

-- Of nobody: what comes with the extension, and words for numbers.
insert into tests.act (name, expected, statement)
select substring(call from '^[a-z_]+'), '++++++ +++ x+++ xx+x++', format('select steward.%s is not null', call)
from unnest(array['lead_preset(''rubric'', ''inbound_fit_v1'')', 'trend(5, null)', 'top_reasons(''{size}'', ''{5}'')', 'verdict(''{}'', ''[]'')']) call
union all
select substring(call from '^[a-z_]+'), '++++++ +++ x+++ +x+x++', format('select steward.%s is not null', call) from unnest(array['heat_word(''{cold,hot}'', ''{5000}'', 5000)', 'in_points(5)']) call
union all select 'read analyst_lead_scores', 'xxxxxx xxx xxxx +xxxxx', 'select exists (select from steward.analyst_lead_scores)'
union all select 'lead_presets', '++++++ +++ x+++ xx+x++', 'select exists (select from steward.lead_presets())';

-- In the workspace: its owners and admins say what counts, and are persons; editors and jobs tell what leads did; every member reads.
insert into tests.act (name, expected, statement)
select substring(call from '^[a-z_]+'), expected, format('select count(*) >= 0 from steward.%s, workspace_id => %L)', call, tests.workspace('acme'))
from (values
    ('define_rubric(''new'', steward.lead_preset(''rubric'', ''inbound_fit_v1'')', '++uuum +mm xpmp xx+xmp'),
    ('publish_rubric(''other''', '++uuum +mm xpmp xx+xmp'),
    ('set_routing(''{"owners": [{"owner": "ann"}]}''', '++uuum +mm xpmp xx+xmp'),
    ('train_model(''new'', ''{}''', '++uuum +mm xpmp xx+xmp'),
    ('publish_model(''likely''', '++uuum +mm xpmp xx+xmp'),
    ('record_signal(null, ''reply'', visitor => ''a cookie''', '+++uum +mm x+m+ xx+xm+'),
    ('record_signals(''[]''', '+++uum +mm x+m+ xx+xm+'),
    ('what_if(''{"terms": [{"name": "a", "kind": "presence", "field": "email", "each": 1}]}''', '++++um +mm x+m+ xx+xm+'),
    ('what_if_distribution(''{"terms": [{"name": "a", "kind": "presence", "field": "email", "each": 1}]}''', '++++um +mm x+m+ xx+xm+'),
    ('page_leads(page_size => 5', '++++um +mm x+m+ xx+xm+'),
    ('score_distribution_svg(definition => steward.lead_preset(''rubric'', ''rank_0_10'')', '++++um +mm x+m+ xx+xm+'),
    ('lift_chart_svg(''likely''', '++++um +mm x+m+ xx+xm+'),
    ('evaluate_model(''likely''', '++++um +mm x+m+ xx+xm+')) as a (call, expected);
insert into tests.act (name, expected, statement)
select routine, expected, format('select steward.%I(%L) >= 0', routine, tests.workspace('acme'))
from (values ('retire_model', '++uuum +mm xpmp xx+xmp'), ('refresh_scores', '+++uum +mm x+m+ xx+xm+'), ('score_leads', '+++uum +mm x+m+ xx+xm+')) as a (routine, expected);
insert into tests.act (name, expected, statement) values
    ('schedule_leads', '+++uuu +uu x+u+ xx+xu+', format('select count(*) >= 0 from steward.schedule_leads(%L, %L, %L)', tests.account('ann'), 'send_invite', 'nobody'));

-- Of a lead: whoever may not gets the answer that he gets for one that does not exist.
insert into tests.act (name, expected, statement)
select name, expected, format(statement, tests.lead('ann'))
from (values
    ('record_signal of a lead', '+++uuu +uu x+u+ xx+xu+', 'select steward.record_signal(%L, ''reply'')'),
    ('identify_visitor', '+++uuu +uu x+u+ xx+xu+', 'select steward.identify_visitor(''a cookie'', %L) = 1'),
    ('explain_score', '++++uu +uu x+u+ xx+xu+', 'select count(*) > 0 from steward.explain_score(%L)'),
    ('score_as_of', '++++uu +uu x+u+ xx+xu+', 'select count(*) > 0 from steward.score_as_of(%L, ''infinity'')'),
    ('explain_likelihood', '++++uu +uu x+u+ xx+xu+', 'select count(*) > 0 from steward.explain_likelihood(%L)')) as a (name, expected, statement);
insert into tests.act (name, expected, statement) values
    ('identify_visitor, taken back', '+++uum +mm x+m+ xx+xm+', format('select steward.identify_visitor(''a cookie'', null, %L) >= 0', tests.workspace('acme'))),
    ('explain_score of a lead that has none', 'ssssuu suu xsus xxsxus', format('select count(*) from steward.explain_score(%L)', tests.lead('carl')));

-- Nobody writes to a table, or calls what is internal: what computes would compute for anybody, with rows of his own making.
insert into tests.act (name, expected, statement)
select statement, 'xxxxxx xxx xxxx xxxxxx', statement
from unnest(array[
    $$update steward.rubric set state = 'published' returning true$$, $$delete from steward.rubric_publication returning true$$, $$update steward.routing set definition = '{}' returning true$$,
    $$update steward.signal set amount = 7 returning true$$, $$delete from steward.visitor returning true$$, $$update steward.lead_score set contributions = '{7}' returning true$$,
    $$update steward.model set fitted = '{}' returning true$$, $$select steward.refresh_all_scores()$$, $$select steward.forget_signals(array[tests.lead('ann')])$$,
    $$select count(*) from steward.closed_leads(tests.workspace('acme'))$$, $$select count(*) from steward.compare_scores('{}', tests.workspace('acme'))$$,
    $$select count(*) from steward.suggest_owners(tests.workspace('acme'), '{vet}')$$, $$select count(*) from steward.signals_of(tests.lead('ann'), 'UTC', null)$$,
    $$select steward.model_for(tests.workspace('acme'), 'likely', 1)$$, $$select steward.lead_likelihood(gen_random_uuid(), '{}', null::record)$$,
    $$select steward.train_on('{}', a, 'x', true, now(), 1) from steward.act a$$, $$select steward.evaluate_on('{}', a, 'x', true, now(), 1) from steward.act a$$]) statement;
