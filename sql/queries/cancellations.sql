-- The live attempts of worker $1 that somebody asked to end.
select job_id, attempt
from steward.cancellations($1)
