-- What analysts read: everything that counts and times, nothing of what people wrote. steward_analyst has no right on any table.
--
-- These views run with their owner's rights, so the rows are chosen here: those of the workspaces of the analyst's user (the login is mapped
-- like any other). security_barrier keeps a function in somebody's WHERE from seeing the rows that are left out. Columns that are
-- registered in steward.personal_data show as [masked], or as a pseudonym: the same for the same value in this installation, and
-- worth nothing without the salt.

-- A security_invoker view asks for its reader's rights even behind another view, so steward.jobs cannot be read here. This is the same query
-- with its owner's rights, for the view below alone.
do $all_jobs$
declare
    commented record;
begin
    execute 'create view steward.all_jobs as ' operator(pg_catalog.||) pg_catalog.pg_get_viewdef('steward.jobs'::pg_catalog.regclass);
    for commented in
        select a.attname, pg_catalog.col_description(a.attrelid, a.attnum) as words from pg_catalog.pg_attribute a
        where a.attrelid operator(pg_catalog.=) 'steward.jobs'::pg_catalog.regclass
    loop
        execute pg_catalog.format('comment on column steward.all_jobs.%I is %L', commented.attname, commented.words);
    end loop;
end
$all_jobs$;
comment on view steward.all_jobs is 'steward.jobs of every workspace, with its owner''s rights: what steward.analyst_jobs is made of. Nobody reads it.';

create view steward.analyst_jobs with (security_barrier = true) as
select j.id, j.workspace_id,
    left(encode(sha256(s.salt || uuid_send(j.user_id)), 'hex'), 16) as user_pseudonym,
    j.tool, j.tool_version, j.title, j.queue, j.priority, j.state, j.waiting_for, j.waiting_until, j.progress, j.attempts, j.tries,
    case when j.payload is not null then '[masked]' end as payload,
    case when j.result is not null then '[masked]' end as result,
    j.error_code,
    case when j.error_message is not null then '[masked]' end as error_message,
    j.tags,
    left(encode(sha256(s.salt || convert_to(j.idempotency_key, 'UTF8')), 'hex'), 16) as idempotency_pseudonym,
    j.created_at, j.run_at, j.last_claimed_at, j.last_sent_at, j.finished_at, j.from_job
from steward.all_jobs j
cross join (select i.salt from steward.installation i order by i.since, i.id limit 1) s
where j.workspace_id in (select steward.my_workspaces());
comment on view steward.analyst_jobs is 'The jobs of the analyst''s workspaces, with personal data masked.';
comment on column steward.analyst_jobs.id is 'Time-ordered uuid (version 7).';
comment on column steward.analyst_jobs.workspace_id is 'Workspace it belongs to.';
comment on column steward.analyst_jobs.user_pseudonym is 'Stands for its user: 16 hexadecimal digits, the same for the same user.';
comment on column steward.analyst_jobs.tool is 'Name of its tool.';
comment on column steward.analyst_jobs.tool_version is 'Version of the tool it runs with.';
comment on column steward.analyst_jobs.title is 'Title of the tool, for people.';
comment on column steward.analyst_jobs.queue is 'Queue it is claimed from.';
comment on column steward.analyst_jobs.priority is 'Smaller runs first, inside its workspace only; -1000 to 1000.';
comment on column steward.analyst_jobs.state is 'queued, waiting, running, succeeded, failed, cancelled or in_doubt.';
comment on column steward.analyst_jobs.waiting_for is 'Why it waits: schedule, retry, concurrency, limit, stopped, paused or restore.';
comment on column steward.analyst_jobs.waiting_until is 'When it is looked at again at the latest.';
comment on column steward.analyst_jobs.progress is 'Share done, 0 to 1; null when not reported.';
comment on column steward.analyst_jobs.attempts is 'Claims so far.';
comment on column steward.analyst_jobs.tries is 'Executed attempts so far, since the last retry_job.';
comment on column steward.analyst_jobs.payload is '[masked].';
comment on column steward.analyst_jobs.result is '[masked]; null where there is none.';
comment on column steward.analyst_jobs.error_code is 'Slug of the reason of a failure.';
comment on column steward.analyst_jobs.error_message is '[masked]; null where there is none.';
comment on column steward.analyst_jobs.tags is 'Labels of the application, shown as they are: they should name no person.';
comment on column steward.analyst_jobs.idempotency_pseudonym is 'Stands for its idempotency key: 16 hexadecimal digits.';
comment on column steward.analyst_jobs.created_at is 'When it was enqueued.';
comment on column steward.analyst_jobs.run_at is 'Earliest time of the first attempt.';
comment on column steward.analyst_jobs.last_claimed_at is 'When its last attempt was claimed.';
comment on column steward.analyst_jobs.last_sent_at is 'When its last attempt was sent; null when nothing left.';
comment on column steward.analyst_jobs.finished_at is 'When it ended; null while it is open.';
comment on column steward.analyst_jobs.from_job is 'Job whose script or function enqueued it.';

create view steward.analyst_attempts with (security_barrier = true) as
select a.job_id, a.number, t.name as tool, t.version as tool_version, a.worker, a.state, a.decision, a.http_status,
    -- Numbers only: what else stands there came from the provider.
    (select jsonb_object_agg(u.key, u.value) from jsonb_each(case when jsonb_typeof(a.usage) = 'object' then a.usage end) u where jsonb_typeof(u.value) = 'number') as usage,
    a.error_code,
    case when a.error_message is not null then '[masked]' end as error_message,
    a.claimed_at, a.sent_at, a.finished_at, a.finished_at - a.sent_at as duration
from steward.attempt a
join steward.tool t on t.id = a.tool_id
where a.workspace_id in (select steward.my_workspaces());
comment on view steward.analyst_attempts is 'Every claim of the jobs of the analyst''s workspaces, with personal data masked.';
comment on column steward.analyst_attempts.job_id is 'The job.';
comment on column steward.analyst_attempts.number is 'Counts from 1 in each job.';
comment on column steward.analyst_attempts.tool is 'Name of the tool.';
comment on column steward.analyst_attempts.tool_version is 'Version of the tool.';
comment on column steward.analyst_attempts.worker is 'Worker that claimed it.';
comment on column steward.analyst_attempts.state is 'claimed, sent, finished, lost or released (nothing was sent).';
comment on column steward.analyst_attempts.decision is 'What followed: succeed, fail, retry, release, cancel or in_doubt.';
comment on column steward.analyst_attempts.http_status is 'HTTP status of the answer.';
comment on column steward.analyst_attempts.usage is 'Usage the provider reported, such as tokens: the numbers of it.';
comment on column steward.analyst_attempts.error_code is 'Slug of what went wrong.';
comment on column steward.analyst_attempts.error_message is '[masked]; null where there is none.';
comment on column steward.analyst_attempts.claimed_at is 'When it was claimed.';
comment on column steward.analyst_attempts.sent_at is 'Committed before the first byte left; null when nothing was sent.';
comment on column steward.analyst_attempts.finished_at is 'When it ended; null while it is live.';
comment on column steward.analyst_attempts.duration is 'From the committed sent mark to the accepted outcome.';

create view steward.analyst_spend_by_day with (security_barrier = true) as
select (e.held_at at time zone w.time_zone)::pg_catalog.date as day, e.workspace_id,
    left(encode(sha256(s.salt || uuid_send(e.user_id)), 'hex'), 16) as user_pseudonym,
    t.name as tool, e.provider, e.model, e.tags, sum(e.calls) as calls, sum(e.jobs) as jobs, sum(e.tokens) as tokens, trim_scale(sum(e.cost) * 0.000000001) as cost, sum(e.cost) as cost_nanos,
    trim_scale(sum(e.reported) * 0.000000001) as reported
from steward.ledger e
join steward.tool t on t.id = e.tool_id
join steward.workspace w on w.id = e.workspace_id
cross join (select i.salt from steward.installation i order by i.since, i.id limit 1) s
where e.workspace_id in (select steward.my_workspaces())
group by 1, 2, 3, 4, 5, 6, 7;
comment on view steward.analyst_spend_by_day is 'What the analyst''s workspaces spent, as steward.spend_by_day, with pseudonyms for users.';
comment on column steward.analyst_spend_by_day.day is 'Day of the calls, in the zone of the workspace.';
comment on column steward.analyst_spend_by_day.workspace_id is 'The workspace.';
comment on column steward.analyst_spend_by_day.user_pseudonym is 'Stands for the user: 16 hexadecimal digits, the same for the same user.';
comment on column steward.analyst_spend_by_day.tool is 'Name of the tool, all versions.';
comment on column steward.analyst_spend_by_day.provider is 'Its provider.';
comment on column steward.analyst_spend_by_day.model is 'The model that was asked, where it is known.';
comment on column steward.analyst_spend_by_day.tags is 'All tags of the jobs, shown as they are: they should name no person.';
comment on column steward.analyst_spend_by_day.calls is 'Calls made.';
comment on column steward.analyst_spend_by_day.jobs is 'Jobs whose first call this was.';
comment on column steward.analyst_spend_by_day.tokens is 'Tokens in and out.';
comment on column steward.analyst_spend_by_day.cost is 'What it cost, in dollars.';
comment on column steward.analyst_spend_by_day.cost_nanos is 'The same in nano-dollars.';
comment on column steward.analyst_spend_by_day.reported is 'What the providers say that it cost, in dollars, of the calls of which they said so; null where of none.';
