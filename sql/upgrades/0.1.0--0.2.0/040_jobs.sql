-- Room on each page for the one update of a job, in pages that are filled from now on.

alter table steward.job set (fillfactor = 50);

-- A job may wait because its provider cools down.
alter table steward.waiting drop constraint waiting_reason_check;
alter table steward.waiting add constraint waiting_reason_check check (reason in ('schedule', 'retry', 'concurrency', 'rate'));
comment on column steward.waiting.reason is 'schedule: run_at is ahead; retry: backoff; concurrency: the tool runs as many as it may, of the workspace or of all; rate: its provider cools down.';
