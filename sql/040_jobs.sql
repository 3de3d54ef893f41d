-- A job's life, and where it stands at each moment.
--
-- steward.job holds the input, written at enqueue, and the outcome, written at the end; nothing touches it in between.
-- Between the two it stands in exactly one place:
--   steward.ready    claimable now (state queued). claim_jobs deletes the row.
--   steward.waiting  not yet, with the reason and the time it ends (state waiting). promote_due moves it to ready, or a claim
--                    takes it from here when it waited for a slot of its tool (062_slots.sql).
--   steward.attempt  an attempt with finished_at null: a worker has it (state running). finish_jobs moves it back when nothing was sent.
-- So: enqueue writes job and ready (or waiting). claim_jobs moves ready to attempt (claimed). mark_sent makes it sent, and
-- commits before the first byte leaves. finish_jobs ends the attempt and either writes the outcome or moves the job to
-- waiting for its next try. rescue_jobs ends attempts whose worker died. Every write after the claim names job and attempt
-- number, so that a worker that was given up cannot change a newer attempt.
-- The hot tables have no foreign keys and no triggers: keys are checked in the functions that write them.
-- Pruning: job with its attempts and its job_status row by prune_jobs; ready and waiting empty themselves; worker rows
-- end when the worker retires or one day after its last heartbeat.

create table steward.job (
    id uuid not null,
    workspace_id uuid not null,
    user_id uuid not null,
    tool_id uuid not null,
    queue text collate "C" not null,
    priority smallint not null,
    run_at timestamptz not null,
    payload jsonb not null,
    tags text[] not null,
    idempotency_key text,
    created_at timestamptz not null,
    outcome text constraint job_outcome_check check (outcome in ('succeeded', 'failed', 'cancelled', 'in_doubt')),
    result jsonb,
    error_code text,
    error_message text,
    attempts int,
    tries int,
    finished_at timestamptz,
    retried_after int,
    enqueued_by uuid,
    from_job uuid,
    cost_bound bigint,
    token_bound bigint,
    model text,
    constraint job_pkey primary key (id)
) with (fillfactor = 50);
create unique index job_idempotency_key on steward.job (workspace_id, idempotency_key) where idempotency_key is not null;
create index job_of_workspace on steward.job (workspace_id, created_at);
comment on table steward.job is 'A job: input written at enqueue, outcome at the end. Pruned by prune_jobs.';
comment on column steward.job.id is 'Time-ordered uuid (version 7).';
comment on column steward.job.workspace_id is 'Workspace it belongs to.';
comment on column steward.job.user_id is 'User it was enqueued for.';
comment on column steward.job.tool_id is 'Tool version it runs with.';
comment on column steward.job.queue is 'Queue it is claimed from.';
comment on column steward.job.priority is 'Smaller runs first, inside its workspace only; -1000 to 1000.';
comment on column steward.job.run_at is 'Earliest time of the first attempt; never before the enqueue.';
comment on column steward.job.payload is 'Input, valid under the tool''s payload_schema; at most 10 MiB as text.';
comment on column steward.job.tags is 'Labels of the application.';
comment on column steward.job.idempotency_key is 'A second enqueue in the workspace with this key returns this job.';
comment on column steward.job.created_at is 'When it was enqueued.';
comment on column steward.job.outcome is 'succeeded, failed, cancelled or in_doubt; null while it is open.';
comment on column steward.job.result is 'What the tool returned.';
comment on column steward.job.error_code is 'Slug of the reason of a failure.';
comment on column steward.job.error_message is 'The reason in words, the provider''s own where it gave any. Secrets are removed.';
comment on column steward.job.attempts is 'Claims used, once it ended.';
comment on column steward.job.tries is 'Executed attempts used, once it ended.';
comment on column steward.job.finished_at is 'When the outcome was written.';
comment on column steward.job.retried_after is 'Number of its last attempt when retry_job ran it again; the tool''s limits count from there. Null: never.';
comment on column steward.job.enqueued_by is 'User who enqueued it, where that was another than its user.';
comment on column steward.job.cost_bound is 'The most that one call of it may cost, in nano-dollars, by the prices of its enqueue; null where that was not known, or it costs nothing.';
comment on column steward.job.token_bound is 'The most tokens that one call of it may take; null where it has none.';
comment on column steward.job.model is 'The model that it asks, where its price goes by tokens.';
comment on column steward.job.from_job is 'Job on whose behalf it was enqueued: by a script or function of one of its attempts.';

create table steward.ready (
    queue text collate "C" not null,
    workspace_id uuid not null,
    priority smallint not null,
    run_at timestamptz not null,
    id uuid not null,
    attempt int not null,
    tries int not null,
    tool_id uuid not null,
    constraint ready_pkey primary key (queue, workspace_id, priority, run_at, id)
);
comment on table steward.ready is 'Jobs claimable now, and nothing else. Rows are inserted and deleted, never updated.';
comment on column steward.ready.queue is 'Queue.';
comment on column steward.ready.workspace_id is 'Workspace; claims take turns between workspaces.';
comment on column steward.ready.priority is 'Smaller first inside the workspace.';
comment on column steward.ready.run_at is 'Clock when the row was made, read after its transaction got its id: see 060_ring.sql.';
comment on column steward.ready.id is 'The job.';
comment on column steward.ready.attempt is 'Number of its last attempt; 0 before the first.';
comment on column steward.ready.tries is 'Executed attempts used so far.';
comment on column steward.ready.tool_id is 'Its tool version, so that a claim opens its attempt without a look at the job.';

create table steward.waiting (
    id uuid not null constraint waiting_pkey primary key,
    workspace_id uuid not null,
    tool_id uuid not null,
    queue text collate "C" not null,
    priority smallint not null,
    reason text not null constraint waiting_reason_check check (reason in ('schedule', 'retry', 'concurrency', 'rate', 'limit', 'stopped')),
    detail text,
    since timestamptz not null,
    until timestamptz not null,
    attempt int not null,
    tries int not null,
    slot_of text collate "C",
    limit_id uuid,
    bucket text,
    need bigint,
    constraint waiting_slot_check check ((reason = 'concurrency') = (slot_of is not null)),
    constraint waiting_line_check check ((limit_id is not null) = (reason in ('limit', 'stopped')) and (limit_id is null) = (bucket is null) and (limit_id is null) = (need is null))
);
create index waiting_until on steward.waiting (until) where limit_id is null and reason <> 'concurrency';
create index waiting_line on steward.waiting (limit_id, bucket, queue, priority, id) where limit_id is not null;
create index waiting_gives_up on steward.waiting (until) where limit_id is not null and until < 'infinity';
create index waiting_parked on steward.waiting (workspace_id) where limit_id is not null;
create index waiting_concurrency on steward.waiting (slot_of, queue, workspace_id, priority, id) where reason = 'concurrency';
comment on table steward.waiting is 'Jobs that cannot run yet, with the reason and the time it ends. Rows leave by promotion or cancel.';
comment on column steward.waiting.id is 'The job.';
comment on column steward.waiting.workspace_id is 'Its workspace.';
comment on column steward.waiting.tool_id is 'Its tool version.';
comment on column steward.waiting.queue is 'Queue it returns to.';
comment on column steward.waiting.priority is 'Priority it returns with.';
comment on column steward.waiting.reason is
    'schedule: run_at is ahead; retry: backoff; concurrency: the tool runs as many as it may, of the workspace or of all; rate: its provider cools down; limit: a limit is full, or its cost is not known; stopped: spending of the workspace is stopped.';
comment on column steward.waiting.detail is 'The reason in words.';
comment on column steward.waiting.since is 'When it began to wait.';
comment on column steward.waiting.until is
    'When it is looked at again at the latest; for concurrency, when a slot is free at the latest; in the line of a limit, when it is given up (limit_line says when that is looked at).';
comment on column steward.waiting.slot_of is 'For concurrency: the tool whose slots it waits for.';
comment on column steward.waiting.limit_id is 'The line it stands in (limit_line); null in none.';
comment on column steward.waiting.bucket is 'The line it stands in.';
comment on column steward.waiting.need is 'What it needs of the limit: nano-dollars, tokens, or 1.';
comment on column steward.waiting.attempt is 'Number of its last attempt; 0 before the first.';
comment on column steward.waiting.tries is 'Executed attempts used so far.';

-- fillfactor 45: each row is written a second time by its sent mark, which stays a heap-only update where the page has room for it.
-- Measured: at 80, 7,375 of 20,000 marks were heap-only; at 45 all, and the table is 12 MB instead of 11.
create table steward.attempt (
    job_id uuid not null,
    number int not null,
    workspace_id uuid not null,
    tool_id uuid not null,
    worker text not null,
    state text not null constraint attempt_state_check check (state in ('claimed', 'sent', 'finished', 'lost', 'released')),
    tries int not null,
    claimed_at timestamptz not null,
    deadline timestamptz not null,
    sent_at timestamptz,
    finished_at timestamptz,
    decision text constraint attempt_decision_check check (decision in ('succeed', 'fail', 'retry', 'release', 'cancel', 'in_doubt')),
    http_status int,
    usage jsonb,
    error_code text,
    error_message text,
    token_hash bytea,
    hold text constraint attempt_hold_check check (hold in ('held', 'sent', 'posted', 'posted_estimate', 'void')),
    held_at timestamptz,
    held bigint,
    held_tokens bigint,
    counts_job boolean,
    price_id uuid,
    windows bigint[],
    cost bigint,
    constraint attempt_pkey primary key (job_id, number)
) with (fillfactor = 45);
create index attempt_in_doubt on steward.attempt (workspace_id) where decision = 'in_doubt';
create index attempt_live on steward.attempt (tool_id) where finished_at is null;
create index attempt_token on steward.attempt (token_hash) where token_hash is not null;
comment on table steward.attempt is 'One claim of a job; its number fences every later write. Pruned with its job.';
comment on column steward.attempt.job_id is 'The job.';
comment on column steward.attempt.number is 'Counts from 1 in each job.';
comment on column steward.attempt.workspace_id is 'Workspace of the job.';
comment on column steward.attempt.tool_id is 'Tool version of the job.';
comment on column steward.attempt.worker is 'Worker that claimed it; empty once an external service has taken it on.';
comment on column steward.attempt.state is 'claimed, sent, finished, lost (its worker died or the answer never came) or released (nothing was sent).';
comment on column steward.attempt.tries is 'Executed attempts used before this one; from its end on, with this one if it was executed.';
comment on column steward.attempt.claimed_at is 'When it was claimed.';
comment on column steward.attempt.deadline is 'When it is given up even if its worker is alive.';
comment on column steward.attempt.sent_at is 'Committed before the first byte left; null when nothing was sent.';
comment on column steward.attempt.finished_at is 'When it ended; null while it is live.';
comment on column steward.attempt.decision is 'What followed: succeed, fail, retry, release, cancel or in_doubt.';
comment on column steward.attempt.http_status is 'HTTP status of the answer.';
comment on column steward.attempt.usage is 'Usage the provider reported, such as tokens.';
comment on column steward.attempt.error_code is 'Slug of what went wrong.';
comment on column steward.attempt.error_message is 'What went wrong, in words; secrets are removed.';
comment on column steward.attempt.token_hash is 'SHA-256 of the token with which its script or function becomes its user (begin_attempt), or an external service says how it ended (complete_external); null where it has none.';
comment on column steward.attempt.hold is
    'What became of the money set aside for it: held, sent, posted (it cost what cost says), posted_estimate (nobody knows: the most it may have cost) or void. Null where it can cost nothing.';
comment on column steward.attempt.held_at is 'When it was set aside: it counts in the windows of this moment.';
comment on column steward.attempt.held is 'The most it may cost, in nano-dollars.';
comment on column steward.attempt.held_tokens is 'The most tokens it may take.';
comment on column steward.attempt.counts_job is 'Whether it is the attempt that its job is counted by.';
comment on column steward.attempt.price_id is 'The row of steward.price that it was bounded by; null for a price of the tool''s own.';
comment on column steward.attempt.windows is 'The rows of usage_window that it is held in.';
comment on column steward.attempt.cost is 'What was posted for it, in nano-dollars; null before its end.';
