-- What enqueue refuses: what can never fit, quotas that are used up, a backlog that is full; and what the application counts itself.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('owner'));
set timezone = 'UTC';
select steward.define_tool('dear', '{"executor": "noop", "price": {"call": "11"}}');
select steward.define_tool('paid', '{"executor": "noop", "price": {"call": "3"}}');
select steward.import_prices('{"source": "tests", "providers": [{"id": "llm", "models": [{"id": "small", "match": {"equals": "small"}, "prices": {"input_mtok": 1000, "output_mtok": 2000}}]}]}') is not null;
select steward.define_provider('llm', '{"base_url": "http://127.0.0.1:1"}');
select steward.define_tool('chat', '{"executor": "http", "provider": "llm", "adapter": "openai_chat", "payload_schema": {"type": "object"},
    "request": {"body": {"model": {"$ref": "/payload/model"}, "max_completion_tokens": {"$ref": "/payload/most"}, "messages": [{"role": "user", "content": "{{ payload.text }}"}]}}}');
create function tests.left_of(metric text) returns bigint language sql volatile security definer as $$
    select count(*) from steward.quota_unit u join steward.usage_limit l on l.id = u.limit_id where l.metric = $1
$$;

-- Ten dollars a day: eleven can never be spent on one job, whichever way it comes, and nothing is written.
select tests.refused($$select steward.enqueue('dear')$$), tests.refused($$select steward.enqueue('dear')$$);
select tests.refused($$select count(*) from steward.enqueue_many('dear', '{"{}", "{}"}')$$), tests.written();
-- The most that a chat can cost is its bytes and the tokens it may answer; a request that sets no bound is refused, an unknown price is not: its job waits until there is one.
select tests.refused($$select steward.enqueue('chat', '{"model": "small", "most": 6000, "text": "hi"}')$$);
select tests.refused($$select steward.enqueue('chat', '{"model": "small", "text": "hi"}')$$);
select steward.enqueue('chat', '{"model": "small", "most": 100, "text": "hi"}', idempotency_key => 'small') is not null, steward.enqueue('chat', '{"model": "small", "most": 100, "text": "hi"}', idempotency_key => 'again') is not null,
    steward.enqueue('chat', '{"model": "big", "most": 100, "text": "hi"}', idempotency_key => 'big') is not null;
select idempotency_key, cost_bound, token_bound, model from steward.job order by idempotency_key collate "C";
-- Both ways of an enqueue say the same.
select count(distinct (cost_bound, token_bound, model)) from steward.job j, lateral (select steward.enqueue('chat', '{"model": "small", "most": 100, "text": "hi"}') as other) o where j.idempotency_key = 'small';
select count(*), count(distinct cost_bound) from steward.job where model = 'small';
select tests.claimed('default'), tests.place('big');
select waiting_detail from steward.jobs where id = tests.job('big');
select steward.import_prices('{"source": "tests", "providers": [{"id": "llm", "models": [{"id": "small", "match": {"equals": "small"}, "prices": {"input_mtok": 1000, "output_mtok": 2000}}, {"id": "big", "match": {"equals": "big"}, "prices": {"input_mtok": 2000, "output_mtok": 3000}}]}]}') is not null;
select tests.claimed('default');

-- Five jobs a month: the sixth is refused with the limit, how full it is, and when it is free; a job that was there under its key takes none.
select steward.set_limit('workspace', null, 'jobs', 'month', 5, workspace_id => tests.workspace('acme')) is not null;
select count(steward.enqueue('noop', idempotency_key => n)) from unnest('{q1,q2,q3}'::text[]) n;
select steward.enqueue('noop', idempotency_key => 'q1') = tests.job('q1'), tests.left_of('jobs');
select regexp_replace(tests.refused($$select count(*) from steward.enqueue_many('noop', '{"{}", "{}", "{}"}')$$), '[0-9]{4}-.*\+00|[A-Z][a-z]{2} [A-Z][a-z]{2} .* UTC', '<time>'), tests.left_of('jobs');
select count(*) from steward.enqueue_many('noop', '{"{}", "{}"}');
select tests.code($$select steward.enqueue('noop')$$), tests.code($$select steward.enqueue('noop')$$), tests.left_of('jobs');
-- What is rolled back is free at once.
begin;
select steward.set_limit('workspace', null, 'jobs', 'month', 6, workspace_id => tests.workspace('acme')) is not null, steward.enqueue('noop') is not null, tests.code($$select steward.enqueue('noop')$$);
savepoint one;
rollback;
select tests.left_of('jobs');
select steward.set_limit('workspace', null, 'jobs', 'month', 200, workspace_id => tests.workspace('acme')) is not null;
begin;
select count(*) from steward.enqueue_many('noop', array_fill('{}'::jsonb, array[100]));
rollback;
select count(*) from steward.enqueue_many('noop', array_fill('{}'::jsonb, array[150]));
select tests.code($$select count(*) from steward.enqueue_many('noop', array_fill('{}'::jsonb, array[46]))$$), tests.left_of('jobs');
select count(steward.enqueue('noop')) from generate_series(1, 45);
select tests.code($$select steward.enqueue('noop')$$), tests.left_of('jobs');
-- The next month there are 200 again.
set steward.clock_offset = 2764800;
select steward.enqueue('noop') is not null, tests.left_of('jobs');
reset steward.clock_offset;
select steward.set_limit('workspace', null, 'jobs', 'month', null, workspace_id => tests.workspace('acme')) is not null;

-- Cost that rejects: what was accepted counts until it is held, and what is held until it is posted.
select steward.set_limit('workspace', null, 'cost', 'day', 10, 'reject', workspace_id => tests.workspace('acme')) is not null;
select count(steward.enqueue('paid', queue => 'p', idempotency_key => n)) from unnest('{p1,p2}'::text[]) n;
select steward.dollars(sum(amount)::bigint) from steward.reservation;
select tests.claimed('p');
select count(*) from steward.reservation;
select tests.sent('p1'), tests.finished('p1', '{"phase": "not_executed"}');
select steward.enqueue('paid', queue => 'p', idempotency_key => 'p3') is not null, tests.code($$select steward.enqueue('paid', queue => 'p')$$), tests.code($$select steward.enqueue('paid', queue => 'p')$$);
select steward.cancel_job(tests.job('p3'), 'enough');
select count(*) from steward.reservation;
select steward.enqueue('paid', queue => 'p') is not null;
select steward.set_limit('workspace', null, 'cost', 'day', 100, workspace_id => tests.workspace('acme')) is not null;

-- The backlog of what stands parked has an end.
select steward.define_plan('narrow', 'for tests', 2), steward.set_plan(tests.workspace('acme'), 'narrow');
select steward.set_limit('workspace', null, 'calls', 'day', 1, workspace_id => tests.workspace('acme')) is not null;
select count(steward.enqueue('paid', queue => 'b', idempotency_key => n)) from unnest('{b0,b1,b2}'::text[]) n;
select tests.claimed('b'), tests.place('b1');
select regexp_replace(tests.refused($$select steward.enqueue('paid', queue => 'b', idempotency_key => 'b3')$$), '[0-9]{4}-.*', '');
-- Whoever asks again at once hears the same.
select left(tests.refused($$select steward.enqueue('paid', queue => 'b')$$), 18) from generate_series(1, 3);
select count(steward.cancel_job(tests.job(n), 'enough')) from unnest('{b0,b1}'::text[]) n;
select steward.enqueue('paid', queue => 'b', idempotency_key => 'b3') is not null;

-- Counters are what the application counts: credits, bytes, seats. A number below zero gives back.
select tests.refused($$select steward.consume('credits', 0)$$), tests.refused($$select steward.consume('Bad name')$$), tests.refused($$select steward.consume(null)$$);
select steward.consume('credits', 7);
select steward.set_limit('workspace', null, 'counter:credits', 'total', 10, workspace_id => tests.workspace('acme')) is not null;
select steward.consume('credits', 2), tests.refused($$select steward.consume('credits', 2)$$), steward.consume('credits', -4), steward.consume('credits', 5);
select tests.as_login('regress_viewer', $$select steward.consume('credits')$$), tests.as_login('regress_editor', $$select steward.consume('credits', -1)$$), tests.as_login('regress_outsider', format('select steward.consume(''credits'', 1, %L)', tests.workspace('acme')));

-- What a quota comes to is told at 50, 80 and 100 percent, once each, whichever way the unit is taken; what is rolled back has told nobody.
select steward.define_tool('told', '{"executor": "noop"}');
select steward.set_limit('tool', 'told', 'jobs', 'day', 10, 'reject', workspace_id => tests.workspace('acme')) is not null;
create function tests.told() returns text language sql volatile security definer as $$
    select string_agg(format('%s %% of %s: %s', a.percent, a.amount, a.used), ', ' order by a.percent) from steward.limit_alert a join steward.usage_limit l on l.id = a.limit_id where l.scope = 'tool' and a.metric = 'jobs'
$$;
select count(steward.enqueue('told')) from generate_series(1, 4);
select tests.told();
begin;
select steward.enqueue('told') is not null;
select tests.told();
rollback;
select tests.told();
select steward.enqueue('told') is not null;
select tests.told();
select count(*) from steward.enqueue_many('told', '{"{}", "{}"}');
select tests.told();
select count(steward.enqueue('told')) from generate_series(1, 3);
select tests.told(), left(tests.refused($$select steward.enqueue('told')$$), 16);
select words, percent, used, amount from steward.limit_alerts where metric = 'counter:credits' order by percent;
