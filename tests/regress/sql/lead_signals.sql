-- Signals: many at once, of visitors who are somebody else after all, older than they are kept, in another time zone.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('owner'));
create function tests.travel(at timestamptz) returns text language sql volatile as $$
    select 'it is ' || (at at time zone 'UTC')::text from set_config('steward.clock_offset', extract(epoch from at - clock_timestamp())::text, false)
$$;
create function tests.lead(company text) returns uuid language sql stable security definer as $$ select l.id from steward.lead l where l.company = lead.company $$;
create view tests.scores as select l.company, r.name as rubric, steward.in_points(s.score) as score from steward.lead_score s join steward.lead l on l.id = s.lead_id join steward.rubric r on r.id = s.rubric_id where s.superseded_at is null;
create view tests.noted as select l.company, count(*) from steward.stale_lead n join steward.lead l on l.id = n.lead_id group by l.company;
select tests.travel('2027-03-01 12:00+00');
select count(*) from steward.import_leads('[{"company": "Alfa", "email": "a@alfa.example"}, {"company": "Beta", "email": "b@beta.example"}, {"company": "Gama", "email": "c@gama.example"}]');
select steward.define_rubric('did', '{"terms": [{"name": "did", "kind": "signals", "max": 100, "signals": {"reply": {"points": 10}, "view": {"points": 1, "half_life_days": 10, "per_day": 3}, "visit": {"points": 2, "linear_days": 900}}}]}'),
    steward.publish_rubric('did');

-- Many at once: each row is judged by itself, the others are recorded, and told again all of them are known.
create table tests.told as select jsonb_build_array(
    jsonb_build_object('lead_id', tests.lead('Alfa'), 'kind', 'reply', 'event_id', 'mail 1', 'occurred_at', '2027-02-01 10:00+00', 'source_kind', 'draft', 'source_id', '17'),
    jsonb_build_object('lead_id', tests.lead('Alfa'), 'kind', 'reply', 'event_id', 'mail 2', 'value', 2),
    jsonb_build_object('lead_id', tests.lead('Beta'), 'kind', 'reply', 'event_id', 'mail 2'),
    jsonb_build_object('visitor', 'cookie 1', 'kind', 'view', 'event_id', 'view 1', 'value', '0.5'),
    jsonb_build_object('kind', 'view', 'event_id', 'view 2'),
    jsonb_build_object('lead_id', gen_random_uuid(), 'kind', 'view', 'event_id', 'view 3'),
    jsonb_build_object('lead_id', 'Alfa', 'kind', 'view'), jsonb_build_object('lead_id', tests.lead('Alfa'), 'kind', 'A View'), jsonb_build_object('lead_id', tests.lead('Alfa'), 'kind', 'view', 'value', 'NaN'),
    jsonb_build_object('lead_id', tests.lead('Alfa'), 'kind', 'view', 'event_id', 'view 4', 'occurred_at', 'the other day'), jsonb_build_object('lead_id', tests.lead('Alfa'), 'kind', 'view', 'occurred_at', '2030-01-01'),
    jsonb_build_object('lead_id', tests.lead('Alfa'), 'kind', 'view', 'event_id', null), jsonb_build_object('lead_id', tests.lead('Alfa'), 'kind', 'view', 'amount', 7), 7,
    jsonb_build_object('lead_id', tests.lead('Alfa'), 'kind', 'view', 'occurred_at', '2020-01-01')) as signals;
select row_number, outcome, regexp_replace(problem, '[0-9a-f-]{36}', '<id>') from tests.told, steward.record_signals(signals);
select l.company, s.visitor, s.by_visitor, s.kind, s.amount, s.event_id, (s.occurred_at at time zone 'UTC')::date, s.recorded_at > '2027-03-01 11:00+00', s.source_kind, s.source_id from steward.signal s left join steward.lead l on l.id = s.lead_id order by s.event_id;
select * from tests.noted;
select row_number, outcome from tests.told, steward.record_signals(signals) where outcome <> 'rejected';
select * from tests.noted;
select steward.refresh_scores();
select company, score from tests.scores order by company;
-- What comes without an id is new each time.
select outcome, count(*) from generate_series(1, 2) n, steward.record_signals(jsonb_build_array(jsonb_build_object('lead_id', tests.lead('Gama'), 'kind', 'note'))) group by outcome;
select count(*) from steward.record_signals('[]');
select tests.refused(format('select steward.record_signals(%s)', s)) from unnest(array['''{}''', 'null', '(select jsonb_agg(7) from generate_series(1, 10001))']) s;
begin;
select outcome, count(*) from steward.record_signals((select jsonb_agg(jsonb_build_object('visitor', 'visitor ' || n, 'kind', 'view', 'event_id', 'many ' || n)) from generate_series(1, 10000) n)) group by outcome;
rollback;
-- However many visitors one transaction tells of, it holds as many locks as before: an advisory lock of each filled the server's table.
begin;
select count(*) filter (where steward.record_signal(null, 'view', event_id => 'more ' || n, visitor => 'another visitor ' || n)) from generate_series(1, 2000) n;
select count(*) > 200, count(*) <= 256 from pg_locks where locktype = 'advisory' and pid = pg_backend_pid();
rollback;
-- Who may: as record_signal. A lead of another workspace is none.
select l, tests.as_login(l, 'select outcome from steward.record_signals(''[{"visitor": "v", "kind": "view", "event_id": "who"}]'')') from unnest('{regress_editor,regress_viewer,regress_outsider,regress_nobody,regress_worker}'::text[]) l;
select steward.add_member(tests.workspace('globex'), tests.person('owner'), 'owner');
select outcome, regexp_replace(problem, '[0-9a-f-]{36}', '<id>') from steward.record_signals(jsonb_build_array(jsonb_build_object('lead_id', tests.lead('Alfa'), 'kind', 'reply')), tests.workspace('globex'));
select steward.remove_member(tests.workspace('globex'), tests.person('owner'));

-- A visitor who was taken for the wrong lead: what only the visitor was told with moves, what was told with the lead stays, and both scores follow.
delete from steward.stale_lead;
select steward.record_signal(null, 'reply', event_id => 'v1', visitor => 'cookie'), steward.record_signal(null, 'reply', event_id => 'v2', visitor => 'cookie'), steward.identify_visitor('cookie', tests.lead('Beta')),
    steward.record_signal(null, 'reply', event_id => 'v3', visitor => 'cookie'), steward.record_signal(tests.lead('Beta'), 'reply', event_id => 'v4', visitor => 'cookie'), steward.refresh_scores();
select company, score from tests.scores order by company;
select steward.identify_visitor('cookie', tests.lead('Gama')), steward.identify_visitor('cookie', tests.lead('Gama'));
select * from tests.noted order by company;
select steward.refresh_scores();
select company, score from tests.scores order by company;
select steward.record_signal(null, 'reply', event_id => 'v5', visitor => 'cookie'), (select company from steward.leads l where l.id = s.lead_id) from steward.signal s where event_id = 'v3';
-- Taken back: nobody's, until somebody is named.
select steward.identify_visitor('cookie', null), steward.record_signal(null, 'reply', event_id => 'v6', visitor => 'cookie'), steward.refresh_scores();
select company, score from tests.scores order by company;
select event_id, lead_id is null from steward.signal where visitor = 'cookie' order by event_id;
select steward.identify_visitor('cookie', tests.lead('Gama')), steward.refresh_scores();
select company, score from tests.scores order by company;
select act, object_kind, l.company, (select company from steward.leads b where b.id::text = detail ->> 'before') as before, (select company from steward.leads b where b.id::text = detail ->> 'after') as after, detail -> 'signals' as signals
from steward.audit a join steward.leads l on l.id::text = a.object_id where act = 'identify_visitor' order by a.id;
select tests.refused(format('select steward.identify_visitor(%s)', a)) from unnest(array['null, null', 'repeat(''v'', 201), null']) a;
select tests.code('select steward.identify_visitor(''cookie'', null, gen_random_uuid())');
-- Whoever goes back to a rubric finds the lead that lost them, too.
select steward.define_rubric('other', '{"terms": [{"name": "named", "kind": "presence", "field": "company", "each": 5}]}'), tests.travel('2027-03-02 12:00+00'), steward.publish_rubric('other');
select tests.travel('2027-03-02 14:00+00'), steward.identify_visitor('cookie', tests.lead('Alfa')), steward.refresh_scores(), tests.travel('2027-03-02 16:00+00'), steward.publish_rubric('did');
select company, score from tests.scores where rubric = 'did' order by company;
-- And so he does where the lead that it was has been erased.
select steward.publish_rubric('other'), tests.travel('2027-03-02 18:00+00'), steward.identify_visitor('cookie', tests.lead('Beta')), steward.refresh_scores();
select count(*) from steward.erase_person('b@beta.example');
select tests.travel('2027-03-02 20:00+00'), steward.publish_rubric('did');
select company, score from tests.scores where rubric = 'did' order by company;

-- At another isolation level a visitor's signals could stay nobody's: it is refused.
begin isolation level repeatable read;
select tests.code('select steward.record_signal(null, ''view'', visitor => ''cookie'')'), tests.code('select steward.record_signals(''[]'')'), tests.code(format('select steward.identify_visitor(''cookie'', %L)', tests.lead('Alfa')));
rollback;

-- How long: 800 days, longer where a rule gives points longer, and for good where it gives them for ever. What would be forgotten at once is not recorded.
select k, steward.signal_life(tests.workspace('acme'), k) from unnest('{reply,view,visit,unknown}'::text[]) k;
select tests.travel('2027-03-05 12:00+00');
select k, days, steward.record_signal(tests.lead('Gama'), k, 1, steward.clock() - make_interval(days => days), format('%s %s', k, days)) from unnest('{reply,view,visit,unknown}'::text[]) k, unnest('{799,801,903}'::int[]) days;
select e ->> 'event_id', outcome from jsonb_array_elements(jsonb_build_array('{"kind": "reply", "event_id": "old reply"}'::jsonb, '{"kind": "view", "event_id": "old view"}'::jsonb)) e,
    steward.record_signals(jsonb_build_array(e || jsonb_build_object('lead_id', tests.lead('Gama'), 'occurred_at', '2020-01-01')));
select tests.travel('2027-03-08 12:00+00'), steward.upkeep();
select event_id, forget_at is null, forget_at > steward.clock() from steward.signal where event_id ~ ' [789]' or event_id ~ '^old' order by event_id;
select steward.record_signal(tests.lead('Gama'), 'view', 1, '2024-12-26 12:00+00', 'view 799'), tests.travel('2030-01-01 12:00+00'), steward.upkeep();
select kind, count(*) from steward.signal group by kind order by kind;
-- A kind that no rule names is kept as '*' says.
select steward.define_rubric('all', '{"terms": [{"name": "did", "kind": "signals", "max": 100, "signals": {"view": {"points": 1, "linear_days": 5}, "*": {"points": 1}}}]}');
select steward.signal_life(tests.workspace('acme'), 'unknown'), steward.publish_rubric('all') is not null;
select steward.signal_life(tests.workspace('acme'), 'unknown'), steward.signal_life(tests.workspace('acme'), 'view');
select steward.publish_rubric('did') is not null, steward.signal_life(tests.workspace('acme'), 'unknown');

-- Days are the workspace's: in another zone other signals share a day's cap, by a rubric that is not in force, too.
select steward.refresh_scores() is not null;
select steward.record_signal(tests.lead('Alfa'), 'view', 3, at, 'view at ' || at) from unnest('{2030-01-01 01:00+00,2030-01-01 11:00+00}'::timestamptz[]) at;
select steward.refresh_scores();
select score from tests.scores where company = 'Alfa' and rubric = 'did';
select steward.set_time_zone(tests.workspace('acme'), 'UTC');
select count(*) from steward.stale_lead;
select steward.set_time_zone(tests.workspace('acme'), 'America/Sao_Paulo');
select * from tests.noted order by company;
select steward.refresh_scores() > 0, steward.score_leads();
select score from tests.scores where company = 'Alfa' and rubric = 'did';
select steward.publish_rubric('other') is not null, tests.travel('2030-01-01 14:00+00'), steward.set_time_zone(tests.workspace('acme'), 'UTC'), steward.refresh_scores(), tests.travel('2030-01-01 15:30+00'), steward.publish_rubric('did') > 0;
select score from tests.scores where company = 'Alfa' and rubric = 'did';
select steward.score_leads();
