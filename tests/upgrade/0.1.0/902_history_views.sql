/* <begin connected objects> */
-- extension/src/lib.rs:142
-- requires:
--   views

-- What happened: one row a job with its times, one row an event, one row a tool and day, and the jobs that failed. All security_invoker.

create view steward.job_timeline with (security_invoker = true) as
select j.id, j.workspace_id, j.tool, j.title, j.state, j.created_at as enqueued_at, j.run_at as due_at, a.first_claimed_at, a.last_sent_at,
    j.finished_at, j.attempts,
    greatest(coalesce(a.first_claimed_at, steward.now()) - j.run_at, '0'::pg_catalog.interval) as waited,
    a.ran, coalesce(j.finished_at, steward.now()) - j.created_at as age
from steward.jobs j
left join lateral (
    select min(x.claimed_at) as first_claimed_at, max(x.sent_at) as last_sent_at, sum(coalesce(x.finished_at, steward.now()) - x.sent_at) as ran
    from steward.attempt x where x.job_id = j.id
) a on true;
comment on view steward.job_timeline is 'The jobs of your workspaces with their times: how long each waited and ran.';
comment on column steward.job_timeline.id is 'The job.';
comment on column steward.job_timeline.workspace_id is 'Its workspace.';
comment on column steward.job_timeline.tool is 'Name of its tool.';
comment on column steward.job_timeline.title is 'Title of the tool, for people.';
comment on column steward.job_timeline.state is 'As in steward.jobs.';
comment on column steward.job_timeline.enqueued_at is 'When it was enqueued.';
comment on column steward.job_timeline.due_at is 'Earliest time of its first attempt.';
comment on column steward.job_timeline.first_claimed_at is 'When a worker took it for the first time.';
comment on column steward.job_timeline.last_sent_at is 'When its last attempt was sent; null when nothing left.';
comment on column steward.job_timeline.finished_at is 'When it ended; null while it is open.';
comment on column steward.job_timeline.attempts is 'Claims so far.';
comment on column steward.job_timeline.waited is 'From when it was due to its first claim, or until now; 0 before it is due.';
comment on column steward.job_timeline.ran is 'Sum over its attempts, each from the sent mark to its end, or until now; null when nothing was sent.';
comment on column steward.job_timeline.age is 'From enqueue to its end, or until now.';

create view steward.job_log with (security_invoker = true) as
select j.id as job_id, j.workspace_id, j.created_at as at, 'enqueued' as event, null::pg_catalog.int4 as attempt, null::pg_catalog.text as worker, null::pg_catalog.text as code,
    case when j.from_job is not null then 'by a script or function of job ' || j.from_job end as detail
from steward.job j
union all
select a.job_id, a.workspace_id, a.claimed_at, 'claimed', a.number, a.worker, null, null from steward.attempt a
union all
select a.job_id, a.workspace_id, a.sent_at, 'sent', a.number, a.worker, null, null from steward.attempt a where a.sent_at is not null
union all
select a.job_id, a.workspace_id, a.finished_at,
    case when a.decision = 'succeed' then 'succeeded' when a.decision = 'fail' then 'failed' when a.decision = 'retry' then 'to be retried'
        when a.decision = 'release' then 'given back' when a.decision = 'cancel' then 'cancelled' else 'in doubt' end,
    a.number, a.worker, a.error_code, a.error_message
from steward.attempt a where a.finished_at is not null
union all
select j.id, j.workspace_id, j.finished_at, j.outcome, null, null, j.error_code, j.error_message
from steward.job j where j.outcome = 'cancelled' or j.error_code = 'resolved';
comment on view steward.job_log is 'What happened to the jobs of your workspaces, an event a row; order by at.';
comment on column steward.job_log.job_id is 'The job.';
comment on column steward.job_log.workspace_id is 'Its workspace.';
comment on column steward.job_log.at is 'When it happened.';
comment on column steward.job_log.event is 'enqueued, claimed, sent, succeeded, failed, to be retried, given back (nothing was sent), in doubt or cancelled.';
comment on column steward.job_log.attempt is 'Number of the attempt; null for what concerns the whole job.';
comment on column steward.job_log.worker is 'Worker that had it.';
comment on column steward.job_log.code is 'Slug of what went wrong.';
comment on column steward.job_log.detail is 'What went wrong, in words, or what a person said.';

create view steward.success_rate with (security_invoker = true) as
select j.workspace_id, t.name as tool, (j.finished_at at time zone w.time_zone)::pg_catalog.date as day,
    count(*) filter (where j.outcome = 'succeeded') as succeeded, count(*) filter (where j.outcome = 'failed') as failed,
    count(*) filter (where j.outcome = 'in_doubt') as in_doubt, count(*) filter (where j.outcome = 'cancelled') as cancelled,
    round(count(*) filter (where j.outcome = 'succeeded') / nullif(count(*) filter (where j.outcome <> 'cancelled'), 0)::numeric, 4) as success_rate,
    percentile_disc(0.5) within group (order by j.finished_at - j.created_at) as median_age,
    sum(j.attempts) as attempts
from steward.job j
join steward.tool t on t.id = j.tool_id
join steward.workspaces w on w.id = j.workspace_id
where j.outcome is not null
group by 1, 2, 3;
comment on view steward.success_rate is 'How the jobs of your workspaces ended, by tool and day.';
comment on column steward.success_rate.workspace_id is 'The workspace.';
comment on column steward.success_rate.tool is 'Name of the tool, all versions.';
comment on column steward.success_rate.day is 'Day on which they ended, in the zone of the workspace.';
comment on column steward.success_rate.succeeded is 'Jobs that succeeded.';
comment on column steward.success_rate.failed is 'Jobs that failed.';
comment on column steward.success_rate.in_doubt is 'Jobs in doubt.';
comment on column steward.success_rate.cancelled is 'Jobs that were cancelled.';
comment on column steward.success_rate.success_rate is 'succeeded / (succeeded + failed + in_doubt), 0 to 1; cancelled jobs do not count. Null when there is nothing to divide by.';
comment on column steward.success_rate.median_age is 'Median of the time from enqueue to end.';
comment on column steward.success_rate.attempts is 'Claims of all of them.';

create view steward.dead_letters with (security_invoker = true) as
select j.id, j.workspace_id, j.user_id, t.name as tool, t.title, j.queue, j.error_code, j.error_message, j.attempts, j.tries, j.created_at, j.finished_at,
    j.tags, j.payload
from steward.job j
join steward.tool t on t.id = j.tool_id
where j.outcome = 'failed';
comment on view steward.dead_letters is 'The jobs of your workspaces that failed for good: steward.retry_job(id) or steward.retry_failed(tool, since) runs them again.';
comment on column steward.dead_letters.id is 'The job.';
comment on column steward.dead_letters.workspace_id is 'Its workspace.';
comment on column steward.dead_letters.user_id is 'Its user.';
comment on column steward.dead_letters.tool is 'Name of its tool.';
comment on column steward.dead_letters.title is 'Title of the tool, for people.';
comment on column steward.dead_letters.queue is 'Its queue.';
comment on column steward.dead_letters.error_code is 'Slug of the reason.';
comment on column steward.dead_letters.error_message is 'The reason in words, the provider''s own where it gave any; secrets are removed.';
comment on column steward.dead_letters.attempts is 'Claims it used.';
comment on column steward.dead_letters.tries is 'Executed attempts it used.';
comment on column steward.dead_letters.created_at is 'When it was enqueued.';
comment on column steward.dead_letters.finished_at is 'When it failed.';
comment on column steward.dead_letters.tags is 'Labels of the application.';
comment on column steward.dead_letters.payload is 'Input.';

create view steward.schedules with (security_invoker = true) as
select s.id, s.workspace_id, s.name, s.cron, s.time_zone, s.tool, s.payload, s.queue, s.priority, s.tags, s.missed, s.user_id, s.next_at,
    r.due_at as last_due_at, r.outcome as last_outcome, r.job_id as last_job_id, r.code as last_code
from steward.schedule s
left join lateral (
    select x.due_at, x.outcome, x.job_id, x.code from steward.schedule_run x where x.schedule_id = s.id order by x.due_at desc limit 1
) r on true;
comment on view steward.schedules is 'The schedules of your workspaces, each with what became of its last time; steward.schedule_run has all of them.';
comment on column steward.schedules.id is 'Time-ordered uuid (version 7).';
comment on column steward.schedules.workspace_id is 'Its workspace.';
comment on column steward.schedules.name is 'Name, unique in the workspace.';
comment on column steward.schedules.cron is 'Five fields: minute, hour, day of month, month, day of week.';
comment on column steward.schedules.time_zone is 'IANA zone on whose wall clock it comes.';
comment on column steward.schedules.tool is 'Name of the tool.';
comment on column steward.schedules.payload is 'Input of every run.';
comment on column steward.schedules.queue is 'Queue; null is the tool''s.';
comment on column steward.schedules.priority is 'Priority of the jobs.';
comment on column steward.schedules.tags is 'Labels of the jobs.';
comment on column steward.schedules.missed is 'What follows when its time passed and nobody called: once, skip or all.';
comment on column steward.schedules.user_id is 'Whose jobs they are.';
comment on column steward.schedules.next_at is 'When it comes next.';
comment on column steward.schedules.last_due_at is 'Its last time.';
comment on column steward.schedules.last_outcome is 'enqueued, skipped (missed) or refused.';
comment on column steward.schedules.last_job_id is 'The job that was enqueued then.';
comment on column steward.schedules.last_code is 'Why it was refused.';
/* </end connected objects> */
