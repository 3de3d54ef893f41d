-- Models: trained where there is enough to learn from, tested on leads they have not seen, in force only when somebody says so, and out again without a trace.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('owner'));
create function tests.travel(at timestamptz) returns text language sql volatile as $$
    select 'it is ' || (at at time zone 'UTC')::text from set_config('steward.clock_offset', extract(epoch from at - clock_timestamp())::text, false)
$$;
-- From 0 to below 1, the same in every run.
create function tests.draw(n int, what text) returns float8 language sql immutable as $$
    select ('x' || substr(md5(n || what), 1, 8))::bit(32)::bigint / 4294967296.0
$$;
-- Fairs bring buyers, and so do large companies; a colour says nothing, a note is on one lead in two hundred, and a contract is signed by those who have bought.
create function tests.made(n int) returns jsonb language sql immutable as $$
    select jsonb_strip_nulls(jsonb_build_object('provider_id', 'lead ' || n, 'company', 'Company ' || n, 'segment', s.source, 'headcount', round(s.size), 'colour', (array['red', 'green', 'blue'])[1 + floor(tests.draw(n, 'hue') * 3)::int],
        'note', case when n % 200 = 0 then 'rare' end, 'contract', case when s.won then 'signed' end, 'outcome', case when s.won then 'won' else 'lost' end,
        'outcome_at', timestamp '2026-01-01' + n * interval '1 hour'))
    from (select x.source, x.size, tests.draw(n, 'outcome') < case x.source when 'fair' then 0.3 else 0.05 end + x.size / 2500 as won
        from (select case when tests.draw(n, 'source') < 0.3 then 'fair' else 'web' end as source, 1000 * tests.draw(n, 'size') as size) x) s
$$;
create function tests.told(low int, high int) returns text language sql volatile as $$
    select string_agg(format('%s %s', x.n, x.outcome), ', ' order by x.outcome)
    from (select i.outcome, count(*) as n from steward.import_leads((select jsonb_agg(tests.made(n)) from generate_series(low, high) n), workspace_id => tests.workspace('acme')) i group by i.outcome) x
$$;
create function tests.trained(definition jsonb) returns text language sql volatile as $$
    select concat_ws(' | ', 'version ' || coalesce(t.version::text, 'none'), t.leads, t.wins, round(t.auc, 2), t.alarms::text, t.note) from steward.train_model('likely', definition) t
$$;
create view tests.scored as select l.provider_id, steward.in_points(s.score) as score, s.contributions, s.model_id from steward.lead_score s join steward.rubric r on r.id = s.rubric_id and r.state = 'published'
    join steward.lead l on l.id = s.lead_id where s.superseded_at is null;
create function tests.lead(provider_id text) returns uuid language sql stable security definer as $$ select l.id from steward.lead l where l.provider_id = lead.provider_id $$;

-- Too little to learn from: it says what is missing, stores nothing, and the rubric stands.
select tests.travel('2027-03-01 12:00+00');
select tests.trained('{}');
-- What is wrong with a definition is told before there is anything to learn from.
select d, tests.refused(format('select steward.train_model(''likely'', %L)', d)) from unnest(array['{"method": "nonsense"}', '{"features": []}', '{"features": ["headcount"]}', '{"min_leads": 0}', '{"split": 7}']) d;
select tests.told(1, 900), tests.trained('{}');
select tests.trained('{"min_leads": 500, "min_wins": 1000}');

-- Enough. What is learned from where nobody says: attributes and groups that one lead in a hundred has, and nothing that names somebody. The contract is named as too good.
select tests.told(901, 1500), tests.told(901, 1500);
select tests.trained('{}');
select definition -> 'features', definition -> 'method', definition -> 'split', definition -> 'l2' from steward.models;
select name, version, state, leads, wins, alarms, base between 0.2 and 0.5 from steward.models;
-- Without it there is an honest signal, by either method, and by either split.
select tests.trained('{"features": ["segment", "attributes.headcount", "attributes.colour"]}');
select tests.trained('{"method": "bayes", "features": ["segment", {"field": "attributes.headcount", "as": "deciles"}], "split": {"kind": "random", "seed": 3}}');
-- A colour alone says nothing, and the figures admit it.
select tests.trained('{"features": ["attributes.colour"]}');
select version, state, auc_low <= 0.5 as chance, rubric_auc is null, note from steward.models order by version;

-- The same of the same leads again, and the rubric beside it on them.
select steward.define_rubric('fit', '{"terms": [{"name": "size", "kind": "bands", "field": "attributes.headcount", "bands": [[800, 60], [400, 30]]}, {"name": "fair", "kind": "map", "field": "segment", "values": {"fair": 20}}],
    "heat": [{"label": "hot", "min": 60}, {"label": "cold"}], "likelihood": {"weight": 0.3}}');
select e.figure, e.model_value = m.auc as as_trained, e.rubric_value is null, e.note from steward.evaluate_model('likely', 2) e join steward.models m on m.version = 2 where e.figure = 'auc';
select steward.publish_rubric('fit');
select figure, model_value is not null, rubric_value is not null from steward.evaluate_model('likely', 2);
select round(e.model_value, 2), round(e.rubric_value, 2) from steward.evaluate_model('likely', 2) e where figure = 'auc';
-- An AUC from outside: of all pairs of a won and a lost one among the leads that were held out, the rubric's.
with held as (
    select l.outcome, steward.score_of(steward.score_contributions(r.id, r.definition, l, null, null, null, null, null, null, null)) as score
    from steward.lead l, steward.rubric r, steward.model m where m.version = 2 and l.outcome_at > timestamptz '2000-01-01 00:00+00' + (m.fitted #>> '{hold_out,after}')::bigint * interval '1 microsecond')
select count(*) filter (where outcome = 'won') as wins, round(avg(p.point), 4) = (select rubric_value from steward.evaluate_model('likely', 2) where figure = 'auc') as agrees
from held h left join lateral (select avg(case when h.score > o.score then 1 when h.score = o.score then 0.5 else 0 end) as point from held o where h.outcome = 'won' and o.outcome = 'lost') p on true;

-- In force, its likelihood takes the share of the score that the rubric says, by the rule that is stated; the contributions make the score.
select count(*), count(*) filter (where score = steward.in_points((select sum(p)::int from unnest(contributions) p))), count(*) filter (where contributions[4] <> 0 or model_id is not null) from tests.scored;
select (explain).term, (explain).points, (explain).reason from (select steward.explain_score(tests.lead('lead 7')) as explain) x where (explain).term = 'likelihood';
create table tests.before as select * from tests.scored;
select tests.travel('2027-03-02 12:00+00'), steward.publish_model('likely', 2) > 1000, steward.publish_model('likely', 2);
select state, version from steward.models order by version;
select count(*), count(*) filter (where s.score = steward.in_points((select sum(p)::int from unnest(s.contributions) p))), count(*) filter (where s.contributions[4] <> 0) > 1000,
    count(*) filter (where s.score = floor(0.7 * b.score + 0.3 * 100 * p / (p + m.base) + 0.5)::numeric) as by_the_rule
from tests.scored s join tests.before b using (provider_id) join steward.lead l on l.provider_id = s.provider_id join steward.model m on m.state = 'published' cross join lateral (select steward.lead_likelihood(m.id, m.fitted, l) as p) x;
select term, input = b.score::text, points = s.contributions[4] / 1000.0, regexp_replace(reason, '\d\.\d{4}', '<p>', 'g')
from steward.explain_score(tests.lead('lead 7')) join tests.scored s on s.provider_id = 'lead 7' join tests.before b on b.provider_id = 'lead 7' where term = 'likelihood';
-- Each feature's share in it: they add up to its log-odds, the strongest first.
select field, value from steward.explain_likelihood(tests.lead('lead 7')) order by field;
select abs(1 / (1 + exp(-sum(log_odds))) - min(likelihood)) < 0.0002, min(model), min(model_version), array_agg(abs(log_odds) order by ordinality) = array_agg(abs(log_odds) order by abs(log_odds) desc)
from steward.explain_likelihood(tests.lead('lead 7')) with ordinality;
-- A lead that changes has the likelihood of what it is now.
select outcome from steward.set_lead(tests.lead('lead 7'), '{"headcount": 999, "segment": "fair"}');
select steward.refresh_scores();
select n.contributions[4] <> b.contributions[4], n.score > b.score from tests.scored n join tests.before b using (provider_id) where provider_id = 'lead 7';
-- Another one in force: all of it moves again, and the first has retired. Back to a rubric whose scores were made with the first: they are made anew.
select steward.define_rubric('plain', '{"terms": [{"name": "fair", "kind": "map", "field": "segment", "values": {"fair": 20}}]}'), steward.publish_rubric('plain') > 0;
select steward.publish_model('likely', 3) as plain_rubrics_do_not_care;
select steward.publish_rubric('fit') > 300, steward.score_leads() as nothing_is_left_to_do, steward.refresh_scores();
select version, state from steward.models where state <> 'trained' order by version;
-- Out of force, the rubric stands alone, with the scores it had.
select tests.travel('2027-03-03 12:00+00'), steward.retire_model() > 1000, steward.retire_model();
select count(*) filter (where n.score <> b.score), string_agg(n.provider_id, ', ') filter (where n.score <> b.score) from tests.scored n join tests.before b using (provider_id);
select count(*) filter (where contributions[4] <> 0), count(*) from tests.scored;
select count(*) from steward.explain_likelihood(tests.lead('lead 7'));
-- What it was on each day is there.
select d.n, s.score = b.score as as_the_rubric_says, s.contributions ->> 'likelihood' = '0' as alone
from (values (1, timestamptz '2027-03-01 13:00+00'), (2, '2027-03-02 12:30+00'), (3, '2027-03-03 13:00+00')) d (n, at), steward.score_as_of(tests.lead('lead 11'), d.at) s, tests.before b where b.provider_id = 'lead 11' order by d.n;
select count(*), count(*) filter (where score = (select sum(p) from unnest(contributions) p)) from steward.lead_score;

-- A lead stays on its side of a random split when more becomes known of it, and whatever its id is: by what it was first known as; and in time, when other fields change.
create function tests.sides() returns text language sql stable security definer as $$
    select md5(string_agg(concat_ws(' ', l.company, c.key, c.at), ',' order by l.company)) from steward.closed_leads(tests.workspace('acme')) c join steward.lead l on l.id = (c.lead).id
$$;
select outcome from steward.import_leads('[{"email": "first@known.example", "company": "Known", "outcome": "won"}, {"domain": "only.example", "full_name": "Kim", "company": "Only", "outcome": "lost"}]', workspace_id => tests.workspace('acme'));
select l.company, c.key, c.at = l.outcome_at from steward.closed_leads(tests.workspace('acme')) c join steward.lead l on l.id = (c.lead).id where l.company in ('Known', 'Only') order by 1;
select tests.sides() as sides \gset
select tests.trained('{"method": "bayes", "features": ["segment"], "split": {"kind": "random", "seed": 3}}') is not null as trained, max(version) as version from steward.models \gset
select model_value as leads_held_out from steward.evaluate_model('likely', :version) where figure = 'leads' \gset
select count(*) from steward.import_leads('[{"email": "first@known.example", "provider_id": "known 1", "city": "Ulm"}, {"domain": "only.example", "full_name": "Kim", "email": "kim@only.example"}]', workspace_id => tests.workspace('acme'));
select count(*) from steward.set_lead(tests.lead('known 1'), '{"email": "second@known.example", "provider_id": "known 2"}');
select tests.travel('2027-03-04 12:00+00'), tests.sides() = :'sides' as on_the_same_side, (select model_value from steward.evaluate_model('likely', :version) where figure = 'leads') = :leads_held_out as as_many_held_out;
delete from steward.model where version = :version;

-- What is no definition is refused, by name, and nothing is stored.
select count(*) from steward.model;
select d, tests.refused(format('select steward.train_model(''likely'', %L)', d)) from unnest(array['[]', '7', '{"method": "forest"}', '{"target": "owner"}', '{"l2": 0}', '{"l2": 1e400}', '{"min_leads": 0}', '{"min_leads": -1}', '{"min_wins": 1.5}',
    '{"split": {"kind": "time", "holdout": 0.95}}', '{"split": {"kind": "space"}}', '{"split": {"kind": "random", "seed": -1}}', '{"features": []}', '{"features": null}', '{"features": [7]}', '{"features": ["outcome"]}',
    '{"features": ["outcome_at", "segment"]}', '{"features": [" "]}', '{"features": ["segment", {"field": "segment"}]}', '{"features": [{"field": "segment", "as": "bins"}]}', '{"method": "bayes", "features": [{"field": "segment", "as": "standard"}]}',
    '{"features": ["segment", "headcount"]}', '{"features": [{"field": "suggested_owner"}]}', '{"method": "bayes", "features": ["segment"], "team": "version"}', '{"team": "owner"}', '{"method": "bayes", "stages": {"field": "segment", "order": []}}', '{"epochs": 7}']) d;
select tests.code(format('select steward.train_model(''likely'', %L)', jsonb_build_object('features', (select jsonb_agg('f' || n) from generate_series(1, 301) n)))),
    tests.code(format('select steward.train_model(''likely'', %L)', jsonb_build_object('features', (repeat('[', 500) || repeat(']', 500))::jsonb)));
select tests.refused('select steward.train_model(''Likely'')'), tests.code('select steward.train_model(null)'), tests.code('select steward.train_model(''likely'', null)');
select tests.refused('select steward.publish_model(''nobody'')'), tests.refused('select steward.publish_model(''likely'', 99)'), tests.refused('select steward.evaluate_model(''nobody'')'), tests.code('select steward.evaluate_model(null)');
select tests.code(format('select steward.explain_likelihood(%L)', gen_random_uuid())), tests.code(format('select steward.evaluate_model(''likely'', null, %L)', tests.workspace('globex')));
select count(*) from steward.model;

-- What the figures mean, where there are none and where they are bad.
select steward.verdict(f, '[]') from unnest(array['{"auc": null}', '{"auc": {"value": 0.4, "low": 0.3, "high": 0.49}}', '{"auc": {"value": 0.4, "low": 0.3, "high": 0.51}}', '{"auc": {"value": 0.6, "low": 0.51, "high": 0.7}}']::jsonb[]) f;

-- Who may do what. A viewer may look at how good a model is; the outsider finds none, and not a lead.
select l, left(tests.as_login(l, 'select (steward.train_model(''likely'', ''{"features": ["segment"]}'')).wins'), 30) as trains, tests.as_login(l, 'select steward.publish_model(''likely'', 1) > 0') as publishes, tests.as_login(l, 'select steward.retire_model()') as retires,
    tests.as_login(l, 'select count(*) from steward.evaluate_model(''likely'')') as evaluates, tests.as_login(l, 'select count(*) from steward.models') as sees, tests.as_login(l, 'select count(*) from steward.explain_likelihood(tests.lead(''lead 7''))') as explains
from unnest('{regress_owner,regress_manager,regress_editor,regress_viewer,regress_outsider,regress_nobody,regress_worker,regress_analyst}'::text[]) l;

-- Odoo's own test of its scoring comes to Odoo's figures: leads of three teams, of which a won one came through every stage. Two later ones are held out.
select steward.create_workspace('odoo', 'Odoo') is not null;
select i.outcome, count(*) from (values (1, 0, 0, 0, '0', 'lost'), (1, 1, 1, 1, '1', 'lost'), (1, 2, 2, 2, 'won', 'won'), (1, 0, 1, 2, '1', null), (1, 1, 1, 1, '0', null), (2, 0, 1, 1, '2', 'lost'), (2, 0, 1, 2, '1', 'lost'),
        (2, 0, 2, 2, 'won', 'won'), (2, 0, 1, 2, '1', null), (2, 1, 0, 1, '1', null), (3, 1, 1, 1, 'won', 'won'), (3, 0, 1, 0, '0', 'lost'), (3, 1, 2, 2, '0', 'lost'), (3, 0, 1, 2, '1', null),
        (8, 7, 7, 7, '0', 'lost'), (9, 7, 7, 7, 'won', 'won')) as f (team, country, state, source, stage, outcome),
    lateral steward.import_leads(jsonb_build_array(jsonb_build_object('provider_id', concat_ws('/', team, country, state, source, stage, outcome), 'country', country, 'state', state, 'source', source, 'stage', stage, 'team', team, 'outcome', outcome,
        'outcome_at', case when outcome is not null then case when team > 3 then '2026-02-01' else '2026-01-01' end end)), workspace_id => tests.workspace('odoo')) i group by 1;
select version, leads, wins from steward.train_model('odoo', '{"method": "bayes", "features": [{"field": "country", "as": "levels"}, {"field": "state", "as": "levels"}, {"field": "attributes.source", "as": "levels"}, "attributes.email_state"],
    "stages": {"field": "attributes.stage", "order": ["0", "1", "2", "won"]}, "team": "attributes.team", "calibrate": false, "min_leads": 1, "min_wins": 1, "split": {"kind": "time", "holdout": 0.15}}', tests.workspace('odoo'));
select l.provider_id, round(steward.lead_likelihood(m.id, m.fitted, l)::numeric * 100, 2) from steward.lead l join steward.model m on m.name = 'odoo' and m.workspace_id = l.workspace_id where l.provider_id in ('1/0/1/2/1', '2/0/1/2/1') order by 1;

-- All of one side, whichever part of them.
select steward.create_workspace('lucky', 'Lucky') is not null;
select count(*) from steward.import_leads((select jsonb_agg(tests.made(n) || '{"outcome": "won"}') from generate_series(1, 50) n), workspace_id => tests.workspace('lucky'));
select version, leads, wins, note from steward.train_model('likely', '{"min_leads": 5, "min_wins": 1}', tests.workspace('lucky'));
select count(*) from steward.import_leads('[{"provider_id": "the last", "segment": "web", "outcome": "lost", "outcome_at": "2026-12-01"}]', workspace_id => tests.workspace('lucky'));
select version, leads, wins, note from steward.train_model('likely', '{"min_leads": 5, "min_wins": 1, "features": ["segment"]}', tests.workspace('lucky'));
select tests.refused(format('select steward.train_model(''likely'', ''{"min_leads": 1, "min_wins": 1}'', %L)', tests.workspace('globex'))) like '42704 workspace_unknown%';
