\echo '-- An administrator allows a dollar until tomorrow. That frees the money; spending is stopped all the same.'
\o /dev/null
select steward.set_limit('workspace', null, 'cost', 'day', 1, valid_until => now() + interval '1 day', workspace_id => id) from steward.workspace;
\o
