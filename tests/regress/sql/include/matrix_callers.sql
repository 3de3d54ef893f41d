-- The callers of the matrix: every kind of login there is, and what some of them say of themselves first.

create function tests.prepare_role(name text, variadic roles text[]) returns void language plpgsql as $$
declare
    role text;
begin
    if exists (select from pg_roles r where r.rolname = prepare_role.name) then
        execute format('drop role %I', prepare_role.name);
    end if;
    execute format('create role %I login', prepare_role.name);
    foreach role in array roles loop
        execute format('grant %I to %I', role, prepare_role.name);
    end loop;
end
$$;
select tests.prepare_role('regress_mapped_worker', 'steward_user'), tests.prepare_role('regress_admin_worker', 'steward_worker', 'steward_admin'),
    tests.prepare_role('regress_admin_gateway', 'steward_user', 'steward_admin'), tests.prepare_role('regress_worker_gateway', 'steward_user');
select steward.map_login('postgres', tests.person('owner')), steward.map_login('regress_mapped_worker', tests.person('owner')),
    steward.map_login('regress_analyst', tests.person('owner')), steward.trust_gateway('regress_admin_gateway'),
    steward.trust_gateway('regress_worker_gateway');
-- They were trusted and mapped before.
grant steward_worker to regress_worker_gateway, regress_mapped_worker;
-- A second owner, so that one can be removed.
select steward.add_member(tests.workspace('acme'), tests.person('founder'), 'owner'), steward.add_member(tests.workspace('globex'), tests.person('owner'), 'editor');

-- A function that jobs may run.
create function tests.done(input jsonb) returns jsonb language sql security definer set search_path = pg_catalog, pg_temp as $$ select '"done"'::jsonb $$;
revoke execute on function tests.done(jsonb) from public;
grant execute on function tests.done(jsonb) to steward_script;
select steward.register_function('done', 'tests.done(jsonb)');

-- One job for every place a job can stand in, each named after it.
select steward.define_provider('shop', '{"base_url": "https://shop.example"}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "realtime": true, "timeout_seconds": 3600, "request": {"path": "/send"}}'),
    steward.define_tool('script', '{"executor": "script", "timeout_seconds": 3600, "request": {"command": "c"}}');  -- for as long as the test takes
select steward.enqueue('noop', idempotency_key => 'queued', queue => 'idle', workspace_id => tests.workspace('acme')) is not null,
    steward.enqueue('noop', idempotency_key => 'waiting', run_at => steward.now() + interval '1 day', workspace_id => tests.workspace('acme')) is not null;
select tests.started('send', 'failed'), tests.finished('failed', '{"phase": "answered", "status": 404}');
select tests.started('send', 'doubt'), tests.finished('doubt', '{"phase": "lost"}');
select tests.started('send', 'running');
select steward.enqueue('script', idempotency_key => 'script', queue => 'script', workspace_id => tests.workspace('acme')) is not null;
create table tests.token as select job_id, attempt, token from steward.claim_jobs('w1', '{script}', 1);
insert into steward.cooldown values ('shop', format('KEY@%s', tests.workspace('acme')), '', tests.workspace('acme'), steward.now() + interval '1 day', 'why', 'rate_limited', steward.now(), tests.job('failed'), 1);
select steward.heartbeat('w1', '{}'), steward.pause_queue('shut'), steward.cancel_job(tests.job('running'), 'why'), steward.save_checkpoint(tests.job('running'), 1, '7');
select steward.schedule('hourly', '0 * * * *', 'noop', workspace_id => tests.workspace('acme')) is not null;
insert into steward.schedule_run select s.id, now(), s.workspace_id, now(), 'skipped' from steward.schedule s;

-- A limit of the workspace, and what it used and did not use.
select steward.set_limit('workspace', null, 'cost', 'month', 1000, workspace_id => tests.workspace('acme')) is not null,
    steward.stop_spending(tests.workspace('acme'), 'too much was spent');

create table tests.caller (n int generated always as identity, name text, login text, prelude text);
insert into tests.caller (name, login, prelude) values
    ('owner', 'regress_owner', null),
    ('admin', 'regress_manager', null),
    ('editor', 'regress_editor', null),
    ('viewer', 'regress_viewer', null),
    ('outsider', 'regress_outsider', null),
    ('nobody', 'regress_nobody', null),
    ('gateway as owner', 'regress_gateway', $$select set_config('request.jwt.claims', '{"sub": "11111111-0000-0000-0000-000000000000"}', true)$$),
    ('gateway without sub', 'regress_gateway',
        $$select set_config('request.jwt.claims', '{"role": "anon"}', true), set_config('steward.user_id', '11111111-0000-0000-0000-000000000000', true)$$),
    ('forger', 'regress_nobody',
        $$select set_config('request.jwt.claims', '{"sub": "11111111-0000-0000-0000-000000000000"}', true), set_config('steward.user_id', '11111111-0000-0000-0000-000000000000', true)$$),
    ('worker', 'regress_worker', null),
    ('mapped worker', 'regress_mapped_worker', null),
    ('script', 'steward_script', null),
    ('script of the owner''s job', 'steward_script', (select format('select steward.begin_attempt(%L, %L, %L)', job_id, attempt, token) from tests.token)),
    ('analyst', 'regress_analyst', null),
    ('administrator', 'regress_admin', null),
    ('gateway granted steward_admin', 'regress_admin_gateway', $$select set_config('request.jwt.claims', '{"sub": "11111111-0000-0000-0000-000000000000"}', true)$$),
    ('worker granted steward_admin', 'regress_admin_worker', null),
    ('gateway granted steward_worker', 'regress_worker_gateway', $$select set_config('request.jwt.claims', '{"sub": "11111111-0000-0000-0000-000000000000"}', true)$$),
    ('worker for the owner''s job', 'regress_mapped_worker', (select format('select steward.begin_attempt(%L, %L, %L)', job_id, attempt, token) from tests.token));
