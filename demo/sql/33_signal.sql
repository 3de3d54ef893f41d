\echo '-- Somebody in the middle of the list asks for a quote. It is told twice, as webhooks do, and counts once.'
\o /dev/null
select lead_id as lead, steward.now() as since from steward.top_leads where owner = 'VANESSA' and rank >= 40 order by rank limit 1 \gset
\o
select company, rank, score, heat, trend, last_signal_at is not null as did_something from steward.top_leads where lead_id = :'lead';

select steward.record_signal(:'lead', 'quote_request', event_id => 'form-4711', source_kind => 'page', source_id => '/quote') as is_new;
select steward.record_signal(:'lead', 'quote_request', event_id => 'form-4711', source_kind => 'page', source_id => '/quote') as is_new;

\echo '-- Workers do this every few seconds.'
select steward.refresh_scores() as scores_changed;
select company, rank, score, heat, last_signal_at is not null as did_something, reasons[1] as first_reason from steward.top_leads where lead_id = :'lead';

\echo '-- What moved since, the top movers first.'
select term, input, points_before, points, moved, reason from steward.explain_score(:'lead', :'since') where moved <> 0;
