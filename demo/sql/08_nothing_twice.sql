\echo '-- The sandbox wrote down every call that arrived, before it answered. Here is its log, beside the attempts.'
\o /dev/null
create temp table line (call jsonb);
\set copy '\\copy line from ' :'log'
\echo :copy
\set ECHO none
:copy
\set ECHO queries
create temp table call as
select c.at, c.job_id, c.attempt, c.fault, j.tool, a.sent_at, a.finished_at, a.decision, a.error_code
from line, jsonb_to_record(call) as c (at timestamptz, job_id uuid, attempt int, fault text)
left join steward.jobs j on j.id = c.job_id
left join steward.attempts a on a.job_id = c.job_id and a.number = c.attempt and a.sent_at is not null;
\o
select tool, count(distinct job_id) as jobs, count(*) as calls, count(*) - count(distinct (job_id, attempt)) as attempts_arriving_twice,
    count(*) filter (where sent_at is null) as calls_without_attempt,
    count(*) - count(distinct job_id) as calls_again,
    count(*) filter (where exists (select from call earlier where earlier.job_id = call.job_id and earlier.attempt < call.attempt
        and earlier.decision = 'succeed')) as again_after_an_answer
from call group by tool order by tool;

\echo '-- Every call that was made again, and what had become of the one before it.'
select right(call.job_id::text, 12) as job, tool, call.attempt, call.at::time(1) as arrived, earlier.error_code as the_one_before,
    earlier.finished_at::time(1) as had_ended
from call
join steward.attempts earlier on earlier.job_id = call.job_id and earlier.number = call.attempt - 1
order by call.at;
