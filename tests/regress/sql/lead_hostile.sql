-- Whatever stands in a lead, a rubric or a row: it is scored, or refused by a name of ours. Nothing ends a session, and nothing is an error of the inside (XX000).
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('owner'));
-- How a statement ends: fine, or SQLSTATE and slug.
create function tests.ends(statement text) returns text language plpgsql as $$
declare
    detail text;
begin
    execute statement;
    return 'fine';
exception when others then
    get stacked diagnostics detail = pg_exception_detail;
    return concat_ws(' ', sqlstate, substring(detail from '^code=(.*)$'));
end
$$;

-- What people, spreadsheets and enemies put into a field. Words of other letters look the same and are others; what is no finite number is none.
create table tests.hostile (place int generated always as identity, what text, value jsonb);
insert into tests.hostile (what, value)
select w, v::jsonb from (values ('nothing', null::text), ('null', 'null'), ('empty', '""'), ('blanks', E'" \u00a0\u3000"'), ('NaN', '"NaN"'), ('small nan', '"nan"'), ('Infinity', '"Infinity"'), ('-inf', '"-inf"'), ('1e400', '1e400'), ('-1e400', '-1e400'),
    ('1e-400', '1e-400'), ('1e400 as text', '"1e400"'), ('42 as text', '" 42 "'), ('42.0', '42.000'), ('-0', '-0.0'), ('+7', '"+7"'), ('.5', '".5"'), ('5.', '"5."'), ('hexadecimal', '"0x2A"'), ('grouped', '"1,234"'),
    ('arabic digits', E'"\u0664\u0662"'), ('wide digits', E'"\uff14\uff12"'), ('400 digits', '"' || repeat('9', 400) || '"'), ('true', 'true'), ('dental', '"Dental"'), ('cyrillic e', E'"d\u0435ntal"'), ('wide letters', E'"\uff44\uff45\uff4e\uff54\uff41\uff4c"'),
    ('zero width', E'"den\u200btal"'), ('right to left', E'"\u202elatned"'), ('mark beside', E'"de\u0301ntal"'), ('hebrew', E'"\u05e9\u05dc\u05d5\u05dd dental"'), ('tooth', E'"\U0001f9b7dental"'), ('list', '["dental", 42, null]'),
    ('empty list', '[]'), ('nulls', '[null, [null], {"a": null}]'), ('object', '{"a": "dental", "b": [1, 2]}'), ('100 deep', repeat('[', 100) || '"dental"' || repeat(']', 100)), ('quotes', '"\"; drop table lead; --"'),
    ('controls', '"\u0001\t\r\n\u007f"'), ('long', '"' || repeat('dental ', 14285) || '"'), ('a megabyte', '"' || repeat('dental ', 150000) || '"'), ('a thousand', (select jsonb_agg('dental'::text) from generate_series(1, 1000))::text)) h (w, v);
select h.what, i.column_name, i.problem from tests.hostile h, lateral steward.import_leads(jsonb_build_array(jsonb_build_object('provider_id', h.what, 'x', h.value, 'outcome', case when h.place % 3 = 0 then 'won' else 'lost' end))) i
where i.outcome <> 'inserted' order by h.place;
select steward.define_rubric('all', '{"terms": [{"name": "value", "kind": "value", "field": "attributes.x", "min": -9, "max": 9, "else": -10}, {"name": "bands", "kind": "bands", "field": "attributes.x", "bands": [[42, 2], [-1e308, 1]]},
    {"name": "length", "kind": "bands", "of": "length", "field": "attributes.x", "bands": [[1000, 3], [10, 2], [1, 1]]}, {"name": "people", "kind": "bands", "of": "headcount", "field": "attributes.x", "bands": [[1000, 2], [1, 1]]},
    {"name": "word", "kind": "contains", "field": ["attributes.x", "company"], "any": [{"of": ["dental"], "points": 5}], "any_value": 1}, {"name": "count", "kind": "count", "field": "attributes.x", "each": 1, "max": 7},
    {"name": "map", "kind": "map", "field": "attributes.x", "values": {"dental": 2, "42": 4}, "else": 1}, {"name": "there", "kind": "presence", "field": ["attributes.x", "attributes.y"], "each": 3},
    {"name": "curve", "kind": "curve", "field": "attributes.x", "corners": [[-1e300, -3], [0, 0], [1e300, 3]], "else": -4}], "total": {"min": -100}}');
select steward.publish_rubric('all') = (select count(*) from steward.lead);
select h.what, array(select steward.in_points(p) from unnest(s.contributions) p), s.score = (select sum(p) from unnest(s.contributions) p) from tests.hostile h join steward.lead l on l.provider_id = h.what join steward.lead_score s on s.lead_id = l.id order by h.place;
select count(*), max(char_length(input)), max(char_length(reason)) from steward.lead l, lateral steward.explain_score(l.id);
select h.what, e.input from tests.hostile h join steward.lead l on l.provider_id = h.what, lateral steward.explain_score(l.id) e where e.term = 'value' and h.what in ('controls', 'right to left', 'long', '1e400', '100 deep', 'quotes') order by h.place;
select count(*) from steward.what_if('{"terms": [{"name": "a", "kind": "contains", "field": "attributes.x", "any": [{"of": ["dental"], "points": 50}]}], "heat": [{"label": "hot", "min": 1}, {"label": "cold"}]}');
-- Changed from each to the next, and back.
select count(*) from (select h.place, o.outcome from tests.hostile h join tests.hostile n on n.place = h.place + 1 join steward.lead l on l.provider_id = h.what, lateral steward.set_lead(l.id, jsonb_build_object('x', n.value)) o where octet_length(n.value::text) < 100000 offset 0) x;
select steward.refresh_scores(), steward.score_leads();
select count(steward.rollback_lead(l.id, 1)) from steward.lead l;
select steward.refresh_scores(), steward.score_leads();
-- Learned from, as each kind of feature, by either method; tested; explained.
select m.method, f.form, t.leads > 0, t.auc between 0 and 1 from (values ('logistic'), ('bayes')) m (method), (values ('levels'), ('deciles'), ('standard')) f (form),
    lateral steward.train_model('hostile', jsonb_build_object('method', m.method, 'features', jsonb_build_array(jsonb_build_object('field', 'attributes.x', 'as', f.form), 'company'), 'min_leads', 1, 'min_wins', 1, 'split', '{"kind": "random", "seed": 4}'::jsonb)) t
where (m.method, f.form) <> ('bayes', 'standard') order by 1, 2;
select count(*) from generate_series(1, 5) v, lateral steward.evaluate_model('hostile', v);
select steward.publish_model('hostile', v) from generate_series(1, 5) v;
select count(*), count(*) filter (where likelihood between 0.0001 and 0.9999) from steward.lead l, lateral steward.explain_likelihood(l.id);

-- As many terms and words as there may be, and one more; names that look like something else.
create function tests.wide(terms int, words int) returns jsonb language sql as $$
    select jsonb_build_object('terms', jsonb_agg(jsonb_build_object('name', 'term ' || n, 'kind', 'contains', 'field', 'attributes.x', 'any', jsonb_build_array(jsonb_build_object('points', n % 7, 'of',
        (select jsonb_agg('word ' || n || ' ' || w) from generate_series(1, words) w)))))) from generate_series(1, terms) n
$$;
select tests.ends(format('select steward.define_rubric(''wide'', tests.wide(%s, %s))', t, w)) from (values (100, 1000), (101, 1), (1, 1001), (0, 0)) x (t, w);
select steward.publish_rubric('wide') = (select count(*) from steward.lead);
select i.outcome, i.column_name, i.problem from steward.import_leads('[{"provider_id": "named", " ": 5}, {"provider_id": "named", "attributes.": 6}, {"provider_id": "named", "attributes": 4}]') i;
select i.outcome, i.column_name, i.problem from steward.import_leads('[{"provider_id": "named", "a.b": 1, "q\"uote''": 2, "attributes.c": 3, "attributes.attributes": 4, "x y": 7, "attributes.email": 8, "$1": 9, "%s": 10, "Email": "upper@x.example"}]') i;
select steward.define_rubric('named', jsonb_build_object('terms', (select jsonb_agg(jsonb_build_object('name', f, 'kind', 'value', 'field', f, 'min', 0, 'max', 99) order by o)
    from unnest(array['attributes.a.b', 'attributes.q"uote''', 'attributes.c', 'attributes.attributes', 'attributes.x y', 'attributes.$1', 'attributes.%s', 'attributes.email']) with ordinality o (f, o)))),
    steward.publish_rubric('named') > 0;
select term, points from steward.explain_score((select l.id from steward.lead l where l.provider_id = 'named'));
-- What is no field is refused where it is written, columns that tell of the row and not of the lead among them.
select f, regexp_replace(tests.refused(format('select steward.define_rubric(''none'', %L)', jsonb_build_object('terms', jsonb_build_array(jsonb_build_object('name', 'a', 'kind', 'presence', 'field', jsonb_build_array('email', f), 'each', 1))))), '\? Fields are .*', '?')
from unnest(array['version', 'lead;', 'lead.id', 'a.b', '"email"', 'attributes', 'Version', 'id', 'suggested_owner', 'created_at', 'attributes.', 'headcount', repeat('x', 300)]) f;
-- Definitions that JSON can hold and nobody can mean.
select d, tests.ends(format('select steward.define_rubric(''x'', %L)', '{"terms": [{"name": "a", "kind": "value", "field": "attributes.x", "min": 0, "max": 9' || d)), tests.ends(format('select * from steward.what_if(%L)', '{"terms": [{"name": "a", "kind": "value", "field": "attributes.x", "min": 0, "max": 9' || d)),
    tests.ends(format('select steward.score_contributions(gen_random_uuid(), %L, row(1), null, null, null, null, null, null, null)', '{"terms": [{"name": "a", "kind": "value", "field": "attributes.x", "min": 0, "max": 9' || d))
from unnest(array['}]}', ', "else": 1e400}]}', ', "else": 10001}]}', ', "else": "1"}]}', '}], "total": {"of": 0}}', '}], "total": {"decimals": 4}}', '}], "total": {"decimals": -1}}', '}], "heat": 7}', '}], "likelihood": {"weight": 2}}', '}], "likelihood": {"weight": 1e-400}}']) d;
select tests.ends(format('select steward.%s(%s)', f, replace(a, '$', quote_literal((repeat('[', 5000) || repeat(']', 5000)))))) from (values ('define_rubric', '''x'', $'), ('set_routing', '$'), ('what_if', '$'), ('what_if_distribution', '$'),
    ('train_model', '''x'', jsonb_build_object(''features'', $::jsonb)'), ('import_leads', '$'), ('import_leads', 'jsonb_build_array(jsonb_build_object(''provider_id'', ''deep'', ''x'', $::jsonb))')) x (f, a);
select steward.define_rubric('all', definition) from steward.rubrics where name = 'all' and version = 1;

-- Rows of other tables: what is no field of theirs is not there. Types that a rule cannot look at are nothing; a number that is none, too.
create domain tests.word as text check (value <> 'x');
create type tests.size as enum ('small');
create table tests.other (gone int, a smallint, b real, c numeric, d float8, e bigint, f date, g char(8), h text[], i tests.word, j tests.size, k bytea, attributes text, x varchar, l jsonb, m boolean, o timestamptz, p tests.hostile, n int);
alter table tests.other drop column gone;
insert into tests.other values (1, 2, 'NaN', 'Infinity', 9223372036854775807, 'today', 'dental', '{dental}', 'dental', 'small', '\x00', 'dental', 'dental', '[1, "dental"]', true, 'infinity', row(1, 'dental', 'null'), -2147483648);
insert into tests.other default values;
insert into tests.other (a, b, c, d) values (null, 'inf', '1e1000', 'NaN');
create function tests.of(field text) returns jsonb language sql immutable as $$
    select jsonb_build_object('terms', jsonb_build_array(jsonb_build_object('name', 'v', 'kind', 'value', 'field', field, 'min', -10000, 'max', 9, 'else', 1), jsonb_build_object('name', 'w', 'kind', 'contains', 'field', field, 'any', '[{"of": ["dental"], "points": 5}]'::jsonb, 'else', 2)), 'total', '{"min": -10000}'::jsonb)
$$;
create function tests.id(words text) returns uuid language sql immutable as $$ select md5(words)::uuid $$;
select u.f, array_agg(steward.score_contributions(tests.id(u.f), tests.of(u.f), t, null, null, null, null, null, null, null)::text order by t.ctid) from tests.other t, unnest('{a,b,c,d,e,f,g,h,i,j,k,attributes,attributes.x,x,l,m,o,p,n,gone,........pg.dropped.1........,ctid}'::text[]) u (f) group by u.f order by u.f;
select steward.score_contributions(tests.id('x'), tests.of('x'), r, null, null, null, null, null, null, null) from (select 'dental' as x) r union all select steward.score_contributions(tests.id('f1'), tests.of('f1'), row(3, 4), null, null, null, null, null, null, null)
union all select steward.score_contributions(tests.id('x'), tests.of('x'), null::tests.other, null, null, null, null, null, null, null) union all select steward.score_contributions(tests.id('what'), tests.of('what'), t.p, null, null, null, null, null, null, null) from tests.other t where p is not null;
-- One call site, rows of several types, and of one type whose shape changes between two of them.
create table tests.shape (a int, x text);
create function tests.shaped(n int) returns tests.shape language plpgsql as $$
declare
    r tests.shape;
begin
    execute (array['insert into tests.shape (x) values (7)', 'alter table tests.shape drop column a', 'alter table tests.shape alter x type bigint using 8', 'alter table tests.shape alter x type text using ''9''', 'alter table tests.shape add column a jsonb default ''{}''', 'alter table tests.shape drop column x'])[n];
    execute 'select * from tests.shape' into r;
    return r;
end
$$;
select n, steward.score_contributions(tests.id('x'), tests.of('x'), tests.shaped(n), null, null, null, null, null, null, null) from generate_series(1, 6) n;
select count(distinct steward.score_contributions(gen_random_uuid(), tests.of('x'), r, null, null, null, null, null, null, null)) from (select n as x from generate_series(1, 1000) n) r;
-- What is no row is no lead.
select v, tests.ends(format('select steward.%s(gen_random_uuid(), %L, %s%s)', f.name, f.definition, v, f.rest)) from (values ('1'), ('''dental''::text'), ('array[row(1)]'), ('''{}''::jsonb'), ('now()'), ('null::int'), ('int4range(1, 2)'), ('row()')) x (v),
    (values ('score_contributions', tests.of('x')::text, ', null, null, null, null, null, null, null'), ('score_reasons', tests.of('x')::text, ', null, null, null, null, null, null, null')) f (name, definition, rest) order by f.name, v;

-- Signals as arrays that do not fit each other, and moments without an end.
select a, tests.ends(format('select steward.score_contributions(gen_random_uuid(), %L, row(1), %s)', '{"terms": [{"name": "s", "kind": "signals", "max": 10000, "signals": {"*": {"points": 10000, "half_life_days": 7, "per_day": 10000}}}], "likelihood": {"weight": 1}}', a)),
    (tests.as_login('postgres', format('select steward.score_contributions(gen_random_uuid(), %L, row(1), %s)', '{"terms": [{"name": "s", "kind": "signals", "max": 10000, "signals": {"*": {"points": 10000, "half_life_days": 7, "per_day": 10000}}}], "likelihood": {"weight": 1}}', a)))
from unnest(array['null, null, null, null, null, null, null', '''{}'', ''{}'', ''{}'', ''{}'', ''2027-01-01'', null, null', '''{a,b}'', ''{1}'', ''{2027-01-01}'', ''{1,2,3}'', ''2027-01-01'', 0.5, 0.5', '''{NULL,a}'', ''{1,NULL}'', ''{NULL,2027-01-01}'', ''{1,NULL}'', ''2027-01-01'', 0.5, null',
    '''{a}'', ''{NaN}'', ''{2027-01-01}'', ''{1}'', ''2027-01-01'', ''NaN'', 0.5', '''{a}'', ''{Infinity}'', ''{infinity}'', ''{1}'', ''-infinity'', ''Infinity'', 0.5', '''{a}'', ''{1}'', ''{-infinity}'', ''{1}'', ''infinity'', -1, 0.5',
    '''{{a,b},{c,d}}'', ''{{1,2},{3,4}}'', ''{2027-01-01,2027-01-01,2027-01-01,2027-01-01}'', ''{1,1,1,1}'', ''2027-01-01'', 0, 0', '''{a}'', ''{1e308}'', ''{294276-01-01}'', ''{2147483647}'', ''4713-01-01 BC'', 1e308, 1e-308']) a;
select n, d from unnest('{-infinity,infinity,2027-01-01}'::timestamptz[]) n, lateral (select tests.ends(format('select steward.score_due_at(gen_random_uuid(), %L, row(1), ''{a,a}'', ''{5,-5}'', ''{infinity,-infinity}'', ''{1,1}'', %L, null, null)', '{"terms": [{"name": "s", "kind": "signals", "max": 10, "signals": {"a": {"points": 9, "linear_days": 36525}}}]}', n)) as d) x;
select tests.ends('select steward.score_of(''{2147483647,1}'')'), steward.score_of('{}'), steward.score_of('{1,NULL,2}'), tests.ends('select steward.heat_word(''{a}'', ''{NULL}'', 1)'), steward.heat_word('{}', '{}', 1), steward.top_reasons('{a}', '{1,2}');

-- Models that nobody trained.
select left(d, 20), tests.ends(format('select steward.lead_likelihood(gen_random_uuid(), %L, row(1))', d)) from unnest(array['{}', '[]', '7', 'null', '{"version": 1}', '1e400', repeat('[', 5000) || repeat(']', 5000)]) d;
select change, tests.ends(format('select steward.lead_likelihood(gen_random_uuid(), %L, row(1))', (select jsonb_set(m.fitted, change::text[], v::jsonb) from steward.model m where m.version = 1))) from (values ('{tables,0,intercept}', '1e300'), ('{tables,0,weights}', '[]'), ('{features,0,levels}', '["b", "a"]'), ('{calibration,slope}', '1e400'),
    ('{tables}', '[]'), ('{version}', '99'), ('{features,0,field}', '"nowhere"')) x (change, v);

-- What is inside stays inside: nobody calls the parts of aggregates, or what computes and writes.
select p.proname, bool_or(has_function_privilege(l, p.oid, 'execute')) from pg_proc p, unnest('{regress_owner,regress_viewer,regress_worker,regress_analyst,regress_gateway,regress_admin}'::text[]) l
where p.pronamespace = 'steward'::regnamespace and p.proname in ('gather_to_train', 'gather_to_evaluate', 'gathered', 'train_on', 'evaluate_on', 'score_due_at', 'likelihood_reasons', 'closed_leads', 'compute_scores', 'write_scores', 'put_in_force', 'refresh_workspace',
    'store_model', 'complete_rubric', 'route_segments', 'merge_lead_rows', 'score_at', 'lead_at', 'score_contributions', 'score_reasons', 'score_of', 'lead_likelihood') group by p.proname order by 1;
select f, tests.ends(f) from unnest(array['select steward.gather_to_train(null, ''{}'', null::steward.lead, ''a'', true, now(), 1)', 'select steward.gathered(null)', 'select steward.gathered(null::internal)', 'select steward.train_on(null, l, ''a'', true, now(), 1) from steward.lead l',
    'select steward.train_on(''{"method": "logistic", "features": ["attributes.x"]}'', 1, ''a'', true, now(), 1)', 'select steward.train_on(''{"method": "logistic", "features": ["attributes.x"]}'', null::steward.lead, null, null, null, null)', 'select steward.evaluate_on(''{}'', l, ''a'', true, now(), 1) from steward.lead l',
    'select steward.train_on(''{"method": "logistic", "features": ["attributes.x"]}'', l, l.id::text, true, ''infinity'', ''NaN'') over (order by l.id) from steward.lead l']) f;
