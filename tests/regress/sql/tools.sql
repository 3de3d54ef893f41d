-- Providers and tools: how versions count, what a definition becomes, and who may define.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));

-- Versions count up from 1, each name for itself; who defined a version is kept with it.
set session authorization regress_admin;
select steward.define_provider('shop', '{"base_url": "https://one.example/"}'), steward.define_provider('shop', '{"base_url": "https://two.example/v2"}'),
    steward.define_provider('mill', '{"base_url": "http://[::1]:8080", "headers": {"X-Team": "a"}, "query": {"v": "2"}}');
select name, version, definition, defined_by, defined_at between steward.clock() - interval '1 minute' and steward.clock()
from steward.provider order by name, version;
select steward.define_tool('read', '{"executor": "http", "provider": "shop", "adapter": "http_json", "request": {"path": "/one"}}'),
    steward.define_tool('read', '{"executor": "http", "provider": "shop", "adapter": "http_json", "request": {"path": "/two"}}'),
    steward.define_tool('idle', '{"executor": "noop"}');
select name, version, definition #>> '{request,path}', defined_by from steward.tool where name in ('read', 'idle') order by name, version;

-- What is left out is completed, so that a later release does not change a tool that exists. Null counts as left out.
select definition from steward.tool where name = 'idle';
select steward.define_tool('enrich', '{"executor": "script", "request": {"command": "enrich"}, "title": null}'),
    steward.define_tool('chat', '{"executor": "http", "provider": "mill", "adapter": "openai_chat", "request": {"body": {"model": "m", "messages": []}}}'),
    steward.define_tool('post', '{"executor": "http", "provider": "mill", "adapter": "http_json", "effect": "external", "max_tries": 40,
        "backoff": {"base_seconds": 900}, "request": {"path": "/x"}}');
select name, title, queue, definition -> 'request', definition -> 'response' from steward.tool where name in ('enrich', 'chat', 'post') order by name;
select name, on_lost, max_tries, max_attempts, definition -> 'backoff' from steward.tool where name in ('enrich', 'post') order by name;
-- A completed definition means the same when it is defined again.
select steward.define_tool(name, definition) from steward.tool where name in ('idle', 'enrich', 'chat', 'post') order by name;
select name, count(distinct definition) from steward.tool where name in ('idle', 'enrich', 'chat', 'post') group by name order by name;

-- A job keeps the version of its tool it was enqueued with; new jobs take the newest.
set session authorization regress_editor;
select steward.enqueue('read', queue => 'q', idempotency_key => 'old') is not null;
set session authorization regress_admin;
select steward.define_tool('read', '{"executor": "http", "provider": "shop", "adapter": "http_json", "request": {"path": "/three"}}');
set session authorization regress_editor;
select steward.enqueue('read', queue => 'q', idempotency_key => 'new') is not null;
select idempotency_key, tool, tool_version from steward.jobs where queue = 'q' order by 1;
-- The provider is always the newest, for jobs that wait already and for sessions that have used the tool already.
select steward.preview_request('read', '{}') ->> 'url';
set session authorization regress_admin;
select steward.define_provider('shop', '{"base_url": "https://moved.example"}');
set session authorization regress_editor;
select steward.preview_request('read', '{}') ->> 'url';
reset session authorization;
select tests.name(job_id), tool, request ->> 'url' from steward.claim_jobs('w1', '{q}', 10) order by 1;

-- Only an administrator defines.
set session authorization regress_owner;
select tests.refused($$select steward.define_provider('mine', '{"base_url": "https://h"}')$$);
set session authorization regress_worker;
select tests.refused($$select steward.define_tool('mine', '{"executor": "noop"}')$$);
set session authorization regress_analyst;
select tests.refused($$select steward.define_tool('mine', '{"executor": "noop"}')$$);
