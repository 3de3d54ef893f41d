-- What a viewer asks, on the primary and on its standby: a line for each function, with how many rows it gave and a digest of them. Nothing here depends on the moment of asking.
set session authorization standby_viewer;
\set digest 'count(*), md5(string_agg(a::text, e''\\n'' order by a::text))'
\set fit '(select r.definition from steward.rubrics r where r.name = ''fit'')'
\set best '(select t.lead_id from steward.top_leads t where t.rank <= 20)'
select 'row security', row_security_active('steward.lead'), count(distinct l.workspace_id) from steward.leads l;
select 'top_leads', :digest from (select * from steward.top_leads limit 50) a;
select 'top_leads by rank', :digest from steward.top_leads a where a.rank between 400 and 500;
select 'page_leads', :digest from steward.page_leads(page_size => 200) a;
select 'page_leads, the next page', :digest from steward.page_leads(after => (select p.page_end from steward.page_leads() p offset 49)) a;
select 'explain_score', :digest from :best b, steward.explain_score(b.lead_id, (select min(l.created_at) from steward.leads l)) a;
select 'score_as_of', :digest from :best b, steward.score_as_of(b.lead_id, (select min(s.at) from steward.lead_score s)) a;
select 'score_as_of, now', :digest from :best b, steward.score_as_of(b.lead_id, 'infinity') a;
select 'lead_as_of', :digest from :best b, steward.lead_as_of(b.lead_id, 'infinity') a;
select 'lead_timeline', :digest from steward.lead_timeline a where a.lead_id in (select b.lead_id from :best b);
select 'what_if', :digest from steward.what_if(:fit || '{"heat": [{"label": "hot", "min": 30}, {"label": "cold"}]}') a;
select 'what_if_distribution', :digest from steward.what_if_distribution(:fit) a;
select 'evaluate_model', :digest from steward.evaluate_model('likely') a;
select 'explain_likelihood', :digest from :best b, steward.explain_likelihood(b.lead_id) a;
select 'models', :digest from steward.models a;
select 'score_distribution_svg', length(steward.score_distribution_svg()), md5(steward.score_distribution_svg());
select 'lift_chart_svg', length(steward.lift_chart_svg('likely')), md5(steward.lift_chart_svg('likely'));
