-- Functions of the application, run by jobs: what they do and how the attempt ends is committed together, or neither.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
create schema app;
create table app.note (words text, by_user uuid, kind text);
do $owner$ begin
    if not exists (select from pg_roles r where r.rolname = 'regress_app') then create role regress_app; end if;
end $owner$;
grant steward_user to regress_app;
grant usage, create on schema app to regress_app;
grant insert on app.note to regress_app;
create function app.note(input jsonb) returns jsonb language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into app.note values (input ->> 'words', steward.uid(), format('%s as %s', steward.actor_kind(), current_user));
    if input ? 'state' then
        raise exception using errcode = input ->> 'state', message = 'it cannot be noted', hint = 'Note something else.';
    end if;
    perform steward.enqueue('noop', idempotency_key => input ->> 'then', queue => 'idle') where input ? 'then';
    return case when input ? 'answer' then input -> 'answer' else jsonb_build_object('noted', input ->> 'words') end;
end
$$;
alter function app.note(jsonb) owner to regress_app;

-- Registration refuses, one after another, everything that would let the function do more than its owner may, or anybody call it.
create function tests.registered() returns text language sql volatile as $$ select tests.refused($r$select steward.register_function('note', 'app.note(jsonb)')$r$) $$;
select tests.registered();
revoke execute on function app.note(jsonb) from public;
select tests.registered();
grant usage on schema app to steward_script;
select tests.registered();
grant execute on function app.note(jsonb) to steward_script;
alter function app.note(jsonb) security invoker;
select tests.registered();
alter function app.note(jsonb) security definer reset search_path;
select tests.registered();
alter function app.note(jsonb) set search_path = pg_catalog, pg_temp;
create function app.two(a jsonb, b jsonb) returns jsonb language sql security definer set search_path = pg_catalog as $$ select a $$;
create function app.rows(a jsonb) returns setof jsonb language sql security definer set search_path = pg_catalog as $$ select a $$;
create function app.words(a jsonb) returns text language sql security definer set search_path = pg_catalog as $$ select 'x' $$;
create procedure app.deed(a jsonb) language plpgsql as $$ begin null; end $$;
select tests.refused(format('select steward.register_function(%L, %L)', 'f', f)) from unnest(array['app.two(jsonb,jsonb)', 'app.rows(jsonb)', 'app.words(jsonb)', 'app.deed(jsonb)', 'pg_catalog.lower(text)']) f;
select tests.refused(format('select steward.register_function(%L, %L)', name, 'app.note(jsonb)')) from unnest(array['', 'Note', '1st', 'a-b', repeat('x', 64), $$x'); --$$]) name;
select tests.refused($$select steward.register_function(null, 'app.note(jsonb)')$$), tests.refused($$select steward.register_function('note', null)$$);
select tests.code(format('select steward.register_function(%L, %s)', 'note', 4294967295));
set session authorization regress_admin;
select tests.code($$select steward.register_function('note', 'pg_catalog.lower(text)')$$), tests.refused($$select steward.unregister_function('note')$$);
reset session authorization;
select tests.refused($$select steward.define_tool('note', '{"executor": "sql", "request": {"function": "note"}}')$$);
select steward.register_function('note', 'app.note(jsonb)');
select name, schema_name, function_name, owner, registered_by from steward.sql_function;

-- A tool runs four at once unless it says otherwise: each holds a connection.
select steward.define_tool('note', '{"executor": "sql", "request": {"function": "note"}, "result_schema": {"type": "object"}, "max_tries": 2}');
select steward.define_tool('note_of', '{"executor": "sql", "effect": "external", "concurrency": 1, "request": {"function": "note", "input": {"words": "{{ payload.what }} of {{ job.tool }}"}}}');
select name, executor, concurrency, on_lost, definition -> 'request' from steward.tool where executor = 'sql' order by name;
select steward.preview_request('note_of', '{"what": "it"}') - 'timeout_seconds';

-- As a worker: the claim gives it the input and the token, and run_function does the rest. Committed as one, tried as one.
create table tests.call (job_id uuid, attempt int, token text, input jsonb, name text);
grant all on tests.call to public;
create function tests.claim_function(tool text, name text, payload jsonb) returns text language plpgsql as $$
begin
    perform steward.enqueue(tool, payload, idempotency_key => name, queue => name, workspace_id => tests.workspace('acme'));
    insert into tests.call select c.job_id, c.attempt, c.token, c.request -> 'input', name from steward.claim_jobs('w1', array[name], 1) c;
    return (select concat_ws(' ', length(c.token), c.input) from tests.call c where c.name = claim_function.name);
end
$$;
create function tests.run(name text, token text default null) returns text language sql volatile as $$
    select format('select steward.run_function(%L, %L, %s, %L, %L)', 'w1', c.job_id, c.attempt, coalesce($2, c.token), c.input) from tests.call c where c.name = $1
$$;
create function tests.ran(statement text) returns text language plpgsql as $$
declare
    said text;
begin
    set local session authorization steward_script;
    said := tests.refused(statement);
    reset session authorization;
    return regexp_replace(said, '^NOT REFUSED.*', 'done');
end
$$;
create function tests.story(tool text, name text, payload jsonb) returns setof text language plpgsql as $$
begin
    return next tests.claim_function(tool, name, payload);
    return next tests.sent(name);
    return next tests.ran(tests.run(name));
    return next tests.place(name);
end
$$;
select tests.story('note', 'n1', '{"words": "hello", "then": "after"}');
select by_user = tests.person('editor'), words, kind from app.note;
select result from steward.jobs where idempotency_key = 'n1';
select steward.actor_kind(), tests.name(from_job) from steward.jobs where idempotency_key = 'after';
select tests.story('note_of', 'n2', '{"what": "this"}');
-- Once only; and only once it is marked as sent, with its own token.
select tests.ran(tests.run('n1'));
select tests.claim_function('note', 'n3', '{"words": "unsent"}'), tests.ran(tests.run('n3')), tests.sent('n3'), tests.ran(tests.run('n3', 'wrong'));
select tests.ran('select steward.begun_function()'), tests.ran($$select steward.finish_function('w1', '1')$$);
select count(*) from app.note where words = 'unsent';
select tests.ran(tests.run('n3')), tests.place('n3');
select count(*) from app.note where words = 'unsent';

-- An error, a result that its tool refuses, an attempt that was given up: nothing of it stays. What follows is the worker's to report.
select tests.story('note', 'n4', '{"words": "gone", "state": "22012"}');
select tests.finished('n4', '{"phase": "answered", "sqlstate": "22012", "error": "the function failed: it cannot be noted (SQLSTATE 22012)"}'), tests.place('n4');
select tests.story('note', 'n5', '{"words": "gone", "state": "40P01"}');
select tests.finished('n5', '{"phase": "answered", "sqlstate": "40P01", "error": "deadlock"}'), tests.place('n5');
select tests.story('note', 'n6', '{"words": "gone", "answer": 5}'), tests.story('note', 'n7', '{"words": "gone", "answer": null}');
select tests.claim_function('note', 'n8', '{"words": "gone"}'), tests.sent('n8'), tests.finished('n8', '{"phase": "lost"}'), tests.ran(tests.run('n8'));
select tests.claim_function('note_of', 'n9', '{"what": "gone"}'), tests.sent('n9'), tests.finished('n9', '{"phase": "lost", "error": "the connection broke"}'), tests.place('n9');
select count(*) from app.note where words = 'gone';
-- Somebody cancelled it: what is done by then counts; what was rolled back is cancelled.
select tests.claim_function('note', 'n10', '{"words": "done"}'), tests.sent('n10'), steward.cancel_job(tests.job('n10'), 'enough'), tests.ran(tests.run('n10')), tests.place('n10');
select tests.claim_function('note', 'n11', '{"words": "gone"}'), tests.sent('n11'), steward.cancel_job(tests.job('n11'), 'enough'),
    tests.finished('n11', '{"phase": "not_executed", "code": "cancelled"}'), tests.place('n11');

-- What a function leaves for the end of its transaction runs with the rights of the session, which are nobody's.
create function app.later() returns trigger language plpgsql as $$
begin
    raise notice 'at the end: % as %, may claim: %', current_user, coalesce(steward.uid()::text, 'nobody'), has_function_privilege('steward.claim_jobs(text, text[], integer)', 'execute');
    return null;
end
$$;
grant execute on function app.later() to public;
create constraint trigger later after insert on app.note deferrable initially deferred for each row execute function app.later();
select tests.claim_function('note', 'deferred', '{"words": "done"}'), tests.sent('deferred');
select tests.run('deferred') as call \gset
set session authorization steward_script;
:call;
reset session authorization;
drop trigger later on app.note;
select tests.place('deferred');
-- No more than a script may return.
create function app.huge(input jsonb) returns jsonb language sql security definer set search_path = pg_catalog, pg_temp as $$ select to_jsonb(repeat('x', 16777216)) $$;
revoke execute on function app.huge(jsonb) from public;
grant execute on function app.huge(jsonb) to steward_script;
select steward.register_function('huge', 'app.huge(jsonb)'), steward.define_tool('huge', '{"executor": "sql", "request": {"function": "huge"}}');
select tests.story('huge', 'huge', '{}');

-- What was registered is looked at again at each call; doctor and explain_job say what is wrong.
create function tests.ailing() returns text language sql volatile as $$
    select concat_ws(E'\n', (select string_agg(detail, '; ') from steward.doctor() d where d.check_name like 'function %'),
        (select string_agg(concat_ws(' | ', check_name, verdict, detail), '; ') from steward.explain_job(tests.job('later')) where check_name like 'function %'), tests.ran(tests.run('n12')))
$$;
select steward.enqueue('note', '{"words": "later"}', idempotency_key => 'later', queue => 'idle') is not null, steward.heartbeat('w1', '{"queues": ["idle"]}');
select verdict, detail from steward.explain_job(tests.job('later')) where check_name like 'function %';
select verdict, detail from steward.explain_job(tests.job('later')) where check_name = 'functions';
select steward.heartbeat('w1', '{"queues": ["idle"], "functions": true}');
select verdict, detail from steward.explain_job(tests.job('later')) where check_name = 'functions';
select tests.claim_function('note', 'n12', '{"words": "never"}'), tests.sent('n12');
alter function app.note(jsonb) owner to postgres;
select tests.ailing();
alter function app.note(jsonb) owner to regress_app;
alter function app.note(jsonb) security invoker;
select tests.ailing();
alter function app.note(jsonb) security definer;
grant execute on function app.note(jsonb) to public;
select tests.ailing();
drop function app.note(jsonb);
select tests.ailing();
select steward.unregister_function('note');
select tests.ailing();
select tests.refused($$select steward.unregister_function('note')$$), tests.refused('select steward.unregister_function(null)');
select act, object_id, detail from steward.audit where act like '%register_function' order by id;
-- Whoever may not act as a worker runs nothing.
set session authorization regress_owner;
select tests.code(tests.run('n12')), tests.code('select steward.begun_function()'), tests.code($$select steward.finish_function('w1', '1')$$);
reset session authorization;
