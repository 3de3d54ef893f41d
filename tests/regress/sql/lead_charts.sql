-- Pictures of scores and models: well-formed, text stays text, and the bars are what the views say.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('owner'));
-- Titles of bars, which say exactly what they show; of one series.
create function tests.bars(svg text, series text) returns text language sql immutable as $$
    select string_agg(m[1], ' ') from regexp_matches(svg, '<title>' || series || '[^<]*: ([^<]*)</title>', 'g') m
$$;
select tests.refused('select steward.score_distribution_svg()'), tests.refused('select steward.lift_chart_svg(''likely'')'), tests.code('select steward.lift_chart_svg(null)');

-- No lead yet, and words that would be markup.
select steward.define_rubric('fit', '{"terms": [{"name": "rating", "kind": "value", "field": "attributes.rating", "min": -1000, "max": 1000}], "total": {"min": -1000, "max": 1000},
    "heat": [{"label": "</text><script>alert(1)</script>", "min": 70}, {"label": "\"w\" & a", "min": 30}, {"label": "cold"}]}'), steward.publish_rubric('fit');
select xmlparse(document w) is document, w like '<svg%</svg>%', w ~ '<script', w ~ '0 leads by their score', tests.bars(w, 'fit') from steward.score_distribution_svg() w;

-- Each band holds its beginning, the last its end, too.
select count(*) from steward.import_leads((select jsonb_agg(jsonb_build_object('email', n || '@a.example', 'rating', r)) from unnest(array[0, 9, 10, 29.6, 30, 70, 99, 100]) with ordinality x (r, n)));
select steward.refresh_scores();
select xmlparse(document w) is document, tests.bars(w, 'fit'), (select string_agg(m[1], ' ') from regexp_matches(w, 'y="341" [^>]*>([^<]*)<', 'g') m),
    (select string_agg(concat_ws(' ', m[1], m[2], m[3]), ', ') from regexp_matches(w, '<rect x="([0-9.]+)" y="84" width="([0-9.]+)"[^>]*><title>([^<]*)', 'g') m)
from steward.score_distribution_svg() w;
-- Beside it another rubric, which is nowhere written. The scale is as wide as the scores of both.
select xmlparse(document w) is document, tests.bars(w, 'fit'), tests.bars(w, 'the other rubric'), (select string_agg(m[1], ' ') from regexp_matches(w, 'y="341" [^>]*>([^<]*)<', 'g') m), (select count(*) from steward.rubrics)
from steward.score_distribution_svg(definition => '{"terms": [{"name": "rating", "kind": "value", "field": "attributes.rating", "min": -100, "max": 100}], "total": {"of": 50, "min": -1000, "max": 1000}}') w;
select count(*) from steward.import_leads('[{"email": "low@a.example", "rating": -100}, {"email": "high@a.example", "rating": "300"}]');
select steward.refresh_scores();
select tests.bars(w, 'fit'), (select string_agg(m[1], ' ') from regexp_matches(w, 'y="341" [^>]*>([^<]*)<', 'g') m) from steward.score_distribution_svg() w;

-- Lifts are those of evaluate_model, the model's and the rubric's.
select count(*) from steward.import_leads((select jsonb_agg(jsonb_build_object('provider_id', 'c' || n, 'rating', n % 7, 'source', (array['a', 'b', 'c', 'd'])[1 + n % 4],
    'outcome', case when n % 4 = 0 and n % 3 > 0 or n % 11 = 0 then 'won' else 'lost' end, 'outcome_at', timestamptz '2026-01-01 00:00+00' + n * interval '1 hour')) from generate_series(1, 1200) n));
select version, note from steward.train_model('likely', '{"features": ["attributes.source"]}');
select xmlparse(document w) is document, tests.bars(w, 'likely version 1, AUC') = m.lifts, tests.bars(w, 'fit version 1, AUC') = m.rubric_lifts, w ~ 'stroke-dasharray', substring(w from '<title>(Lift[^<]*)'),
    (select string_agg(x[1], '; ') from regexp_matches(w, 'y="46">([^<]*)<', 'g') x)
from steward.lift_chart_svg('likely') w, (select string_agg(trim_scale(e.model_value)::text, ' ') as lifts, string_agg(trim_scale(e.rubric_value)::text, ' ') as rubric_lifts from steward.evaluate_model('likely') e where e.figure like 'lift%') m;
-- A model all of whose leads are gone from its view has nothing to show, and a picture all the same.
update steward.lead set outcome = null;
select xmlparse(document w) is document, tests.bars(w, 'likely'), substring(w from '<title>(Lift[^<]*)') from steward.lift_chart_svg('likely', 1) w;
select tests.refused('select steward.lift_chart_svg(''likely'', 2)'), tests.refused('select steward.score_distribution_svg(definition => ''{"terms": []}'')');

-- Members see their own, and nobody another's.
select l, tests.as_login(l, 'select left(steward.score_distribution_svg(), 4)'), tests.as_login(l, format('select left(steward.score_distribution_svg(%L), 4)', tests.workspace('acme'))),
    tests.as_login(l, format('select left(steward.lift_chart_svg(''likely'', workspace_id => %L), 4)', tests.workspace('acme')))
from unnest('{regress_owner,regress_viewer,regress_outsider,regress_nobody,regress_worker,regress_analyst}'::text[]) l;
select tests.refused(format('select steward.draw_chart(%L)', c)) from unnest(array['7', '{', '{"title": "t"}']) c;
