-- What scores the leads of workspace acme: a rubric in force and a draft, rules of ownership, a signal of ann and one of a visitor whom nobody knows, a model. After lead_objects.sql.
select steward.define_rubric('fit', '{"terms": [{"name": "size", "kind": "bands", "field": "attributes.size", "bands": [[5, 50]]}, {"name": "engagement", "kind": "signals", "max": 50, "signals": {"*": {"points": 10}}}],
    "heat": [{"label": "hot", "min": 50}, {"label": "cold"}]}', tests.workspace('acme')), steward.publish_rubric('fit', workspace_id => tests.workspace('acme'));
select steward.define_rubric('other', steward.lead_preset('rubric', 'rank_0_10'), tests.workspace('acme')), steward.set_routing(steward.lead_preset('routing', 'ownership_v1'), tests.workspace('acme'));
select steward.record_signal(tests.lead('ann'), 'reply', event_id => 'mail 1'), steward.record_signal(null, 'page_view', event_id => 'view 1', visitor => 'a cookie', workspace_id => tests.workspace('acme')),
    steward.identify_visitor('another cookie', tests.lead('ann')), steward.refresh_scores(tests.workspace('acme'));
-- Trained on rows that are no leads: the workspace keeps its two.
select (steward.store_model(tests.workspace('acme'), 'likely', steward.train_on('{"method": "logistic", "features": ["segment"], "min_leads": 1, "min_wins": 1}',
    jsonb_populate_record(null::steward.lead, jsonb_build_object('segment', case when n % 3 = 0 then 'dental' else 'vet' end)), n::text, n % 2 = 0, '2026-01-01'::timestamptz + n * interval '1 day', null))).version
from generate_series(1, 60) n;
select steward.publish_model('likely', workspace_id => tests.workspace('acme'));
-- One more lead, which has no score yet.
select outcome from steward.import_leads('[{"email": "carl@leads.example", "full_name": "carl"}]', workspace_id => tests.workspace('acme'));
