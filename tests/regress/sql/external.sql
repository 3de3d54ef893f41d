-- External services: the call is sent like any other, and whoever got its token says later, once, how it ended.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.define_provider('render', '{"base_url": "https://render.example"}');
select steward.define_tool('video', '{"executor": "external", "provider": "render", "adapter": "http_json", "realtime": true, "completion_timeout_seconds": 3600, "max_tries": 2,
    "request": {"path": "/videos", "body": {"words": "{{ payload.words }}", "callback": "https://app.example/done?token={{ job.completion_token }}"}},
    "result_schema": {"type": "object", "required": ["url"]}}');
select steward.define_tool('mailing', '{"executor": "external", "provider": "render", "adapter": "http_json", "effect": "external", "concurrency": 1, "request": {"path": "/m", "body": {"t": "{{ job.completion_token }}"}}}');
select definition -> 'completion_timeout_seconds', executor from steward.tool where name in ('video', 'mailing') order by name;
select steward.preview_request('video', '{"words": "hi"}') -> 'body';

-- The worker sees an http call whose body holds the token, and is given no token itself.
create table tests.call (name text, token text);
grant select on tests.call to public;
create function tests.sent_out(tool text, name text) returns text language plpgsql as $$
declare
    claimed record;
begin
    perform steward.enqueue(tool, '{"words": "hi"}', idempotency_key => name, queue => name, workspace_id => tests.workspace('acme'));
    select * into claimed from steward.claim_jobs('w1', array[name], 1);
    insert into tests.call values (name, substring(claimed.request ->> 'body' from '[0-9a-f]{64}'));
    return concat_ws(' ', claimed.executor, claimed.token, tests.sent(name));
end
$$;
create function tests.token(name text) returns text language sql volatile as $$ select c.token from tests.call c where c.name = $1 $$;
create function tests.taken_on(name text) returns text language sql volatile as $$ select tests.finished(name, '{"phase": "answered", "status": 202, "body": "{\"id\": 7}"}') $$;
select tests.sent_out('video', 'v1'), tests.token('v1') ~ '^[0-9a-f]{64}$';
select a.token_hash = sha256(convert_to(tests.token('v1'), 'UTF8')) from steward.attempt a where a.job_id = tests.job('v1');

-- A good answer means that it has begun: it goes on running, under no worker, for an hour.
select tests.taken_on('v1'), tests.place('v1');
select state, attempts, progress from steward.jobs where idempotency_key = 'v1';
select a.worker = '', a.http_status, round(extract(epoch from a.deadline - steward.clock()) / 60) from steward.attempt a where a.job_id = tests.job('v1');
set steward.lease = 1;
call tests.shortest_lease_passed();
set steward.clock_offset = 1000;
select steward.rescue_jobs(), tests.place('v1');
reset steward.clock_offset;
-- Its end is said once, by whoever holds the token: here a login that is nobody.
set session authorization regress_nobody;
select tests.refused($$select steward.complete_external('wrong', 'succeeded', '{}')$$);
select tests.refused(format('select steward.complete_external(%L, %L)', tests.token('v1'), 'perhaps'));
select tests.refused('select steward.complete_external(null, $$failed$$)'), tests.refused(format('select steward.complete_external(%L, null)', tests.token('v1')));
select steward.complete_external(tests.token('v1'), 'succeeded', '{"url": "https://cdn.example/1.mp4"}');
select tests.refused(format('select steward.complete_external(%L, %L, %L)', tests.token('v1'), 'failed', '{}'));
set session authorization regress_editor;
select state, result, attempts, tries from steward.jobs where idempotency_key = 'v1';
select number, state, decision, http_status from steward.attempts where job_id = tests.job('v1');
select s.state from steward.job_status s where s.id = tests.job('v1');
reset session authorization;

-- It fails with the service's words; a result that breaks the schema is asked for again, the second time for the last time.
select tests.sent_out('video', 'v2'), tests.taken_on('v2'), steward.complete_external(tests.token('v2'), 'failed', note => 'no such voice'), tests.place('v2');
select tests.sent_out('video', 'v3'), tests.taken_on('v3'), steward.complete_external(tests.token('v3'), 'succeeded', '{"link": 1}'), tests.place('v3');
select tests.sent_out('video', 'v4'), tests.taken_on('v4'), steward.complete_external(tests.token('v4'), 'succeeded'), tests.place('v4');
-- The word may come before the worker has reported that it has begun; what the worker says then is stale.
select tests.sent_out('video', 'v5'), steward.complete_external(tests.token('v5'), 'succeeded', '{"url": "u"}'), tests.place('v5'), tests.taken_on('v5');
-- The service refuses, or is busy: that is as for any http tool, and the token is over.
select tests.sent_out('video', 'v6'), tests.finished('v6', '{"phase": "answered", "status": 400}'), tests.place('v6'), tests.code(format('select steward.complete_external(%L, %L)', tests.token('v6'), 'failed'));
-- No word in time: lost, so tried again or in doubt, as the tool says. A word that comes too late is none.
select tests.sent_out('video', 'v7'), tests.taken_on('v7'), tests.sent_out('mailing', 'm1'), tests.taken_on('m1');
set steward.clock_offset = 90000;
select steward.rescue_jobs(), tests.place('v7'), tests.place('m1');
select tests.code(format('select steward.complete_external(%L, %L)', tests.token('m1'), 'succeeded'));
reset steward.clock_offset;
-- Its slot is held while it runs; cancelling gives it up, which for something that reaches people is a doubt.
select tests.sent_out('mailing', 'm2'), tests.taken_on('m2');
select steward.enqueue('mailing', idempotency_key => 'm3', queue => 'm3') is not null, tests.claimed('m3'), tests.place('m3');
select steward.cancel_job(tests.job('m2'), 'enough'), tests.place('m2'), tests.claimed('m3');
select tests.sent_out('video', 'v8'), tests.taken_on('v8'), steward.cancel_job(tests.job('v8'), 'enough'), tests.place('v8');
-- The token makes nobody of a script.
select tests.sent_out('video', 'v9');
set session authorization steward_script;
select tests.code(format('select steward.begin_attempt(%L, 1, %L)', tests.job('v9'), tests.token('v9')));
reset session authorization;
select act, actor_kind, login, detail from steward.audit where act = 'complete_external' order by id limit 1;
select format('definition %s', tests.code($$select steward.define_tool('bad', '{"executor": "noop", "completion_timeout_seconds": 5}')$$)),
    tests.code($$select steward.define_tool('bad', '{"executor": "external", "provider": "render", "adapter": "http_json", "request": {"path": "/"}, "completion_timeout_seconds": 3000000}')$$);

-- A worker that was taken for dead comes back with the service's good answer: the doubt has ended, the service has it, and its word counts.
select tests.sent_out('video', 'late'), tests.finished('late', '{"phase": "lost"}') from (select steward.define_tool('video', jsonb_set(t.definition, '{on_lost}', '"in_doubt"')) from steward.tool t where t.name = 'video' order by t.version desc limit 1) d;
select tests.place('late'), tests.taken_on('late'), tests.place('late');
select state, attempts, tries, error_code from steward.jobs where idempotency_key = 'late';
select steward.complete_external(tests.token('late'), 'succeeded', '{"url": "u"}'), tests.place('late');
select s.state from steward.job_status s where s.id = tests.job('late');
