-- What a job may cost, in whose line it stands, and what is held for an attempt. Room on each page for the one update of a job, in pages that are filled from now on.

alter table steward.job set (fillfactor = 50);
alter table steward.job
    add column cost_bound bigint,
    add column token_bound bigint,
    add column model text;
comment on column steward.job.cost_bound is 'The most that one call of it may cost, in nano-dollars, by the prices of its enqueue; null where that was not known, or it costs nothing.';
comment on column steward.job.token_bound is 'The most tokens that one call of it may take; null where it has none.';
comment on column steward.job.model is 'The model that it asks, where its price goes by tokens.';

alter table steward.waiting
    add column limit_id uuid,
    add column bucket text,
    add column need bigint,
    drop constraint waiting_reason_check,
    add constraint waiting_reason_check check (reason in ('schedule', 'retry', 'concurrency', 'rate', 'limit', 'stopped')),
    add constraint waiting_line_check check ((limit_id is not null) = (reason in ('limit', 'stopped')) and (limit_id is null) = (bucket is null) and (limit_id is null) = (need is null));
drop index steward.waiting_until;
create index waiting_until on steward.waiting (until) where limit_id is null and reason <> 'concurrency';
create index waiting_line on steward.waiting (limit_id, bucket, queue, priority, id) where limit_id is not null;
create index waiting_gives_up on steward.waiting (until) where limit_id is not null and until < 'infinity';
create index waiting_parked on steward.waiting (workspace_id) where limit_id is not null;
comment on column steward.waiting.reason is
    'schedule: run_at is ahead; retry: backoff; concurrency: the tool runs as many as it may, of the workspace or of all; rate: its provider cools down; limit: a limit is full, or its cost is not known; stopped: spending of the workspace is stopped.';
comment on column steward.waiting.until is
    'When it is looked at again at the latest; for concurrency, when a slot is free at the latest; in the line of a limit, when it is given up (limit_line says when that is looked at).';
comment on column steward.waiting.limit_id is 'The line it stands in (limit_line); null in none.';
comment on column steward.waiting.bucket is 'The line it stands in.';
comment on column steward.waiting.need is 'What it needs of the limit: nano-dollars, tokens, or 1.';

alter table steward.attempt
    add column hold text constraint attempt_hold_check check (hold in ('held', 'sent', 'posted', 'posted_estimate', 'void')),
    add column held_at timestamptz,
    add column held bigint,
    add column held_tokens bigint,
    add column counts_job boolean,
    add column price_id uuid,
    add column windows bigint[],
    add column cost bigint;
comment on column steward.attempt.hold is
    'What became of the money set aside for it: held, sent, posted (it cost what cost says), posted_estimate (nobody knows: the most it may have cost) or void. Null where it can cost nothing.';
comment on column steward.attempt.held_at is 'When it was set aside: it counts in the windows of this moment.';
comment on column steward.attempt.held is 'The most it may cost, in nano-dollars.';
comment on column steward.attempt.held_tokens is 'The most tokens it may take.';
comment on column steward.attempt.counts_job is 'Whether it is the attempt that its job is counted by.';
comment on column steward.attempt.price_id is 'The row of steward.price that it was bounded by; null for a price of the tool''s own.';
comment on column steward.attempt.windows is 'The rows of usage_window that it is held in.';
comment on column steward.attempt.cost is 'What was posted for it, in nano-dollars; null before its end.';
