\echo '-- The one call that was not repeated. Only the mail service knows whether it left, so a person looks there.'
select right(id::text, 12) as job, payload ->> 'to' as receiver, sent_at::time(0) as sent_at,
    lost_at::time(0) as lost_at, error_message as reason
from steward.in_doubt;
