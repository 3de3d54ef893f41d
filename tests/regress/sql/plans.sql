-- Plans: whatever the planner knows or believes, each job of a batch costs a few probes of an index, and no big table is read from end
-- to end. Asked of what the server counted inside the transaction, not of a plan that was only explained.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
\i sql/include/plan_checks.sql
select count(*) from steward.enqueue_many('noop', array_fill('{}'::jsonb, array[8000]), queue => 'q');

-- A young database, whose statistics say that the tables are empty.
select pg_stat_force_next_flush();
begin;
select tests.worked(200), tests.too_much();
commit;
-- One with a history of thousands, as autovacuum leaves it.
select tests.worked(3000);
analyze;
select pg_stat_force_next_flush();
begin;
select tests.worked(200), tests.too_much();
commit;
-- The same for those who enqueue and steer.
select steward.enqueue('noop', run_at => steward.now() + interval '1 day') as later \gset
select pg_stat_force_next_flush();
begin;
select (array_agg(id))[200] as last from steward.enqueue_many('noop', array_fill('{}'::jsonb, array[200]), queue => 'q', idempotency_key => 'batch') id \gset
select steward.cancel_job(:'later', 'not needed'), steward.cancel_job(:'last', 'not needed'), tests.too_much();
commit;
-- And for a worker that looks for the dead, of which there are none.
select pg_stat_force_next_flush();
begin;
select tests.worked(200), steward.rescue_jobs(), tests.too_much();
commit;
-- One that was emptied, and whose statistics say so, however long its tables are: the planner takes them for one row each.
create function tests.emptied() returns void language sql volatile as $$
    delete from steward.ready; delete from steward.waiting; delete from steward.attempt; delete from steward.job_status; delete from steward.job
$$;
select tests.emptied();
analyze;
select count(*) from steward.enqueue_many('noop', array_fill('{}'::jsonb, array[4000]), queue => 'q');
select tests.worked(3000);
select pg_stat_force_next_flush();
begin;
select tests.worked(200), tests.too_much();
commit;
select pg_stat_force_next_flush();
begin;
select (array_agg(id))[200] as last from steward.enqueue_many('noop', array_fill('{}'::jsonb, array[200]), queue => 'q', idempotency_key => 'batch') id \gset
select steward.cancel_job(:'last', 'not needed'), tests.too_much();
commit;
-- The same for jobs that must wait for a slot of their tool, and are shown.
select steward.define_tool('narrow', '{"executor": "noop", "concurrency": 150, "realtime": true}');
select count(*) from steward.enqueue_many('narrow', array_fill('{}'::jsonb, array[400]), queue => 'narrow');
select pg_stat_force_next_flush();
begin;
select count(*) from steward.claim_jobs('w1', '{narrow}', 200);
select tests.too_much();
commit;

-- The same for calls that cost something: money is set aside for each, and what it cost is posted. The ledger is long, and so is a line of jobs that wait for room.
select steward.define_provider('shop', '{"base_url": "https://shop.example"}');
select steward.define_tool('paid', '{"executor": "http", "provider": "shop", "adapter": "http_json", "request": {"path": "/"}, "price": {"call": "0.0001"}}');
select count(*) from steward.enqueue_many('paid', array_fill('{}'::jsonb, array[4000]), queue => 'paid');
select tests.worked(3000, 'paid');
select pg_stat_force_next_flush();
begin;
select tests.worked(200, 'paid'), tests.too_much();
commit;
analyze;
select pg_stat_force_next_flush();
begin;
select tests.worked(200, 'paid'), tests.too_much();
commit;
select count(steward.set_limit('tool', 'paid', 'running', 'total', 100));
select pg_stat_force_next_flush();
begin;
select count(*) from steward.claim_jobs('w1', '{paid}', 200);
select tests.too_much();
commit;
select (select count(*) from steward.waiting w where w.reason = 'limit') > 0 as some_wait_in_a_line;
select pg_stat_force_next_flush();
begin;
select count(*) from steward.claim_jobs('w1', '{paid}', 200);
select tests.too_much();
commit;

-- A page of jobs, newest first, is read from an index and not sorted, however many there are.
analyze;
set session authorization regress_editor;
create function pg_temp.plan_of(statement text) returns setof text language plpgsql as $$
declare
    line text;
begin
    for line in execute 'explain (costs off) ' || statement loop
        if line ~ '(Sort|Seq Scan on job|Index Scan Backward using job_pkey on job)' then return next trim(line, ' ->'); end if;
    end loop;
end
$$;
select pg_temp.plan_of($$select id, tool, state from steward.jobs where id < 'ffffffff-ffff-7fff-8fff-ffffffffffff' order by id desc limit 50$$);
reset session authorization;
