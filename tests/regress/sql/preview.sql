-- steward.preview_request: exactly what a job would send, secrets by name only, for members, with nothing written.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.define_provider('openai', '{"base_url": "https://api.openai.example/v1", "headers": {"Authorization": "Bearer {{ secret.OPENAI_API_KEY }}"},
    "query": {"key": "{{ secret.URL_KEY }}", "v": "2"}}');
select steward.define_tool('chat', '{"executor": "http", "provider": "openai", "adapter": "openai_chat", "timeout_seconds": 90,
    "payload_schema": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}},
    "request": {"body": {"model": "small", "messages": [{"role": "system", "content": "Translate."}, {"role": "user", "content": "{{ payload.text }} ({{ payload.text|length }})"}]}}}');
select steward.define_tool('put', '{"executor": "http", "provider": "openai", "adapter": "http_json", "request": {"method": "PUT",
    "path": "/people/{{ payload.id }}/{{ secret.SPACE }}", "query": {"q&": "{{ payload.q }}"}, "headers": {"X-Job": "{{ job.tool }} {{ job.attempt }}", "authorization": "none"},
    "body": {"all": {"$ref": "/payload"}, "none": {"$ref": "/payload/none", "$default": []}, "who": "{{ job.user_id }}"}}}');
select steward.define_tool('get', '{"executor": "http", "provider": "openai", "adapter": "http_json", "request": {"method": "GET", "path": "/x", "headers": {"x-name": "{{ payload.name }}"}}}');
select steward.define_tool('script', '{"executor": "script", "request": {"command": "enrich", "input": {"leads": {"$ref": "/payload/leads"}}}, "timeout_seconds": 600}');
select tests.written() as before \gset

-- A chat: every part of the request, the secrets by name, and which version of which tool it is.
set session authorization regress_editor;
select p ->> 'executor', p ->> 'tool', p ->> 'version', p ->> 'method', p ->> 'timeout_seconds', p -> 'url', p -> 'headers' from steward.preview_request('chat', '{"text": "Olá"}') p;
select p -> 'body' from steward.preview_request('chat', '{"text": "\"}], \"model\": \"huge"}') p;
select array(select jsonb_object_keys(steward.preview_request('chat', '{"text": "x"}')) order by 1);

-- A value in a path or a query is percent-encoded and stays where it stands. A tool's header replaces its provider's.
select p -> 'url', p -> 'headers' from steward.preview_request('put', '{"id": "../a b?c#d%2e", "q": "x&y=é"}') p;
-- Lists and objects enter by reference as they are; the job is the first attempt of the caller, and other ids show as zeros.
select p -> 'body' from steward.preview_request('put', '{"id": 7, "q": "", "list": [1, {"a": null}], "n": 0.10, "big": 9007199254740993}') p;
-- A payload names no secret and starts no template.
select p -> 'body' -> 'all', p -> 'url' from steward.preview_request('put', '{"id": "{{ secret.SPACE }}", "q": "{{ 7 * 7 }}", "x": {"secret": "OPENAI_API_KEY", "$ref": "/job"}}') p;
-- A request without a body announces no content.
select p -> 'headers', p ? 'body' from steward.preview_request('get', '{"name": "Ann"}') p;

-- A script gets its command and its input; a noop nothing.
select steward.preview_request('script', '{"leads": [{"id": 1}]}');
select steward.preview_request('noop', '{}');

-- What is previewed is what a claim hands out, but for the ids.
reset session authorization;
begin;
select steward.enqueue('put', '{"id": 7, "q": "x"}', queue => 'q', idempotency_key => 'same') is not null;
select (c.request - 'headers' #- '{body,who}') || '{"executor": "http", "tool": "put", "version": 1}' = steward.preview_request('put', '{"id": 7, "q": "x"}') - 'headers' #- '{body,who}',
    c.request -> 'headers' -> 3 ->> 0, c.request #>> '{headers,3,1,0}' = c.job_id || '/1', c.request #>> '{body,who}' = tests.person('editor')::text
from steward.claim_jobs('w1', '{q}', 1) c;
rollback;

-- What a template reads must be there; the path and the name are told, no value is.
set session authorization regress_editor;
select tests.refused($$select steward.preview_request('put', '{"q": "Ann Example"}')$$);
select tests.refused($$select steward.preview_request('script', '{"lead": "Ann Example"}')$$);
-- A value that would leave its place: a line end in a header; an empty or climbing segment of a path.
select name, tests.refused(format('select steward.preview_request(%L, %L)', 'get', json_build_object('name', 'Ann Example' || line_end || 'x-evil: 1')))
from (values ('cr lf', E'\r\n'), ('lf', E'\n'), ('cr', E'\r')) as e (name, line_end);
select tests.refused(format('select steward.preview_request(%L, %L)', 'put', json_build_object('id', id, 'q', ''))) from unnest(array['', '.', '..']) id;
-- A template that would compute or write without an end stops.
reset session authorization;
select steward.define_tool('loop', '{"executor": "script", "request": {"command": "c", "input": "{% for a in payload %}{% for b in payload %}{% endfor %}{% endfor %}"}}'),
    steward.define_tool('grow', '{"executor": "script", "request": {"command": "c", "input": "{% for a in payload.list %}{{ payload.text }}{% endfor %}"}}');
set session authorization regress_editor;
select tests.refused(format('select steward.preview_request(%L, %L)', 'loop', to_jsonb(array_fill(0, array[1000]))));
select tests.refused(format('select steward.preview_request(%L, %L)', 'grow', jsonb_build_object('list', array_fill(0, array[100]), 'text', repeat('x', 200000))));

-- A payload that an enqueue would refuse is refused here in the same words.
select tests.refused(format('select steward.preview_request(%L, %L)', 'chat', p)) = tests.refused(format('select steward.enqueue(%L, %L)', 'chat', p)),
    tests.code(format('select steward.preview_request(%L, %L)', 'chat', p))
from unnest(array['{}', '{"text": 7}', '[]', '{"text": 1e400}', repeat('[', 200) || repeat(']', 200), format('{"text": "%s"}', repeat('x', 10 * 1024 * 1024))]) p;
select tests.refused($$select steward.preview_request('chat', '{"text": 7}')$$);
select tests.refused($$select steward.preview_request('missing', '{}')$$);
select tests.refused($$select steward.preview_request(null, '{}')$$);
select tests.refused($$select steward.preview_request('noop', null)$$);

-- Members may look, whatever their role and however many workspaces they are in; administrators may, who are in none.
reset session authorization;
select steward.add_member(tests.workspace('globex'), tests.person('owner'), 'viewer');
set session authorization regress_owner;
select steward.preview_request('noop', '{}') is not null;
set session authorization regress_manager;
select steward.preview_request('noop', '{}') is not null;
set session authorization regress_viewer;
select steward.preview_request('noop', '{}') is not null;
set session authorization regress_outsider;
select steward.preview_request('noop', '{}') is not null;
set session authorization regress_admin;
select steward.preview_request('noop', '{}') is not null;
-- A nobody may not, nor a user whom a gateway names and no workspace knows, nor workers and analysts.
set session authorization regress_nobody;
select tests.refused($$select steward.preview_request('noop', '{}')$$);
set session authorization regress_gateway;
select tests.code($$select steward.preview_request('noop', '{}')$$);
set steward.user_id = '99999999-0000-0000-0000-000000000000';
select tests.code($$select steward.preview_request('noop', '{}')$$);
set steward.user_id = '44444444-0000-0000-0000-000000000000';
select tests.code($$select steward.preview_request('noop', '{}')$$);
reset steward.user_id;
set session authorization regress_worker;
select tests.refused($$select steward.preview_request('noop', '{}')$$);
set session authorization regress_analyst;
select tests.refused($$select steward.preview_request('noop', '{}')$$);

-- It writes nothing: it works where nothing can be written, takes no transaction id and leaves no job.
set session authorization regress_editor;
begin transaction read only;
select steward.preview_request('chat', '{"text": "x"}') is not null, pg_current_xact_id_if_assigned() is null;
commit;
select tests.written() = :'before';
