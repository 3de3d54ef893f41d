-- What leads have in a database that is backed up: each of three was imported, changed by a tool and a person, and one was rolled back. Part of fill.sql.
reset session authorization;
create function backup.lead(name text) returns uuid language sql stable security definer as $$
    select l.id from steward.lead l where starts_with(l.full_name, $1 || ' ')
$$;
set session authorization backup_editor;
select count(*) from steward.import_leads((select jsonb_agg(jsonb_build_object('provider_id', 'person ' || name, 'email', name || '@leads.example', 'full_name', name || ' ' || backup.hostile(), 'notes', backup.hostile(),
    'numbers', jsonb_build_array(1e300::numeric, 0.10, backup.hostile()), 'outcome', 'won', 'outcome_at', '2026-01-31')) from unnest('{ann,bob,carl}'::text[]) name), 'list ' || backup.hostile(), workspace_id => backup.workspace('acme'));
select count(*) from unnest('{ann,bob}'::text[]) name, lateral steward.set_lead(backup.lead(name), jsonb_build_object('title', backup.hostile(), 'notes', null), 'tool', 'tool ' || backup.hostile());
select count(*) from steward.set_lead(backup.lead('ann'), jsonb_build_object('title', 'said by a person', 'owner', backup.hostile()));
select steward.rollback_lead(backup.lead('bob'), 1);
reset session authorization;

-- What scores them: a rubric in force that looks at signals and at a model, one that retired, a draft; rules of ownership, set twice; signals of leads and visitors. One score was
-- superseded, one lead has changed since it was scored. The model has learned from rows that are no leads, its three being too few.
set session authorization backup_owner;
select steward.define_rubric('fit', jsonb_build_object('terms', jsonb_build_array(jsonb_build_object('name', left(translate(backup.hostile(), E'\t\n\r\x01\x7f', ''), 60), 'kind', 'presence', 'field', 'title', 'each', 30),
    '{"name": "engagement", "kind": "signals", "max": 50, "signals": {"reply": {"points": 20, "half_life_days": 3650}, "*": {"points": 1}}}'::jsonb), 'likelihood', '{"weight": 0.5}'::jsonb,
    'heat', '[{"label": "hot", "min": 40}, {"label": "cold"}]'::jsonb), backup.workspace('acme')), steward.publish_rubric('fit', workspace_id => backup.workspace('acme'));
select steward.define_rubric('rank', steward.lead_preset('rubric', 'rank_0_10'), backup.workspace('acme')), steward.publish_rubric('rank', workspace_id => backup.workspace('acme')),
    steward.publish_rubric('fit', 1, backup.workspace('acme')), steward.define_rubric('draft', steward.lead_preset('rubric', 'inbound_fit_v1'), backup.workspace('acme'));
select steward.set_routing(steward.lead_preset('routing', 'ownership_v1'), backup.workspace('acme')),
    steward.set_routing(jsonb_build_object('owners', jsonb_build_array(jsonb_build_object('owner', backup.hostile(), 'keywords', '["dental"]'::jsonb))), backup.workspace('acme'));
select count(*) from unnest('{ann,bob}'::text[]) name, lateral steward.set_lead(backup.lead(name), '{"segment": "dental"}');
select steward.record_signal(backup.lead('ann'), 'reply', event_id => 'mail ' || backup.hostile(), source_kind => 'draft', source_id => backup.hostile()),
    steward.record_signal(null, 'page_view', 0.1, event_id => n || ' view', visitor => 'cookie ' || backup.hostile(), workspace_id => backup.workspace('acme')),
    steward.record_signal(null, 'page_view', visitor => 'unknown', event_id => n || ' other view', workspace_id => backup.workspace('acme')) from generate_series(1, 3) n;
select steward.identify_visitor('cookie ' || backup.hostile(), backup.lead('bob'));
reset session authorization;
select steward.store_model(backup.workspace('acme'), 'likely', steward.train_on('{"method": "logistic", "features": ["segment"], "min_leads": 1, "min_wins": 1}', jsonb_populate_record(null::steward.lead,
    jsonb_build_object('segment', case when n % 3 = 0 then 'dental' else backup.hostile() end)), n::text, n % 2 = 0, '2026-01-01'::timestamptz + n * interval '1 day', null))
from generate_series(1, 60) n;
set session authorization backup_owner;
select steward.publish_model('likely', workspace_id => backup.workspace('acme')), steward.refresh_scores(backup.workspace('acme'));
-- What a reader sees of all of it.
reset session authorization;
-- One whose score could not be computed, as far as anybody knows.
insert into steward.unscored_lead (workspace_id, lead_id, code, failed_at, retry_at) values (backup.workspace('acme'), backup.lead('carl'), '22012', steward.clock(), steward.clock() + interval '100 years');
create view backup.told as
select jsonb_build_array(l.suggested_owner, (select jsonb_agg(e) from steward.explain_score(l.id) e), (select jsonb_agg(e) from steward.explain_likelihood(l.id) e),
    (select jsonb_agg(s) from steward.score_as_of(l.id, '2100-01-01') s), (select jsonb_agg(t) from steward.top_leads t where t.lead_id = l.id)) as told
from steward.leads l where l.workspace_id = backup.workspace('acme');
create table backup.told_before as select null::jsonb as told where false;
grant select, insert on backup.told, backup.told_before to public;
set session authorization backup_owner;
insert into backup.told_before select told from backup.told;
select count(*) from steward.set_lead(backup.lead('carl'), '{"title": "since then"}');
reset session authorization;
