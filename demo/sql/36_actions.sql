\echo '-- One statement turns an owner''s best leads into actions of the account from above. Hours, gaps and caps are the governor''s.'
select rank, company, score, steward.schedule_action(:'account', 'send_invite', provider_id, priority => rank::int, domain => split_part(email, '@', 2), lead_id => lead_id) is not null as scheduled
from (select * from steward.top_leads where owner = 'VANESSA' and outcome is null order by rank limit 5) best;

\echo '-- The first of them, from the beginning.'
select kind, left(what, 80) as what, source_kind, source from steward.lead_timeline where lead_id = :'lead' order by at, kind;
