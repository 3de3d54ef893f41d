-- What people read. Every view is security_invoker: the caller's own rights and row policies apply.

create view steward.jobs with (security_invoker = true) as
select j.id, j.workspace_id, j.user_id, t.name as tool, t.version as tool_version, t.title, j.queue, j.priority,
    case
        when j.outcome is not null then j.outcome
        when w.id is not null then 'waiting'
        when a.job_id is not null and a.finished_at is null then 'running'
        else 'queued'
    end as state,
    w.reason as waiting_for, w.until as waiting_until, w.detail as waiting_detail,
    s.progress, s.message as progress_message,
    coalesce(a.number, 0) as attempts,
    coalesce(j.tries, w.tries, case when a.number > coalesce(j.retried_after, 0) then a.tries end, 0) as tries,
    j.payload, j.result, j.error_code, j.error_message, j.tags, j.idempotency_key,
    j.created_at, j.run_at, a.claimed_at as last_claimed_at, a.sent_at as last_sent_at, j.finished_at
from steward.job j
join steward.tool t on t.id = j.tool_id
left join steward.waiting w on w.id = j.id
left join steward.job_status s on s.id = j.id
left join lateral (
    select x.job_id, x.number, x.tries, x.claimed_at, x.sent_at, x.finished_at
    from steward.attempt x where x.job_id = j.id order by x.number desc limit 1
) a on true;
comment on view steward.jobs is 'The jobs of your workspaces, with where they stand and why.';
comment on column steward.jobs.state is 'queued, waiting, running, succeeded, failed, cancelled or in_doubt.';
comment on column steward.jobs.waiting_for is 'Why it waits: schedule, retry or concurrency.';
comment on column steward.jobs.waiting_until is 'When it is looked at again at the latest.';
comment on column steward.jobs.attempts is 'Claims so far.';
comment on column steward.jobs.tries is 'Executed attempts so far, since the last retry_job; the tool''s max_tries limits these.';
comment on column steward.jobs.progress is 'Share done, 0 to 1; null when not reported.';

create view steward.attempts with (security_invoker = true) as
select a.job_id, a.number, t.name as tool, a.worker, a.state, a.decision, a.http_status, a.error_code, a.error_message, a.usage,
    a.claimed_at, a.sent_at, a.finished_at, a.finished_at - a.sent_at as duration
from steward.attempt a
join steward.tool t on t.id = a.tool_id;
comment on view steward.attempts is 'Every claim of the jobs of your workspaces: what was sent when, what came back, and what followed.';
comment on column steward.attempts.duration is 'From the committed sent mark to the accepted outcome.';
comment on column steward.attempts.decision is 'What followed: succeed, fail, retry, release or in_doubt.';

create view steward.in_doubt with (security_invoker = true) as
select j.id, j.workspace_id, j.user_id, t.name as tool, t.title, a.number as attempt, a.sent_at, a.finished_at as lost_at, a.error_code, a.error_message,
    j.payload
from steward.job j
join steward.tool t on t.id = j.tool_id
join lateral (
    select x.* from steward.attempt x where x.job_id = j.id order by x.number desc limit 1
) a on true
where j.outcome = 'in_doubt';
comment on view steward.in_doubt is 'Calls that may have been carried out, of your workspaces. Find out at the provider, then call steward.resolve_job.';

create view steward.workers with (security_invoker = true) as
select w.id, w.status ->> 'host' as host, (w.status ->> 'pid')::bigint as pid, w.status ->> 'version' as version,
    array(select jsonb_array_elements_text(w.status -> 'queues')) as queues,
    (w.status ->> 'concurrency')::int as concurrency, (w.status ->> 'running')::int as running,
    array(select jsonb_array_elements_text(w.status -> 'commands')) as commands,
    array(select jsonb_array_elements_text(w.status -> 'secrets')) as secrets,
    w.started_at, w.heartbeat_at, w.heartbeat_at >= steward.clock() - make_interval(secs => steward.lease_seconds()) as alive
from steward.worker w;
comment on view steward.workers is 'The worker processes: where they run, what they serve, and whether they are alive. For steward_admin.';
comment on column steward.workers.secrets is 'Names of the secrets it holds, never their values.';
comment on column steward.workers.alive is 'Whether its last heartbeat is younger than one lease.';
