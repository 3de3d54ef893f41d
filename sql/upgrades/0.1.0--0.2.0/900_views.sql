-- New: cooldowns.

comment on column steward.jobs.waiting_for is 'Why it waits: schedule, retry, concurrency, rate (its provider cools down: see steward.cooldowns), paused (steward.resume_queue ends it) or restore (steward.accept_restore ends it).';

comment on column steward.all_jobs.waiting_for is 'Why it waits: schedule, retry, concurrency, rate (its provider cools down: see steward.cooldowns), paused (steward.resume_queue ends it) or restore (steward.accept_restore ends it).';

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
