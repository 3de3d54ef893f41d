\echo '-- The worker is gone, and these attempts of it were under way: marked as sent, no answer yet.'
select tool, right(job_id::text, 12) as job, number as attempt, worker, sent_at::time(0) as sent_at
from steward.attempts
where finished_at is null
order by sent_at;

\echo '-- What people watch still says where things stood.'
select title, state, round(progress * 100) || ' %' as progress, message, updated_at::time(0) as updated_at
from steward.job_status
where state = 'running'
order by updated_at;
