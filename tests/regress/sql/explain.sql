-- Why a job does not run: every check with its verdict, for every reason there is.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.define_provider('shop', '{"base_url": "https://shop.example", "headers": {"authorization": "Bearer {{ secret.SHOP_KEY }}"}}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "request": {"path": "/send", "query": {"k": "{{ secret.SECOND_KEY }}"}}}');
select steward.define_tool('script', '{"executor": "script", "request": {"command": "enrich"}}');
create function tests.explained(name text) returns setof text language sql volatile as $$
    select tests.masked(concat_ws(' | ', e.check_name, e.verdict, e.detail, case when e.retry_at is not null then 'in ' || round(extract(epoch from e.retry_at - steward.now()) / 60) || ' min' end))
    from steward.explain_job(tests.job(name)) e
$$;
select steward.enqueue('send', idempotency_key => 'mail', queue => 'mail') is not null, steward.enqueue('script', idempotency_key => 'script', queue => 'scripts') is not null;

-- Nobody serves its queue.
select tests.explained('mail');
-- A worker serves another one; or this one without what the job needs; one that died counts for nothing.
select steward.heartbeat('other', '{"queues": ["web"]}'), steward.heartbeat('poor', '{"queues": ["mail", "scripts"], "secrets": ["SECOND_KEY"], "commands": []}');
select tests.explained('mail');
select tests.explained('script');
select steward.heartbeat('rich', '{"queues": ["mail", "scripts"], "secrets": ["SHOP_KEY", "SECOND_KEY"], "commands": ["enrich"]}');
select tests.explained('mail');
select tests.explained('script');
set steward.clock_offset = 100;
select tests.explained('script');
reset steward.clock_offset;

-- It waits for its time, for its next try, for a slot; it is behind others; its queue is paused; its user has left.
select steward.enqueue('noop', idempotency_key => 'later', queue => 'mail', run_at => steward.now() + interval '30 min') is not null;
select tests.explained('later');
select steward.define_tool('narrow', '{"executor": "noop", "concurrency": 1, "timeout_seconds": 600}');
select steward.enqueue('narrow', idempotency_key => n, queue => 'mail') is not null from unnest(array['first', 'second']) n;
select tests.claimed('mail') like '%first%';
select tests.explained('second');
select tests.explained('first');
select count(steward.enqueue('noop', queue => 'web')) from generate_series(1, 3);
select steward.enqueue('noop', idempotency_key => 'behind', queue => 'web', priority => 1) is not null, steward.pause_queue('web', 'maintenance');
select tests.explained('behind');
update steward.installation set place = '1/1/1' where left_at is null;
select tests.explained('behind');
update steward.installation set place = steward.place() where left_at is null;
select steward.map_login('postgres', tests.person('owner')), steward.remove_member(tests.workspace('acme'), tests.person('editor'));
select tests.explained('behind');
select steward.add_member(tests.workspace('acme'), tests.person('editor'), 'editor');

-- It has ended, each way.
select steward.cancel_job(tests.job('later'), 'no longer wanted');
select tests.sent('mail'), tests.finished('mail', '{"phase": "lost"}'), tests.finished('first', '{"phase": "answered"}');
select n, tests.explained(n) from unnest(array['later', 'mail', 'first']) n;
-- A viewer may ask; a stranger may not, and learns nothing from that.
set session authorization regress_viewer;
select count(*) > 0 from steward.explain_job(tests.job('behind'));
set session authorization regress_outsider;
select tests.refused(format('select * from steward.explain_job(%L)', tests.job('behind')));
select tests.refused('select * from steward.explain_job(null)');
