-- Hands the outcomes $2 of worker $1 to the database; `stale` means a newer attempt or a rescue came first.
select job_id, attempt, verdict
from steward.finish_jobs($1, $2)
