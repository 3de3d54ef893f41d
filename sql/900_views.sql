-- What people read. Every view is security_invoker: the caller's own rights and row policies apply.

create view steward.jobs with (security_invoker = true) as
select j.id, j.workspace_id, j.user_id, t.name as tool, t.version as tool_version, t.title, j.queue, j.priority,
    case
        when j.outcome is not null then j.outcome
        when h.reason is not null then 'waiting'
        when o.idle then 'queued'
        else 'running'
    end as state,
    h.reason as waiting_for,
    case when h.reason = w.reason and w.limit_id is not null then steward.line_frees_at(w) when h.reason = w.reason then w.until end as waiting_until,
    case
        when h.reason = 'restore' then 'the database was restored or moved: nothing runs until an administrator calls steward.accept_restore'
        when h.reason = 'paused' then coalesce('the queue is paused: ' || p.reason, 'the queue is paused')
        when c.reason is not null then 'asked to end: ' || c.reason
        else w.detail
    end as waiting_detail,
    s.progress, s.message as progress_message,
    coalesce(a.number, 0) as attempts,
    coalesce(j.tries, w.tries, case when a.number > coalesce(j.retried_after, 0) then a.tries end, 0) as tries,
    j.payload, j.result, j.error_code, j.error_message, j.tags, j.idempotency_key,
    j.created_at, j.run_at, a.claimed_at as last_claimed_at, a.sent_at as last_sent_at, j.finished_at, j.enqueued_by, j.from_job
from steward.job j
join steward.tool t on t.id = j.tool_id
left join steward.waiting w on w.id = j.id
left join steward.job_status s on s.id = j.id
left join lateral (
    select x.job_id, x.number, x.tries, x.claimed_at, x.sent_at, x.finished_at
    from steward.attempt x where x.job_id = j.id order by x.number desc limit 1
) a on true
left join steward.paused_queue p on p.queue = j.queue
left join steward.cancellation c on c.job_id = j.id and c.attempt = a.number and a.finished_at is null
cross join lateral (select j.outcome is null and (a.job_id is null or a.finished_at is not null) as idle) o
cross join lateral (
    select case when o.idle then case
        when (select steward.is_restored()) then 'restore'
        when w.id is not null and w.reason <> 'concurrency' then w.reason
        when p.queue is not null then 'paused'
        else w.reason
    end end as reason
) h;
comment on view steward.jobs is 'The jobs of your workspaces, with where they stand and why.';
comment on column steward.jobs.id is 'Time-ordered uuid (version 7).';
comment on column steward.jobs.workspace_id is 'Workspace it belongs to.';
comment on column steward.jobs.user_id is 'User it was enqueued for.';
comment on column steward.jobs.tool is 'Name of its tool.';
comment on column steward.jobs.tool_version is 'Version of the tool it runs with.';
comment on column steward.jobs.title is 'Title of the tool, for people.';
comment on column steward.jobs.queue is 'Queue it is claimed from.';
comment on column steward.jobs.priority is 'Smaller runs first, inside its workspace only; -1000 to 1000.';
comment on column steward.jobs.state is 'queued, waiting, running, succeeded, failed, cancelled or in_doubt.';
comment on column steward.jobs.waiting_for is 'Why it waits: schedule, retry, concurrency, rate (its provider cools down: see steward.cooldowns), limit, stopped (steward.resume_spending ends it), paused (steward.resume_queue ends it) or restore (steward.accept_restore ends it).';
comment on column steward.jobs.waiting_until is 'When it is looked at again at the latest; for concurrency, when a slot is free at the latest; for limit, when its window turns, or its line is looked at; null where somebody has to end it.';
comment on column steward.jobs.waiting_detail is 'The reason in words; of a running job that somebody cancelled, that.';
comment on column steward.jobs.progress is 'Share done, 0 to 1; null when not reported.';
comment on column steward.jobs.progress_message is 'Last progress message.';
comment on column steward.jobs.attempts is 'Claims so far.';
comment on column steward.jobs.tries is 'Executed attempts so far, since the last retry_job; the tool''s max_tries limits these.';
comment on column steward.jobs.payload is 'Input.';
comment on column steward.jobs.result is 'What the tool returned.';
comment on column steward.jobs.error_code is 'Slug of the reason of a failure.';
comment on column steward.jobs.error_message is 'The reason in words, the provider''s own where it gave any; secrets are removed.';
comment on column steward.jobs.tags is 'Labels of the application.';
comment on column steward.jobs.idempotency_key is 'A second enqueue in the workspace with this key returns this job.';
comment on column steward.jobs.created_at is 'When it was enqueued.';
comment on column steward.jobs.run_at is 'Earliest time of the first attempt.';
comment on column steward.jobs.last_claimed_at is 'When its last attempt was claimed.';
comment on column steward.jobs.last_sent_at is 'When its last attempt was sent; null when nothing left.';
comment on column steward.jobs.finished_at is 'When it ended; null while it is open.';
comment on column steward.jobs.enqueued_by is 'User who enqueued it, where that was another than its user.';
comment on column steward.jobs.from_job is 'Job whose script or function enqueued it.';

create view steward.attempts with (security_invoker = true) as
select a.job_id, a.number, t.name as tool, a.worker, a.state, a.decision, a.http_status, a.error_code, a.error_message, a.usage,
    a.claimed_at, a.sent_at, a.finished_at, a.finished_at - a.sent_at as duration
from steward.attempt a
join steward.tool t on t.id = a.tool_id;
comment on view steward.attempts is 'Every claim of the jobs of your workspaces: what was sent when, what came back, and what followed.';
comment on column steward.attempts.job_id is 'The job.';
comment on column steward.attempts.number is 'Counts from 1 in each job.';
comment on column steward.attempts.tool is 'Name of the tool.';
comment on column steward.attempts.worker is 'Worker that claimed it.';
comment on column steward.attempts.state is 'claimed, sent, finished, lost (its worker died or the answer never came) or released (nothing was sent).';
comment on column steward.attempts.decision is 'What followed: succeed, fail, retry, release, cancel or in_doubt.';
comment on column steward.attempts.http_status is 'HTTP status of the answer.';
comment on column steward.attempts.error_code is 'Slug of what went wrong.';
comment on column steward.attempts.error_message is 'What went wrong, in words; secrets are removed.';
comment on column steward.attempts.usage is 'Usage the provider reported, such as tokens.';
comment on column steward.attempts.claimed_at is 'When it was claimed.';
comment on column steward.attempts.sent_at is 'Committed before the first byte left; null when nothing was sent.';
comment on column steward.attempts.finished_at is 'When it ended; null while it is live.';
comment on column steward.attempts.duration is 'From the committed sent mark to the accepted outcome.';

create view steward.in_doubt with (security_invoker = true) as
select j.id, j.workspace_id, j.user_id, t.name as tool, t.title, a.number as attempt, a.sent_at, a.finished_at as lost_at, a.error_code, a.error_message,
    j.payload
from steward.attempt a
join steward.job j on j.id = a.job_id and j.attempts = a.number and j.outcome = 'in_doubt'
join steward.tool t on t.id = j.tool_id
where a.decision = 'in_doubt';
comment on view steward.in_doubt is 'Calls that may have been carried out, of your workspaces. Find out at the provider, then call steward.resolve_job.';
comment on column steward.in_doubt.id is 'The job; what steward.resolve_job takes.';
comment on column steward.in_doubt.workspace_id is 'Its workspace.';
comment on column steward.in_doubt.user_id is 'Its user.';
comment on column steward.in_doubt.tool is 'Name of its tool.';
comment on column steward.in_doubt.title is 'Title of the tool, for people.';
comment on column steward.in_doubt.attempt is 'Number of the attempt whose end nobody knows.';
comment on column steward.in_doubt.sent_at is 'When it was sent: look for it at the provider from here on.';
comment on column steward.in_doubt.lost_at is 'When it was given up.';
comment on column steward.in_doubt.error_code is 'Slug of how it was lost.';
comment on column steward.in_doubt.error_message is 'How it was lost, in words.';
comment on column steward.in_doubt.payload is 'Input.';

create view steward.workers with (security_invoker = true) as
select w.id, w.status ->> 'host' as host, (w.status ->> 'pid')::numeric::bigint as pid, w.status ->> 'version' as version,
    array(select jsonb_array_elements_text(w.status -> 'queues')) as queues,
    (w.status ->> 'concurrency')::numeric::int as concurrency, (w.status ->> 'running')::numeric::int as running,
    array(select jsonb_array_elements_text(w.status -> 'commands')) as commands,
    array(select jsonb_array_elements_text(w.status -> 'secrets')) as secrets,
    w.started_at, w.heartbeat_at, w.heartbeat_at >= steward.clock() - make_interval(secs => steward.lease_seconds()) as alive
from steward.worker w;
comment on view steward.workers is 'The worker processes: where they run, what they serve, and whether they are alive. For steward_admin.';
comment on column steward.workers.id is 'name:pid:random, one per process start.';
comment on column steward.workers.host is 'Name of the machine.';
comment on column steward.workers.pid is 'Process id there.';
comment on column steward.workers.version is 'Release of the worker.';
comment on column steward.workers.queues is 'Queues it serves.';
comment on column steward.workers.concurrency is 'Most jobs it runs at once.';
comment on column steward.workers.running is 'Jobs it was running at its last heartbeat.';
comment on column steward.workers.commands is 'Names of the scripts it may run.';
comment on column steward.workers.secrets is 'Names of the secrets it holds, never their values.';
comment on column steward.workers.started_at is 'First heartbeat.';
comment on column steward.workers.heartbeat_at is 'Last heartbeat.';
comment on column steward.workers.alive is 'Whether its last heartbeat is younger than one lease.';

create view steward.workspaces with (security_invoker = true) as
select w.id, w.slug, w.name, w.time_zone, w.plan, w.dry_run, w.created_at from steward.readable_workspaces() w;
comment on view steward.workspaces is 'Your workspaces.';
comment on column steward.workspaces.id is 'Time-ordered uuid (version 7).';
comment on column steward.workspaces.slug is 'Short unique name for people and scripts.';
comment on column steward.workspaces.name is 'Name shown to people.';
comment on column steward.workspaces.time_zone is 'IANA zone in which its calendar windows turn.';
comment on column steward.workspaces.plan is 'Name of the plan whose limits apply.';
comment on column steward.workspaces.dry_run is 'Whether its jobs do everything but go out.';
comment on column steward.workspaces.created_at is 'When it was created.';

create view steward.members with (security_invoker = true) as
select m.workspace_id, m.user_id, m.role, m.added_at from steward.readable_members() m;
comment on view steward.members is 'The members of your workspaces.';
comment on column steward.members.workspace_id is 'The workspace.';
comment on column steward.members.user_id is 'The application''s user id.';
comment on column steward.members.role is 'owner, admin, editor or viewer.';
comment on column steward.members.added_at is 'When the user was added, or the role last changed.';

create view steward.cooldowns with (security_invoker = true) as
select c.provider, c.model, c.workspace_id, c.until, c.reason, c.code, c.set_at, c.hits from steward.readable_cooldowns() c;
comment on view steward.cooldowns is 'The providers that nobody calls for the moment, because an answer asked for it. Their jobs wait and use up nothing.';
comment on column steward.cooldowns.provider is 'Name of the provider.';
comment on column steward.cooldowns.model is 'The model; empty for all of them.';
comment on column steward.cooldowns.workspace_id is 'The workspace whose own key it concerns; null for a key that all share.';
comment on column steward.cooldowns.until is 'When it is called again; its jobs come back soon after.';
comment on column steward.cooldowns.reason is 'Why, in words.';
comment on column steward.cooldowns.code is 'rate_limited, quota_used_up, provider_unavailable or limit_used_up (an answer said that nothing is left).';
comment on column steward.cooldowns.set_at is 'When it began.';
comment on column steward.cooldowns.hits is 'Answers that set or prolonged it since it began.';
