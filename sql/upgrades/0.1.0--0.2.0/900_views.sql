-- New: cooldowns. Jobs that wait for a limit say until when.

create or replace view steward.jobs with (security_invoker = true) as
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
comment on column steward.jobs.waiting_for is 'Why it waits: schedule, retry, concurrency, rate (its provider cools down: see steward.cooldowns), limit, stopped (steward.resume_spending ends it), paused (steward.resume_queue ends it) or restore (steward.accept_restore ends it).';
comment on column steward.jobs.waiting_until is 'When it is looked at again at the latest; for concurrency, when a slot is free at the latest; for limit, when its window turns, or its line is looked at; null where somebody has to end it.';

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

-- The same text; the row of readable_workspaces has a column more.
create or replace view steward.workspaces with (security_invoker = true) as
select w.id, w.slug, w.name, w.time_zone, w.plan, w.dry_run, w.created_at from steward.readable_workspaces() w;
