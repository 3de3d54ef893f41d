\echo '-- It arrived. Saying so ends the job; sending it again would have invited the same person twice.'
\o /dev/null
select steward.resolve_job(id, 'succeeded', 'The mail service has it in its log, once.') from steward.in_doubt;
\o
