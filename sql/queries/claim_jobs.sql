-- Takes at most $3 jobs for worker $1 from the queues $2; each comes with its finished request and the seconds until the database gives
-- it up: a difference, because the clocks of worker and database need not agree. The token is there for scripts only.
select job_id, attempt, tool, executor, request, extract(epoch from deadline - steward.clock())::double precision as seconds_left,
    workspace_id, token
from steward.claim_jobs($1, $2, $3)
