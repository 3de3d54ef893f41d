-- Enqueue: what it writes, and every input it refuses, with nothing written.
\pset tuples_only on
\pset format unaligned
select steward.define_tool('greet', '{"executor": "noop", "queue": "greetings", "payload_schema": {"type": "object", "required": ["name"],
    "properties": {"name": {"type": "string", "maxLength": 5}, "tags": {"type": "array", "items": {"type": "string"}}}, "additionalProperties": false}}');

-- The least an enqueue takes is a tool; the rest has defaults.
set session authorization regress_editor;
select steward.enqueue('noop') as id \gset
select tool, tool_version, state, queue, priority, payload, tags, idempotency_key, attempts, tries, run_at = created_at,
    user_id = tests.person('editor'), workspace_id = tests.workspace('acme') from steward.jobs where id = :'id';

-- Every option is kept.
select steward.enqueue('greet', '{"name": "Ann"}', now() + interval '1 day', -1000, 'q.1_-', 'every option', '{b,a}', tests.workspace('acme'),
    tests.person('editor')) as id \gset
select tool, state, waiting_for, waiting_until = run_at, run_at > now() + interval '23 hours', queue, priority, payload, tags, idempotency_key
from steward.jobs where id = :'id';

-- A job that names no queue goes to its tool's; a run_at in the past is now.
select steward.enqueue('greet', '{"name": "Bob"}', '2001-01-01', 1000) as id \gset
select state, queue, priority, run_at = created_at, run_at > '2001-01-01' from steward.jobs where id = :'id';

-- An owner and an admin enqueue for another member; the job is that member's.
set session authorization regress_owner;
select steward.enqueue('noop', user_id => tests.person('viewer')) as id \gset
select user_id = tests.person('viewer') from steward.jobs where id = :'id';
set session authorization regress_manager;
select steward.enqueue('noop', user_id => tests.person('editor')) as id \gset
select user_id = tests.person('editor') from steward.jobs where id = :'id';

-- Many at once come back in the order of their payloads, under one set of options.
set session authorization regress_editor;
create temporary table batch as select e.id, e.n
from steward.enqueue_many('greet', array['{"name": "c"}', '{"name": "a"}', '{"name": "b"}']::jsonb[], priority => 7) with ordinality as e (id, n);
select string_agg(j.payload ->> 'name', ' ' order by b.n), min(j.queue), min(j.priority) from batch b join steward.jobs j on j.id = b.id;
select count(*) from steward.enqueue_many('noop', '{}');
select tests.written() as before \gset

-- An editor enqueues for nobody else; a viewer, a member of another workspace and a nobody do not enqueue here at all.
select tests.refused($$select steward.enqueue('noop', user_id => tests.person('owner'))$$);
set session authorization regress_viewer;
select tests.refused($$select steward.enqueue('noop')$$);
select tests.refused($$select steward.enqueue('noop', workspace_id => tests.workspace('acme'))$$);
set session authorization regress_outsider;
select tests.refused($$select steward.enqueue('noop', workspace_id => tests.workspace('acme'))$$);
set session authorization regress_nobody;
select tests.refused($$select steward.enqueue('noop')$$);

-- A user of another workspace, and a user nobody has heard of, give the same error.
set session authorization regress_owner;
select tests.refused($$select steward.enqueue('noop', user_id => tests.person('outsider'))$$);
select tests.refused($$select steward.enqueue('noop', user_id => '99999999-0000-0000-0000-000000000000')$$);

-- A tool that is not there.
set session authorization regress_editor;
select tests.refused($$select steward.enqueue('missing')$$);
select tests.refused($$select steward.enqueue('')$$);
select tests.refused($$select steward.enqueue(repeat('long', 1000))$$);

-- A null where a value is needed.
select tests.refused($$select steward.enqueue(null)$$);
select tests.refused($$select steward.enqueue('noop', null)$$);
select tests.refused($$select steward.enqueue('noop', priority => null)$$);
select tests.refused($$select steward.enqueue('noop', tags => null)$$);
select tests.refused($$select count(*) from steward.enqueue_many(null, array['{}']::jsonb[])$$);
select tests.refused($$select count(*) from steward.enqueue_many('noop', null)$$);
select tests.refused($$select count(*) from steward.enqueue_many('noop', array['{}', null]::jsonb[])$$);

-- A payload that breaks the schema of its tool; the place is named, the value is not.
select tests.refused($$select steward.enqueue('greet')$$);
select tests.refused($$select steward.enqueue('greet', '{"name": "Barnaby"}')$$);
select tests.refused($$select steward.enqueue('greet', '{"name": "Ann", "tags": ["x", 7]}')$$);
select tests.refused($$select steward.enqueue('greet', '{"name": "Ann", "ann@example.org": 1}')$$);
select tests.refused($$select steward.enqueue('greet', '[]')$$);
select tests.refused($$select steward.enqueue('greet', 'null')$$);

-- A payload that jsonb may hold and a worker could not be given, for a tool with a schema and for one without: were it accepted, it would
-- stop every claim that met it.
select tool, tests.code(format('select steward.enqueue(%L, %L)', tool, repeat('[', 200) || repeat(']', 200)))
from unnest(array['greet', 'noop']) tool;
select tool, tests.code(format('select steward.enqueue(%L, %L)', tool, '{"name": 1e400}')) from unnest(array['greet', 'noop']) tool;
select tests.code($$select count(*) from steward.enqueue_many('noop', array['{}', '{"n": -1e999}']::jsonb[])$$);

-- A number that a double cannot hold would reach the provider as another one; what a double prints is kept.
select tests.refused(format('select steward.enqueue(%L, %L)', 'noop', p))
from unnest(array['{"people": [{"id": 123456789012345678901234567890}]}', '18446744073709551616', '{"a b": [0.12345678901234567890]}']) p;
begin;
select steward.enqueue('noop', '[18446744073709551615, -9223372036854775808, 0.30000000000000004, 1e20, 100.000]') as id \gset
select payload from steward.jobs where id = :'id';
rollback;

-- A payload over 10 MiB as text; one of exactly 10 MiB is not too large.
select tests.refused($$select steward.enqueue('noop', jsonb_build_object('a', repeat('x', 10 * 1024 * 1024)))$$);
begin;
select steward.enqueue('noop', to_jsonb(repeat('x', 10 * 1024 * 1024 - 2))) as id \gset
select octet_length(payload::text) = 10 * 1024 * 1024 from steward.jobs where id = :'id';
rollback;
select tests.refused($$select steward.enqueue('noop', to_jsonb(repeat('x', 10 * 1024 * 1024 - 1)))$$);

-- Options out of range.
select tests.refused(format('select steward.enqueue(%L, run_at => %L)', 'noop', at)) from unnest(array['infinity', '-infinity']) at;
select tests.refused(format('select steward.enqueue(%L, priority => %s)', 'noop', p)) from unnest(array[-1001, 1001, 2147483647]) p;
select tests.refused(format('select steward.enqueue(%L, queue => %L)', 'noop', q)) from unnest(array['', 'a b', 'q;', 'é', E'q\n', repeat('q', 64)]) q;
select tests.refused($$select steward.enqueue('noop', idempotency_key => '')$$);
select tests.refused($$select steward.enqueue('noop', idempotency_key => repeat('k', 201))$$);
select tests.refused($$select steward.enqueue('noop', tags => array['a', null])$$);
select tests.refused($$select steward.enqueue('noop', tags => array[''])$$);
select tests.refused($$select steward.enqueue('noop', tags => array[repeat('t', 101)])$$);
select tests.refused($$select steward.enqueue('noop', tags => array_fill('t'::text, array[33]))$$);

-- Too many payloads, or payloads that are no plain list; one bad payload refuses the whole batch.
select tests.refused($$select count(*) from steward.enqueue_many('noop', array_fill('{}'::jsonb, array[10001]))$$);
select tests.refused($$select count(*) from steward.enqueue_many('noop', array_fill('{}'::jsonb, array[2, 2]))$$);
select tests.refused($$select count(*) from steward.enqueue_many('greet', array['{"name": "Ann"}', '{}']::jsonb[])$$);
select tests.refused($$select count(*) from steward.enqueue_many('noop', array['{}']::jsonb[], priority => 5000)$$);

-- Every argument is data: none of it runs as SQL.
select tests.refused(format('select steward.enqueue(%L)', $$noop'); drop table steward.job; --$$));

-- Nothing of all that was written.
select tests.written() = :'before';

-- The lengths and ranges themselves are accepted.
select count(steward.enqueue('noop', priority => p, queue => repeat('q', 63), idempotency_key => repeat('k', 200) , tags => array_fill(repeat('t', 100), array[32])))
from unnest(array[-1000]) p;

-- A job belongs to its workspace: members see it, whatever their role, and nobody else does.
set session authorization regress_viewer;
select count(*) > 0 from steward.jobs;
set session authorization regress_outsider;
select count(*) from steward.jobs;
set session authorization regress_nobody;
select count(*) from steward.jobs;
