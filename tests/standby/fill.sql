-- A primary with leads, scores, signals, a model and rubrics that came and went; by an owner, as people make them. What its standby is asked: answers.sql.
create role standby_owner login;
create role standby_viewer login;
grant steward_user to standby_owner, standby_viewer;
select steward.create_workspace('leads', 'Leads') as mine \gset
select steward.create_workspace('others', 'Others') as others \gset
select steward.map_login('standby_owner', '11111111-1111-1111-1111-111111111111');
select steward.map_login('standby_viewer', '22222222-2222-2222-2222-222222222222');
select steward.add_member(:'mine', '11111111-1111-1111-1111-111111111111', 'owner');
select steward.add_member(:'others', '11111111-1111-1111-1111-111111111111', 'owner');
select steward.add_member(:'mine', '22222222-2222-2222-2222-222222222222', 'viewer');

-- Four batches of 4,000 leads, the last of them of the workspace that the viewer does not see. Two thirds have an outcome, which the source foretells to some degree.
set session authorization standby_owner;
select count(*) filter (where i.outcome = 'inserted')
from generate_series(0, 3) k
cross join lateral steward.import_leads((
    select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('email', format('lead%s@leads.example', n), 'company', 'Company ' || n, 'segment', (array['Implantes', 'Equipamentos', 'Software'])[n % 3 + 1],
        'company_size', (array[null, '1-10', '51-200', '501-1,000'])[n % 4 + 1], 'industry', (array['Dental', 'Steel', 'Saúde'])[n % 3 + 1], 'source', (array['fair', 'list', 'referral'])[n % 5 % 3 + 1],
        'website_summary', repeat('instruments for hospitals ', n % 40), 'headcount', n * 7 % 900, 'message', case when n % 6 = 0 then 'é urgente' end,
        'outcome', case when n % 3 > 0 then case when n % 5 % 3 * 10 + n * 13 % 17 > 25 then 'won' else 'lost' end end,
        'outcome_at', case when n % 3 > 0 then timestamptz '2026-01-01 00:00+00' + n * interval '1 minute' end)))
    from generate_series(k * 4000 + 1, k * 4000 + 4000) n), 'list', workspace_id => case when k < 3 then :'mine'::uuid else :'others' end) i;
select steward.set_routing(steward.lead_preset('routing', 'ownership_v1'), workspace_id => :'mine');
select steward.define_rubric('fit', steward.lead_preset('rubric', 'inbound_fit_v1'), :'others'), steward.publish_rubric('fit', workspace_id => :'others');
select steward.define_rubric('fit', steward.lead_preset('rubric', 'inbound_fit_v1'), :'mine'), steward.publish_rubric('fit', workspace_id => :'mine');
select t.version from steward.train_model('likely', workspace_id => :'mine') t;
select steward.publish_model('likely', workspace_id => :'mine');
select steward.define_rubric('engaged', steward.lead_preset('rubric', 'inbound_engaged_v1') || '{"likelihood": {"weight": 0.3}}', :'mine'), steward.publish_rubric('engaged', workspace_id => :'mine');
select count(*) filter (where steward.record_signal(l.id, 'email_reply')) from (select l.id from steward.leads l where l.workspace_id = :'mine' and l.outcome is null order by l.email limit 300) l;
select steward.refresh_scores(:'mine');
reset session authorization;
vacuum analyze;
