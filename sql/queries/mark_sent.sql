-- Records, before the first byte leaves, that the attempts ($2, $3) of worker $1 go out; returns the accepted ones.
select job_id, attempt
from steward.mark_sent($1, $2, $3)
