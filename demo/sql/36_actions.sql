\echo '-- One statement turns an owner''s best leads into actions of the account from above. Hours, gaps and caps are the governor''s.'
select l.company, s.outcome, s.reason from steward.schedule_leads(:'account', 'send_invite', owner => 'VANESSA', leads => 5) s join steward.leads l on l.id = s.lead_id;

\echo '-- Called again it goes on with those after them, and nobody is asked twice.'
select s.outcome, count(*) from steward.schedule_leads(:'account', 'send_invite', owner => 'VANESSA', leads => 2) s group by s.outcome order by s.outcome;

\echo '-- The first of them, from the beginning.'
select kind, left(what, 80) as what, source_kind, source from steward.lead_timeline where lead_id = :'lead' order by at, kind;
