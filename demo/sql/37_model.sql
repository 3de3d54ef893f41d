\echo '-- A year of leads that were won or lost, made up as well: referrals are won more often, and large companies. Is that found?'
\o /dev/null
create temp table closed as
select jsonb_build_object('provider_id', 'CLOSED-' || n, 'outcome', case when percent < case source when 'referral' then 45 when 'fair' then 25 else 8 end + case when size > 300 then 25 else 0 end then 'won' else 'lost' end,
    'outcome_at', timestamptz '2026-01-01 00:00+00' + n * interval '5 hours', 'source', source, 'headcount', size, 'colour', colour) as row
from generate_series(1, 1500) n
cross join lateral (select array_agg(('x' || md5(k || ' of ' || n))::bit(28)::int order by k) as drawn from generate_series(1, 4) k) d
cross join lateral (select drawn[1] % 100 as percent, (array['referral', 'fair', 'web', 'list'])[1 + drawn[2] % 4] as source, 5 + drawn[3] % 600 as size, (array['red', 'green', 'blue'])[1 + drawn[4] % 3] as colour) as lead;
\o
select outcome, count(*) from steward.import_leads((select jsonb_agg(row) from closed), 'crm') group by outcome;
\x on
select * from steward.train_model('likely', '{"features": ["attributes.source", "attributes.headcount", "attributes.colour"]}');
\x off
\echo '-- On the last three tenths of the year, which it has not seen, beside the rubric, which knows nothing of where a lead came from.'
select figure, model_value, rubric_value from steward.evaluate_model('likely') where figure in ('auc', 'auc_low', 'auc_high', 'ece', 'lift of tenth 1', 'captured up to tenth 3');
