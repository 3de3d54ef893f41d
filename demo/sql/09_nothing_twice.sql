\echo '-- The sandbox wrote down every call that arrived, before it answered. Here is its log, beside the attempts. Sent twice'
\echo '-- would be: the same attempt arriving two times, a call after its answer was taken, or an invitation made again.'
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
select tool, count(distinct job_id) as jobs, count(*) as calls,
    count(*) filter (where sent_at is null) as not_marked_as_sent,
    count(*) - count(distinct (job_id, attempt)) as same_attempt_twice,
    count(*) filter (where exists (select from call e where e.job_id = call.job_id and e.attempt < call.attempt
        and e.decision = 'succeed')) as after_an_answer,
    count(*) - count(distinct job_id) as made_again
from call group by tool order by tool;

\echo '-- The calls made again: new attempts, because the one before had ended without an answer and repeating a carousel'
\echo '-- harms nobody (its tool says on_lost = retry). An invitation in the same situation was left to a person.'
select right(call.job_id::text, 12) as job, call.tool, e.number as attempt, e.error_code as ended_with,
    e.finished_at::time(1) as at, call.attempt as again, call.at::time(1) as arrived
from call
join steward.attempts e on e.job_id = call.job_id and e.number = call.attempt - 1
order by call.at;
