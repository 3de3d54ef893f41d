\echo '-- An illustration costs 4 cents, whoever draws it. From now on the workspace may spend 50 cents a day; what the carousels cost today counts.'
\o /dev/null
select steward.define_tool('illustrate', '{
    "title": "Illustration", "executor": "noop", "queue": "pictures", "price": {"call": "0.04"}, "on_lost": "retry"}');
select steward.set_limit('workspace', null, 'cost', 'day', 0.50, workspace_id => id) from steward.workspace;
\o
