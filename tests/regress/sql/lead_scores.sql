-- Scores: written where something changed, explained, as of any date, and back in one statement.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('owner'));
create function tests.travel(at timestamptz) returns text language sql volatile as $$
    select 'it is ' || (at at time zone 'UTC')::text from set_config('steward.clock_offset', extract(epoch from at - clock_timestamp())::text, false)
$$;
create function tests.lead(company text) returns uuid language sql stable security definer as $$ select l.id from steward.lead l where l.company = lead.company $$;
create view tests.scores as select l.company, s.version, steward.in_points(s.score) as score, s.contributions, s.superseded_at is null as holds from steward.lead_score s join steward.lead l on l.id = s.lead_id
    join steward.rubric r on r.id = s.rubric_id and r.state = 'published';
select tests.travel('2027-03-01 12:00+00');
select i.row_number, i.outcome from steward.import_leads('[{"company": "Alfa", "email": "a@alfa.example", "segment": "dental", "headcount": 120}, {"company": "Beta", "email": "b@beta.example", "headcount": "35"},
    {"company": "Gama", "domain": "gama.example", "headcount": "NaN", "segment": "Dental supply"}]') i;

-- Without a rubric nothing is scored, and whoever asks is told so.
select tests.refused('select steward.score_leads()'), tests.code(format('select * from steward.explain_score(%L)', tests.lead('Alfa'))), steward.refresh_scores(), (select count(*) from steward.top_leads);

-- A rubric is a draft until it is published; a draft gives way to the next one, and what is published stays.
select steward.define_rubric('fit', '{"terms": [{"name": "size", "kind": "bands", "field": "attributes.headcount", "bands": [[1, 1]]}]}');
select steward.define_rubric('fit', '{"terms": [{"name": "size", "group": "fit", "kind": "bands", "field": "attributes.headcount", "bands": [[100, 60], [30, 40], [1, 10]]},
    {"name": "trade", "group": "fit", "kind": "contains", "field": "segment", "any": [{"of": ["dental"], "points": 30}]},
    {"name": "engagement", "kind": "signals", "max": 50, "signals": {"page_view": {"points": 2, "half_life_days": 7, "per_day": 6}, "reply": {"points": 20, "linear_days": 20}, "bounce": {"points": -15}}}],
    "groups": {"fit": {"max": 70}}, "heat": [{"label": "hot", "min": 80}, {"label": "warm", "min": 40}, {"label": "cold"}]}');
select name, version, state, contributions from steward.rubrics;
select steward.publish_rubric('fit'), steward.publish_rubric('fit');
select * from tests.scores order by company;
select rank, company, score, heat, trend, last_signal_at, reasons, rubric, rubric_version from steward.top_leads order by rank;
select term, term_group, input, points, reason from steward.explain_score(tests.lead('Alfa')) with ordinality order by ordinality;

-- A signal counts once, however often it is told, and the score follows; nothing else is computed.
select steward.record_signal(tests.lead('Beta'), 'reply', event_id => 'mail 1', source_kind => 'draft', source_id => '17'), steward.record_signal(tests.lead('Beta'), 'reply', event_id => 'mail 1');
select steward.refresh_scores(), steward.refresh_scores();
select company, version, score, holds from tests.scores order by company, version;
-- Late and out of order: the day's cap is for the day on which they happened, and the same set gives the same score.
select steward.record_signal(tests.lead('Gama'), 'page_view', 1, '2027-03-01 11:00+00', 'view ' || n) from generate_series(5, 1, -1) n;
select steward.record_signal(tests.lead('Gama'), 'page_view', 1, '2027-02-22 12:00+00', 'late view'), steward.refresh_scores();
select score, contributions from tests.scores where company = 'Gama' and holds;
-- Somebody nobody knows yet: kept, and his when he is known; what comes after that is his at once.
select steward.record_signal(null, 'reply', event_id => 'unknown 1', visitor => 'cookie 9'), steward.record_signal(null, 'reply', event_id => 'unknown 2', visitor => 'cookie 9'), steward.refresh_scores();
select steward.identify_visitor('cookie 9', tests.lead('Gama')), steward.identify_visitor('cookie 9', tests.lead('Gama')), steward.record_signal(null, 'bounce', event_id => 'known', visitor => 'cookie 9'), steward.refresh_scores();
select score, contributions from tests.scores where company = 'Gama' and holds;
select term, input, points, reason from steward.explain_score(tests.lead('Gama')) where term = 'engagement';

-- Time passes. What has fallen by a point is computed again when it is due, and only then.
select count(*) from steward.lead_score where due_at <= '2027-03-01 12:00:10+00';
select tests.travel('2027-03-02 11:00+00'), steward.refresh_scores();
select tests.travel('2027-03-08 12:00+00'), steward.refresh_scores() > 0;
select company, score, contributions from tests.scores where holds order by company;
select company, trend from steward.top_leads order by rank;
select tests.travel('2027-03-30 12:00+00'), steward.refresh_scores() > 0;
select company, score from tests.scores where holds order by company;
select company, trend from steward.top_leads order by rank;

-- Who it was: a lead that changes is scored again; an old score is there with its contributions, and says what moved since.
select field, outcome from steward.set_lead(tests.lead('Beta'), '{"headcount": 200, "segment": "Dental"}');
select steward.refresh_scores();
select score, heat, rubric, rubric_version, since between '2027-03-01 12:00+00' and '2027-03-01 12:01+00', contributions from steward.score_as_of(tests.lead('Beta'), '2027-03-01 12:30+00');
select score, heat, rubric_version, contributions from steward.score_as_of(tests.lead('Beta'), '2027-03-30 12:30+00');
select count(*) from steward.score_as_of(tests.lead('Beta'), '2027-02-01 12:00+00');
select term, points, points_before, moved, reason from steward.explain_score(tests.lead('Beta'), '2027-03-01 12:30+00');
select kind, what, source_kind, source from steward.lead_timeline where lead_id = tests.lead('Beta') order by at, kind, what;

-- What another rubric would change, then the change, then back in one statement.
select company, score_before, score_after, heat_before, heat_after from steward.what_if('{"terms": [{"name": "trade", "kind": "contains", "field": "segment", "any": [{"of": ["dental"], "points": 85}]}], "heat": [{"label": "hot", "min": 80}, {"label": "cold"}]}');
select * from steward.what_if_distribution('{"terms": [{"name": "trade", "kind": "contains", "field": "segment", "any": [{"of": ["dental"], "points": 85}]}]}') where leads_before + leads_after > 0;
select steward.define_rubric('trade', '{"terms": [{"name": "trade", "kind": "contains", "field": "segment", "any": [{"of": ["dental"], "points": 85}]}], "heat": [{"label": "hot", "min": 80}, {"label": "cold"}]}');
select tests.travel('2027-03-31 12:00+00'), steward.publish_rubric('trade');
select company, score, heat from steward.top_leads order by rank;
select field, outcome from steward.set_lead(tests.lead('Gama'), '{"headcount": 500}');
select steward.refresh_scores(), tests.travel('2027-03-31 13:00+00');
-- Only Gama, which changed meanwhile, is computed again.
select steward.publish_rubric('fit', 1), steward.publish_rubric('fit', 1);
select company, score, heat from steward.top_leads order by rank;
select name, version, state from steward.rubrics order by name;
select score, rubric from steward.score_as_of(tests.lead('Gama'), '2027-03-31 12:30+00');

-- Contributions make the score, in each row that was ever written.
select count(*), count(*) filter (where score = (select sum(p) from unnest(contributions) p)) from steward.lead_score;

-- Pages end where the next begins, and filters hold.
select company, score, page_end is not null from steward.page_leads(page_size => 2);
select company from steward.page_leads(page_size => 2, after => (select page_end from steward.page_leads(page_size => 2) offset 1));
select company, lead_heat from steward.page_leads(heat => 'warm');
select company from steward.page_leads(segment => 'Dental');
select tests.refused('select * from steward.page_leads(heat => ''lukewarm'')'), tests.refused('select * from steward.page_leads(after => ''1'')'), tests.code('select * from steward.page_leads(page_size => 0)');

-- What is refused changes nothing.
select tests.refused(format('select steward.define_rubric(%s)', a)) from unnest(array['''Fit'', ''{}''', '''fit'', ''{}''', '''fit'', ''7''', '''fit'', ''{"terms": []}''', 'null, ''{}''', '''fit'', null',
    '''fit'', ''{"terms": [{"name": "a", "kind": "bands", "field": "attributes.x", "bands": [[1, 1], [2, 2]]}]}''', '''fit'', ''{"terms": [{"name": "a", "kind": "sum", "field": "attributes.x"}]}''',
    '''fit'', ''{"terms": [{"name": "a", "kind": "presence", "field": ["email", "headcount"], "each": 1}]}''']) a;
select tests.refused(format('select * from steward.%s(%L)', f, '{"terms": [{"name": "a", "kind": "presence", "field": "suggested_owner", "each": 1}]}')) from unnest(array['what_if', 'what_if_distribution']) f;
select tests.refused('select steward.publish_rubric(''nobody'')'), tests.refused('select steward.publish_rubric(''fit'', 9)');
select tests.refused(format('select steward.record_signal(tests.lead(''Beta''), %s)', a)) from unnest(array['''Page View''', '''reply'', ''NaN''', '''reply'', ''Infinity''', '''reply'', 1e9', '''reply'', 1, ''infinity''',
    '''reply'', 1, ''2030-01-01''', '''reply'', 1, event_id => ''''', '''reply'', 1, event_id => null', '''reply'', source_kind => ''A B''', 'null']) a;
select tests.refused('select steward.record_signal(null, ''reply'')'), tests.code(format('select steward.record_signal(%L, ''reply'')', gen_random_uuid())), tests.code(format('select steward.identify_visitor(''c'', %L)', gen_random_uuid()));
select tests.refused('select steward.set_routing(''{"owners": [{"owner": ""}]}'')'), tests.refused('select steward.lead_preset(''rubric'', ''none'')');
select count(*) from steward.rubrics where state = 'draft';

-- Who may do what; nobody sees another workspace.
select l, tests.as_login(l, 'select steward.define_rubric(''mine'', steward.lead_preset(''rubric'', ''rank_0_10''))'), tests.as_login(l, 'select steward.publish_rubric(''trade'')'),
    tests.as_login(l, 'select steward.record_signal(tests.lead(''Beta''), ''reply'')'), tests.as_login(l, 'select count(*) from steward.top_leads'),
    tests.as_login(l, 'select count(*) from steward.explain_score(tests.lead(''Beta''))'), tests.as_login(l, 'select count(*) from steward.lead_timeline')
from unnest('{regress_owner,regress_manager,regress_editor,regress_viewer,regress_outsider,regress_nobody,regress_worker,regress_analyst}'::text[]) l;

-- Scores are computed in parallel workers, too, and the rows of others are not among them.
set max_parallel_workers_per_gather = 2; set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0; set enable_indexscan = off; set enable_bitmapscan = off;
explain (costs off) select sum(steward.score_of(steward.score_contributions(r.id, r.definition, l, null, null, null, null, steward.now(), null, null))) from steward.lead l join steward.rubric r on r.workspace_id = l.workspace_id and r.state = 'published';
select sum(steward.score_of(steward.score_contributions(r.id, r.definition, l, null, null, null, null, steward.now(), null, null))) from steward.lead l join steward.rubric r on r.workspace_id = l.workspace_id and r.state = 'published';

-- A moment is there, and is told in UTC.
select outcome from steward.set_lead(tests.lead('Beta'), '{"outcome": "won", "outcome_at": "2027-02-03T09:00:00-03:00"}') order by field;
select steward.define_rubric('closed', '{"terms": [{"name": "closed", "kind": "presence", "field": "outcome_at", "each": 7}, {"name": "early", "kind": "contains", "field": "outcome_at", "any": [{"of": ["2027-02-03t12:00"], "points": 5}]}]}'), steward.publish_rubric('closed') > 0;
select term, input, points from steward.explain_score(tests.lead('Beta')) where term <> 'total';
