\echo '-- Nobody can let it go on before a week is over, because a restriction of LinkedIn''s typically lasts that long.'
\set ON_ERROR_STOP off
\set SHOW_CONTEXT never
select steward.resume_account(:'account', 'It was only one answer.');
\set ON_ERROR_STOP on
\set ECHO none
select :'LAST_ERROR_SQLSTATE' = '55000' and :'LAST_ERROR_MESSAGE' like '%is frozen (provider_limit) until ' || state_until as refused
from steward.accounts \gset
\set ECHO queries
