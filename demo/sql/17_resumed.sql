\echo '-- Whoever runs the place lets it go on.'
\o /dev/null
select steward.resume_spending(id) from steward.workspace;
\o
