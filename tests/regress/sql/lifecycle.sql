-- A job from the claim to its end: what each outcome leads to.
\pset tuples_only on
\pset format unaligned
select steward.define_provider('shop', '{"base_url": "https://shop.example/v1"}');
-- read: a repeat costs nothing. send: a repeat would reach somebody twice, so a lost call is in doubt.
select steward.define_tool('read', '{"executor": "http", "provider": "shop", "adapter": "http_json", "max_tries": 3, "not_executed": [502],
    "request": {"path": "/read", "body": {"$ref": "/payload"}}, "response": {"result": {"id": "/data/id"}, "usage": {"tokens": "/usage/total"}},
    "result_schema": {"type": "object", "properties": {"id": {"type": "integer"}}}}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external",
    "request": {"path": "/send", "body": {"$ref": "/payload"}}, "response": {"result": "", "error": "/why"},
    "result_schema": {"type": ["object", "string"]}}');
select steward.map_login('postgres', tests.person('editor'));

-- A claim opens an attempt, mark_sent commits that it is about to be sent, finish_jobs writes what came of it.
set session authorization regress_editor;
select steward.enqueue('read', '{"n": 1}', idempotency_key => 'good', queue => 'q') is not null, tests.place('good');
set session authorization regress_worker;
select tests.name(job_id), attempt, tool, executor, request ->> 'method', request ->> 'url', request ->> 'body',
    deadline between now() + interval '119 s' and now() + interval '121 s' from steward.claim_jobs('w1', '{q}', 10);
select tests.place('good');
select tests.sent('good'), tests.place('good');
select tests.finished('good', '{"phase": "answered", "status": 200, "body": "{\"data\": {\"id\": 7}, \"usage\": {\"total\": 12}}"}'), tests.place('good');
set session authorization regress_editor;
select state, result, attempts, tries, finished_at is not null from steward.jobs where idempotency_key = 'good';
select number, state, decision, http_status, usage, worker, sent_at is not null, duration >= '0' from steward.attempts where job_id = tests.job('good');
reset session authorization;

-- A permanent error fails at once, with the provider's own words.
select tests.started('read', 'refused'), tests.finished('refused', '{"phase": "answered", "status": 404, "body": "{\"error\": {\"message\": \"no such item\"}}"}'),
    tests.place('refused');
select tests.started('send', 'words'), tests.finished('words', '{"phase": "answered", "status": 400, "body": "{\"why\": \"out of stock\", \"message\": \"x\"}"}'),
    tests.place('words');

-- A redirect is never followed.
select tests.started('read', 'moved'), tests.finished('moved', '{"phase": "answered", "status": 302}'), tests.place('moved');

-- 429 burns no try and waits at least as long as the provider asked, and no more than a tenth longer.
select tests.started('read', 'limited'), tests.finished('limited', '{"phase": "answered", "status": 429, "headers": {"retry-after": "100"}}'),
    tests.place('limited'), tests.waits('limited') between 100 and 110;
select tests.started('send', 'ms'), tests.finished('ms', '{"phase": "answered", "status": 429, "headers": {"retry-after-ms": "2500", "retry-after": "9"}}'),
    tests.place('ms'), tests.waits('ms') between 2.5 and 3.5;
select tests.started('read', 'date'), tests.finished('date', format('{"phase": "answered", "status": 429, "headers": {"retry-after": "%s"}}',
        to_char(now() at time zone 'UTC' + interval '1 hour', 'Dy, DD Mon YYYY HH24:MI:SS "GMT"'))), tests.place('date'),
    tests.waits('date') between 3595 and 3961;
-- Nonsense counts as no Retry-After: half of the tool's base_seconds to all of them, here 2, and a tenth for the cool-down. More than an hour is not waited for.
select tests.started('read', 'soon'), tests.finished('soon', '{"phase": "answered", "status": 429, "headers": {"retry-after": "soon"}}'),
    tests.place('soon'), tests.waits('soon') between 1 and 2.2;
select tests.started('read', 'ages'), tests.finished('ages', '{"phase": "answered", "status": 429, "headers": {"retry-after": "1e300"}}'),
    tests.place('ages'), tests.waits('ages') between 3600 and 3961;

-- 503 with Retry-After and the tool's not_executed statuses prove that nothing was done: even an external call is tried again.
select tests.started('send', 'busy'), tests.finished('busy', '{"phase": "answered", "status": 503, "headers": {"retry-after": "5"}}'), tests.place('busy');
select tests.started('read', 'gateway'), tests.finished('gateway', '{"phase": "answered", "status": 502}'), tests.place('gateway');
-- No connection: the same.
select tests.started('send', 'closed'), tests.finished('closed', '{"phase": "not_executed", "code": "connect_failed", "error": "refused"}'), tests.place('closed');

-- 408, 500, 502, 503 without Retry-After and 504 may have done something: read tries again and burns a try, send is in doubt.
select tests.started('read', 'read' || status), tests.finished('read' || status, format('{"phase": "answered", "status": %s}', status)), tests.place('read' || status)
from unnest(array[408, 500, 503, 504]) status;
select tests.started('send', 'send' || status), tests.finished('send' || status, format('{"phase": "answered", "status": %s}', status)), tests.place('send' || status)
from unnest(array[408, 500, 502, 503, 504]) status;

-- A lost answer: the same.
select tests.started('read', 'lost'), tests.finished('lost', '{"phase": "lost", "code": "timed_out", "error": "no answer in 60 s"}'), tests.place('lost');
select tests.started('send', 'unsure'), tests.finished('unsure', '{"phase": "lost", "code": "timed_out", "error": "no answer in 60 s"}'), tests.place('unsure');

-- The first wait is at most the tool's base_seconds, here 2; the second at most twice that; the third try of three is the last.
set steward.clock_offset = 10;
select tests.claimed('read500');
select tests.sent('read500'), tests.finished('read500', '{"phase": "answered", "status": 500, "body": "{\"message\": \"oops\"}"}'), tests.place('read500'),
    tests.waits('read500') between 0 and 4;
set steward.clock_offset = 20;
select tests.claimed('read500');
select tests.sent('read500'), tests.finished('read500', '{"phase": "answered", "status": 500, "body": "{\"message\": \"oops\"}"}'), tests.place('read500');
select state, attempts, tries from steward.jobs where idempotency_key = 'read500';
select number, state, decision, http_status, error_code from steward.attempts where job_id = tests.job('read500') order by number;

-- An unsent job is ready again at once for any worker, and burned nothing.
select tests.started('send', 'shutdown'), tests.finished('shutdown', '{"phase": "unsent", "code": "shutdown", "error": "the worker stops"}'), tests.place('shutdown');
select tests.claimed('shutdown', 'w2');
select tests.place('shutdown');

-- A worker that lacks a secret or a command gives the job back with a wait, so that it does not spin; no try is burned.
select tests.started('read', 'secret'), tests.finished('secret', '{"phase": "unsent", "code": "secret_missing", "error": "secret SHOP_KEY is not configured"}'),
    tests.place('secret');
select error_code, error_message from steward.attempts where job_id = tests.job('secret');

-- A job that is claimed again and again without an end runs out of attempts.
select steward.define_tool('unlucky', '{"executor": "noop", "max_tries": 1, "max_attempts": 2}');
select tests.started('unlucky', 'unlucky'), tests.finished('unlucky', '{"phase": "unsent", "code": "shutdown", "error": "the worker stops"}'), tests.place('unlucky');
select tests.claimed('unlucky');
select tests.finished('unlucky', '{"phase": "unsent", "code": "shutdown", "error": "the worker stops"}'), tests.place('unlucky');

-- A request that cannot be rendered fails at claim, with nothing sent and no try burned; the rest of the batch is claimed.
select steward.define_tool('strict', '{"executor": "http", "provider": "shop", "adapter": "http_json", "request": {"path": "/{{ payload.missing }}"}}');
select count(steward.enqueue(tool, idempotency_key => 'render ' || tool, queue => 'render')) from unnest(array['strict', 'noop', 'read']) tool;
select tests.name(job_id) from steward.claim_jobs('w1', '{render}', 100) order by 1;
select tests.place('render strict');
