-- One job must not stop its queue: what cannot be prepared or stored ends that job, and the rest of its batch goes on.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.define_provider('shop', '{"base_url": "https://shop.example"}');
select steward.define_tool('nul', '{"executor": "script", "request": {"command": "c", "input": {"a": "{{ \"\\0\" }}"}}}');
select steward.define_tool('wide', '{"executor": "http", "provider": "shop", "adapter": "http_json", "request": {"path": "/", "query": {"a": "{{ payload.x }}", "b": "{{ payload.x }}"}}}');
select steward.define_tool('read', '{"executor": "http", "provider": "shop", "adapter": "http_json", "request": {"path": "/read"}}');
select steward.define_tool('script', '{"executor": "script", "request": {"command": "c"}}');

-- A template that renders the character NUL, which no jsonb can hold.
select steward.enqueue('nul', idempotency_key => 'nul', queue => 'q') is not null, steward.enqueue('noop', idempotency_key => 'healthy', queue => 'q') is not null;
select tests.claimed('q'), tests.place('nul');
select tests.refused($$select steward.preview_request('nul', '{}')$$);

-- Places that are each within their limit and together pass that of a request.
select steward.enqueue('wide', jsonb_build_object('x', repeat('x', 9000000)), idempotency_key => 'wide', queue => 'q') is not null,
    steward.enqueue('noop', idempotency_key => 'beside wide', queue => 'q') is not null;
select tests.claimed('q'), tests.place('wide');

-- More tools in one batch than are kept compiled.
select count(steward.define_tool('noop' || n, '{"executor": "noop"}')) from generate_series(1, 1010) n;
select count(steward.enqueue('noop' || n, queue => 'many')) from generate_series(1, 1010) n;
select count(*) from steward.claim_jobs('many', '{many}', 10000);
select count(*) filter (where f.verdict = 'accepted') from steward.finish_jobs('many', array(
    select json_build_object('job_id', a.job_id, 'attempt', 1, 'phase', 'answered') from steward.attempt a where a.worker = 'many')) f;

-- An answer of more values than a session should build was carried out and is not asked for again.
select tests.started('read', 'million'), tests.started('read', 'beside-million'),
    tests.finished('million', format('{"phase": "answered", "status": 200, "body": "[%s1]"}', repeat('1,', 1000000))), tests.place('million');
select tests.started('script', 'lines'), tests.finished('lines', format('{"phase": "answered", "exit_code": 0, "body": "[%s1]"}', repeat('1,', 1000000))), tests.place('lines');

-- What counts under a lock must see what others have committed, so it runs at read committed only.
begin isolation level repeatable read;
select tests.refused($$select steward.claim_jobs('w1', '{q}', 1)$$);
select tests.refused($$select steward.mark_sent('w1', '{}', '{}')$$);
select tests.refused($$select steward.finish_jobs('w1', '{}')$$);
select tests.refused($$select steward.cancel_job(tests.job('beside-million'), 'why')$$);
commit;
