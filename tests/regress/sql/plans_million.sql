-- Plans once more, at a thousand rows in each of the big tables, at a million with the statistics of a thousand, and at a million with true ones:
-- what a statement reads depends on its batch, not on the tables. The rows stand for others' jobs; the hot tables have no foreign keys.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
\i sql/include/plan_checks.sql
select steward.define_tool('narrow', '{"executor": "noop", "concurrency": 150, "realtime": true}');
select steward.enqueue('narrow', queue => 'q') is not null, tests.worked(1);
create table tests.seen as select cursor_after as cursor from steward.changes_since();
-- What a worker and an application ask often.
create table tests.hot (n int generated always as identity, what text, question text);
insert into tests.hot (what, question) values
    ('a batch from claim to end', 'tests.worked(200)'),
    ('an empty claim', $$(select count(*) from steward.claim_jobs('w1', '{nobody}', 200))$$),
    ('a claim that parks', $$(select count(*) from steward.claim_jobs('w1', '{narrow}', 200))$$),
    ('a claim of those who wait', $$(select count(*) from steward.claim_jobs('w1', '{narrow}', 200))$$),
    ('one enqueue', $$steward.enqueue('narrow', queue => 'later', idempotency_key => gen_random_uuid()::text) is not null$$),
    ('many enqueues', $$(select count(*) from steward.enqueue_many('noop', array_fill('{}'::jsonb, array[200]), queue => 'q', idempotency_key => gen_random_uuid()::text))$$),
    ('a job that waits, why, and its end', $$(select tests.cancelled(steward.enqueue('noop', queue => 'later', run_at => now() + interval '1 day')))$$),
    ('a look for the dead', $$(select steward.rescue_jobs() from steward.heartbeat('w1', '{}'))$$),
    ('a look for what nobody holds', $$steward.release_unheld('w2', '{}', '{}')$$),
    ('a look for cancellations', $$(select count(*) from steward.cancellations('w1'))$$),
    ('the calls in doubt', '(select count(*) from steward.in_doubt)'),
    ('what changed since', $$(select count(*) from steward.changes_since((select c.cursor from tests.seen c)))$$);
create function tests.cancelled(job uuid) returns boolean language sql volatile as $$
    select count(*) > 0 from steward.explain_job(job);
    select state = 'waiting' from steward.jobs where id = job;
    select steward.cancel_job(job, 'not needed') is not null
$$;
create function tests.work_given() returns bigint language sql volatile as $$
    select count(*) from (
        select steward.enqueue_many('noop', array_fill('{}'::jsonb, array[1000]), queue => 'q')
        union all select steward.enqueue_many('narrow', array_fill('{}'::jsonb, array[200]), queue => 'narrow')) j
$$;
-- Each in a transaction of its own, since the server counts by transaction.
create function tests.asked() returns table (flush text, begin text, ask text, judge text, finish text) language sql as $$
    select 'select pg_stat_force_next_flush()', 'begin', format('select %L, %s', h.what, h.question),
        'select tests.too_much()', 'commit'
    from tests.hot h order by h.n
$$;

create function tests.fill(rows int) returns void language plpgsql as $$
begin
    create temporary table others on commit drop as
    select gen_random_uuid() as id, tests.workspace('acme') as workspace, tests.person('editor') as person, t.id as tool from steward.tool t, generate_series(1, rows) where t.name = 'noop';
    insert into steward.job (id, workspace_id, user_id, tool_id, queue, priority, run_at, payload, tags, created_at)
    select id, workspace, person, tool, 'others', 0, now(), '{}', '{}', now() from others;
    insert into steward.ready (queue, workspace_id, priority, run_at, id, attempt, tries, tool_id)
    select 'others', workspace, 0, now(), id, 0, 0, tool from others;
    insert into steward.attempt (job_id, number, workspace_id, tool_id, worker, state, tries, claimed_at, deadline, sent_at, finished_at, decision)
    select id, 1, workspace, tool, 'w9', 'finished', 1, now(), now(), now(), now(), 'succeed' from others;
    insert into steward.waiting (id, workspace_id, tool_id, queue, priority, reason, since, until, attempt, tries)
    select id, workspace, tool, 'others', 0, 'schedule', now(), now() + interval '1 day', 0, 0 from others;
    insert into steward.job_status (id, workspace_id, user_id, title, state, updated_at, changed_in)
    select id, workspace, person, 'Other', 'queued', now(), '3' from others;
end
$$;

-- A thousand rows, and the planner knows it.
select tests.fill(1000), tests.work_given();
analyze;
select * from tests.asked() \gexec
-- A million rows, and the planner believes in a thousand, until autovacuum looks.
alter table steward.job set (autovacuum_enabled = off);
alter table steward.ready set (autovacuum_enabled = off);
alter table steward.attempt set (autovacuum_enabled = off);
alter table steward.waiting set (autovacuum_enabled = off);
alter table steward.job_status set (autovacuum_enabled = off);
select tests.fill(1000000), tests.work_given();
select * from tests.asked() \gexec
-- A million rows, and the planner knows it.
analyze;
select tests.work_given();
select * from tests.asked() \gexec
