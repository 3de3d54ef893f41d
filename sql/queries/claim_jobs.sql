-- Takes at most $3 jobs for worker $1 from the queues $2; each comes with its finished request.
select job_id, attempt, tool, executor, request, deadline
from steward.claim_jobs($1, $2, $3)
