-- What every test starts from: a template database with the extension, the cast, and schema tests with its helpers.
-- The cast: one login for each thing a login can be. Workspace acme holds owner, manager (role admin), editor and viewer;
-- workspace globex holds the outsider only.
\set ON_ERROR_STOP on
create extension pg_steward;

-- Roles belong to the cluster, so a second run finds them there.
do $cast$
declare
    login record;
begin
    for login in
        select * from (values
            ('regress_owner', 'steward_user'), ('regress_manager', 'steward_user'), ('regress_editor', 'steward_user'),
            ('regress_viewer', 'steward_user'), ('regress_outsider', 'steward_user'), ('regress_nobody', 'steward_user'),
            ('regress_gateway', 'steward_user'), ('regress_worker', 'steward_worker'),
            ('regress_analyst', 'steward_analyst'), ('regress_admin', 'steward_admin')) as l (name, may)
    loop
        if not exists (select from pg_roles r where r.rolname = login.name) then
            execute format('create role %I login', login.name);
        end if;
        execute format('grant %I to %I', login.may, login.name);
    end loop;
end
$cast$;

create schema tests;
grant usage on schema tests to public;

-- The user ids of the cast are fixed, so that they may stand in expected output.
create function tests.person(name text) returns uuid language sql immutable as $$
    select (case name
        when 'owner' then '11111111-0000-0000-0000-000000000000'
        when 'manager' then '22222222-0000-0000-0000-000000000000'
        when 'editor' then '33333333-0000-0000-0000-000000000000'
        when 'viewer' then '44444444-0000-0000-0000-000000000000'
        when 'outsider' then '55555555-0000-0000-0000-000000000000'
        when 'founder' then '66666666-0000-0000-0000-000000000000'
    end)::uuid
$$;

select steward.create_workspace('acme', 'Acme') as acme, steward.create_workspace('globex', 'Globex') as globex \gset
select count(steward.map_login(('regress_' || name)::name, tests.person(name)))
from unnest(array['owner', 'manager', 'editor', 'viewer', 'outsider']) name;
select count(steward.add_member(:'acme', tests.person(name), role))
from (values ('owner', 'owner'), ('manager', 'admin'), ('editor', 'editor'), ('viewer', 'viewer')) as m (name, role);
select steward.add_member(:'globex', tests.person('outsider'), 'owner');
select steward.trust_gateway('regress_gateway');
select steward.define_tool('noop', '{"executor": "noop"}');
-- Most tests are about something else than what comes with the extension: five calls of each provider at once.
select steward.set_limit('provider', null, 'running', 'total', 100000);

-- Ids of this run differ from those of the next; a version 7 uuid is one of them.
create function tests.masked(words text) returns text language sql immutable as $$
    select regexp_replace(words, '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}', '<id>', 'g')
$$;

-- Runs a statement that must be refused and says how: SQLSTATE, slug, message and hint.
create function tests.refused(statement text) returns text language plpgsql as $$
declare
    state text;
    message text;
    detail text;
    hint text;
begin
    execute statement;
    return 'NOT REFUSED: ' || statement;
exception when others then
    get stacked diagnostics state = returned_sqlstate, message = message_text, detail = pg_exception_detail, hint = pg_exception_hint;
    return tests.masked(concat_ws(' ', state, nullif(substring(detail from '^code=(.*)$'), '') || ':', message, '|', nullif(hint, '')));
end
$$;

-- Only the SQLSTATE and the slug, where the words are somebody else's.
create function tests.code(statement text) returns text language sql as $$
    select substring(tests.refused(statement) from '^(?:NOT REFUSED|[0-9A-Z]{5}(?: [a-z_]+(?=:))?)')
$$;

-- What a statement gives to a login: the first column of its first row, or SQLSTATE and slug of its refusal. It is rolled back. The
-- prelude runs before it, as that login too: a gateway's claims, a script's token.
create function tests.as_login(login text, statement text, prelude text default null) returns text language plpgsql as $$
declare
    answer text;
    detail text;
begin
    execute format('set local session authorization %I', login);
    if prelude is not null then
        execute prelude;
    end if;
    execute statement into answer;
    raise exception using errcode = 'TS000', message = coalesce(answer, '');
exception when sqlstate 'TS000' then
    return sqlerrm;
when others then
    get stacked diagnostics detail = pg_exception_detail;
    return concat_ws(' ', sqlstate, substring(detail from '^code=(.*)$'));
end
$$;

-- A condition that tells what it was asked about: it costs next to nothing, so the planner asks it as early as it may. spied() says it all, in order,
-- and forgets it.
create function tests.spy(words text) returns boolean language plpgsql cost 0.0000001 as $$
begin
    perform set_config('tests.seen', concat_ws(E'\n', nullif(current_setting('tests.seen', true), ''), words), false);
    return true;
end
$$;
create function tests.spied() returns text language plpgsql as $$
declare
    words constant text := (select string_agg(distinct w, ', ' order by w) from regexp_split_to_table(nullif(current_setting('tests.seen', true), ''), E'\n') w);
begin
    perform set_config('tests.seen', '', false);
    return coalesce(words, 'nothing');
end
$$;

-- The helpers below look behind row security, so that what a role sees is not mistaken for what is there.
create function tests.workspace(slug text) returns uuid language sql stable security definer as $$
    select w.id from steward.workspace w where w.slug = $1
$$;

-- Tests name a job by its idempotency key.
create function tests.job(name text) returns uuid language sql volatile security definer as $$
    select j.id from steward.job j where j.idempotency_key = $1 order by j.id limit 1
$$;
create function tests.name(job_id uuid) returns text language sql volatile security definer as $$
    select j.idempotency_key from steward.job j where j.id = $1
$$;
create function tests.attempt(name text) returns int language sql volatile security definer as $$
    select max(a.number) from steward.attempt a where a.job_id = tests.job($1)
$$;

-- Where a job stands in the tables: exactly one of ready, waiting, a live attempt, an outcome. Anything else shows.
create function tests.place(name text) returns text language sql volatile security definer as $$
    select concat_ws(' + ',
        (select format('ready, %s attempts, %s tries', r.attempt, r.tries) from steward.ready r where r.id = j.id),
        (select format('waiting for %s, %s attempts, %s tries', w.reason, w.attempt, w.tries) from steward.waiting w where w.id = j.id),
        (select string_agg(format('attempt %s %s by %s', a.number, a.state, a.worker), ' + ')
            from steward.attempt a where a.job_id = j.id and a.finished_at is null),
        case when j.outcome is not null then
            format('%s, %s attempts, %s tries', j.outcome, j.attempts, j.tries) || case when j.error_code is null then '' else format(' (%s: %s)', j.error_code, j.error_message) end
        end)
    from steward.job j where j.id = tests.job($1)
$$;

-- How long a waiting job waits, in seconds.
create function tests.waits(name text) returns double precision language sql volatile security definer as $$
    select extract(epoch from w.until - w.since) from steward.waiting w where w.id = tests.job($1)
$$;

-- What would change if a refused act had written something.
create function tests.written() returns text language sql volatile security definer as $$
    select format('%s jobs, %s ready, %s waiting, %s attempts', (select count(*) from steward.job),
        (select count(*) from steward.ready), (select count(*) from steward.waiting), (select count(*) from steward.attempt))
$$;

-- A claim of everything in one queue: the names, in the order in which they came.
create function tests.claimed(queue text, worker text default 'w1', most int default 100) returns text language sql volatile as $$
    select coalesce(string_agg(tests.name(c.job_id), ' ' order by c.n), 'nothing')
    from steward.claim_jobs(worker, array[queue], most) with ordinality as c (job_id, attempt, tool, executor, request, deadline, n)
$$;

-- The steps of a worker for a job by name. The outcome is spliced as text: jsonb refuses what json may hold.
create function tests.sent(name text, worker text default 'w1') returns text language sql volatile as $$
    select case when count(*) = 1 then 'sent' else 'REFUSED' end
    from steward.mark_sent(worker, array[tests.job(name)], array[tests.attempt(name)])
$$;
create function tests.finished(name text, outcome text, worker text default 'w1', attempt int default null) returns text language sql volatile as $$
    select f.verdict from steward.finish_jobs(worker, array[format('{"job_id": "%s", "attempt": %s, %s',
        tests.job(name), coalesce(attempt, tests.attempt(name)), substr(outcome, 2))::json]) f
$$;

-- What an answer of an earlier story said about everybody's next call is forgotten.
create function tests.cooled_down() returns void language sql volatile security definer as $$
    delete from steward.cooldown
$$;

-- Enqueues a job under a name, in a queue of that name, claims it and marks it as sent: where most stories of a worker begin.
create function tests.started(tool text, job text, payload jsonb default '{}') returns text language sql volatile as $$
    select tests.cooled_down();
    select steward.enqueue(tool, payload, idempotency_key => job, queue => job, workspace_id => tests.workspace('acme'));
    select tests.claimed(job);
    select tests.sent(job)
$$;

-- Rescue waits for one lease after the server's start, by the server's own clock, which no setting moves. This returns once the
-- shortest lease there is has passed since then.
create procedure tests.shortest_lease_passed() language plpgsql as $$
begin
    while clock_timestamp() <= pg_postmaster_start_time() + interval '1 s' loop perform pg_sleep(0.01); end loop;
end
$$;
