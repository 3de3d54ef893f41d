-- What the fuzzers meet: the cast of tests/regress/setup.sql, and jobs of two workspaces in every state. regress_editor is the user of workspace acme; globex must stay as it is.
\set ON_ERROR_STOP on
\ir ../regress/setup.sql
grant execute on all functions in schema tests to public;
create function tests.done(input jsonb) returns jsonb language sql security definer set search_path = pg_catalog, pg_temp as $$ select '"done"'::jsonb $$;
revoke execute on function tests.done(jsonb) from public;
grant execute on function tests.done(jsonb) to steward_script;
select steward.register_function('done', 'tests.done(jsonb)');
select steward.define_provider('shop', '{"base_url": "https://shop.example"}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "realtime": true,
    "request": {"path": "/send", "query": {"x": "{{ payload.x }}"}}, "payload_schema": {"type": "object", "properties": {"x": {"type": "string"}}}}');
select steward.define_tool('script', '{"executor": "script", "request": {"command": "enrich"}}'), steward.define_tool('slow', '{"executor": "noop", "concurrency": 1}');
select steward.map_login('regress_analyst', tests.person('viewer'));

create function pg_temp.fill(login name, workspace text) returns void language plpgsql as $$
declare
    prefix constant text := workspace || ' ';
begin
    perform steward.map_login('postgres', tests.person(login));
    perform steward.enqueue(tool, '{"x": "y"}', idempotency_key => prefix || tool || ' ' || n, queue => workspace, workspace_id => tests.workspace(workspace))
    from unnest('{noop,send,script,slow}'::text[]) tool, generate_series(1, 4) n;
    perform steward.enqueue('noop', run_at => 'tomorrow', idempotency_key => prefix || 'later', workspace_id => tests.workspace(workspace));
    perform tests.claimed(workspace, 'w1', 10);
    perform tests.sent(prefix || 'send ' || n) from generate_series(1, 3) n;
    perform tests.finished(prefix || 'send 1', '{"phase": "lost"}'), tests.finished(prefix || 'send 2', '{"phase": "answered", "status": 400}'),
        tests.finished(prefix || 'noop 1', '{"phase": "answered"}');
    perform steward.cancel_job(tests.job(prefix || 'later'), 'because');
    perform steward.enqueue('noop', run_at => 'tomorrow', queue => workspace, workspace_id => tests.workspace(workspace));
    perform steward.forget_login('postgres');
end
$$;
select pg_temp.fill('editor', 'acme'), pg_temp.fill('outsider', 'globex');

-- The database says what happened: every function that was called, and the SQLSTATE of every error.
do $$
begin
    execute format('alter database %I set track_functions = ''all''', current_database());
    execute format('alter database %I set log_error_verbosity = ''verbose''', current_database());
end
$$;
