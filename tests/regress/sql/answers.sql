-- Answers that are not as they should be: too late, from somebody else, malformed, hostile or large.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.define_provider('shop', '{"base_url": "https://shop.example/v1"}');
select steward.define_tool('read', '{"executor": "http", "provider": "shop", "adapter": "http_json", "request": {"path": "/read"}}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "request": {"path": "/send"},
    "result_schema": {"type": "object", "required": ["id"]}}');
select steward.define_tool('checked', '{"executor": "http", "provider": "shop", "adapter": "http_json", "request": {"path": "/checked"},
    "response": {"result": {"id": "/data/id"}}, "result_schema": {"type": "object", "properties": {"id": {"type": "integer"}}}}');
select count(*) from steward.import_prices('[{"id": "shop", "models": [{"id": "m", "match": {"equals": "m"}, "prices": {"input_mtok": 0.5, "output_mtok": 2}}]}]');
select steward.define_tool('chat', '{"executor": "http", "provider": "shop", "adapter": "openai_chat", "response": {"format": "json"},
    "request": {"body": {"model": "m", "messages": [], "max_completion_tokens": 100}}}');
select steward.define_tool('script', '{"executor": "script", "request": {"command": "enrich"}, "max_tries": 2, "result_schema": {"type": "object"}}');

-- A stranger's worker can neither mark an attempt as sent nor finish it.
select steward.enqueue('send', idempotency_key => 'mine', queue => 'mine') is not null, tests.claimed('mine');
select tests.sent('mine', 'w2'), tests.place('mine');
select tests.finished('mine', '{"phase": "answered", "status": 404}', 'w2'), tests.place('mine');
-- The worker it belongs to can; asked again before the answer, mark_sent still says yes.
select tests.sent('mine'), tests.sent('mine'), tests.place('mine');

-- An old attempt, one that is yet to come, and one that never was change nothing.
select tests.finished('mine', '{"phase": "unsent"}'), tests.claimed('mine', 'w2'), tests.place('mine');
select tests.finished('mine', '{"phase": "answered", "status": 404}', 'w1', 1), tests.finished('mine', '{"phase": "answered", "status": 404}', 'w2', 3),
    tests.finished('mine', '{"phase": "answered", "status": 404}', 'w2', 0), tests.place('mine');
select count(*) from steward.mark_sent('w1', array[tests.job('mine')], array[1]);
select verdict from steward.finish_jobs('w1', array['{"job_id": "00000000-0000-7000-8000-000000000000", "attempt": 1, "phase": "answered", "status": 200}']::json[]);

-- An outcome that is reported twice is stale the second time.
select tests.sent('mine', 'w2'), tests.finished('mine', '{"phase": "answered", "status": 200, "body": "{\"id\": 1}"}', 'w2'), tests.place('mine');
select tests.finished('mine', '{"phase": "answered", "status": 500}', 'w2'), tests.place('mine');
-- After its end nothing marks it as sent again.
select tests.sent('mine', 'w2');

-- A batch is taken outcome by outcome: a stale one does not stop the others.
select tests.started('read', 'a'), tests.started('read', 'b');
select tests.name(f.job_id), f.attempt, f.verdict from steward.finish_jobs('w1', array[
    format('{"job_id": "%s", "attempt": 1, "phase": "answered", "status": 404}', tests.job('a'))::json,
    format('{"job_id": "%s", "attempt": 9, "phase": "answered", "status": 404}', tests.job('b'))::json,
    format('{"job_id": "%s", "attempt": 1, "phase": "answered", "status": 400}', tests.job('b'))::json]) f order by 1, 2;
select tests.place('a'), tests.place('b');

-- An outcome that is none is refused, with its batch, and nothing is changed.
select tests.started('read', 'garbage');
select tests.refused(format('select tests.finished(%L, %L)', 'garbage', outcome))
from unnest(array['{"phase": "gone"}', '{"status": 200}', '{"phase": "answered", "status": "ok"}', '{"phase": "answered", "status": 70000}',
    '{"phase": "answered", "headers": []}']) outcome;
select tests.code(format('select verdict from steward.finish_jobs(%L, array[%L]::json[])', 'w1', outcome))
from unnest(array['{"job_id": "x", "attempt": 1, "phase": "lost"}', '{"job_id": "00000000-0000-7000-8000-000000000000", "attempt": "x", "phase": "lost"}']) outcome;
select tests.refused($$select steward.finish_jobs('w1', null)$$);
select tests.refused($$select steward.finish_jobs(null, '{}')$$);
select tests.place('garbage');

-- An answer that is not JSON may have been paid for: read tries again, an external effect is in doubt.
select tests.started('read', 'html'), tests.finished('html', '{"phase": "answered", "status": 200, "body": "<html>"}'), tests.place('html');
select tests.started('send', 'sent-html'), tests.finished('sent-html', '{"phase": "answered", "status": 200, "body": "<html>"}'), tests.place('sent-html');
select tests.started('read', 'empty'), tests.finished('empty', '{"phase": "answered", "status": 200}'), tests.place('empty');
select tests.started('checked', 'elsewhere'), tests.finished('elsewhere', '{"phase": "answered", "status": 200, "body": "{}"}'), tests.place('elsewhere');
select error_code, error_message from steward.attempts where job_id = tests.job('elsewhere');

-- A result that breaks the schema is asked for again, unless asking again would reach somebody twice.
select tests.started('checked', 'wrong'), tests.finished('wrong', '{"phase": "answered", "status": 200, "body": "{\"data\": {\"id\": \"secret\"}}"}'), tests.place('wrong');
select error_code, error_message from steward.attempts where job_id = tests.job('wrong');
select tests.started('send', 'incomplete'), tests.finished('incomplete', '{"phase": "answered", "status": 200, "body": "{}"}'), tests.place('incomplete');

-- A chat model that refuses, is cut short or talks instead of writing JSON.
select tests.started('chat', 'chat'), tests.finished('chat', '{"phase": "answered", "status": 200, "body": "{\"choices\": [{\"message\": {\"content\": \"{\\\"a\\\": 1}\"}}], \"usage\": {\"total_tokens\": 9}}"}'),
    tests.place('chat');
select result, usage from steward.jobs j join steward.attempts a on a.job_id = j.id where j.id = tests.job('chat');
select tests.started('chat', 'no'), tests.finished('no', '{"phase": "answered", "status": 200, "body": "{\"choices\": [{\"message\": {\"refusal\": \"I will not\"}}]}"}'), tests.place('no');
select tests.started('chat', 'cut'), tests.finished('cut', '{"phase": "answered", "status": 200, "body": "{\"choices\": [{\"finish_reason\": \"length\", \"message\": {\"content\": \"{\"}}]}"}'), tests.place('cut');
select tests.started('chat', 'talk'), tests.finished('talk', '{"phase": "answered", "status": 200, "body": "{\"choices\": [{\"message\": {\"content\": \"Sure!\"}}]}"}'), tests.place('talk');

-- The character NUL, which Postgres cannot store, becomes U+FFFD: as an escape in the answer's JSON, and raw in any text of the outcome.
select tests.started('read', 'nul'), tests.finished('nul', '{"phase": "answered", "status": 200, "body": "{\"a\\u0000\": \"x\\u0000y\"}"}'), tests.place('nul');
select result from steward.jobs where id = tests.job('nul');
select tests.started('read', 'raw-nul'), tests.finished('raw-nul', '{"phase": "answered", "status": 404, "body": "no\u0000pe"}'), tests.place('raw-nul');
select tests.started('script', 'nul-words'), tests.finished('nul-words', '{"phase": "answered", "exit_code": 1, "stderr": "no\u0000pe"}'), tests.place('nul-words');

-- Bytes that are no UTF-8 come as base64 and are read with replacements; base64 that is none reads as empty.
select tests.started('read', 'bytes'), tests.finished('bytes', format('{"phase": "answered", "status": 200, "body_base64": "%s"}',
    encode('\x7b2261223a2022ff227d', 'base64'))), tests.place('bytes');
select result from steward.jobs where id = tests.job('bytes');
select tests.started('read', 'base'), tests.finished('base', '{"phase": "answered", "status": 404, "body_base64": "!"}'), tests.place('base');

-- An answer of 5 MB is kept whole; an error of 5 MB is cut.
select tests.started('read', 'large'), tests.finished('large', format('{"phase": "answered", "status": 200, "body": "\"%s\""}', repeat('x', 5000000))), tests.place('large');
select length(result #>> '{}') from steward.jobs where id = tests.job('large');
select tests.started('read', 'rant'), tests.finished('rant', format('{"phase": "answered", "status": 400, "body": "%s"}', repeat('x', 5000000)));
select state, length(error_message) < 1100 from steward.jobs where id = tests.job('rant');

-- An answer that jsonb cannot hold, or nested too deeply to read, is malformed; it does not stop the batch.
select tests.started('read', 'deep'), tests.finished('deep', format('{"phase": "answered", "status": 200, "body": "%s"}', repeat('[', 200) || repeat(']', 200))), tests.place('deep');
select tests.started('read', 'huge'), tests.finished('huge', '{"phase": "answered", "status": 200, "body": "1e999"}'), tests.place('huge');
select tests.started('read', 'half'), tests.finished('half', '{"phase": "answered", "status": 200, "body": "\"\\ud800\""}'), tests.place('half');

-- A script: its result is its last line; exit 75 asks for another run; any other exit is for good; a signal is a lost call.
select tests.started('script', 'ok'), tests.finished('ok', '{"phase": "answered", "exit_code": 0, "body": "{\"n\": 1}"}'), tests.place('ok');
select tests.started('script', 'mute'), tests.finished('mute', '{"phase": "answered", "exit_code": 0, "body": ""}'), tests.place('mute');
select tests.started('script', 'list'), tests.finished('list', '{"phase": "answered", "exit_code": 0, "body": "[]"}'), tests.place('list');
select tests.started('script', 'again'), tests.finished('again', '{"phase": "answered", "exit_code": 75, "stderr": "not yet\n"}'), tests.place('again');
select tests.started('script', 'broken'), tests.finished('broken', '{"phase": "answered", "exit_code": 1, "stderr": "no such file\n"}'), tests.place('broken');
select tests.started('script', 'killed'), tests.finished('killed', '{"phase": "answered", "stderr": ""}'), tests.place('killed');

-- A noop job needs no answer.
select tests.started('noop', 'noop'), tests.finished('noop', '{"phase": "answered"}'), tests.place('noop');

-- What a lost call may have cost is booked until somebody proves that it cost nothing. The proof is booked once, and windows say the same as the ledger.
select steward.define_tool('dear', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "request": {"path": "/dear"}, "price": {"call": "0.04"}}');
select tests.started('dear', j), tests.finished(j, '{"phase": "lost"}'), tests.place(j) from unnest(array['not-sent', 'declined', 'done']) j;
select tests.finished('not-sent', '{"phase": "unsent"}'), tests.finished('declined', '{"phase": "answered", "status": 429}'),
    tests.finished('done', '{"phase": "answered", "status": 200, "body": "{}"}');
select tests.name(l.job_id), l.entry, l.kind, l.cost, l.calls from steward.ledger l where l.job_id in (tests.job('not-sent'), tests.job('declined'), tests.job('done')) order by 1, 2;
select tests.finished(j, '{"phase": "answered", "status": 200, "body": "{}"}') from unnest(array['not-sent', 'declined', 'done']) j;
select sum(l.cost) = (select sum(v.posted) from steward.usage_window v where v.metric = 'cost') as as_in_windows, sum(l.cost) = sum(a.cost) as as_in_attempts
from steward.ledger l left join steward.attempt a on a.job_id = l.job_id and a.number = l.attempt and l.entry = 1;
