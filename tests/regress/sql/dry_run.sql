-- Dry runs: the jobs of a workspace do everything but go out, and end with the request that would have been sent.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor')), steward.add_member(tests.workspace('globex'), tests.person('editor'), 'editor');
select steward.define_provider('shop', '{"base_url": "https://shop.example", "headers": {"x-key": "{{ secret.SHOP_KEY }}"}}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "result_schema": {"type": "object", "required": ["sent"]},
    "request": {"path": "/send/{{ payload.to }}", "body": {"words": "{{ payload.words }}"}}}');
select steward.define_tool('script', '{"executor": "script", "request": {"command": "c"}}'), steward.define_tool('narrow', '{"executor": "noop", "concurrency": 1}');
set session authorization regress_owner;
select steward.set_dry_run(tests.workspace('acme'), true);
select slug, dry_run from steward.workspaces;
reset session authorization;

create function tests.put(tool text, payload jsonb, name text, workspace text default 'acme') returns boolean language sql volatile as $$
    select steward.enqueue(tool, payload, idempotency_key => name, queue => 'q', workspace_id => tests.workspace(workspace)) is not null
$$;
select tests.put('send', '{"to": "ann", "words": "hello"}', 'mail'), tests.put('script', '{"n": 1}', 'script'), tests.put('noop', '{}', 'noop'), tests.put('send', '{"to": "ann"}', 'broken'),
    tests.put('narrow', '{}', 'narrow 1'), tests.put('narrow', '{}', 'narrow 2'), tests.put('noop', '{}', 'real', 'globex');
-- A worker gets those of other workspaces only. Nothing is marked as sent, no try is burned; what cannot be rendered fails as it would.
select tests.claimed('q');
select tests.claimed('q');
select idempotency_key, tests.place(idempotency_key) from steward.jobs where workspace_id = tests.workspace('acme') order by 1;
select idempotency_key, tests.masked(result::text) from steward.jobs where state = 'succeeded' order by 1;
select distinct a.state, a.decision, a.sent_at from steward.attempts a join steward.jobs j on j.id = a.job_id where j.state = 'succeeded';

-- Switched off, they go out again.
set session authorization regress_manager;
select steward.set_dry_run(tests.workspace('acme'), false);
reset session authorization;
select tests.put('send', '{"to": "ann", "words": "hello"}', 'real mail'), tests.claimed('q');
-- Owners and admins switch; it is audited.
select tests.refused(format('select steward.set_dry_run(%L, %L)', w, on_or_off)) from (values (null, true), (tests.workspace('acme'), null), (tests.workspace('acme'), true), ('00000000-0000-7000-8000-000000000000', true)) as s (w, on_or_off);
select act, actor_kind, login, detail from steward.audit where act = 'set_dry_run' order by id;
