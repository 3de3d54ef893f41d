-- Mistakes that others shipped with budgets, each once (the issue of theirs stands beside it), and what happens here instead.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('owner'));
select steward.define_tool('paid', '{"executor": "noop", "price": {"call": "1"}, "max_tries": 1}');
create function tests.put(n int, queue text, tool text default 'paid', person text default 'owner', workspace text default 'acme') returns bigint language sql volatile as $$
    select count(steward.enqueue(tool, queue => put.queue, workspace_id => tests.workspace(workspace), user_id => tests.person(person))) from generate_series(1, n)
$$;
create function tests.given(queue text, worker text, most int default 100) returns bigint language sql volatile as $$
    select count(*) from steward.claim_jobs(worker, array[queue], most)
$$;
create function tests.limited(scope text, metric text, kind text, amount numeric, value text default null) returns boolean language sql volatile as $$
    select steward.set_limit(scope, value, metric, kind, amount, workspace_id => tests.workspace('acme')) is not null
$$;
create function tests.lifted() returns bigint language sql volatile as $$
    select count(steward.set_limit(l.scope, l.scope_value, l.metric, l.window_kind, null, workspace_id => l.workspace_id)) from steward.usage_limit l where l.workspace_id = tests.workspace('acme')
$$;

-- Concurrent requests pass before spend is recorded; each replica counts for itself (litellm 34732, bifrost 3547): of ten claims of ten workers, as many are given as there is room for.
select tests.limited('workspace', 'cost', 'day', 4), tests.put(10, 'a');
select sum(tests.given('a', 'w' || n, 1)) from generate_series(1, 10) n;
-- The first requests of somebody unknown skip the default budget (litellm 40095): each user has it from the first one on.
select tests.lifted(), tests.limited('user', 'calls', 'day', 2), tests.put(5, 'b', person => 'viewer'), tests.put(5, 'b', person => 'editor');
select tests.given('b', 'w1');
-- A limit that comes with the plan is not enforced (litellm 26672).
select tests.lifted(), steward.define_plan('three', 'for tests'), steward.set_limit('plan', 'three', 'cost', 'day', 3) is not null, steward.create_workspace('three', 'Three', plan => 'three') is not null;
select steward.add_member(tests.workspace('three'), tests.person('owner'), 'owner');
select tests.put(5, 'c', workspace => 'three'), tests.given('c', 'w1');
-- One check returns early and another is never made (litellm 11083): every limit counts, whichever stands first.
select tests.limited('tool', 'calls', 'hour', 100, 'paid'), tests.limited('workspace', 'calls', 'month', 100), tests.limited('user', 'calls', 'week', 11);
select tests.put(8, 'd'), tests.given('d', 'w1') <= 8, count(*) filter (where v.posted + v.held > steward.amount_at(l, steward.clock())) from steward.usage_window v join steward.usage_limit l on l.id = v.limit_id;
-- Nothing is set aside where the cost cannot be estimated (litellm 35524): such a job waits, and the reason is said.
select tests.lifted(), steward.define_provider('unknown', '{"base_url": "http://127.0.0.1:1"}');
select steward.define_tool('unpriced', '{"executor": "http", "provider": "unknown", "adapter": "openai_chat", "request": {"body": {"model": "m", "max_completion_tokens": 5, "messages": []}}}');
select tests.put(1, 'e', 'unpriced'), tests.given('e', 'w1');
select waiting_for, waiting_detail from steward.jobs where queue = 'e';
-- Reservations pile up, and a call that dies leaks its own (litellm 27639, 29493, 30522): a lost call is posted, and nothing stays held.
select tests.limited('workspace', 'cost', 'day', 1000), steward.enqueue('paid', queue => 'f', idempotency_key => 'f', workspace_id => tests.workspace('acme')) is not null;
select tests.claimed('f'), tests.sent('f'), tests.finished('f', '{"phase": "lost"}');
select hold, cost from steward.attempt where job_id = tests.job('f');
-- Cleaning up twice counts twice (litellm 35569); what is enforced is not what was spent (36926, 40050).
select tests.finished('f', '{"phase": "lost"}', attempt => 1), (select count(*) from steward.ledger where job_id = tests.job('f'));
select * from steward.audit_ledger();
-- The worst case of one blocks everybody (litellm 27509, 38647): what does not fit waits, and what does fit passes.
select steward.define_tool('huge', '{"executor": "noop", "price": {"call": "9"}}'), tests.limited('workspace', 'cost', 'day', 1000), tests.limited('tool', 'cost', 'day', 10, 'huge');
select tests.put(2, 'g', 'huge') + tests.put(2, 'g'), tests.given('g', 'w1');
-- A reset clears one store and not the other (litellm 29576, 39726, 36941): nothing is reset; the next window has no row until it is used.
select count(*) filter (where v.starts_at > steward.clock()) from steward.usage_window v;
-- A route around the budget (bifrost 2873): no attempt of a paid tool was ever sent without a hold.
select count(*) from steward.attempt a join steward.tool t on t.id = a.tool_id where t.is_metered and a.sent_at is not null and a.hold is null;
-- The budget reads what analytics never wrote (langwatch 6141): it is the windows that are asked, and they are what the ledger says.
select count(*) from steward.audit_windows();
-- Without a counter for the period the one of a lifetime counts (Aico 366): unit and window are part of the key, so an hour begins at nothing.
select tests.limited('tool', 'calls', 'minute', 2, 'paid');
set steward.clock_offset = 86400;
select tests.put(5, 'h'), tests.given('h', 'w1');
reset steward.clock_offset;
-- A broken file of prices counts in silence (litellm, February 2026): it is refused, and the old prices stay.
select tests.code($$select count(*) from steward.import_prices('{"source": "broken", "providers": [{"id": "openai", "models": [{"id": "gpt-4o", "prices": {"input_mtok": "free"}}]}]}')$$);
