-- Every definition of a provider or a tool that is refused: the path in it is named, and nothing is written.
\pset tuples_only on
\pset format unaligned

select steward.define_provider('shop', '{"base_url": "https://shop.example"}');

-- What is refused leaves nothing behind.
create function tests.defined() returns text language sql as $$
    select format('%s providers, %s tools', (select count(*) from steward.provider), (select count(*) from steward.tool))
$$;
create function tests.tool_refused(definition text) returns text language sql as $$
    select split_part(tests.refused(format('select steward.define_tool(%L, %L)', 'bad', definition)), ' |', 1)
$$;
create function tests.provider_refused(definition text) returns text language sql as $$
    select split_part(tests.refused(format('select steward.define_provider(%L, %L)', 'bad', definition)), ' |', 1)
$$;
select tests.defined() as before \gset

-- A definition that is no object, lacks something, has something unknown or something out of range: the path is named.
set session authorization regress_admin;
select tests.tool_refused(d) from unnest(array['[]', 'null', '{}', '{"executor": "email"}', '{"executor": "noop", "titel": "x"}',
    '{"executor": "noop", "provider": "shop"}', '{"executor": "noop", "a/b~c": 1}', '{"executor": "noop", "timeout_seconds": 86401}',
    '{"executor": "noop", "max_tries": 9, "max_attempts": 3}', '{"executor": "noop", "backoff": {"base": 9}}',
    '{"executor": "noop", "not_executed": [503, 200]}', '{"executor": "noop", "queue": "a b"}', '{"executor": "noop", "concurrency": 0}',
    '{"executor": "noop", "realtime": "yes"}', '{"executor": "script"}', '{"executor": "http", "adapter": "http_json", "request": {"path": "/x"}}']) d;
select tests.provider_refused(d) from unnest(array['[]', '{}', '{"base_url": 1}', '{"base_url": "https://h", "header": {}}']) d;
select tests.tool_refused(format('{"executor": "http", "provider": "shop", "adapter": "http_json", "request": %s}', r)) from unnest(array[
    '{"path": "x"}', '{"path": "/x?y=1"}', '{"path": "/x", "method": "TRACE"}', '{"path": "/x", "method": "GET", "body": {}}',
    '{"path": "/x", "query": ["a"]}', '{"path": "/x", "query": {"a": 5}}']) r;
-- A key is escaped in a path like in any JSON pointer.
select tests.tool_refused('{"executor": "http", "provider": "shop", "adapter": "http_json", "request": {"path": "/x", "query": {"a/b~c": 5}}}');
select tests.tool_refused('{"executor": "http", "provider": "shop", "adapter": "http_json", "request": {"path": "/x"}, "response": {"usage": {"a/b": 5}}}');

-- A provider that does not exist, and a null.
select tests.tool_refused('{"executor": "http", "provider": "missing", "adapter": "http_json", "request": {"path": "/x"}}');
select tests.refused($$select steward.define_tool(null, '{"executor": "noop"}')$$);
select tests.refused($$select steward.define_tool('bad', null)$$);
select tests.refused($$select steward.define_provider(null, '{"base_url": "https://h"}')$$);
select tests.refused($$select steward.define_provider('bad', null)$$);

-- A name that could not stand in a message, a view or a file name.
select n, tests.code(format('select steward.define_tool(%L, %L)', name, '{"executor": "noop"}')),
    tests.code(format('select steward.define_provider(%L, %L)', name, '{"base_url": "https://h"}'))
from unnest(array['', 'a b', E'a\n', 'é', 'a/b', $$x'); drop table steward.job; --$$, repeat('x', 64)]) with ordinality as names (name, n);

-- A base URL is a scheme, a host, perhaps a port and a path, and all of it is literal: no template chooses where a request goes.
select url, tests.code(format('select steward.define_provider(%L, %L)', 'bad', json_build_object('base_url', url))) from unnest(array['ftp://h', '//h', 'https://',
    '{{ payload.scheme }}://h', 'https://{{ payload.host }}', 'https://h:{{ payload.port }}', 'https://{{ secret.HOST }}', 'https://h/{{ payload.x }}',
    'https://user:word@h', 'https://h?x=1', 'https://h#x', 'https://h:65536', 'https://h:+80', 'https://h:', 'https://h/../x', 'https://h x', E'https://h\\@evil']) url;
select tests.code(format('select steward.define_provider(%L, %L)', 'bad', '{"base_url": "https://h\r\nx-evil: 1"}'));

-- A header has a literal name that the transport does not write itself, and neither name nor value holds a line end.
select name, tests.code(format('select steward.define_provider(%L, %L)', 'bad', json_build_object('base_url', 'https://h', 'headers', json_build_object(name, 'x'))))
from unnest(array['', 'a b', 'a:b', 'é', '{{ payload.name }}', 'Host', 'Content-Length', 'Transfer-Encoding', 'connection']) name;
select tests.provider_refused('{"base_url": "https://h", "headers": {"a\r\nb": "x"}}') like '22023 definition_invalid: provider bad at /headers/a%: is no header name';
select tests.provider_refused(format('{"base_url": "https://h", "headers": {"x-name": "a%sx-evil: 1"}}', line_end)) ~ '^22023 [a-z_]+: provider bad:? .*/headers/x-name.*:'
from unnest(array['\r\n', '\n', '\r', '{{ secret.A }}\n']) line_end;
select tests.tool_refused('{"executor": "http", "provider": "shop", "adapter": "http_json", "request": {"path": "/x", "headers": {"x-name": "a\nb"}}}')
    ~ '^22023 [a-z_]+: tool bad:? .*/request/headers/x-name.*:';

-- A template has expressions, if and for, and no way to call, repeat or load anything; the path and the line are named.
select tests.tool_refused(json_build_object('executor', 'script', 'request', json_build_object('command', 'c', 'input', json_build_object('a/b', t)))::text)
from unnest(array['{{ payload.', E'one\ntwo {{ payload|exec }}', '{% set a = 1 %}', '{% include "a" %}', '{% raw %}{% endraw %}', '{{ range(9) }}', '{{ payload.items() }}',
    '{{ "a" * 999999999 }}', '{{ payload[1:] }}', '{% for a in payload recursive %}{% endfor %}', repeat('{% for a in payload %}', 4) || repeat('{% endfor %}', 4)]) t;
select tests.tool_refused('{"executor": "script", "request": {"command": "c", "input": [{"$ref": "payload"}]}}');
select tests.tool_refused('{"executor": "script", "request": {"command": "c", "input": {"$ref": "/payload", "more": 1}}}');
-- A secret stands alone in a URL path, a query or a header, never in what a script gets or a body holds.
select tests.tool_refused('{"executor": "script", "request": {"command": "c", "input": "{{ secret.KEY }}"}}');
select tests.tool_refused(format('{"executor": "http", "provider": "shop", "adapter": "http_json", "request": {"path": "/x", "headers": {"x-key": "%s"}}}', t))
from unnest(array['{{ secret.key }}', '{{ secret.KEY|upper }}', '{% if 1 %}{{ secret.KEY }}{% endif %}']) t;

-- A schema that is none, that is too large or too deep, or that would load something.
select substring(tests.tool_refused(format('{"executor": "noop", "payload_schema": %s}', s)) from '^[0-9]+ [a-z_]+: [^:]*: [^:]*') from unnest(array['{"properties": {"n": {"type": "numbr"}}}', '5',
    '{"$ref": "#"}', '{"$ref": "#/$defs/none"}', '{"pattern": "(?=a)b"}', '{"$schema": "https://evil.example/meta"}']) s;
select tests.tool_refused(format('{"executor": "noop", "result_schema": {"items": {"$ref": "%s"}}}', uri)) from unnest(array['https://evil.example/a.json', 'file:///etc/passwd']) uri;
select tests.tool_refused(format('{"executor": "noop", "payload_schema": {"description": "%s"}}', repeat('x', 65536)));
select tests.tool_refused(format('{"executor": "noop", "payload_schema": %s{}%s}', repeat('{"items": ', 65), repeat('}', 65)));

-- What jsonb may hold and no worker could be given: too deep, or a number beyond 1e308. Nothing of it stops the server.
select levels, tests.code(format('select steward.define_tool(%L, %L)', 'bad', format('{"executor": "script", "request": {"command": "c", "input": %s1%s}}', repeat('[', levels), repeat(']', levels)))),
    tests.code(format('select steward.define_provider(%L, %L)', 'bad', format('{"base_url": "https://h", "query": %s1%s}', repeat('[', levels), repeat(']', levels))))
from unnest(array[66, 200, 5000]) levels;
select n, tests.code(format('select steward.define_tool(%L, %L)', 'bad', format('{"executor": "script", "request": {"command": "c", "input": %s}}', n))),
    tests.code(format('select steward.define_tool(%L, %L)', 'bad', format('{"executor": "noop", "timeout_seconds": %s}', n))) from unnest(array['1e400', '-1e999']) n;
select tests.code(format('select steward.define_tool(%L, %L)', 'bad', json_build_object('executor', 'noop', 'title', repeat('x', 1000000))));
select tests.code(format('select steward.define_tool(%L, %L)', 'bad', format('{"executor": "script", "request": {"command": "c", "input": "{{ 1 }}%s"}}', repeat('x', 65536))));

-- Whatever is refused comes with a hint that says what to do.
select d from unnest(array['[]', '{}', '{"executor": "email"}', '{"executor": "noop", "titel": "x"}', '{"executor": "noop", "timeout_seconds": 0}', '{"executor": "script"}',
    '{"executor": "script", "request": {"command": "c", "input": "{% set a = 1 %}"}}', '{"executor": "script", "request": {"command": "c", "input": "{{ secret.KEY }}"}}',
    '{"executor": "noop", "payload_schema": {"$ref": "#"}}', '{"executor": "noop", "payload_schema": {"$ref": "https://evil.example/a.json"}}', '{"executor": "noop", "max_tries": 1e400}']) d
where tests.refused(format('select steward.define_tool(%L, %L)', 'bad', d)) like '% |';
select tests.refused($$select steward.define_tool('bad', '{"executor": "script", "request": {"command": "c", "input": "{{ secret.KEY }}"}}')$$);

-- Nothing of all that was written.
select tests.defined() = :'before';

-- The deepest and largest that are allowed are allowed.
select steward.define_tool(repeat('x', 63), format('{"executor": "script", "request": {"command": "c", "input": %s1%s}}', repeat('[', 64), repeat(']', 64))::jsonb),
    steward.define_tool('wide', format('{"executor": "noop", "timeout_seconds": 86400, "max_tries": 100, "max_attempts": 1000, "payload_schema": %s{}%s}', repeat('{"items": ', 63), repeat('}', 63))::jsonb);
