-- What the specs share beyond the cast: every session acts for the editor, and the shortest lease has passed since the server started.
\set ON_ERROR_STOP on
-- An account that may act at any hour, and what it has to do; its sessions' clocks stand in 2027.
\ir ../regress/sql/include/outreach.sql
select tests.travel('2027-03-01 09:00+00'), tests.enabled('ann', policy => '{"window": ["00:00", "24:00"], "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}'), tests.invited(50);
reset steward.clock_offset;
select steward.map_login('postgres', tests.person('editor'));
select steward.define_provider('shop', '{"base_url": "https://shop.example"}');
select steward.define_tool('read', '{"executor": "http", "provider": "shop", "adapter": "http_json", "request": {"path": "/read"}}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "request": {"path": "/send"}}');
select steward.define_tool('single', '{"executor": "noop", "concurrency": 1}');
-- Ten dollars a day are there: one of these at a time.
select steward.define_tool('paid', '{"executor": "noop", "price": {"call": "6"}}');
select steward.define_tool('cheap', '{"executor": "noop", "price": {"call": "2"}}');
select steward.define_tool('billed', '{"executor": "http", "provider": "shop", "adapter": "http_json", "price": {"call": "0.01"}, "request": {"path": "/paid"}}');
create function tests.enqueued(tool text, job text) returns text language sql volatile as $$
    select tests.name(steward.enqueue(tool, idempotency_key => job, queue => 'q'))
$$;
-- What a worker saw, in words: a spec ends a step at the first closing brace, so it holds no JSON.
create function tests.answered(job text) returns text language sql volatile as $$
    select tests.finished(job, '{"phase": "answered", "status": 200, "body": "{}"}')
$$;
create function tests.turned_down(job text) returns text language sql volatile as $$
    select tests.finished(job, '{"phase": "answered", "status": 404}')
$$;
create function tests.lost(job text) returns text language sql volatile as $$
    select tests.finished(job, '{"phase": "lost"}')
$$;
create function tests.enqueued_with(n int, job text) returns text language sql volatile as $$
    select tests.name(steward.enqueue('noop', jsonb_build_object('n', n), idempotency_key => job, queue => 'q'))
$$;
create function tests.scheduled(job text) returns text language sql volatile as $$
    select tests.name(steward.enqueue('noop', idempotency_key => job, queue => 'q', run_at => steward.clock() + interval '5 s'))
$$;
create function tests.enqueued_many(n int) returns bigint language sql volatile as $$
    select count(*) from steward.enqueue_many('noop', array_fill('{}'::jsonb, array[n]), queue => 'q')
$$;
create function tests.claimed_count(queue text, most int) returns bigint language sql volatile as $$
    select count(*) from steward.claim_jobs('w1', array[queue], most)
$$;
create function tests.defined(title text) returns int language sql volatile as $$
    select steward.define_tool('versioned', jsonb_build_object('executor', 'noop', 'title', title))
$$;
create function tests.provider_defined(host text) returns int language sql volatile as $$
    select steward.define_provider('versioned', jsonb_build_object('base_url', 'https://' || host))
$$;
create function tests.emptied() returns void language sql volatile as $$
    delete from steward.ready;
    delete from steward.waiting;
    delete from steward.attempt;
    delete from steward.job;
    delete from steward.job_status;
    delete from steward.worker;
    delete from steward.limit_line;
    delete from steward.usage_window;
    delete from steward.quota_unit;
    alter table steward.ledger disable trigger ledger_append_only;
    delete from steward.ledger;
    alter table steward.ledger enable always trigger ledger_append_only
$$;
call tests.shortest_lease_passed();
create function tests.shown_defined() returns void language plpgsql as $$
begin
    perform steward.define_tool('shown', '{"executor": "noop", "realtime": true}');
    perform steward.enqueue('shown', idempotency_key => q, queue => q) from unnest(array['slow', 'fast', 'other']) q;
    perform tests.claimed('other');
    create table tests.cursor (n int generated always as identity, cursor_after text);
end
$$;
-- What finish_jobs says of the answers of two jobs.
create function tests.verdicts(one text, two text) returns text language sql volatile as $$
    select string_agg(distinct format('%s %s', tests.name(f.job_id), f.verdict), ', ')
    from steward.finish_jobs('w1', array(
        select format('{"job_id": "%s", "attempt": 1, "phase": "answered", "status": 200, "body": "{}"}', tests.job(n))::json from unnest(array[one, two]) n)) f
$$;

-- Whether an enqueue of the tool is answered from memory, and how one ends: the workspace and queue it went into, or the code of its refusal.
create function tests.is_admitted(tool text) returns boolean language c volatile strict as '$libdir/pg_steward', 'is_admitted_wrapper';
create function tests.admitted() returns boolean language sql volatile security definer as $$
    select tests.is_admitted('placed')
$$;
create function tests.tried() returns text language plpgsql as $$
declare
    detail text;
    made uuid;
begin
    made := steward.enqueue('placed');
    return (select concat_ws(' ', w.slug, j.queue) from steward.jobs j join steward.workspaces w on w.id = j.workspace_id where j.id = made);
exception when others then
    get stacked diagnostics detail = pg_exception_detail;
    return concat_ws(' ', sqlstate, detail);
end
$$;
create function tests.queued_in(queue text) returns int language sql volatile as $$
    select steward.define_tool('placed', jsonb_build_object('executor', 'noop', 'queue', queue))
$$;
-- What is used and held of the cost of a day, in dollars.
create function tests.money() returns text language sql volatile as $$
    select string_agg(format('%s used, %s held', steward.dollars(v.posted), steward.dollars(v.held)), '; ' order by v.id) from steward.usage_window v where v.metric = 'cost'
$$;

-- The ledger lets nobody delete anything, so its triggers are switched off for that.
create function tests.ledger_emptied() returns void language plpgsql as $$
declare
    relation text;
begin
    foreach relation in array '{ledger,ledger_block}'::text[] loop
        execute format('alter table steward.%1$I disable trigger all; delete from steward.%1$I; alter table steward.%1$I enable always trigger %1$s_append_only, enable always trigger %1$s_not_truncated', relation);
    end loop;
    delete from steward.ledger_head;
    delete from steward.ledger_seal;
    delete from steward.usage_window;
end
$$;
create function tests.audit() returns text language sql as $$
    select coalesce(string_agg(format('%s: %s', a.problem, a.detail), E'\n' order by a.problem), 'nothing') from steward.audit_ledger() a
$$;
-- Twenty minutes after what was done last, so that only what the other session does can stand in the way.
create function tests.later() returns text language sql volatile as $$
    select count(*) from (select tests.travel(coalesce((select max(c.t) from steward.action_claim c), '2027-03-01 09:00+00') + interval '20 min')) t;
    select left('it is drawn for ' || steward.draw_days(steward.clock()), 5)
$$;
create function tests.next_action() returns steward.action language sql volatile as $$
    select a from steward.action a where a.state = 'backlog' and not exists (select from steward.action_claim c where c.action_id = a.id) order by a.id limit 1
$$;
-- The next action, with its job claimed by a worker: it waits for its mark.
create function tests.action_due() returns text language sql volatile as $$
    select 'due' from steward.release_action(tests.next_action(), (select a from steward.account a), steward.clock()) r cross join lateral (select count(*) from steward.claim_jobs('w1', '{outreach}', 1)) c
$$;
create function tests.action_marked() returns text language sql volatile as $$
    select case count(*) when 1 then 'sent' else 'REFUSED' end from steward.action_job j cross join lateral steward.mark_sent('w1', array[j.job_id], '{1}') m
$$;
create function tests.action_state() returns text language sql volatile as $$
    select coalesce(string_agg(a.state || coalesce(' ' || a.code, ''), ', ' order by a.planned_at), 'none') from steward.action a where a.planned_at > steward.clock() - interval '10 min'
$$;
-- Two actions at once, which the plan never makes: each session writes its own.
create function tests.claim_written(nth int) returns text language plpgsql as $$
begin
    perform steward.insert_claim(x.a) from (
        select a from steward.action a where a.state = 'backlog' and not exists (select from steward.action_claim c where c.action_id = a.id) order by a.id offset nth limit 1) x;
    return 'written';
exception when unique_violation or check_violation then
    return 'refused: ' || substring(sqlerrm from '"(action_claim_[a-z_]+)"');
end
$$;
create function tests.account_left() returns void language plpgsql as $$
begin
    update steward.account set state = 'ok', state_code = null, state_until = null;
    update steward.action a set state = 'done' where a.state in ('claimed', 'planned');
    delete from steward.action_job;
    delete from steward.ready; delete from steward.waiting; delete from steward.attempt; delete from steward.job; delete from steward.worker; delete from steward.job_status;
end
$$;
-- Leads by the names before @acme.example, in their order; what became of each row.
create function tests.imported(names text[]) returns text language sql volatile as $$
    select string_agg(format('%s %s', name, outcome), ', ' order by row_number)
    from steward.import_leads((select jsonb_agg(jsonb_build_object('provider_id', 'p-' || n, 'email', n || '@acme.example', 'full_name', n)) from unnest(names) n),
        workspace_id => tests.workspace('acme')) r, lateral (select names[row_number] as name) m
$$;
create function tests.renamed(name text, title text) returns text language sql volatile as $$
    select outcome from steward.set_lead((select l.id from steward.lead l where l.full_name = name), jsonb_build_object('title', title))
$$;
create function tests.without_leads() returns void language sql volatile as $$
    delete from steward.lead;
    delete from steward.lead_version
$$;
