-- Jobs whose worker died or hangs: ready again if nothing was sent, and after that as their tool says.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.define_provider('shop', '{"base_url": "https://shop.example/v1"}');
select steward.define_tool('read', '{"executor": "http", "provider": "shop", "adapter": "http_json", "request": {"path": "/read"}, "max_tries": 2, "timeout_seconds": 30}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "request": {"path": "/send"}, "timeout_seconds": 30}');
-- One job of each kind for a worker: claimed only, and sent.
create function tests.busy(worker text) returns text language sql volatile as $$
    select count(steward.enqueue(tool, idempotency_key => concat_ws(' ', worker, tool, stage), queue => worker, workspace_id => tests.workspace('acme')))
    from unnest(array['read', 'send']) tool, unnest(array['claimed', 'sent']) stage;
    select tests.claimed(worker, worker);
    select string_agg(tests.sent(concat_ws(' ', worker, tool, 'sent'), worker), ' ') from unnest(array['read', 'send']) tool;
$$;
create function tests.places(worker text) returns table (job text, place text) language sql volatile as $$
    select n, tests.place(n) from unnest(array['read', 'send']) tool, unnest(array['claimed', 'sent']) stage, concat_ws(' ', worker, tool, stage) n order by n
$$;

-- For one lease after the server started nothing is rescued: every heartbeat is old then, and every worker alive.
select tests.busy('w1');
set steward.lease = 86400;
select steward.rescue_jobs();
-- From here on the server has been up for longer than the lease, the shortest there is.
set steward.lease = 1;
call tests.shortest_lease_passed();

-- A worker that is alive keeps its jobs.
select steward.heartbeat('w1', '{}'), steward.rescue_jobs();
select * from tests.places('w1');

-- After a lease without a heartbeat it is dead. Unsent: ready again, no try burned. Sent: tried again with a try burned, or in doubt.
set steward.clock_offset = 1.5;
select steward.rescue_jobs();
select * from tests.places('w1');
select j.idempotency_key, a.state, a.decision, a.error_code, a.error_message from steward.attempts a join steward.jobs j on j.id = a.job_id order by 1, a.number;
-- Once is enough.
select steward.rescue_jobs();

-- What it reports after that is stale, and it may send nothing any more.
select tests.finished('w1 read sent', '{"phase": "answered", "status": 200, "body": "{}"}'), tests.sent('w1 send claimed');
select * from tests.places('w1');

-- Except of the very call that is in doubt: its answer, however late, says how it ended.
select tests.finished('w1 send sent', '{"phase": "answered", "status": 200, "body": "{\"sent\": 1}"}'), tests.place('w1 send sent');
-- Evidence that it never left the worker opens the job again, with its try given back; evidence of another's attempt is none.
select tests.started('send', 'unsent'), tests.finished('unsent', '{"phase": "lost"}'), tests.place('unsent');
select tests.finished('unsent', '{"phase": "unsent"}', 'w2'), tests.finished('unsent', '{"phase": "lost"}'), tests.place('unsent');
select tests.finished('unsent', '{"phase": "unsent"}'), tests.place('unsent');
select state, attempts, tries, error_code, finished_at from steward.jobs where id = tests.job('unsent');
-- A batch may hold a live attempt's outcome, a doubtful one's and a stale one's.
select tests.claimed('unsent'), tests.sent('unsent'), tests.finished('unsent', '{"phase": "lost"}'), tests.started('read', 'live');
select tests.name(f.job_id), f.attempt, f.verdict
from steward.finish_jobs('w1', array(
    select format('{"job_id": "%s", "attempt": %s, "phase": "answered", "status": 200, "body": "{}"}', tests.job(job), attempt)::json
    from (values ('unsent', 1), ('unsent', 2), ('live', 1), ('live', 1)) as o (job, attempt))) f
order by 1, 2;
select tests.place('unsent'), tests.place('live');

-- Another worker takes over; a second death uses up the last try.
set steward.clock_offset = 10;
select steward.heartbeat('w2', '{}'), tests.claimed('w1', 'w2'), tests.sent('w1 read sent', 'w2');
set steward.clock_offset = 20;
select steward.rescue_jobs();
select * from tests.places('w1');

-- A worker that is gone from the list without a word is dead as well.
select steward.heartbeat('w3', '{}'), tests.busy('w3'), steward.retire_worker('w3'), steward.rescue_jobs();
select * from tests.places('w3');

-- A worker that lives but hangs loses an attempt at its deadline, 60 s after the timeout of the tool, and nothing before that.
set steward.clock_offset = 1000;
select steward.heartbeat('w4', '{}'), tests.busy('w4');
set steward.clock_offset = 1089;
select steward.heartbeat('w4', '{}'), steward.rescue_jobs();
set steward.clock_offset = 1091;
-- Past its deadline an attempt is not sent any more, rescued or not.
select tests.sent('w4 send claimed', 'w4');
select steward.heartbeat('w4', '{}'), steward.rescue_jobs();
select * from tests.places('w4');
select j.idempotency_key, a.state, a.decision, a.error_code, a.error_message from steward.attempts a join steward.jobs j on j.id = a.job_id
where a.worker = 'w4' order by 1, a.number;

-- The row of a worker stays for a day after its last heartbeat.
set steward.clock_offset = 80000;
select steward.rescue_jobs();
select id, alive from steward.workers order by id;
set steward.clock_offset = 87000;
select steward.rescue_jobs();
select id from steward.workers order by id;
set steward.clock_offset = 88000;
select steward.rescue_jobs();
select id from steward.workers order by id;

-- What the list of workers could not show is refused; what it does not know is a newer worker's business.
select tests.refused($$select steward.heartbeat(null, '{}')$$);
select tests.refused($$select steward.heartbeat('w5', null)$$);
select tests.refused($$select steward.heartbeat('', '{}')$$);
select tests.refused($$select steward.heartbeat(repeat('w', 201), '{}')$$);
select steward.heartbeat('w5', '{"host": "h", "pid": 7, "version": "1", "queues": ["q"], "concurrency": 8, "running": 1, "commands": ["c"], "secrets": ["S"]}');
set steward.lease = 30;
select id, host, pid, version, queues, concurrency, running, commands, secrets, alive from steward.workers where id = 'w5';
select tests.refused(format('select steward.heartbeat(%L, %L)', 'odd', status))
from unnest(array['{"pid": "x"}', '{"pid": 1e30}', '{"queues": "q"}', '{"concurrency": 1.5}', '{"running": null}', '[]', '"x"']) status;
select steward.heartbeat('newer', '{"pid": 7, "spool": {"waiting": 3}}');
select id, pid, queues, concurrency from steward.workers where id in ('odd', 'newer');

-- An administrator may rescue too; users may not.
set session authorization regress_admin;
select steward.rescue_jobs() >= 0;
set session authorization regress_owner;
select tests.refused('select steward.rescue_jobs()');
