-- Pruning: jobs that ended long ago go, with all that belongs to them; everything else stays.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.define_tool('shown', '{"executor": "noop", "realtime": true}');
select steward.define_provider('shop', '{"base_url": "https://shop.example"}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "request": {"path": "/send"}}');
create function tests.kept() returns text language sql volatile security definer as $$
    select format('%s jobs, %s attempts, %s shown', (select count(*) from steward.job), (select count(*) from steward.attempt), (select count(*) from steward.job_status))
$$;
-- One of each: succeeded, failed, cancelled, in doubt, running, queued, waiting.
select tests.started('shown', 'succeeded'), tests.finished('succeeded', '{"phase": "answered"}');
select tests.started('send', 'failed'), tests.finished('failed', '{"phase": "answered", "status": 404}');
select tests.started('send', 'doubt'), tests.finished('doubt', '{"phase": "lost"}');
select tests.started('shown', 'running');
select count(steward.enqueue('shown', idempotency_key => n, queue => 'idle', run_at => at)) from (values ('cancelled', null), ('queued', null), ('waiting', steward.now() + interval '1 year')) as j (n, at);
select steward.cancel_job(tests.job('cancelled'), 'enough'), tests.kept();

-- Nothing is old enough yet.
select steward.prune_jobs('1 day'), tests.kept();
-- A day later those that ended are, and only those. Who is in doubt stays.
set steward.clock_offset = 86500;
select steward.prune_jobs('1 day'), tests.kept(), steward.prune_jobs('1 day');
select string_agg(idempotency_key, ' ' order by idempotency_key) from steward.job;
-- The key of a pruned job is free.
select steward.enqueue('shown', idempotency_key => 'succeeded') is not null, tests.place('succeeded');

-- An age is one, and only an administrator prunes.
select tests.refused($$select steward.prune_jobs(null)$$);
select tests.refused($$select steward.prune_jobs('-1 second')$$);
set session authorization regress_owner;
select tests.refused($$select steward.prune_jobs('1 day')$$);
set session authorization regress_admin;
select steward.prune_jobs('1 day');
