-- Scripts: one login, which is nobody until it shows the token of an attempt, and the user of that job until the attempt ends.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.define_tool('script', '{"executor": "script", "request": {"command": "c"}}');
select count(steward.enqueue(t.tool, idempotency_key => t.tool || n, queue => 'q')) from (values ('script'), ('noop')) t (tool), generate_series(1, 2) n;
select steward.enqueue('noop', idempotency_key => 'foreign', queue => 'foreign') is not null from steward.add_member(tests.workspace('globex'), tests.person('editor'), 'viewer');
create table tests.claim as select tests.name(job_id) as name, job_id, attempt, workspace_id, executor, token from steward.claim_jobs('w1', '{q}', 10);
grant select on tests.claim to public;

-- A claim gives scripts a token, each another one, and nobody else; the attempt keeps its SHA-256 only.
select name, token ~ '^[0-9a-f]{64}$', workspace_id = tests.workspace('acme') from tests.claim order by name;
select count(distinct token) from tests.claim;
select c.name, a.token_hash = sha256(convert_to(c.token, 'UTF8')) from tests.claim c join steward.attempt a on a.job_id = c.job_id order by 1;
select count(*) from steward.attempt a join tests.claim c on c.job_id = a.job_id where a::text like '%' || c.token || '%';

create function tests.begun(name text) returns text language sql volatile as $$
    select tests.code(format('select steward.begin_attempt(%L, %L, %L)', c.job_id, c.attempt, c.token)) from tests.claim c where c.name = begun.name
$$;
create function tests.me() returns text language sql volatile as $$
    select format('%s %s, %s of my workspaces, %s jobs', steward.actor_kind(), coalesce(steward.uid()::text, 'nobody'),
        (select count(*) from steward.my_workspaces()), (select count(*) from steward.jobs))
$$;

-- The login by itself is nobody, whatever it sets; nobody maps it or trusts it, and no other session begins an attempt.
set session authorization steward_script;
select tests.me();
set request.jwt.claims = '{"sub": "33333333-0000-0000-0000-000000000000"}';
set steward.user_id = '33333333-0000-0000-0000-000000000000';
select tests.me();
reset session authorization;
select tests.refused($$select steward.map_login('steward_script', tests.person('editor'))$$);
select tests.refused($$select steward.trust_gateway('steward_script')$$);
select tests.begun('script1'), steward.actor_kind();

-- A wrong token, another attempt's, the right one for another attempt number, and an attempt that never was: the same words.
set session authorization steward_script;
select tests.refused(format('select steward.begin_attempt(%L, 1, %L)', c.job_id, 'wrong')) from tests.claim c where c.name = 'script1';
select tests.refused(format('select steward.begin_attempt(%L, 1, %L)', c.job_id, d.token)) from tests.claim c, tests.claim d where c.name = 'script1' and d.name = 'script2';
select tests.refused(format('select steward.begin_attempt(%L, 2, %L)', c.job_id, c.token)) from tests.claim c where c.name = 'script1';
select tests.refused(format('select steward.begin_attempt(%L, 1, %L)', '00000000-0000-7000-8000-000000000000', c.token)) from tests.claim c where c.name = 'script1';
select tests.refused(format('select steward.begin_attempt(%L, 1, %L)', c.job_id, '')) from tests.claim c where c.name = 'noop1';
select tests.refused('select steward.begin_attempt(null, 1, $$x$$)'), tests.refused('select steward.begin_attempt(gen_random_uuid(), null, $$x$$)');
select tests.refused('select steward.begin_attempt(gen_random_uuid(), 1, null)');
select tests.me();

-- The token may come in the setting that the worker puts into PGOPTIONS, and stands in no statement then.
select set_config('steward.token', c.token, false) is not null from tests.claim c where c.name = 'script1';
select steward.begin_attempt(c.job_id, 1), steward.uid() = tests.person('editor') from tests.claim c where c.name = 'script1';
select steward.end_attempt();
select set_config('steward.token', 'wrong', false);
select tests.code(format('select steward.begin_attempt(%L, 1)', c.job_id)) from tests.claim c where c.name = 'script1';
reset steward.token;

-- With its token it is the user of its job, in the workspace of the job and no other of that user's.
select tests.begun('script1'), tests.me();
select tests.begun('script1'), count(*) from steward.my_workspaces();
-- What it enqueues is its user's, and says where it came from.
select steward.enqueue('noop', idempotency_key => 'follow-up', queue => 'idle') is not null;
select user_id = tests.person('editor'), enqueued_by, tests.name(from_job) from steward.jobs where idempotency_key = 'follow-up';
select tests.refused(format('select steward.enqueue(%L, workspace_id => %L)', 'noop', tests.workspace('globex')));
-- It does nothing that needs a person, and reports progress through its worker only.
select tests.refused(format('select steward.resolve_job(%L, %L, %L)', tests.job('script2'), 'failed', 'x'));
select tests.refused(format('select steward.add_member(%L, %L, %L)', tests.workspace('acme'), tests.person('outsider'), 'viewer'));
select tests.code(format('select steward.report_progress(%L, 1, 0.5, null)', tests.job('script1')));
-- Beginning another attempt replaces the first; ending makes it nobody again.
select tests.begun('script2');
select steward.enqueue('noop', idempotency_key => 'of the second', queue => 'idle') is not null;
select tests.name(from_job) from steward.jobs where idempotency_key = 'of the second';
select steward.end_attempt();
select tests.me();

-- What a pool sends between two clients ends it, whichever of the two.
select tests.begun('script1');
reset all;
select tests.me();
select tests.begun('script1');
discard all;
set session authorization steward_script;
select tests.me();
-- So does a rollback of the transaction in which it began.
begin;
select tests.begun('script1'), tests.me();
rollback;
select tests.me();
-- Nothing but its own number in the setting brings it back, and that is random.
select tests.begun('script1'), current_setting('steward.attempt') as nonce \gset
reset steward.attempt;
set steward.attempt = '00000000-0000-4000-8000-000000000000';
select tests.me();
set steward.attempt = :'nonce';
select tests.me();
-- It does not pass to another login of the session.
reset session authorization;
select steward.actor_kind(), steward.uid() = tests.person('editor');
set session authorization regress_nobody;
select steward.actor_kind(), steward.uid();

-- It ends with the attempt: at its deadline, and when the worker reports its end. It never falls back to anybody else.
set session authorization steward_script;
select tests.begun('script1'), tests.me();
reset session authorization;
set steward.clock_offset = 700;
set session authorization steward_script;
select tests.me(), tests.begun('script1');
reset session authorization;
reset steward.clock_offset;
select tests.sent('script1'), tests.finished('script1', '{"phase": "answered", "exit_code": 0, "body": "{}"}');
set session authorization steward_script;
select tests.me(), tests.begun('script1');
select tests.refused($$select steward.enqueue('noop')$$);
-- A user who is no longer a member takes the script's reach along.
select tests.begun('script2');
select tests.me();
reset session authorization;
select steward.remove_member(tests.workspace('acme'), tests.person('editor')) from steward.map_login('postgres', tests.person('owner'));
set session authorization steward_script;
select tests.begun('script2');
select tests.me();

-- A worker may begin an attempt too, to act for it; it is a job then and not a person, even where its login is mapped to one.
reset session authorization;
create role regress_later_worker login in role steward_user;
select steward.map_login('regress_later_worker', tests.person('owner'));
grant steward_worker to regress_later_worker;
set session authorization regress_later_worker;
select steward.actor_kind(), steward.uid() = tests.person('owner');
select steward.actor_kind(), steward.uid() = tests.person('editor') from tests.begun('script2');
reset session authorization;
select steward.forget_login('regress_later_worker');
drop role regress_later_worker;
