\echo '-- At nine in the morning.'
select rank, company, score, heat, owner, trend, array_to_string(reasons, ', ') as reasons from steward.top_leads where rank <= 10 order by rank;

\echo '-- All of why: the contributions of the first one''s score. Their sum is the score.'
select e.term, e.input, e.points, e.reason
from steward.top_leads t cross join lateral steward.explain_score(t.lead_id) with ordinality as e where t.rank = 1 order by e.ordinality;
\o /dev/null
create temp table morning as select * from steward.top_leads;
\o
