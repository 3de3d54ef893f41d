-- The kill switch, and waits that end: spending that is stopped, one big job among small ones, a job that waited as long as it may.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('owner'));
set timezone = 'UTC';
select steward.define_tool('cheap', '{"executor": "noop", "price": {"call": "1"}, "max_tries": 1}');
select steward.define_tool('big', '{"executor": "noop", "price": {"call": "6"}}');
select steward.define_tool('brief', '{"executor": "noop", "price": {"call": "6"}, "max_wait_seconds": 600}');
create function tests.put(tool text, names text[], queue text) returns bigint language sql volatile as $$
    select count(steward.enqueue(tool, idempotency_key => n, queue => put.queue, workspace_id => tests.workspace('acme'))) from unnest(names) n
$$;

-- What is stopped sends nothing, at whatever step it is: claimed jobs are given back at their sent mark, the others wait; what costs nothing goes on.
select tests.put('cheap', '{a,b}', 'q'), tests.claimed('q', most => 1);
select steward.stop_spending(tests.workspace('acme'), 'the invoice looks wrong');
select tests.sent('a'), tests.place('a'), tests.put('noop', '{free}', 'q'), tests.claimed('q');
select tests.place('a'), tests.place('b'), waiting_for, waiting_detail from steward.jobs where id = tests.job('a');
select tests.refused(format('select steward.resume_spending(%L)', tests.workspace('globex')));
select tests.as_login('regress_editor', format('select steward.resume_spending(%L)', tests.workspace('acme'))), tests.as_login('regress_viewer', format('select steward.stop_spending(%L, ''x'')', tests.workspace('acme')));
-- A call that is under way ends as it ends, and is posted.
select steward.resume_spending(tests.workspace('acme')), tests.claimed('q'), tests.sent('a');
select steward.stop_spending(tests.workspace('acme'), 'again'), tests.finished('a', '{"phase": "answered"}'), tests.place('a'), tests.sent('b');
select steward.resume_spending(tests.workspace('acme')), tests.claimed('q'), tests.finished('b', '{"phase": "answered"}');

-- A big job waits while small ones pass: it holds up nobody. After a minute what comes back is kept for it, and it goes as soon as it fits.
select steward.heartbeat('w1', '{"queues": ["l"]}');
select steward.set_limit('workspace', null, 'cost', 'day', 10, workspace_id => tests.workspace('acme')) is not null;
select tests.put('cheap', '{s1,s2,s3}', 'l'), tests.claimed('l'), tests.put('big', '{huge}', 'l'), tests.put('cheap', '{s4}', 'l'), tests.claimed('l');
select tests.place('huge');
-- Each time one ends another comes: without the rule it would never be served.
select tests.finished('s1', '{"phase": "not_executed"}'), tests.put('cheap', '{s5}', 'l'), tests.claimed('l');
set steward.clock_offset = 70;
select steward.heartbeat('w1', '{"queues": ["l"]}');
select tests.finished('s2', '{"phase": "not_executed"}'), tests.put('cheap', '{s6}', 'l'), tests.claimed('l');
select tests.finished(n, '{"phase": "not_executed"}') from unnest('{s3,s4}'::text[]) n;
select tests.claimed('l'), tests.place('huge'), tests.place('s6');
-- What could not even fit if nothing ran keeps nothing: small ones go on.
select tests.finished('huge', '{"phase": "answered"}'), tests.claimed('l');
select tests.put('big', '{huge2}', 'l'), tests.claimed('l');
set steward.clock_offset = 200;
select steward.heartbeat('w1', '{"queues": ["l"]}'), tests.finished('s5', '{"phase": "not_executed"}'), tests.finished('s6', '{"phase": "not_executed"}'), tests.put('cheap', '{s7}', 'l'), tests.claimed('l');

-- A job waits as long as its tool lets it, and then fails with the reason.
select tests.put('brief', '{brief}', 'x'), tests.claimed('x'), tests.place('brief');
set steward.clock_offset = 900;
select steward.upkeep() is not null;
select outcome, error_code, error_message from steward.job where id = tests.job('brief');
