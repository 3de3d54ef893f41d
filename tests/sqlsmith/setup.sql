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

-- Outreach: in each workspace an account that acts, with a backlog, an action of which nobody knows how it ended and one that is done; and one that is frozen.
select steward.define_tool('shop_send_invite', '{"executor": "http", "provider": "shop", "adapter": "http_json", "governed": true, "effect": "external", "max_tries": 1, "on_lost": "in_doubt",
    "request": {"path": "/invite", "body": {"to": "{{ payload.person }}"}}}');
create function tests.account(name text) returns uuid language sql stable security definer as $$
    select a.id from steward.account a where a.name = $1
$$;
create function tests.action(workspace text, n int) returns uuid language sql stable security definer as $$
    select a.id from steward.action a where a.workspace_id = tests.workspace(workspace) and a.person = 'person ' || n
$$;
create function pg_temp.fill_outreach(login name, workspace text) returns void language plpgsql as $$
begin
    perform steward.map_login('postgres', tests.person(login));
    perform steward.add_account(workspace || state, 'shop', workspace || state, 'UTC', workspace_id => tests.workspace(workspace)) from unnest('{"", " frozen"}'::text[]) state;
    perform steward.enable_account(tests.account(workspace), steward.outreach_notice()), steward.freeze_account(tests.account(workspace || ' frozen'), 'because');
    perform steward.schedule_action(tests.account(workspace), 'send_invite', 'person ' || n) from generate_series(1, 6) n;
    update steward.action a set state = 'unknown', claimed_at = now() where a.id = tests.action(workspace, 1);
    update steward.action a set state = 'done', claimed_at = now(), ended_at = now() where a.id = tests.action(workspace, 2);
    perform steward.suppress('person', 'nobody', 'because', tests.workspace(workspace)), steward.forget_login('postgres');
end
$$;
select pg_temp.fill_outreach('owner', 'acme'), pg_temp.fill_outreach('outsider', 'globex');

-- Leads: in each workspace two, one of which a person has changed; what scores them, and a model that has learned from rows that are none.
create function tests.lead(workspace text, n int) returns uuid language sql stable security definer as $$
    select l.id from steward.lead l where l.workspace_id = tests.workspace(workspace) and l.full_name = 'lead ' || n
$$;
create function pg_temp.fill_leads(login name, workspace text) returns void language plpgsql as $$
begin
    perform steward.map_login('postgres', tests.person(login));
    perform count(*) from steward.import_leads('[{"email": "one@leads.example", "full_name": "lead 1", "size": 7}, {"provider_id": "p-2", "full_name": "lead 2"}]', workspace_id => tests.workspace(workspace));
    perform count(*) from steward.set_lead(tests.lead(workspace, 1), '{"title": "CEO"}');
    perform steward.define_rubric('fit', steward.lead_preset('rubric', 'inbound_engaged_v1'), tests.workspace(workspace)), steward.publish_rubric('fit', workspace_id => tests.workspace(workspace)),
        steward.set_routing(steward.lead_preset('routing', 'ownership_v1'), tests.workspace(workspace)), steward.record_signal(tests.lead(workspace, 1), 'email_reply', event_id => 'mail'),
        steward.record_signal(null, 'page_view', event_id => 'view', visitor => 'cookie', workspace_id => tests.workspace(workspace));
    perform steward.store_model(tests.workspace(workspace), 'likely', steward.train_on('{"method": "logistic", "features": ["segment"], "min_leads": 1, "min_wins": 1}',
        jsonb_populate_record(null::steward.lead, jsonb_build_object('segment', n % 3)), n::text, n % 2 = 0, '2026-01-01'::timestamptz + n * interval '1 day', null)) from generate_series(1, 60) n;
    perform steward.publish_model('likely', workspace_id => tests.workspace(workspace)), steward.refresh_scores(tests.workspace(workspace));
    perform steward.forget_login('postgres');
end
$$;
select pg_temp.fill_leads('owner', 'acme'), pg_temp.fill_leads('outsider', 'globex');
grant execute on all functions in schema tests to public;

-- The database says what happened: every function that was called, and the SQLSTATE of every error.
do $$
begin
    execute format('alter database %I set track_functions = ''all''', current_database());
    execute format('alter database %I set log_error_verbosity = ''verbose''', current_database());
end
$$;
