\echo '-- The kill switch: from its commit on no call leaves that costs money, whatever limits admit.'
\o /dev/null
select steward.stop_spending(id, 'Somebody has to look at the invoice first.') from steward.workspaces;
\o
