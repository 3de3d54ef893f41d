\echo '-- What this act claims, checked.'
\o /dev/null
create temp table scored as
select 1 as n, '500 leads came in, the wrong row did not, and the same person made none twice' as claim,
    count(*) = 500 and bool_and(provider_id is not null) as holds from steward.leads where outcome is null
union all
select 2, 'the contributions of each score that was ever written are its score', count(*) > 1000 and bool_and(score = (select sum(p) from unnest(contributions) p)) from steward.lead_score
union all
select 3, 'the request of 25 points of 110 moved its lead into the first ten, and nobody else''s score', (select b.rank >= 40 and n.rank <= 10 and n.score - b.score between 22 and 23 from morning b join plain n using (lead_id) where lead_id = :'lead')
    and not exists (select from morning b join plain n using (lead_id) where lead_id <> :'lead' and b.score <> n.score)
union all
select 4, 'what was foretold is what happened', count(f) > 0 and bool_and((f.lead_id is not null) = (p.heat <> b.heat) and (f.score_after = b.score) is not false)
from plain p join bolder b using (lead_id) left join foretold f using (lead_id)
union all
select 5, 'after the rollback every lead has the place and the score that it had', count(*) = 500 and bool_and((p.rank, p.score, p.heat) is not distinct from (t.rank, t.score, t.heat))
from plain p full join steward.top_leads t using (lead_id)
union all
select 6, 'seven actions stand in the backlog, each with a lead of its own', count(*) = 7 and count(distinct l.id) = 7 and bool_or(l.id = :'lead')
from steward.actions a join steward.leads l on l.id = a.lead_id where a.state = 'backlog' and l.suggested_owner = 'VANESSA'
union all
select 7, 'what was to be learned was learned, and the rubric knew nothing of it', m.auc_low > 0.6 and m.note like 'It ranks%' and m.alarms = '{}' from steward.models m where m.name = 'likely'
union all
select 8, 'pictures are pictures', steward.score_distribution_svg() like '<svg%</svg>%' and steward.lift_chart_svg('likely') like '<svg%</svg>%';
\o
table scored order by n;

do $$
begin
    if exists (select from scored where holds is not true) then
        raise exception 'the demo does not hold: %', (select string_agg(claim, '; ' order by n) from scored where holds is not true);
    end if;
end
$$;
