-- What stands beside a job while it runs, and who runs it: requests to end an attempt, how far a script has come, the workers, and the state that
-- a browser may watch. None of it decides where a job stands: 040_jobs.sql does.

create table steward.cancellation (
    job_id uuid not null,
    attempt int not null,
    workspace_id uuid not null,
    reason text not null,
    requested_at timestamptz not null,
    constraint cancellation_pkey primary key (job_id, attempt)
);
comment on table steward.cancellation is 'Running attempts that somebody asked to end: a table of its own, so that a person''s open transaction locks no attempt. Deleted with the attempt''s end.';
comment on column steward.cancellation.job_id is 'The job.';
comment on column steward.cancellation.attempt is 'The attempt that was running.';
comment on column steward.cancellation.workspace_id is 'Workspace of the job.';
comment on column steward.cancellation.reason is 'Why, in the words of who asked.';
comment on column steward.cancellation.requested_at is 'When.';

create table steward.checkpoint (
    job_id uuid not null constraint checkpoint_pkey primary key,
    workspace_id uuid not null,
    attempt int not null,
    data jsonb not null,
    saved_at timestamptz not null
);
comment on table steward.checkpoint is 'How far a job has come, for its next attempt to go on from there. Pruned with its job.';
comment on column steward.checkpoint.job_id is 'The job.';
comment on column steward.checkpoint.workspace_id is 'Its workspace.';
comment on column steward.checkpoint.attempt is 'The attempt that saved it.';
comment on column steward.checkpoint.data is 'Whatever the script needs to go on; at most 64 KiB as text.';
comment on column steward.checkpoint.saved_at is 'When.';

create table steward.worker (
    id text not null constraint worker_pkey primary key,
    started_at timestamptz not null,
    heartbeat_at timestamptz not null,
    status jsonb not null
);
comment on table steward.worker is 'One row per worker process, renewed by its heartbeat. Removed when it retires, or a day after its last heartbeat.';
comment on column steward.worker.id is 'name:pid:random, one per process start.';
comment on column steward.worker.started_at is 'First heartbeat.';
comment on column steward.worker.heartbeat_at is 'Last heartbeat; older than one lease (steward.lease_seconds) means dead.';
comment on column steward.worker.status is 'What it reports: host, pid, version, queues, concurrency, running, commands, names of secrets.';

create table steward.job_status (
    id uuid not null constraint job_status_pkey primary key,
    workspace_id uuid not null,
    user_id uuid not null,
    title text not null,
    state text not null,
    progress double precision,
    message text,
    updated_at timestamptz not null,
    changed_in xid8 not null
);
create index job_status_changed_in on steward.job_status (changed_in);
comment on table steward.job_status is
    'State of jobs of realtime tools and of jobs that reported progress, small enough to publish. Pruned with its job.';
comment on column steward.job_status.id is 'The job.';
comment on column steward.job_status.workspace_id is 'Its workspace.';
comment on column steward.job_status.user_id is 'Its user.';
comment on column steward.job_status.title is 'Title of its tool.';
comment on column steward.job_status.state is 'running, waiting, queued, succeeded, failed, cancelled or in_doubt.';
comment on column steward.job_status.progress is 'Share done, 0 to 1; null when not reported.';
comment on column steward.job_status.message is 'Last progress message.';
comment on column steward.job_status.updated_at is 'Time of the last change.';
comment on column steward.job_status.changed_in is 'Transaction of the last change; what steward.changes_since goes by.';
